// Drives the console as people do, against a running server that holds the demo's data, and prints one JSON line a journey.
// usage: SERVER_PID=… node journeys.mjs URL CONSOLE_KEY WRITE_KEY [NAME…]
import http from "node:http";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { axeSource, launch, pages, signIn } from "./browser.mjs";

const [base, consoleKey, writeKey, ...only] = process.argv.slice(2);
const run = Date.now().toString(36);
const send = (event, user = "u1", properties = {}) =>
  fetch(base + "v1/track", { method: "POST", headers: { authorization: "Basic " + btoa(writeKey + ":"), "content-type": "application/json" }, body: JSON.stringify({ event, ...(user && { userId: user }), properties }) });
const asked = (method, path, body) => fetch(base + "console/v1/" + path, { method, headers: { "STATSIG-API-KEY": consoleKey, "content-type": "application/json" }, body: body && JSON.stringify(body) }).then((r) => r.json());
const at = (hash) => base + hash;
const seen = (page, text) => page.getByText(text, { exact: false }).locator("visible=true").first().waitFor();
const until = async (holds) => {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 150) throw new Error("did not come true within 30 s: " + holds);
    await new Promise((next) => setTimeout(next, 200));
  }
};
// loaded waits until the sample of a rejected event is in its table: the page shows what is there when it is opened.
const loaded = (event) => until(async () => JSON.stringify(await asked("GET", "ingestion/rejections")).includes(event));

// enginePID is the server's child, as Linux tells.
const enginePID = () => {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ")[1] === process.env.SERVER_PID) return Number(pid);
    } catch {} // it has ended meanwhile
  }
  throw new Error("the server " + process.env.SERVER_PID + " has no child");
};

const browser = await launch();
const newContext = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(30_000);
  return context;
};
const context = await newContext({ acceptDownloads: true });
const page = await context.newPage();
const faults = [], strangers = [];
page.on("pageerror", (e) => faults.push(e.message));
page.on("console", (m) => m.type() === "error" && /Content Security Policy|Refused to/.test(m.text()) && faults.push(m.text()));
page.on("request", (r) => !r.url().startsWith(base) && !/^(data|blob):/.test(r.url()) && strangers.push(r.url()));

const pick = async (list, id) => {
  await page.getByLabel("Add to " + list).fill(id);
  await page.getByRole("button", { name: "Remove " + id }).waitFor(); // it is a chip now
};

