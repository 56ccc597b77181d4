// A program with one of Statsig's own SDKs: node (statsig-node), core (server core, Rust) or js (the browser client, in a real browser).
// Its input and output are those of go/gates: one JSON object a line.
//
// Server SDKs poll every second (node: 5 and 30, its least), or as often as they are told.
//
// With TIER in the environment the SDK is told that it runs in that one.
//
// usage: node statsig.mjs node|core|js URL KEY [POLL_MILLISECONDS]
import {createInterface} from 'node:readline'
import {createServer} from 'node:http'

const [, , kind, url, key, poll = 1000] = process.argv
const tier = process.env.TIER
const answer = await {node, core, js}[kind]()
for await (const line of createInterface({input: process.stdin})) {
  const order = JSON.parse(line)
  console.log(JSON.stringify(await answer(order)))
  if (order.op === 'close') process.exit(0)
}

async function node() {
  const {default: statsig} = await import('statsig-node')
  await statsig.initialize(key, {api: url + '/v1', rulesetsSyncIntervalMs: Math.max(5000, poll), idListsSyncIntervalMs: Math.max(30000, poll), disableDiagnostics: true, ...(tier && {environment: {tier}})})
  return async ({op, user, gates = [], configs = [], layers = {}, event}) => {
    if (op === 'all') return statsig.getClientInitializeResponse(user, null, {hash: 'none'})
    if (op === 'log') return statsig.logEvent(user, event, null, {from: 'node'}), {logged: true}
    if (op === 'close') return await statsig.shutdownAsync(), {closed: true}
    return {
      gates: map(gates, name => op === 'quiet' ? statsig.checkGateWithExposureLoggingDisabledSync(user, name) : statsig.checkGateSync(user, name)),
      configs: map(configs, name => statsig.getConfigSync(user, name).value),
      layers: map(Object.keys(layers), name => statsig.getLayerSync(user, name).get(layers[name], '')),
    }
  }
}

async function core() {
  const {Statsig, StatsigUser} = await import('@statsig/statsig-node-core')
  const client = new Statsig(key, {
    specsUrl: url + '/v2/download_config_specs', logEventUrl: url + '/v1/log_event', idListsUrl: url + '/v1/get_id_lists', enableIdLists: true,
    specsSyncIntervalMs: Number(poll), idListsSyncIntervalMs: Number(poll), outputLogLevel: 'error', ...(tier && {environment: tier}),
  })
  const started = await client.initialize()
  if (!started.isSuccess) throw new Error(started.error)
  return async ({op, user: fields, gates = [], configs = [], layers = {}, event}) => {
    const user = fields && new StatsigUser(fields)
    if (op === 'all') return JSON.parse(client.getClientInitializeResponse(user, {hashAlgorithm: 'none'}))
    if (op === 'log') return client.logEvent(user, event, null, {from: 'core'}), {logged: true}
    if (op === 'close') return await client.shutdown(), {closed: true}
    return {
      gates: map(gates, name => client.checkGate(user, name, {disableExposureLogging: op === 'quiet'})),
      configs: map(configs, name => client.getDynamicConfig(user, name).value),
      layers: map(Object.keys(layers), name => client.getLayer(user, name).get(layers[name], '')),
    }
  }
}

async function js() {
  const [{build}, {chromium}] = await Promise.all([import('esbuild'), import('playwright-core')])
  const bundle = await build({
    stdin: {contents: 'export {StatsigClient} from "@statsig/js-client"', resolveDir: import.meta.dirname},
    bundle: true, write: false, format: 'iife', globalName: 'sdk',
  })
  // A page of another origin than the server's, as every customer's is.
  const pages = createServer((_, res) => res.setHeader('content-type', 'text/html').end('<title>shop</title>'))
  await new Promise(done => pages.listen(0, '127.0.0.1', done))
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${pages.address().port}/`)
  await page.addScriptTag({content: bundle.outputFiles[0].text})
  await page.evaluate(async ([key, api, tier]) => {
    window.client = new sdk.StatsigClient(key, {userID: 'nobody'}, {networkConfig: {api}, ...(tier && {environment: {tier}})})
    await client.initializeAsync()
  }, [key, url + '/v1', tier])
  return async order => {
    if (order.op === 'close') {
      await page.evaluate(() => client.shutdown())
      await browser.close()
      pages.close()
      return {closed: true}
    }
    return page.evaluate(async ({op, user, gates = [], configs = [], layers = {}, event}) => {
      const map = (names, value) => Object.fromEntries(names.map(name => [name, value(name)]))
      if (JSON.stringify(user) !== window.user) {
        await new Promise(next => setTimeout(next, 25)) // the SDK itself refuses to ask more than fifty times a second, and has no values then
        const {success, error} = await client.updateUserAsync(user)
        if (!success) throw error ?? new Error('the SDK has no values of the server')
      }
      window.user = JSON.stringify(user)
      if (op === 'log') return client.logEvent(event, null, {from: 'js'}), {logged: true}
      const quiet = {disableExposureLog: op === 'all'}
      if (op === 'all') {
        const rule = ({value, ruleID}) => ({value, rule_id: ruleID})
        return {
          feature_gates: map(gates, name => rule(client.getFeatureGate(name, quiet))),
          dynamic_configs: map(configs, name => rule(client.getDynamicConfig(name, quiet))),
          layer_configs: map(Object.keys(layers), name => { const l = client.getLayer(name, quiet); return {value: l.__value, rule_id: l.ruleID} }),
        }
      }
      return {
        gates: map(gates, name => client.checkGate(name, {disableExposureLog: op === 'quiet'})), configs: map(configs, name => client.getDynamicConfig(name).value),
        layers: map(Object.keys(layers), name => client.getLayer(name).get(layers[name], '')),
      }
    }, order)
  }
}

function map(names, value) { return Object.fromEntries(names.map(name => [name, value(name)])) }
