// Journeys of events: how they arrive, what is let through, what became of them, where they go on to.
import assert from "node:assert/strict";
import { signIn } from "../browser.mjs";
import { openSink } from "../sink.mjs";
import { accessible, asked, at, choose, consoleKey, loaded, run, sdk, seen, send, until, writeKey } from "../world.mjs";

export const arrival = {
  // Must show 1: a wrong key is named; a right one signs in; the first event appears by itself, and so does what was refused.
  async start(page) {
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
  async stream(page) {
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
  async hidden(page) {
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

  // Event Filtering: what a change would drop is told before it is saved; then it is dropped, and the log says so.
  async filters(page) {
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
  async delivery(page) {
    await send("Rejected " + run, "");
    await loaded("Rejected " + run);
    await page.goto(at("#/integrations/delivery?range=1h"));
    await seen(page, "balances");
    await page.getByRole("link", { name: "no_user_anon_id" }).click();
    await page.getByRole("dialog").getByText(`Rejected ${run}`).first().waitFor();
    await page.keyboard.press("Escape");
  },

  // The way out: a destination with Map Identifiers delivers to a real sink, says what was refused, with reason and sample; it is paused,
  // goes on, and sends again under the same ids.
  async outbound(page) {
    const name = "sink " + run, bought = "bought " + run, refused = "refused " + run;
    const sink = await openSink((call) => call.event === refused);
    const log = (eventName, value) => sdk("log_event", { events: [{ eventName, value, user: { userID: "out-1", customIDs: { companyID: "co-1" } }, metadata: { plan: "pro" } }], statsigMetadata: { sdkType: "journey", sessionID: run + value } });
    const came = () => sink.got.filter((call) => call.event === bought);
    try {
      await page.goto(at("#/integrations/outbound"));
      await page.getByRole("button", { name: "New destination" }).click();
      await page.getByLabel("Name", { exact: true }).fill(name);
      await page.getByLabel("Endpoint").fill(sink.url);
      await page.getByLabel("Segment write key").fill("segment-key");
      await page.getByLabel("Configuration changes").uncheck();
      await page.getByRole("button", { name: "Add a mapping" }).click();
      await page.getByLabel("ID type 1").fill("companyID");
      await page.getByLabel("Becomes 1").selectOption("anonymousId");
      await accessible(page, "new destination");
      await page.getByRole("button", { name: "Create" }).click();
      const card = page.locator("section.card", { has: page.getByRole("heading", { name }) });
      await card.getByText("companyID → anonymousId").waitFor();
      await card.locator(".badge", { hasText: "running" }).waitFor();
      await log(bought, 1);
      await log(refused, 2);
      await until(() => came().length > 0);
      assert.deepEqual([came()[0].userId, came()[0].anonymousId], ["out-1", "co-1"]);
      await card.locator(".stat", { hasText: "Failed" }).getByRole("button", { name: "1" }).click();
      await page.getByRole("dialog").getByText("the sink does not want this event").first().waitFor();
      await page.getByRole("dialog").getByText(refused).first().waitFor();
      await page.keyboard.press("Escape");

      await card.getByRole("button", { name: "Pause" }).click();
      await card.locator(".badge", { hasText: "paused" }).waitFor();
      await card.getByRole("button", { name: "Resume" }).click();
      await card.locator(".badge", { hasText: "running" }).waitFor();
      await choose(card, "Choose events…");
      const box = page.getByRole("checkbox", { name: "Send " + refused });
      await box.uncheck({ force: true });
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await until(async () => (await asked("GET", "destinations")).data.find((d) => d.name === name).events.events?.some((e) => e.name === refused && !e.tracked));
      await choose(card, "Send again since…");
      await accessible(page, "send again");
      await page.getByRole("button", { name: "Send again", exact: true }).click();
      await until(() => came().length > 1);
      assert.equal(came()[1].messageId, came()[0].messageId, "what is sent again has another id");
    } finally {
      await asked("DELETE", "destinations/" + name.replace(" ", "-"));
      sink.close();
    }
  },

  // A job that is under way is cancelled, and goes on when it is told to.
  async jobs(page) {
    const { data: longer } = await asked("POST", "jobs", { kind: "verify" }); // ours has to wait for it now and then
    await page.goto(at("#/system"));
    await page.getByRole("button", { name: "New job" }).click();
    await page.getByLabel("Kind").selectOption("verify");
    await page.getByLabel("From").fill("2026-01-02");
    await page.getByLabel("Metric id").fill("demo revenue::sum"); // all metrics would take a minute
    await page.getByRole("button", { name: "Ask for it" }).click();
    const row = page.getByRole("row", { name: /2026-01-02 to/ }).first();
    await row.getByRole("button", { name: /^Cancel/ }).click();
    await row.getByText("cancelled").waitFor();
    await asked("PUT", `jobs/${longer.id}/cancel`);
    await row.getByRole("button", { name: /^Go on/ }).click();
    await row.locator(".badge", { hasText: "done" }).waitFor({ timeout: 120_000 });
    await row.getByRole("button", { name: "verify" }).click();
    await page.getByRole("dialog").getByText("2026-01-02").first().waitFor();
    await page.keyboard.press("Escape");
  },
};