const journeys = {
  // Must show 1: a wrong key is named; a right one signs in; the first event appears by itself, and so does what was refused.
  async start() {
    await page.goto(at("#/start"));
    await page.getByLabel("Console key").fill("console-wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await seen(page, "the key is unknown or deactivated");
    await signIn(page, at("#/start"), consoleKey);
    await seen(page, "Listening…");
    await seen(page, writeKey);
    const started = Date.now();
    await send("Signed Up " + run);
    await page.getByText("Received").first().waitFor();
    await seen(page, "Signed Up " + run);
    const took = Date.now() - started;
    await send("Nobody " + run, "");
    await seen(page, "no_user_anon_id");
    return { msToPage: took };
  },

  // Must show 2: the live log is filtered by the server, pausing leaves no gap, a row opens with all its details.
  async stream() {
    await page.goto(at("#/metrics/stream?event=" + encodeURIComponent("segment::Live " + run)));
    await seen(page, "live");
    await page.waitForTimeout(500);
    await send("Live " + run, "at-once", { plan: "pro", value: 7 });
    await seen(page, "at-once");
    await page.getByRole("button", { name: /Pause/ }).click();
    for (let i = 0; i < 5; i++) await send("Live " + run, "held-" + i);
    await send("Other " + run, "other");
    await page.getByRole("button", { name: "5 new while paused" }).waitFor();
    assert.equal(await page.getByText("held-0").count(), 0, "a paused log shows new rows");
    await page.getByRole("button", { name: /Resume/ }).click();
    for (let i = 0; i < 5; i++) await seen(page, "held-" + i);
    assert.equal(await page.getByText("other", { exact: true }).count(), 0, "the filter lets another event through");
    await page.getByRole("button", { name: /Details of/ }).last().click();
    await page.getByRole("dialog").getByText("stored").first().waitFor();
    await page.getByRole("dialog").getByText('"plan"').first().waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  },

  // A hidden tab closes its stream, and goes on where it was when it is shown again.
  async hidden() {
    const hide = (on) => page.evaluate((on) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => on });
      document.dispatchEvent(new Event("visibilitychange"));
    }, on);
    await page.goto(at("#/metrics/stream?event=" + encodeURIComponent("segment::Hidden " + run)));
    await seen(page, "live");
    await page.waitForTimeout(500);
    await send("Hidden " + run, "seen-before");
    await seen(page, "seen-before");
    const closed = page.waitForEvent("requestfailed", (r) => r.url().includes("/stream"));
    await hide(true);
    await closed;
    await send("Hidden " + run, "sent-meanwhile");
    await hide(false);
    await seen(page, "sent-meanwhile");
    assert.equal(await page.getByText("seen-before", { exact: true }).count(), 1, "an event is shown twice after coming back");
  },

  // Must show 3 and 7: from the start page to an opened hover card and back, without a mouse.
  async keyboard() {
    await page.goto(at("#/start"));
    await seen(page, "Send an event");
    await page.locator("main").focus();
    await page.keyboard.press("g");
    await page.keyboard.press("e");
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
    await page.keyboard.press("g");
    await page.keyboard.press("c"); // not the key C, which copies the link
    await seen(page, "New key");
  },

  // What the file says is what the table shows, and what the API answers.
  async export() {
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
  async links() {
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
  async palette() {
    await page.goto(at("#/system"));
    await seen(page, "Readiness");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("checkout");
    await page.getByRole("option", { name: /demo_checkout/ }).waitFor();
    await page.keyboard.press("Enter");
    await seen(page, "A shorter checkout brings more and larger orders.");
  },

  // Event Filtering: what a change would drop is told before it is saved; then it is dropped, and the log says so.
  async filters() {
    const name = "Noise " + run;
    for (let i = 0; i < 3; i++) await send(name);
    await page.goto(at("#/integrations/filters"));
    await page.getByLabel("Source", { exact: true }).selectOption({ label: await page.locator("select[aria-label=Source] option", { hasText: "write" }).first().textContent() });
    const box = page.getByRole("checkbox", { name: `Track segment::${name}` });
    for (let i = 0; i < 30 && (await box.count()) === 0; i++) {
      await page.reload();
      await page.waitForTimeout(1000);
    }
    await box.uncheck({ force: true });
    await seen(page, "1 event would be dropped: 3 of the last day's");
    await page.getByRole("button", { name: "Save" }).click();
    await seen(page, "it counts from now on");
    await page.goto(at("#/metrics/stream?event=" + encodeURIComponent("segment::" + name)));
    await seen(page, "live");
    await page.waitForTimeout(500);
    await send(name);
    await page.getByRole("cell", { name: /filtered/ }).first().waitFor();
  },

  // The ledger balances and names the reasons of what was rejected, with the item as it came.
  async delivery() {
    await send("Rejected " + run, "");
    await loaded("Rejected " + run);
    await page.goto(at("#/integrations/delivery?range=1h"));
    await seen(page, "balances");
    await page.getByRole("link", { name: "no_user_anon_id" }).click();
    await page.getByRole("dialog").getByText(`Rejected ${run}`).first().waitFor();
    await page.keyboard.press("Escape");
  },

  // A metric is made with its numbers in sight.
  async metric() {
    await page.goto(at("#/metrics/new?event=" + encodeURIComponent("segment::Order Completed")));
    await page.getByLabel("Name", { exact: true }).fill("orders " + run);
    await seen(page, "Last full day");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { name: "orders " + run, level: 1 }).waitFor();
  },

  // A key is shown once.
  async keys() {
    await page.goto(at("#/settings/keys"));
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByLabel("Kind").selectOption("server");
    await page.getByLabel("Name").fill("made by " + run);
    await page.getByRole("button", { name: "Make the key" }).click();
    const secret = await page.getByLabel("key", { exact: true }).locator("code").first().textContent();
    assert.match(secret, /^secret-[a-z2-7]{32}$/);
    await page.getByRole("button", { name: "I have kept it" }).click();
    await page.getByRole("row", { name: new RegExp("made by " + run) }).getByText("shown only when made").waitFor();
    await page.getByRole("row", { name: new RegExp("made by " + run) }).getByText("never").waitFor();
    await page.getByRole("row", { name: /console/ }).first().getByText(/s ago/).waitFor();
    assert.equal(await page.getByText(secret).count(), 0);
  },

  // An ID list: made, filled, asked.
  async lists() {
    const name = "list_" + run;
    await page.goto(at("#/lists"));
    await page.getByRole("button", { name: "New list" }).click();
    await page.getByLabel("Name").fill(name);
    await page.getByRole("button", { name: "Create" }).click();
    const field = page.getByLabel("IDs to add, remove or look up");
    await field.fill("a1, b2 c3");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await seen(page, "3 added");
    await page.getByRole("row", { name: "b2" }).waitFor();
    await field.fill("b2");
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await seen(page, "1 removed");
    await field.fill("b2");
    await page.getByRole("button", { name: "Is it in?" }).click();
    await seen(page, "is not in the list");
  },

  // A gate: made with a rule, disabled, seen in the audit log with what changed.
  async gates() {
    const name = "gate_" + run;
    await page.goto(at("#/gates/new"));
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByRole("button", { name: "Add a rule" }).click();
    await page.getByLabel("Percent that pass").fill("25");
    await page.getByRole("button", { name: "Create" }).click();
    await seen(page, "25.0 % pass");
    await page.getByRole("button", { name: "Disable" }).click();
    await page.getByRole("heading", { level: 1 }).getByText("Disabled").waitFor();
    await page.goto(at("#/settings/audit?kind=gate"));
    await page.getByRole("row", { name: new RegExp(name) }).first().getByRole("button").first().click();
    await page.getByRole("dialog").getByText("isEnabled").waitFor();
    await page.keyboard.press("Escape");
  },

  // A dynamic config: made with a rule and its value, which an SDK gets; then changed.
  async configs() {
    const name = "config_" + run, server = await asked("POST", "keys", { type: "server", description: "sdk of " + run });
    const value = async (userID) => (await (await fetch(base + "v1/get_config", { method: "POST", headers: { "STATSIG-API-KEY": server.data.key, "content-type": "application/json" }, body: JSON.stringify({ configName: name, user: { userID } }) })).json()).value;
    await page.goto(at("#/configs"));
    await page.getByRole("link", { name: "New config" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Default value").fill('{"limit": ');
    await page.getByRole("alert").first().waitFor(); // JSON that is not finished is told while it is typed
    await page.getByLabel("Default value").fill('{"limit": 10}');
    await page.getByRole("button", { name: "Add a rule" }).click();
    await page.getByLabel("What is looked at").selectOption("user_id");
    await page.getByLabel("Values, by commas").fill("vip, boss");
    await page.getByLabel("Value", { exact: true }).fill('{"limit": 500}');
    await page.getByRole("button", { name: "Create" }).click();
    await seen(page, "user id is vip, boss");
    await until(async () => JSON.stringify([await value("vip"), await value("nobody")]) === '[{"limit":500},{"limit":10}]');
    await page.getByRole("link", { name: "Edit" }).click();
    await page.getByLabel("Default value").fill('{"limit": 20}');
    await page.getByRole("button", { name: "Save" }).click();
    await seen(page, '{"limit":20}');
    await until(async () => (await value("nobody")).limit === 20);
  },

  // A layer: made with a parameter; an experiment that starts in it takes its share of the units, and the layer shows it.
  async layers() {
    const name = "layer_" + run;
    await page.goto(at("#/layers/new"));
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByRole("button", { name: "Add a parameter" }).click();
    await page.getByLabel("Name of the parameter").fill("colour");
    await page.getByLabel("Default, as JSON").fill('"blue"');
    await page.getByRole("button", { name: "Create" }).click();
    await seen(page, "100 % of the units are free");
    await page.getByRole("link", { name: "New experiment" }).click();
    await page.getByLabel("Name", { exact: true }).fill("in_" + name);
    await page.getByLabel("Allocation, percent").fill("40");
    await page.getByLabel("Parameters of Test").fill('{"colour": "red"}');
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("heading", { level: 1 }).getByText("Running").waitFor();
    await page.getByRole("link", { name, exact: true }).first().click();
    await seen(page, "60.0 % of the units are free");
    await page.getByRole("row", { name: new RegExp("in_" + name + ".*40.0 %.*40.0 %") }).waitFor();
    await page.getByRole("link", { name: "Overrides" }).click();
    await page.getByLabel("IDs of type userID").fill("boss");
    await page.getByLabel("Experiment and group").selectOption({ label: `in_${name}: Test` });
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("row", { name: new RegExp(`boss.*in_${name}: Test`) }).waitFor();
  },

  // A holdout: made of a share and a gate; the gate's page says who is held out from it.
  async holdouts() {
    const name = "holdout_" + run, gate = "gate_" + run;
    await page.goto(at("#/holdouts/new"));
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Percent held out").fill("8");
    await pick("gates", gate);
    await pick("monitored metrics", "demo revenue::sum");
    await page.getByRole("button", { name: "Create" }).click();
    await seen(page, "8.0 % of units of type userID");
    await page.getByRole("link", { name: "Pulse results" }).click();
    await seen(page, "Waiting for the first exposure");
    await page.goto(at("#/gates/" + gate));
    await page.getByRole("link", { name }).waitFor();
    await page.goto(at("#/holdouts"));
    await page.getByRole("row", { name: new RegExp(name + ".*8.0 %.*1 gate") }).waitFor();
  },

  // Overrides: a unit passes a gate by hand, and is in a group by hand; what was given is taken away again. Editing a gate keeps them.
  async overrides() {
    const gate = "gate_" + run, x = "over_" + run;
    await asked("PUT", `gates/${gate}/enable`);
    await asked("POST", "experiments", { name: x, groups: [{ id: "control", name: "Control", size: 50 }, { id: "test", name: "Test", size: 50 }] });
    await page.goto(at(`#/gates/${gate}?tab=overrides`));
    await page.getByLabel("Unit IDs").fill("boss, chief");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("row", { name: /boss.*pass/ }).waitFor();
    await page.getByRole("link", { name: "Set-up" }).click();
    await page.getByRole("link", { name: "Edit" }).click();
    await page.getByLabel("Description").fill("kept");
    await page.getByRole("button", { name: "Save" }).click();
    await seen(page, "kept");
    await page.getByRole("link", { name: "Overrides" }).click();
    await page.getByRole("button", { name: "Remove the override of chief" }).click();
    await page.getByRole("row", { name: /chief/ }).waitFor({ state: "detached" });
    assert.deepEqual((await asked("GET", `gates/${gate}/overrides`)).data.passingUserIDs, ["boss"]);
    await page.goto(at(`#/experiments/${x}?tab=overrides`));
    await page.getByLabel("IDs of type userID").fill("boss");
    await page.getByLabel("Group").selectOption("test");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("row", { name: /boss.*Test/ }).waitFor();
    await page.getByLabel("Who", { exact: true }).selectOption("gate");
    await page.getByLabel("Gate", { exact: true }).fill(gate);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("row", { name: new RegExp(gate) }).waitFor();
    await page.getByRole("button", { name: "Remove the override of boss" }).click();
    await page.getByRole("row", { name: /boss/ }).waitFor({ state: "detached" });
    assert.deepEqual((await asked("GET", `experiments/${x}/overrides`)).data.userIDOverrides, []);
  },

  // An audience of Segment calls, gets its list here, and the calls that came before are brought in.
  async audiences() {
    const key = "audience_" + run;
    const call = (userId, is) => fetch(base + "v1/identify", { method: "POST", headers: { authorization: "Basic " + btoa(writeKey + ":"), "content-type": "application/json" }, body: JSON.stringify({ userId, traits: { [key]: is }, context: { personas: { computation_class: "audience", computation_key: key, computation_id: "aud_" + run } } }) });
    for (const user of ["a1", "a2", "a3"]) await call(user, true);
    await page.goto(at("#/integrations/audiences"));
    const row = page.getByRole("row", { name: new RegExp(key) });
    await row.locator(".badge", { hasText: "no list" }).waitFor();
    await row.getByRole("button", { name: "Make the list" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Make it" }).click();
    await row.locator(".badge", { hasText: "in step" }).waitFor();
    await call("a2", false);
    await row.getByRole("cell", { name: "2", exact: true }).first().waitFor();
    await row.getByRole("link", { name: key }).click();
    await page.getByRole("row", { name: "a3" }).waitFor();
    assert.equal(await page.getByRole("row", { name: "a2" }).count(), 0, "who has left is still on the list");
  },

  // A composite: two metrics added up, with its numbers before it is saved.
  async composite() {
    await page.goto(at("#/metrics/new"));
    await page.getByLabel("Name", { exact: true }).fill("either " + run);
    await page.getByLabel("Type", { exact: true }).selectOption("composite");
    await pick("components", "demo orders::event_count_custom");
    await pick("components", "demo page views::event_count_custom");
    await seen(page, "Last full day");
    await page.getByRole("button", { name: "Create" }).click();
    await seen(page, "Adds up");
  },

  // Why (not) counted: one unit of the demo.
  async unit() {
    await page.goto(at("#/units"));
    await page.getByLabel("Unit ID").fill("user-000001");
    await page.getByRole("button", { name: "Look up", exact: true }).click();
    await page.getByRole("link", { name: "demo_checkout" }).waitFor();
    await page.getByText(/counted$/).first().waitFor();
  },

  // A new experiment is set up, started, and says why it has no numbers.
  async experiment() {
    const name = "fresh_" + run;
    await page.goto(at("#/experiments/new"));
    await page.getByLabel("Name", { exact: true }).fill(name);
    await pick("primary metrics", "demo revenue::sum");
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

  // The states of a scorecard without numbers, each with the data that makes it: not started, no events of exposed units, too little data.
  async states() {
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
    await fetch(base + "v1/track", { method: "POST", headers: { authorization: "Basic " + btoa(writeKey + ":"), "content-type": "application/json" }, body: JSON.stringify({ event: "Never " + run, anonymousId: "anonymous-" + run }) });
    await until(async () => (await asked("GET", `experiments/${x}/pulse_results`)).data.primaryMetrics.map((m) => m.status).join() === "no_events,too_little_data");
    await page.reload();
    await page.getByRole("row", { name: new RegExp(`never ${run}.*No events`) }).waitFor();
    await page.getByRole("row", { name: new RegExp(`rare ${run}.*at least two of each group.*Too little data`) }).waitFor();
    await page.getByRole("link", { name: "Map Identifiers" }).waitFor(); // beside how many could have met
  },

  // The engine dies: the page says so, keeps the last numbers, marked as old, and goes on once it is back.
  async failed() {
    await page.goto(at("#/experiments/demo_checkout"));
    await page.getByRole("button", { name: /^demo revenue/ }).waitFor();
    process.kill(enginePID(), "SIGKILL");
    for (const confidence of ["90", "80", "98", "99"]) { // one of these questions meets it away
      await page.getByLabel("Confidence").selectOption(confidence);
      await page.waitForTimeout(100);
    }
    await page.getByRole("alert").getByText("The engine is away", { exact: true }).waitFor();
    await seen(page, "Below is the last answer");
    await page.locator(".scorecard.stale").waitFor();
    await until(async () => (await fetch(base + "readyz")).ok);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".scorecard:not(.stale)").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
    await seen(page, "99 % interval");
  },

  // The engine hangs: the question is given up, and the page says what to do.
  async timeout() {
    await until(async () => (await fetch(base + "readyz")).ok);
    const engine = enginePID();
    await page.goto(at("#/experiments/demo_checkout"));
    await page.getByRole("button", { name: /^demo revenue/ }).waitFor();
    process.kill(engine, "SIGSTOP");
    try {
      await page.getByLabel("Confidence").selectOption("90");
      await page.getByRole("alert").getByText("Timed out").waitFor({ timeout: 60_000 });
      await seen(page, "ask for fewer days or metrics");
    } finally {
      process.kill(engine, "SIGCONT");
    }
    await until(async () => (await fetch(base + "readyz")).ok);
    await page.getByRole("button", { name: "Try again" }).click();
    await seen(page, "90 % interval");
    await page.locator(".scorecard:not(.stale)").waitFor();
  },

  // axe has nothing serious to say about any page in either theme. What does not depend on colours is the same in both.
  async axe() {
    const bad = [], all = pages(run);
    const look = async (name, theme, options) => {
      await page.emulateMedia({ colorScheme: theme });
      const { violations } = await page.evaluate((o) => window.axe.run(document, { resultTypes: ["violations"], ...o }), options);
      for (const v of violations) if (["serious", "critical"].includes(v.impact)) bad.push(`${name}, ${theme}: ${v.id} (${v.impact}) at ${v.nodes.slice(0, 2).map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join("; ")}`);
    };
    for (const [name, hash, text] of all) {
      await page.goto(at(hash));
      await seen(page, text).catch(() => bad.push(`${name}: “${text}” does not appear`));
      await page.waitForTimeout(150);
      if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeSource);
      await look(name, "light", {});
      await look(name, "dark", { runOnly: ["color-contrast"] });
    }
    await page.emulateMedia({ colorScheme: null });
    assert.deepEqual(bad, []);
    return { pages: all.length };
  },

  // On a narrow screen no page is wider than it.
  async narrow() {
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
  async prefix() {
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
    const cold = await newContext();
    const p = await cold.newPage();
    const client = await cold.newCDPSession(p);
    await client.send("Network.enable");
    let bytes = 0;
    client.on("Network.loadingFinished", (e) => (bytes += e.encodedDataLength));
    const started = Date.now();
    await p.goto(base);
    await p.getByLabel("Console key").waitFor();
    const ms = Date.now() - started;
    await p.waitForTimeout(300);
    await cold.close();
    assert.ok(bytes <= 120_000, `the first load is ${bytes} bytes`);
    return { bytes, ms };
  },

  // Whatever was done above: no exception, no violation of the policy, no request to another origin.
  async clean() {
    assert.deepEqual(faults, []);
    assert.deepEqual(strangers, []);
  },
};

if (only.length > 0 && !only.includes("start")) await signIn(page, base, consoleKey);
for (const [name, journey] of Object.entries(journeys)) {
  if (only.length > 0 && !only.includes(name)) continue;
  const started = Date.now();
  try {
    const facts = await journey();
    console.log(JSON.stringify({ name, ok: true, ms: Date.now() - started, ...facts }));
  } catch (e) {
    if (process.env.SHOT) await page.screenshot({ path: `${process.env.SHOT}/failed-${name}.png` }).catch(() => undefined);
    console.log(JSON.stringify({ name, ok: false, ms: Date.now() - started, error: String(e.stack ?? e).slice(0, 3000) }));
    if (name === "start") await signIn(page, base, consoleKey).catch(() => undefined);
    await page.setViewportSize({ width: 1360, height: 900 });
  }
}
await browser.close();
