// Journeys of the console as a whole: what holds on every page, and when the engine is not there.
import assert from "node:assert/strict";
import http from "node:http";
import { firstLoad, pages, signIn } from "../browser.mjs";
import { asked, at, base, browser, consoleKey, enginePID, faults, keepKilling, newContext, pause, run, seen, serious, strangers, until } from "../world.mjs";

export const trouble = {
  // The engine dies: the page says so, keeps the last numbers, marked as old, and goes on once it is back.
  async failed(page) {
    await page.goto(at("#/experiments/demo_checkout"));
    await page.getByRole("button", { name: /^demo revenue/ }).waitFor();
    const back = keepKilling(); // it is back in a second, perhaps before the page asked
    try {
      for (const confidence of ["90", "80", "98", "99"]) {
        await page.getByLabel("Confidence").selectOption(confidence);
        await page.waitForTimeout(100);
      }
      await page.getByRole("alert").getByText("The engine is away", { exact: true }).first().waitFor();
      await seen(page, "Below is the last answer");
      await page.locator(".scorecard.stale").waitFor();
    } finally {
      await back();
    }
    await until(async () => (await fetch(base + "readyz")).ok);
    await until(async () => { // as many alerts as questions that met it away
      const again = page.getByRole("button", { name: "Try again" });
      if (await again.count()) await again.first().click({ timeout: 1000 }).catch(() => {});
      return await page.getByRole("alert").count() === 0;
    });
    await page.locator(".scorecard:not(.stale)").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    await seen(page, "99 % interval");
  },

  // The engine hangs: the question is given up, and the page says what to do. The answer of a custom query that met it has rows that say
  // they timed out.
  async timeout(page) {
    await until(async () => (await fetch(base + "readyz")).ok);
    const engine = enginePID(), path = "experiments/demo_checkout/custom_queries";
    const { data: query } = await asked("POST", path, { name: "slow " + run, parameters: { filter: [{ type: "metadata", column: "plan", condition: "not_in", values: ["none"] }] } });
    const last = async () => (await asked("GET", `${path}/${query.id}`)).data.lastRun;
    const over = async () => ["done", "failed"].includes((await last()).state);
    await until(over);
    const { startedTime, finishedTime } = await last();
    const hang = async (meanwhile) => { // in the middle of a run
      await asked("POST", `${path}/${query.id}/run`);
      while ((await last()).state === "waiting");
      await pause((finishedTime - startedTime) / 2);
      process.kill(engine, "SIGSTOP");
      await meanwhile().finally(() => process.kill(engine, "SIGCONT"));
      await until(over);
    };
    await page.goto(at("#/experiments/demo_checkout"));
    await page.getByRole("button", { name: /^demo revenue/ }).waitFor();
    await hang(async () => {
      await page.getByLabel("Confidence").selectOption("90");
      await page.getByRole("alert").getByText("Timed out").waitFor({ timeout: 60_000 });
      await seen(page, "ask for fewer days or metrics");
    });
    await until(async () => (await fetch(base + "readyz")).ok);
    await page.getByRole("button", { name: "Try again" }).click();
    await seen(page, "90 % interval");
    await page.locator(".scorecard:not(.stale)").waitFor();
    const answered = async () => (await asked("GET", `${path}/${query.id}/result`)).data.report.primaryMetrics.map((m) => m.status);
    for (let tries = 0; !(await answered()).includes("timed_out"); tries++) { // it was stopped before the question, or after it
      assert.ok(tries < 4, "no run has met the hanging engine");
      await hang(() => pause(12_000));
    }
    await page.goto(at(`#/experiments/demo_checkout?tab=queries&query=${query.id}`));
    await page.getByRole("dialog").getByRole("row", { name: /demo revenue.*(it took longer than|does not answer).*Timed out/ }).waitFor();
    await asked("DELETE", `${path}/${query.id}`);
  },
};

export const whole = {
  // axe has nothing serious to say about any page in either theme. What does not depend on colours is the same in both.
  async axe(page) {
    const bad = [], all = pages(run);
    for (const [name, hash, text] of all) {
      await page.goto(at(hash));
      await seen(page, text).catch(() => bad.push(`${name}: “${text}” does not appear`));
      await page.waitForTimeout(150);
      bad.push(...(await serious(page, name)));
    }
    assert.deepEqual(bad, []);
    return { pages: all.length };
  },
};

export const everywhere = {
  // On a narrow screen no page is wider than it.
  async narrow(page) {
    const bad = [];
    await page.setViewportSize({ width: 360, height: 780 });
    for (const [name, hash, text] of pages(run)) {
      await page.goto(at(hash));
      await seen(page, text).catch(() => undefined);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 361) bad.push(`${name} is ${width} wide: ${await page.evaluate(() => [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > 361 && !e.closest(".scroll, .tabs")).slice(0, 4).map((e) => `${e.tagName} ${e.className.baseVal ?? e.className}`).join("; "))}`);
    }
    await page.goto(at("#/experiments"));
    await page.getByRole("button", { name: "Pages" }).click();
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: /System/ }).click();
    await seen(page, "Readiness");
    await page.setViewportSize({ width: 1360, height: 900 });
    assert.deepEqual(bad, []);
  },

  // Behind a proxy that puts it below a path: nothing asks outside of the path.
  async prefix(page) {
    const target = new URL(base);
    const outside = [];
    const proxy = http.createServer((req, res) => {
      if (!req.url.startsWith("/tools/pulse/")) {
        outside.push(req.url);
        return res.writeHead(404).end();
      }
      const onward = http.request({ host: target.hostname, port: target.port, path: req.url.slice("/tools/pulse".length), method: req.method, headers: req.headers }, (r) => (res.writeHead(r.statusCode, r.headers), r.pipe(res)));
      onward.on("error", () => res.destroy());
      req.pipe(onward);
    });
    await new Promise((ready) => proxy.listen(0, "127.0.0.1", ready));
    const inside = await newContext();
    try {
      const p = await inside.newPage();
      await signIn(p, `http://127.0.0.1:${proxy.address().port}/tools/pulse/#/experiments`, consoleKey);
      await p.getByRole("link", { name: /demo_checkout/ }).click();
      await p.getByRole("button", { name: /^demo revenue/ }).waitFor();
      assert.deepEqual(outside.filter((u) => u !== "/favicon.ico"), []);
    } finally {
      await inside.close();
      proxy.closeAllConnections();
      proxy.close();
    }
  },

  // Cold load: bytes on the wire, and the time until the page can be used.
  async light() {
    const { bytes, ms } = await firstLoad(browser, base);
    assert.ok(bytes <= 120_000, `the first load is ${bytes} bytes`);
    return { bytes, ms };
  },
};

// Whatever was done above: no exception, no violation of the policy, no request to another origin.
export async function clean() {
  assert.deepEqual(faults, []);
  assert.deepEqual(strangers, []);
}
