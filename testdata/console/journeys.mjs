// Drives the console as people do, against a running server that holds the demo's data, and prints one JSON line a journey. Journeys that
// do not disturb each other go side by side, each row of them in a page of its own.
// usage: SERVER_PID=… node journeys.mjs URL CONSOLE_KEY WRITE_KEY [NAME…]
import { signIn } from "./browser.mjs";
import { arrival } from "./journeys/arrival.mjs";
import { definitions } from "./journeys/definitions.mjs";
import { computed, results } from "./journeys/results.mjs";
import { clean, everywhere, trouble, whole } from "./journeys/whole.mjs";
import { at, base, browser, consoleKey, newPage, only } from "./world.mjs";

async function go(rows) {
  await Promise.all(rows.map(async (row) => {
    const names = Object.keys(row).filter((name) => only.length === 0 || only.includes(name));
    if (names.length === 0) return;
    const page = await newPage();
    if (names[0] !== "start") await signIn(page, base, consoleKey);
    for (const name of names) await one(name, row[name], page);
    await page.context().close();
  }));
}

async function one(name, journey, page) {
  const started = Date.now();
  try {
    const facts = await journey(page);
    console.log(JSON.stringify({ name, ok: true, ms: Date.now() - started, ...facts }));
  } catch (e) {
    if (process.env.SHOT) await page.screenshot({ path: `${process.env.SHOT}/failed-${name}.png` }).catch(() => undefined);
    console.log(JSON.stringify({ name, ok: false, ms: Date.now() - started, error: String(e.stack ?? e).slice(0, 3000) }));
    await page.goto(at("#/system")).catch(() => undefined);
    await page.setViewportSize({ width: 1360, height: 900 });
  }
}

const { start, ...arrived } = arrival;
await go([{ start }]); // alone: it waits for the first event that comes
await go([arrived, results, computed, definitions]);
await go([trouble]); // the engine is killed
await go([whole, everywhere]);
await go([{ clean }]);
await browser.close();
