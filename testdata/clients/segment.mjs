// Sends all six calls with @segment/analytics-node, changed only in endpoint and key, and prints what it sent as JSON.
// usage: node segment.mjs URL WRITE_KEY RUN
import { Analytics } from '@segment/analytics-node'

const [host, writeKey, run] = process.argv.slice(2)
const analytics = new Analytics({ host, writeKey, maxRetries: 3, flushInterval: 50 })
const failed = new Promise((_, reject) => analytics.on('error', (e) => reject(new Error(JSON.stringify(e)))))

const timestamp = new Date(Date.now() - 60_000)
const who = { userId: `node-user-${run}`, anonymousId: `node-anon-${run}` }
const context = { ip: '10.1.2.3', locale: 'de-DE', page: { title: 'Grüße 🗻' } }
const sent = []
const call = (type, fields) => {
  const message = { ...fields, timestamp, messageId: `node-${run}-${type}` }
  sent.push({ type, ...message })
  analytics[type]({ ...message })
}

call('track', { ...who, context, event: 'Order Completed', integrations: { All: true, Amplitude: { session_id: 7 } },
  properties: { revenue: 19.5, coupon: 'a "quoted" one', items: [{ sku: 'x', n: 2 }], statsigCustomIDs: ['companyID', `co-${run}`] } })
call('identify', { ...who, context, traits: { email: 'a@example.org', plan: 'pro', age: 41 } })
call('page', { ...who, context, category: 'Docs', name: 'Home', properties: { url: 'https://example.org/docs' } })
call('screen', { ...who, context, name: 'Settings', properties: { dark: true } })
call('group', { ...who, context, groupId: `group-${run}`, traits: { 'total billed': 830 } })
call('alias', { userId: who.userId, previousId: who.anonymousId, context })

await Promise.race([analytics.closeAndFlush({ timeout: 20_000 }), failed])
console.log(JSON.stringify(sent))
