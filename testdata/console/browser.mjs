// What the journeys and the screenshots share: Debian's Chromium, driven by playwright-core, and a signed-in page.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(fileURLToPath(new URL("../clients/package.json", import.meta.url)));
const { chromium } = require("playwright-core");
export const axeSource = require("axe-core").source;

const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: quiet });

export async function signIn(page, base, key) {
  await page.goto(base);
  await page.getByLabel("Console key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).first().waitFor({ state: "attached" });
}

/** A cold load: bytes on the wire, and the time until the page can be used. */
export async function firstLoad(browser, base) {
  const cold = await browser.newContext();
  const page = await cold.newPage();
  const client = await cold.newCDPSession(page);
  await client.send("Network.enable");
  let bytes = 0;
  client.on("Network.loadingFinished", (e) => (bytes += e.encodedDataLength));
  const started = Date.now();
  await page.goto(base);
  await page.getByLabel("Console key").waitFor();
  const ms = Date.now() - started;
  await page.waitForTimeout(300);
  await cold.close();
  return { bytes, ms };
}

// Every page, with what it shows when it is there; some are of what the journeys of this run have made.
export const pages = (run) => [
  ["start", "#/start", "Send an event"],
  ["events", "#/metrics/events", "Events of the last 14 days"],
  ["stream", "#/metrics/stream", "Pause"],
  ["catalogue", "#/metrics/catalogue", "demo revenue"],
  ["charts", "#/metrics/charts", "choose others"],
  ["event", "#/metrics/event/segment%3A%3AOrder%20Completed", "What it feeds"],
  ["metric", "#/metrics/catalogue/demo%20revenue%3A%3Asum", "Definition"],
  ["metric-new", "#/metrics/new?event=segment%3A%3AOrder%20Completed", "Preview"],
  ["experiments", "#/experiments", "demo_checkout"],
  ["results", "#/experiments/demo_checkout", "demo revenue"],
  ["numbers", "#/experiments/demo_checkout?view=table", "demo revenue"],
  ["drill", "#/experiments/demo_checkout?metric=demo%20revenue%3A%3Asum", "Time series"],
  ["parts", "#/experiments/demo_checkout?metric=demo%20revenue%3A%3Asum&drill=dimensions&cut=byExposureDate", "Cochran"],
  ["queries", "#/experiments/demo_checkout?tab=queries", "Custom queries"],
  ["diagnostics", "#/experiments/demo_checkout?tab=diagnostics", "Health checks"],
  ["setup", "#/experiments/demo_checkout?tab=setup", "Hypothesis"],
  ["experiment-new", "#/experiments/new", "Primary metrics"],
  ["overrides", "#/experiments/demo_aa?tab=overrides", "They come before any rule"],
  ["gates", "#/gates", "New gate"],
  ["gate", `#/gates/gate_${run}`, "The first rule whose conditions hold"],
  ["gate-rollout", `#/gates/rollout_${run}`, "70.0 %"],
  ["gate-edit", `#/gates/rollout_${run}?edit=1`, "Change the percentage later"],
  ["targeting", `#/experiments/aimed_${run}?tab=setup`, "custom field plan"],
  ["gate-new", "#/gates/new", "Add a rule"],
  ["gate-overrides", `#/gates/gate_${run}?tab=overrides`, "They come before any rule"],
  ["gate-results", `#/gates/gate_${run}?tab=results`, "Nothing to compare"],
  ["configs", "#/configs", "New config"],
  ["config", `#/configs/config_${run}`, "Default value"],
  ["config-edit", `#/configs/config_${run}?edit=1`, "Value"],
  ["layers", "#/layers", "New layer"],
  ["layer", `#/layers/layer_${run}`, "Parameters"],
  ["layer-overrides", `#/layers/layer_${run}?tab=overrides`, "They come before any rule"],
  ["layer-edit", `#/layers/layer_${run}?edit=1`, "Add a parameter"],
  ["holdouts", "#/holdouts", "New holdout"],
  ["holdout", `#/holdouts/holdout_${run}`, "Monitored metrics"],
  ["holdout-edit", `#/holdouts/holdout_${run}?edit=1`, "Percent held out"],
  ["holdout-overrides", `#/holdouts/holdout_${run}?tab=overrides`, "They come before any rule"],
  ["lists", "#/lists", "New list"],
  ["list", `#/lists/list_${run}`, "Members"],
  ["audiences", "#/integrations/audiences", "Fills"],
  ["inbound", "#/integrations/inbound", "Send events here"],
  ["filters", "#/integrations/filters", "Include new events by default"],
  ["delivery", "#/integrations/delivery", "By event"],
  ["outbound", "#/integrations/outbound", "New destination"],
  ["units", "#/units?id=user-000001", "Unit ID"],
  ["keys", "#/settings/keys", "New key"],
  ["id-types", "#/settings/id-types", "New ID type"],
  ["environments", "#/settings/environments", "New environment"],
  ["audit", "#/settings/audit", "Changes of definitions"],
  ["system", "#/system", "Readiness"],
];
