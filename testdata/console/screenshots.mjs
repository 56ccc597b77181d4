// Takes pictures of the main pages for docs/screenshots, from a running server that holds the demo's data.
// usage: node screenshots.mjs URL CONSOLE_KEY WRITE_KEY FOLDER
import { launch, signIn } from "./browser.mjs";
import { openSink } from "./sink.mjs";

const [base, consoleKey, writeKey, folder] = process.argv.slice(2);
const post = (path, key, body) => fetch(base + path, { method: "POST", headers: { ...key, "content-type": "application/json" }, body: JSON.stringify(body) }).then((r) => r.json());
const send = (event, user, properties) => post("v1/track", { authorization: "Basic " + btoa(writeKey + ":") }, { event, ...(user && { userId: user }), properties });
const make = (path, body) => post("console/v1/" + path, { "STATSIG-API-KEY": consoleKey }, body);
const put = (path, body) => fetch(base + "console/v1/" + path, { method: "PUT", headers: { "STATSIG-API-KEY": consoleKey }, body: JSON.stringify(body ?? {}) });

const sink = await openSink((call) => call.event === "Plan Changed");

/** What a project has beside the demo's experiments. */
async function furnish() {
  const groups = (values) => [{ id: "control", name: "Control", size: 50, parameterValues: values[0] }, { id: "test", name: "Test", size: 50, parameterValues: values[1] }];
  await make("gates", { name: "new_search", description: "The search that ranks by margin", idType: "userID", tags: ["search"], measureMetricLifts: true, monitoringMetrics: [{ name: "demo revenue", type: "sum" }],
    rules: [{ name: "staff", passPercentage: 100, conditions: [{ type: "email", operator: "str_ends_with_any", targetValue: ["@example.com"] }] }, { name: "paying customers", passPercentage: 5, pendingAutomatedRollouts: [{ time: Date.now() + 2 * 864e5, passPercent: 50 }, { time: Date.now() + 7 * 864e5, passPercent: 100 }], conditions: [{ type: "custom_field", field: "plan", operator: "any", targetValue: ["pro", "team"] }, { type: "country", operator: "none", targetValue: ["US"] }] }] });
  const { rules } = (await (await fetch(base + "console/v1/gates/new_search", { headers: { "STATSIG-API-KEY": consoleKey } })).json()).data;
  await fetch(base + "console/v1/gates/new_search", { method: "PATCH", headers: { "STATSIG-API-KEY": consoleKey }, body: JSON.stringify({ rules: rules.map((r) => (r.passPercentage === 5 ? { ...r, passPercentage: 20 } : r)) }) });
  await make("layers", { name: "product_page", description: "Whatever changes the product page", parameters: [{ name: "button_colour", defaultValue: "blue" }, { name: "reviews_shown", defaultValue: 3 }] });
  for (const [id, share, values] of [["green_button", 30, [{}, { button_colour: "green" }]], ["more_reviews", 45, [{}, { reviews_shown: 10 }]]]) {
    await make("experiments", { name: id, hypothesis: "", layerID: "product_page", allocation: share, groups: groups(values), primaryMetrics: [{ name: "demo orders", type: "event_count_custom" }] });
    await put(`experiments/${id}/start`);
  }
  await make("holdouts", { name: "q4_holdout", description: "Sees none of the quarter's changes", passPercentage: 5, gateIDs: ["new_search"], monitoringMetrics: [{ name: "demo revenue", type: "sum" }] });
  await make("destinations", { id: "warehouse", name: "Segment, for the warehouse", type: "segment", endpoint: sink.url, writeKey: "of-the-picture", identifiers: [{ from: "companyID", to: "anonymousId" }], firstExposuresOnly: true, experimentViewed: true });
  const log = (events) => fetch(base + "v1/log_event", { method: "POST", headers: { "STATSIG-API-KEY": serverKey, "content-type": "application/json" }, body: JSON.stringify({ events, statsigMetadata: { sdkType: "picture", sessionID: "picture" } }) });
  const { key: serverKey } = (await make("keys", { type: "server", description: "backend" })).data;
  await log(["Signed Up", "Plan Changed", "Plan Changed", ...Array(60).fill("Checkout Started")].map((eventName, i) => ({ eventName, value: i, user: { userID: "user-" + (100 + i), customIDs: { companyID: "company-" + (i % 9) } }, metadata: { plan: i % 2 ? "pro" : "free" } })));
  for (const q of [
    { name: "Revenue by day of first exposure", parameters: { confidence: 90, byExposureDate: true }, schedule: { every: "week", weekday: "monday", hour: 6 } },
    { name: "Without the first days", parameters: { exposedFrom: new Date(Date.now() - 9 * 864e5).toISOString().slice(0, 10) + "T00:00:00Z", sequential: true } },
  ]) await make("experiments/demo_checkout/custom_queries", q);
  await make("segments", { id: "big_spenders", type: "id_list", idType: "userID", description: "Segment audience big_spenders" });
  for (const [key, users] of [["big_spenders", 40], ["cart_abandoners", 25]]) {
    for (let i = 0; i < users; i++) await post("v1/identify", { authorization: "Basic " + btoa(writeKey + ":") }, { userId: "user-" + (1000 + i), traits: { [key]: i % 9 !== 8 }, context: { personas: { computation_class: "audience", computation_key: key, computation_id: "aud_" + key } } });
  }
}

