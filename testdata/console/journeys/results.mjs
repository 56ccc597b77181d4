// Journeys of experiments: from the list to a number, and from a number to what it was made of.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { accessible, asked, at, choose, pick, press, run, sdk, seen, segment, send, until } from "../world.mjs";

export const results = {
  // Must show 3 and 7: from the start page to an opened hover card and back, without a mouse.
  async keyboard(page) {
    await page.goto(at("#/start"));
    await seen(page, "Send an event");
    await page.locator("main").focus();
    await press(page, ["g", "e"], "#/experiments");
    await seen(page, "demo_checkout");
    const row = page.locator("tbody tr", { hasText: "demo_checkout" });
    await row.waitFor();
    for (let i = 0; i < 10 && !(await row.evaluate((r) => r === document.activeElement)); i++) await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Scorecard" }).waitFor();
    const bar = page.getByRole("button", { name: /^demo revenue/ });
    await bar.waitFor();
    for (let i = 0; i < 120 && !(await bar.evaluate((b) => b === document.activeElement)); i++) await page.keyboard.press("Tab");
    await page.getByRole("tooltip").getByText("Sequential p").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByText("Std err").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.ok(await bar.evaluate((b) => b === document.activeElement), "the focus is not given back to the bar");
    await press(page, ["g", "c"], "#/settings"); // not the key C, which copies the link
    await seen(page, "New key");
  },

  // What the file says is what the table shows, and what the API answers.
  async export(page) {
    await page.goto(at("#/experiments/demo_checkout"));
    await page.getByRole("button", { name: /^demo revenue/ }).waitFor();
    await page.locator("main").focus();
    const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("x")]);
    const [head, ...rows] = readFileSync(await file.path(), "utf8").trim().split("\r\n").map((l) => l.split(","));
    const report = await page.evaluate(async () => (await (await fetch("console/v1/experiments/demo_checkout/pulse_results")).json()).data);
    assert.equal(rows.length, report.primaryMetrics.length + report.secondaryMetrics.length + report.otherMetrics.length);
    for (const [i, m] of report.primaryMetrics.entries()) {
      const row = Object.fromEntries(head.map((h, k) => [h, rows[i][k]]));
      assert.equal(row.metric, m.metricName);
      assert.equal(Number(row.percent_change), m.percentChange);
      assert.equal(Number(row.p_value), m.pValue);
    }
    const shown = await page.locator(".plot-table tbody tr:not(.section)").count();
    assert.equal(shown, rows.length, "the table and the file have different rows");
  },

  // Every view is a link: reloading shows the same, and the browser's back goes back.
  async links(page) {
    await page.goto(at("#/experiments/demo_checkout"));
    await page.getByRole("button", { name: /^demo revenue/ }).waitFor();
    await page.getByLabel("Confidence").selectOption("80");
    await seen(page, "80 % interval");
    await page.getByLabel("Order of the metrics").selectOption("name");
    const url = page.url();
    await page.reload();
    await seen(page, "80 % interval");
    assert.equal(page.url(), url);
    assert.equal(await page.getByLabel("Order of the metrics").inputValue(), "name");
    await page.goBack();
    await page.goBack();
    await seen(page, "95 % interval");
  },

  // The palette finds by parts of a name and opens what it found.
  async palette(page) {
    await page.goto(at("#/system"));
    await seen(page, "Readiness");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("checkout");
    await page.getByRole("option", { name: /demo_checkout/ }).waitFor();
    await page.keyboard.press("Enter");
    await seen(page, "A shorter checkout brings more and larger orders.");
  },

  // Why (not) counted: one unit of the demo.
  async unit(page) {
    await page.goto(at("#/units"));
    await page.getByLabel("Unit ID").fill("user-000001");
    await page.getByRole("button", { name: "Look up", exact: true }).click();
    await page.getByRole("link", { name: "demo_checkout" }).waitFor();
    await page.getByText(/counted$/).first().waitFor();
    const gate = "half_" + run, userID = "half-user-" + run; // a rule of a gate that it saw
    await asked("POST", "gates", { name: gate, isEnabled: true, measureMetricLifts: true, monitoringMetrics: [{ name: "demo revenue", type: "sum" }], rules: [{ name: "half", passPercentage: 50, conditions: [{ type: "public" }] }] });
    await until(async () => (await sdk("check_gate", { gateName: gate, user: { userID } })).rule_id !== "");
    await until(async () => (await asked("GET", "units/userID/" + userID)).data.comparisons.length > 0);
    await page.getByLabel("Unit ID").fill(userID);
    await page.getByRole("button", { name: "Look up", exact: true }).click();
    await page.getByRole("heading", { name: new RegExp(`^Gate ${gate}, rule`) }).waitFor();
  },

  // A new experiment is set up, started, and says why it has no numbers.
  async experiment(page) {
    const name = "fresh_" + run;
    await page.goto(at("#/experiments/new"));
    await page.getByLabel("Name", { exact: true }).fill(name);
    await pick(page, "primary metrics", "demo revenue::sum");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("heading", { level: 1 }).getByText("Running").waitFor();
    await page.getByRole("link", { name: "Results" }).click();
    await seen(page, "Waiting for the first exposure");
    await page.getByRole("button", { name: "Make a decision" }).click();
    await page.getByLabel("Why").fill("the journey is over");
    await page.getByRole("dialog").getByRole("button", { name: "Decide" }).click();
    await page.getByRole("heading", { level: 1 }).getByText("Decided").waitFor();
  },

  // A number can be had as SQL: what the page shows is what the API writes.
  async sql(page) {
    await page.goto(at("#/experiments/demo_checkout"));
    await page.getByRole("button", { name: /^demo revenue/ }).waitFor();
    await choose(page.locator(".scorecard"), "Show as SQL…", "Export");
    const text = await page.getByRole("dialog").locator("pre").textContent();
    assert.match(text, /SELECT[\s\S]*FROM[\s\S]*exposures/);
    assert.equal((text.match(/\{\w+:[A-Z]\w*/g) ?? []).length, 0, "parameters are left in it");
    await accessible(page, "as SQL");
    await page.keyboard.press("Escape");
  },

  // A custom query: made of what is asked, run, its answer opened; put on a schedule; deleted.
  async queries(page) {
    const name = "by day " + run;
    await page.goto(at("#/experiments/demo_checkout?tab=queries&confidence=90"));
    await page.getByRole("button", { name: "New query" }).click();
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Cut").selectOption("byExposureDate");
    await accessible(page, "new query");
    await page.getByRole("button", { name: "Save and run" }).click();
    const row = page.getByRole("row", { name: new RegExp(name) });
    await row.getByText("done").waitFor();
    for (const part of ["90 % confidence", "units by day of first exposure", "when asked"]) await row.getByText(part).waitFor();
    await row.getByRole("button", { name, exact: true }).click();
    const drawer = page.getByRole("dialog");
    await drawer.getByRole("row", { name: /demo revenue/ }).first().waitFor();
    await drawer.getByText("Cochran's Q").waitFor();
    await accessible(page, "answer of a query");
    await page.keyboard.press("Escape");
    await row.getByRole("button", { name: "Edit " + name }).click();
    await page.getByLabel("Runs", { exact: true }).selectOption("week");
    await page.getByLabel("On", { exact: true }).selectOption("friday");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await row.getByText("every friday at 06:00").waitFor();
    page.once("dialog", (d) => d.accept());
    await row.getByRole("button", { name: "Delete " + name }).click();
    await row.waitFor({ state: "detached" });
  },
};

