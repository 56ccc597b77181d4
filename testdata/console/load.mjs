// Measures what a long day with the console costs, in Chromium against a running server that holds the demo's data: memory under a flood of
// events in the Log Stream, the script time of charts, the first load. Prints one JSON line a measurement, and fails on what is too much.
// usage: node load.mjs URL CONSOLE_KEY WRITE_KEY [SECONDS [NAME…]]
import assert from "node:assert/strict";
import { firstLoad, launch, signIn } from "./browser.mjs";

const [base, consoleKey, writeKey, seconds = "120", ...only] = process.argv.slice(2);
const RATE = 2000, BATCH = 100;
const pause = (ms) => new Promise((next) => setTimeout(next, ms));
const asked = (method, path, body) => fetch(base + "console/v1/" + path, { method, headers: { "STATSIG-API-KEY": consoleKey, "content-type": "application/json" }, body: body && JSON.stringify(body) }).then((r) => r.json());

let sent = 0;
const batch = (n) => ({ batch: Array.from({ length: n }, (_, i) => ({ type: "track", event: "Load " + (i % 7), userId: "load-" + ((sent + i) % 5000), properties: { plan: i % 2 ? "pro" : "free", value: i, path: "/a/page/of/some/length", referrer: "a little text that events carry" } })) });

/** Sends RATE events a second for a while, as long as the server takes them, and says how many it took. */
async function flood(ms) {
  const from = sent, began = Date.now();
  for (let due = 0; Date.now() - began < ms; due += BATCH) {
    const wait = began + (due * 1000) / RATE - Date.now();
    if (wait > 0) await pause(wait);
    const answer = await fetch(base + "v1/batch", { method: "POST", headers: { authorization: "Basic " + btoa(writeKey + ":"), "content-type": "application/json" }, body: JSON.stringify(batch(BATCH)) });
    assert.equal(answer.status, 200, "the server does not take the events");
    await answer.arrayBuffer();
    sent += BATCH;
  }
  return { events: sent - from, perSecond: Math.round((sent - from) / ((Date.now() - began) / 1000)) };
}

const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
context.setDefaultTimeout(60_000);
const page = await context.newPage();
const strangers = [];
page.on("request", (r) => !r.url().startsWith(base) && !/^(data|blob):/.test(r.url()) && strangers.push(r.url()));
const cdp = await context.newCDPSession(page);
await cdp.send("Performance.enable");
const heap = async () => {
  for (let i = 0; i < 3; i++) await cdp.send("HeapProfiler.collectGarbage");
  const { usedSize } = await cdp.send("Runtime.getHeapUsage");
  const { nodes } = await cdp.send("Memory.getDOMCounters");
  return { megabytes: Math.round(usedSize / 1e4) / 100, nodes };
};
const metric = async (name) => (await cdp.send("Performance.getMetrics")).metrics.find((m) => m.name === name).value;
const say = (name, facts) => console.log(JSON.stringify({ name, ...facts }));

const measured = {
  // The list is full and everything is warm after a while; from there on nothing may be added.
  async stream() {
    await page.goto(base + "#/metrics/stream");
    await page.getByText("live", { exact: true }).waitFor();
    await flood(20_000);
    const before = await heap();
    const cpu = await metric("TaskDuration"), began = Date.now();
    const { events, perSecond } = await flood(Number(seconds) * 1000);
    const busy = (await metric("TaskDuration")) - cpu, took = (Date.now() - began) / 1000;
    const after = await heap();
    const losses = await page.locator("[title^=Dropped]").textContent();
    say("stream", { events, perSecond, before, after, mainThreadBusyPercent: Math.round((100 * busy) / took), losses: losses.trim() });
    assert.ok(perSecond > 0.9 * RATE, `${perSecond} events a second were sent, not ${RATE}: the machine is too busy to say anything`);
    assert.ok(after.megabytes < before.megabytes * 1.1 + 2, `the heap has grown from ${before.megabytes} to ${after.megabytes} MB`);
    assert.ok(after.nodes < before.nodes * 1.1 + 500, `the page has grown from ${before.nodes} to ${after.nodes} nodes`);
  },

  // 20 metrics over 90 days, each in a chart: the script time from the click to the drawn charts.
  async charts() {
    const events = ["segment::Order Completed", "segment::page:Product"];
    const names = Array.from({ length: 20 }, (_, i) => "load " + String(i + 1).padStart(2, "0"));
    for (const [i, name] of names.entries()) await asked("POST", "metrics", { name, type: i % 2 ? "event_user" : "event_count_custom", metricEvents: [{ name: events[i % 2] }], unitTypes: ["userID"] });
    const ids = names.map((name, i) => `${name}::${i % 2 ? "event_user" : "event_count_custom"}`);
    for (let tries = 0; ; tries++) { // until the rollups have their history
      const { data } = await asked("GET", "metrics/sparklines?days=90&ids=" + encodeURIComponent(ids.join(",")));
      if (data.every((s) => s.points.every((p) => !p.complete || p.status !== "unknown"))) break;
      assert.ok(tries < 300, "the rollups have not computed 20 metrics within five minutes");
      await pause(1000);
    }
    const times = [];
    for (let round = 0; round < 5; round++) {
      await page.goto(base + "#/metrics/charts?days=14&ids=" + encodeURIComponent(ids.join("\n")));
      await page.reload();
      await page.waitForFunction(() => document.querySelectorAll(".charts canvas").length === 20);
      await pause(500);
      const before = await metric("ScriptDuration");
      await page.getByLabel("Days").selectOption("90");
      const first = new Date(Date.now() - 89 * 86_400_000).toISOString().slice(0, 10);
      await page.waitForFunction((day) => [...document.querySelectorAll(".charts figcaption")].filter((c) => c.textContent.includes(day)).length === 20, first);
      await pause(300);
      times.push(Math.round(1000 * ((await metric("ScriptDuration")) - before)));
    }
    const median = [...times].sort((a, b) => a - b)[2];
    say("charts", { metrics: 20, days: 90, scriptMs: times, median });
    assert.ok(median < 100, `20 charts of 90 days take ${median} ms of script`);
  },

  async firstLoad() {
    const { bytes, ms } = await firstLoad(browser, base);
    say("first load", { bytes, ms });
    assert.ok(bytes <= 120_000, `the first load is ${bytes} bytes`);
  },
};

await signIn(page, base, consoleKey);
let failed = false;
for (const [name, measure] of Object.entries(measured)) {
  if (only.length > 0 && !only.includes(name)) continue;
  try {
    await measure();
  } catch (e) {
    failed = true;
    console.log(JSON.stringify({ name, error: String(e.message) }));
  }
}
say("other origins", { requests: strangers.length });
await browser.close();
process.exit(failed || strangers.length > 0 ? 1 : 0);
