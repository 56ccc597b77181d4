// Loads @segment/analytics-next in Chromium on a page of another origin, changed only in host and key, sends calls one by one and
// batched, and prints as JSON what it sent and what the browser saw.
// usage: node browser.mjs URL WRITE_KEY RUN
import { createServer } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'

const [host, writeKey, run] = process.argv.slice(2)

// The page's script, as an application would have it.
const source = `
import { AnalyticsBrowser } from '@segment/analytics-next'
window.send = async ({ host, writeKey, run, batched }) => {
  const settings = { writeKey, cdnURL: host }
  const options = batched ? { integrations: { 'Segment.io': { deliveryStrategy: { strategy: 'batching', config: { size: 3, timeout: 500 } } } } } : {}
  const [analytics] = await AnalyticsBrowser.load(settings, { ...options, disableClientPersistence: true, initialPageview: false })
  const sent = []
  const note = (context) => { sent.push({ messageId: context.event.messageId, type: context.event.type, event: context.event.event ?? '',
    anonymousId: context.event.anonymousId, userId: context.event.userId ?? '', failed: context.failedDelivery?.() ?? null }) }
  const name = batched ? 'batched' : 'single'
  note(await analytics.page('Docs', 'Home ' + name))
  note(await analytics.identify('browser-' + run + '-' + name, { plan: 'pro' }))
  note(await analytics.track('Clicked ' + name, { revenue: 4.5, statsigCustomIDs: ['companyID', 'co-' + run] }))
  note(await analytics.group('group-' + run, { employees: 3 }))
  note(await analytics.screen('Settings'))
  note(await analytics.alias('alias-' + run))
  return sent
}
`

const bundle = await build({ stdin: { contents: source, resolveDir: import.meta.dirname }, bundle: true, write: false, format: 'iife', define: { 'process.env': '{}', 'process.env.NODE_ENV': '"production"' } })
const script = bundle.outputFiles[0].text
const server = createServer((req, res) => {
  const isScript = req.url === '/page.js'
  res.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
  res.end(isScript ? script : '<!doctype html><title>Shop</title><script src="/page.js"></script>')
})
await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
const profile = await mkdtemp(join(tmpdir(), 'browser-'))
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: '/usr/bin/chromium', headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
try {
  const page = await browser.newPage()
  const requests = [], problems = []
  page.on('console', (m) => { if (m.type() === 'error') problems.push(m.text()) })
  page.on('pageerror', (e) => problems.push(String(e)))
  page.on('requestfailed', (r) => problems.push(`${r.method()} ${r.url()}: ${r.failure()?.errorText}`))
  page.on('response', async (r) => { if (r.url().startsWith(host)) requests.push({ method: r.request().method(), path: new URL(r.url()).pathname, status: r.status() }) })
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  const sent = []
  for (const batched of [false, true]) {
    sent.push(...await page.evaluate((o) => window.send(o), { host, writeKey, run, batched }))
  }
  // the last batch goes after its timeout
  const until = Date.now() + 20_000
  while (requests.filter((r) => r.path === '/v1/b').length < 2 && Date.now() < until) await page.waitForTimeout(50)
  console.log(JSON.stringify({ sent, requests, problems }))
} finally {
  await browser.close()
  server.close()
  await rm(profile, { recursive: true, force: true })
}