// These wait for the rollups.
export const computed = {
  // The states of a scorecard without numbers, each with the data that makes it: not started, no events of exposed units, too little data.
  async states(page) {
    const x = "states_" + run, never = { name: "never " + run, type: "event_count_custom" }, rare = { name: "rare " + run, type: "mean" };
    await asked("POST", "metrics", { ...never, metricEvents: [{ name: "segment::Never " + run }], unitTypes: ["userID"] });
    await asked("POST", "metrics", { ...rare, metricEvents: [{ name: "segment::Rare " + run, type: "value" }], unitTypes: ["userID"] });
    await asked("POST", "experiments", { name: x, groups: [{ id: "control", name: "Control", size: 50 }, { id: "test", name: "Test", size: 50 }], primaryMetrics: [never, rare] });
    await page.goto(at(`#/experiments/${x}?tab=results`));
    await seen(page, "Not started");
    await asked("PUT", `experiments/${x}/start`, {});
    for (const group of ["control", "test"]) await send("Experiment Viewed", `${x}-${group}`, { experiment_id: x, variation_id: group });
    for (const group of ["control", "test"]) await send("Rare " + run, `${x}-${group}`, { value: 3 });
    // An event of the metric that nobody exposed has: it carries another ID.
    await segment("track", { event: "Never " + run, anonymousId: "anonymous-" + run });
    await until(async () => (await asked("GET", `experiments/${x}/pulse_results`)).data.primaryMetrics.map((m) => m.status).join() === "no_events,too_little_data");
    await page.reload();
    await page.getByRole("row", { name: new RegExp(`never ${run}.*No events`) }).waitFor();
    await page.getByRole("row", { name: new RegExp(`rare ${run}.*at least two of each group.*Too little data`) }).waitFor();
    await page.getByRole("link", { name: "Map Identifiers" }).waitFor(); // beside how many could have met
  },

  // A metric that the engine cannot compute stands as failed beside those that it can, with the reason; so it does among the rollups.
  async rows(page) {
    const x = "rows_" + run, bad = { name: "bad " + run, type: "sum" };
    await asked("POST", "metrics", { ...bad, metricEvents: [{ name: "segment::Order Completed", type: "metadata", metadataKey: Array.from({ length: 20_000 }, (_, i) => i).join(".") }], unitTypes: ["userID"] });
    await asked("POST", "experiments", { name: x, groups: [{ id: "control", name: "Control", size: 50 }, { id: "test", name: "Test", size: 50 }], primaryMetrics: [bad, { name: "demo revenue", type: "sum" }] });
    await asked("PUT", `experiments/${x}/start`, {});
    for (let i = 0; i < 6; i++) await send("Experiment Viewed", `${x}-${i}`, { experiment_id: x, variation_id: i % 2 ? "test" : "control" });
    try {
      await until(async () => (await asked("GET", `experiments/${x}/pulse_results`)).data.primaryMetrics[0].status === "failed");
      await page.goto(at(`#/experiments/${x}?tab=results`));
      await page.getByRole("row", { name: new RegExp(`bad ${run}.*the rollup could not compute it.*Failed`) }).waitFor();
      await accessible(page, "a failed row");
      await page.goto(at("#/system"));
      await seen(page, "cannot be computed");
    } finally {
      await asked("PATCH", "experiments/" + x, { primaryMetrics: [] });
      await asked("DELETE", `metrics/${encodeURIComponent(bad.name + "::sum")}`);
    }
  },

  // A metric cut into parts of the units: whether they differ; and by the groups of another experiment: whether the two interact.
  async parts(page) {
    const other = "other_" + run, drill = "#/experiments/demo_checkout?metric=demo%20revenue%3A%3Asum&drill=dimensions";
    await asked("POST", "experiments", { name: other, groups: [{ id: "control", name: "Control", size: 50 }, { id: "test", name: "Test", size: 50 }] });
    await asked("PUT", `experiments/${other}/start`, {});
    const viewed = Array.from({ length: 240 }, (_, i) => ({ type: "track", event: "Experiment Viewed", userId: "user-" + String(i).padStart(6, "0"), properties: { experiment_id: other, variation_id: i % 2 ? "test" : "control" } }));
    await segment("batch", { batch: viewed });
    await page.goto(at(drill));
    await page.getByLabel("Cut").selectOption("byExposureDate");
    await seen(page, "Cochran's Q");
    await page.getByRole("columnheader", { name: "Against the rest" }).waitFor();
    await accessible(page, "parts of the units");
    const known = () => asked("GET", "experiments/demo_checkout/pulse_results?interactsWith=" + other).then((r) => r.data.primaryMetrics.find((m) => m.metricID === "demo revenue::sum").interactions?.[0]);
    await until(async () => (await known())?.pValue !== null && (await known()) !== undefined);
    await page.getByLabel("Cut").selectOption("interactsWith");
    await page.getByLabel("Other experiment").selectOption(other);
    const row = page.getByRole("row", { name: /test against control/ });
    await row.waitFor();
    assert.match(await row.textContent(), /They interact|No sign of it/);
    await accessible(page, "interactions");
  },
};