/** Waits until the rollups have everything that came: the pictures show what one sees a moment later. */
async function settled() {
  for (;;) {
    const { data } = await (await fetch(base + "console/v1/system", { headers: { "STATSIG-API-KEY": consoleKey } })).json();
    if (data.watermark.waitingLoads === 0) return;
    await new Promise((next) => setTimeout(next, 500));
  }
}

const scorecard = (page) => page.getByRole("button", { name: /^demo revenue/ }).waitFor();
const text = (wanted) => (page) => page.getByText(wanted).locator("visible=true").first().waitFor();
const shots = [
  ["results", "light", "#/experiments/demo_checkout", scorecard],
  ["results-dark", "dark", "#/experiments/demo_checkout", async (page) => {
    await page.getByRole("button", { name: /^demo order value/ }).hover();
    await page.getByRole("tooltip").waitFor();
  }],
  ["time-series", "light", "#/experiments/demo_checkout?metric=demo%20revenue%3A%3Asum", async (page) => page.getByRole("dialog").locator("svg.series").waitFor()],
  ["experiments", "light", "#/experiments", text("demo_aa")],
  ["events", "light", "#/metrics/events", text("segment::Order Completed")],
  ["charts", "light", "#/metrics/charts?days=14", async (page) => page.waitForFunction(() => document.querySelectorAll(".charts canvas").length === 6)],
  ["log-stream", "dark", "#/metrics/stream", async (page) => {
    await page.getByText("live", { exact: true }).waitFor();
    const names = ["Signed Up", "Product Viewed", "Order Completed", "Order Completed", "Plan Changed"];
    for (let i = 0; i < 14; i++) await send(names[i % names.length], i % 7 === 5 ? "" : "user-" + (100 + i), { plan: i % 2 ? "pro" : "free", value: 10 * i + 0.5 });
    await page.getByText("user-113").first().waitFor();
  }],
  ["gate", "light", "#/gates/new_search", text("paying customers")],
  ["layer", "light", "#/layers/product_page", text("green_button")],
  ["outbound", "light", "#/integrations/outbound", async (page) => page.locator(".stat", { hasText: "Failed" }).getByRole("button", { name: "2" }).waitFor()],
  ["parts", "light", "#/experiments/demo_checkout?metric=demo%20revenue%3A%3Asum&drill=dimensions&cut=byExposureDate", text("Cochran")],
  ["queries", "light", "#/experiments/demo_checkout?tab=queries", text("done")],
  ["audiences", "light", "#/integrations/audiences", text("cart_abandoners")],
  ["delivery", "light", "#/integrations/delivery", text("balances")],
  ["filters", "light", "#/integrations/filters", text("segment::Order Completed")],
  ["unit", "light", "#/units?id=user-000001", text("counted")],
  ["audit", "light", "#/settings/audit?kind=gate", async (page) => {
    await page.getByRole("row", { name: /new_search/ }).first().getByRole("button").first().click();
    await page.getByRole("dialog").getByText("rules").first().waitFor();
  }],
  ["start", "light", "#/start", async (page) => {
    await page.getByText("Listening…").waitFor();
    await send("Signed Up", "u1", { plan: "pro" });
    await page.getByText("Received").first().waitFor();
  }],
  ["system", "dark", "#/system", text("Rollups")],
];

await furnish();
const browser = await launch();
for (const theme of ["light", "dark"]) {
  await settled();
  const context = await browser.newContext({ viewport: { width: 1320, height: 920 }, colorScheme: theme, reducedMotion: "reduce" });
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
sink.close();
