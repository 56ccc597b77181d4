// Journeys of what is defined: metrics, gates, configs, layers, holdouts, lists, keys.
import assert from "node:assert/strict";
import { accessible, asked, at, choose, pick, run, sdk, seen, segment, until } from "../world.mjs";

export const definitions = {
  // A metric is made with its numbers in sight.
  async metric(page) {
    await page.goto(at("#/metrics/new?event=" + encodeURIComponent("segment::Order Completed")));
    await page.getByLabel("Name", { exact: true }).fill("orders " + run);
    await seen(page, "Last full day");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { name: "orders " + run, level: 1 }).waitFor();
  },

  // A composite: two metrics added up, with its numbers before it is saved.
  async composite(page) {
    await page.goto(at("#/metrics/new"));
    await page.getByLabel("Name", { exact: true }).fill("either " + run);
    await page.getByLabel("Type", { exact: true }).selectOption("composite");
    await pick(page, "components", "demo orders::event_count_custom");
    await pick(page, "components", "demo page views::event_count_custom");
    await seen(page, "Last full day");
    await page.getByRole("button", { name: "Create" }).click();
    await seen(page, "Adds up");
  },

  // A key is shown once.
  async keys(page) {
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
  async lists(page) {
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
  async gates(page) {
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
  async configs(page) {
    const name = "config_" + run, value = async (userID) => (await sdk("get_config", { configName: name, user: { userID } })).value;
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
  async layers(page) {
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
  async holdouts(page) {
    const name = "holdout_" + run, gate = "gate_" + run;
    await page.goto(at("#/holdouts/new"));
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Percent held out").fill("8");
    await pick(page, "gates", gate);
    await pick(page, "monitored metrics", "demo revenue::sum");
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
  async overrides(page) {
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
  async audiences(page) {
    const key = "audience_" + run;
    const call = (userId, is) => segment("identify", { userId, traits: { [key]: is }, context: { personas: { computation_class: "audience", computation_key: key, computation_id: "aud_" + run } } });
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

  // Environments: one is added, a rule is limited to it, and it cannot go while the rule names it.
  async environments(page) {
    const name = "qa-" + run, gate = "in_qa_" + run;
    await page.goto(at("#/settings/environments"));
    await page.getByLabel("Name").fill(name);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("row", { name: new RegExp(name) }).waitFor();
    await page.goto(at("#/gates/new"));
    await page.getByLabel("Name", { exact: true }).fill(gate);
    await page.getByRole("button", { name: "Add a rule" }).click();
    await page.getByRole("group", { name: "Environments" }).getByLabel(name).check();
    await page.getByRole("button", { name: "Create" }).click();
    await seen(page, "in " + name);
    await page.goto(at("#/settings/environments"));
    await page.getByRole("button", { name: "Remove " + name }).click();
    await page.getByRole("alert").getByText(`is used by gate "${gate}"`).waitFor();
  },

  // An automated rollout: a step is planned, taken when its time has come, and told.
  async rollout(page) {
    const name = "rollout_" + run, stamp = (ms) => new Date(ms).toISOString().slice(0, 16);
    await page.goto(at("#/gates/new"));
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByRole("button", { name: "Add a rule" }).click();
    for (const [i, [time, percent]] of [[Date.now() - 60_000, "35"], [Date.now() + 864e5, "70"]].entries()) {
      await page.getByRole("button", { name: "Change the percentage later…" }).click();
      await page.getByLabel(`Time of step ${i + 1}, UTC`).fill(stamp(time));
      await page.getByLabel(`Percent of step ${i + 1}`).fill(percent);
    }
    await accessible(page, "planned rollout");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("list", { name: "Automated rollout of everyone" }).getByText("70.0 %").waitFor();
    await until(async () => (await asked("GET", "gates/" + name)).data.rules[0].passPercentage === 35);
    await page.reload();
    await page.getByRole("list", { name: "Automated rollout of everyone" }).getByText(/since .* 35.0 %/).waitFor();
    await seen(page, "35.0 % pass");
  },

  // Inline targeting: rules in the experiment itself say who takes part, and SDKs follow them.
  async targeting(page) {
    const name = "aimed_" + run;
    await asked("POST", "gates", { name: "late_" + run, rules: [] });
    let answer;
    const held = new Promise((go) => answer = go);
    await page.route(/console\/v1\/gates\?/, async (route) => { await held; await route.continue(); });
    await page.goto(at("#/experiments/new"));
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Who takes part").selectOption({ label: "whom the rules below choose" });
    await page.getByLabel("What is looked at").selectOption("custom_field");
    await page.getByLabel("Field").fill("plan");
    const values = page.getByLabel("Values, by commas");
    await values.fill("pro, team");
    answer(); // what is being typed stays when an answer comes in
    await page.getByLabel("Who takes part").locator("option", { hasText: "late_" + run }).waitFor({ state: "attached" });
    assert.equal(await values.inputValue(), "pro, team");
    await page.unroute(/console\/v1\/gates\?/);
    await page.getByLabel("Parameters of Control").fill('{"old": true}');
    await page.getByLabel("Parameters of Test").fill('{"old": false}');
    await page.getByRole("button", { name: "Create" }).click();
    await seen(page, "custom field plan is pro, team");
    await asked("PUT", `experiments/${name}/start`, {});
    const value = async (plan) => JSON.stringify((await sdk("get_config", { configName: name, user: { userID: "u1", custom: { plan } } })).value);
    await until(async () => (await value("pro")).includes("old"));
    assert.equal(await value("free"), "{}");
  },

  // What others use is only archived by force, after it was said who they are; and it comes back.
  async archive(page) {
    const gate = "used_" + run, x = "user_of_" + run;
    await asked("POST", "gates", { name: gate, rules: [] });
    await asked("POST", "experiments", { name: x, targetingGateID: gate, groups: [{ id: "control", name: "Control", size: 50 }, { id: "test", name: "Test", size: 50 }] });
    await page.goto(at("#/gates/" + gate));
    await page.getByRole("heading", { name: gate }).waitFor();
    await choose(page.locator("main"), "Archive…");
    await page.getByLabel("Why").fill("the journey is over");
    await page.getByRole("button", { name: "Archive", exact: true }).click();
    await page.getByRole("alert").getByText(`experiment "${x}" (targetingGateID)`).waitFor();
    await accessible(page, "archive what is used");
    await page.getByRole("button", { name: "Archive anyway" }).click();
    await page.getByRole("heading", { level: 1 }).getByText("Archived").waitFor();
    await choose(page.locator("main"), "Bring back");
    await page.getByRole("heading", { level: 1 }).getByText("Archived").waitFor({ state: "detached" });
  },
};
