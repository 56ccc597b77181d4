// What the journeys share: a running server that holds the demo's data, its keys, a browser, and a few words.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { axeSource, launch } from "./browser.mjs";

export const [base, consoleKey, writeKey, ...only] = process.argv.slice(2);
/** Tells this run's names from those of others. */
export const run = Date.now().toString(36);

export const basic = "Basic " + btoa(writeKey + ":");
export const segment = (path, body) => fetch(base + "v1/" + path, { method: "POST", headers: { authorization: basic, "content-type": "application/json" }, body: JSON.stringify(body) });
export const send = (event, user = "u1", properties = {}) => segment("track", { event, ...(user && { userId: user }), properties });
export const asked = (method, path, body) => fetch(base + "console/v1/" + path, { method, headers: { "STATSIG-API-KEY": consoleKey, "content-type": "application/json" }, body: body && JSON.stringify(body) }).then((r) => r.json());
let serverKey;
/** What an SDK asks, with a server key that is made when it is first needed. */
export async function sdk(path, body) {
  serverKey ??= asked("POST", "keys", { type: "server", description: "sdk of " + run });
  const { data } = await serverKey;
  return fetch(base + "v1/" + path, { method: "POST", headers: { "STATSIG-API-KEY": data.key, "content-type": "application/json" }, body: JSON.stringify(body) }).then((r) => r.json());
}

export const pause = (ms) => new Promise((next) => setTimeout(next, ms));
export const at = (hash) => base + hash;
export const seen = (page, text) => page.getByText(text, { exact: false }).locator("visible=true").first().waitFor();
export const until = async (holds) => {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 600) throw new Error("did not come true within a minute: " + holds);
    await pause(100);
  }
};
/** Presses keys one after the other, and again where a busy machine took longer than a second between them, until the page is at a place. */
export const press = (page, keys, place) => until(async () => {
  for (const key of keys) await page.keyboard.press(key);
  return new URL(page.url()).hash.startsWith(place);
});
/** Waits until the sample of a rejected event is in its table: the page shows what is there when it is opened. */
export const loaded = (event) => until(async () => JSON.stringify(await asked("GET", "ingestion/rejections")).includes(event));
export const pick = async (page, list, id) => {
  await page.getByLabel("Add to " + list).fill(id);
  await page.getByRole("button", { name: "Remove " + id }).waitFor(); // it is a chip now
};
/** Opens the menu of the page, or of a part of it, and chooses from it. */
export const choose = async (part, item, menu = "More") => {
  await part.locator("summary", { hasText: menu }).first().click();
  await part.locator(".menu-list").getByText(item, { exact: true }).first().click();
};

/** The server's child, as Linux tells. */
export function enginePID() {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ")[1] === process.env.SERVER_PID) return Number(pid);
    } catch {} // it has ended meanwhile
  }
  throw new Error("the server " + process.env.SERVER_PID + " has no child");
}

/** Kills the server's child, and each that comes after it, until what is returned is called. */
export function keepKilling() {
  let on = true;
  const ended = (async () => {
    for (; on; await pause(200)) {
      try {
        process.kill(enginePID(), "SIGKILL");
      } catch {} // none is there now
    }
  })();
  return () => ((on = false), ended);
}

export const browser = await launch();
export const faults = [], strangers = [];
export async function newContext(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(30_000);
  return context;
}
/** A page that is watched: exceptions, violations of the policy and requests to other origins are noted. */
export async function newPage() {
  const page = await (await newContext({ acceptDownloads: true })).newPage();
  page.on("pageerror", (e) => faults.push(e.message));
  page.on("console", (m) => m.type() === "error" && /Content Security Policy|Refused to/.test(m.text()) && faults.push(m.text()));
  page.on("request", (r) => !r.url().startsWith(base) && !/^(data|blob):/.test(r.url()) && strangers.push(r.url()));
  return page;
}

/** What axe finds serious about what is shown, in both themes. What does not depend on colours is the same in both. */
export async function serious(page, name) {
  const bad = [];
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeSource);
  for (const [theme, options] of [["light", {}], ["dark", { runOnly: ["color-contrast"] }]]) {
    await page.emulateMedia({ colorScheme: theme });
    const { violations } = await page.evaluate((o) => window.axe.run(document, { resultTypes: ["violations"], ...o }), options);
    for (const v of violations) if (["serious", "critical"].includes(v.impact)) bad.push(`${name}, ${theme}: ${v.id} (${v.impact}) at ${v.nodes.slice(0, 2).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join("; ")}`);
  }
  await page.emulateMedia({ colorScheme: null });
  return bad;
}
export const accessible = async (page, name) => assert.deepEqual(await serious(page, name), []);
