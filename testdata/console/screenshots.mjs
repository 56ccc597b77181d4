// Takes pictures of the main pages for docs/screenshots, from a running server that holds the demo's data.
// usage: node screenshots.mjs URL CONSOLE_KEY WRITE_KEY FOLDER
import { launch, signIn } from "./browser.mjs";

const [base, consoleKey, writeKey, folder] = process.argv.slice(2);
const send = (event, user, properties) =>
  fetch(base + "v1/track", { method: "POST", headers: { authorization: "Basic " + btoa(writeKey + ":"), "content-type": "application/json" }, body: JSON.stringify({ event, ...(user && { userId: user }), properties }) });

const shots = [
  ["results", "light", "#/experiments/demo_checkout", async (page) => page.getByRole("button", { name: /^demo revenue/ }).waitFor()],
  ["results-dark", "dark", "#/experiments/demo_checkout", async (page) => {
    await page.getByRole("button", { name: /^demo order value/ }).hover();
    await page.getByRole("tooltip").waitFor();
  }],
  ["time-series", "light", "#/experiments/demo_checkout?metric=demo%20revenue%3A%3Asum", async (page) => page.getByRole("dialog").locator("svg.series").waitFor()],
  ["experiments", "light", "#/experiments", async (page) => page.getByText("demo_aa").first().waitFor()],
  ["events", "light", "#/metrics/events", async (page) => page.getByText("segment::Order Completed").first().waitFor()],
  ["log-stream", "dark", "#/metrics/stream", async (page) => {
    await page.getByText("live", { exact: true }).waitFor();
    const names = ["Signed Up", "Product Viewed", "Order Completed", "Order Completed", "Plan Changed"];
    for (let i = 0; i < 14; i++) await send(names[i % names.length], i % 7 === 5 ? "" : "user-" + (100 + i), { plan: i % 2 ? "pro" : "free", value: 10 * i + 0.5 });
    await page.getByText("user-113").first().waitFor();
  }],
  ["delivery", "light", "#/integrations/delivery", async (page) => page.getByText("balances").waitFor()],
  ["filters", "light", "#/integrations/filters", async (page) => page.getByText("segment::Order Completed").first().waitFor()],
  ["start", "light", "#/start", async (page) => {
    await page.getByText("Listening…").waitFor();
    await send("Signed Up", "u1", { plan: "pro" });
    await page.getByText("Received").first().waitFor();
  }],
  ["system", "dark", "#/system", async (page) => page.getByText("Readiness").waitFor()],
];

const browser = await launch();
for (const theme of ["light", "dark"]) {
  const context = await browser.newContext({ viewport: { width: 1320, height: 860 }, colorScheme: theme, reducedMotion: "reduce" });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await signIn(page, base, consoleKey);
  for (const [name, its, hash, ready] of shots) {
    if (its !== theme) continue;
    await page.goto(base + hash);
    await ready(page);
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${folder}/${name}.png` });
    console.log(name);
  }
  await context.close();
}
await browser.close();
