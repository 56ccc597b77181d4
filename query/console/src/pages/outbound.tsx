// The way out: destinations, what they are sent, and how far they are.
import { useState } from "preact/hooks";
import { all, at, get, patch, post, put, remove } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, clock, count, moment, span } from "../core/format";
import { categories, type Destination } from "../core/destinations";
import { param, set } from "../core/router";
import { Badge, Button, Card, Empty, Facts, Loading, Menu, Problem, Stat, type Tone } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Check, Refusal, useAction } from "../ui/form";
import { Json } from "../ui/json";
import { Table } from "../ui/table";
import { Edit, Replay } from "./outbound-edit";

const tones: Record<string, Tone> = { running: "ok", starting: "info", retrying: "warn", blocked: "bad", paused: "plain" };

export function Outbound() {
  const answer = useAnswer("destinations", (signal) => all<Destination>("destinations", {}, signal), 5000);
  const [editing, setEditing] = useState<Partial<Destination>>();
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!answer.data) return <Loading what="Reading destinations" />;
  return (
    <>
      <p class="tools"><Button kind="primary" icon="plus" onClick={() => setEditing({ type: "segment", categories: categories.map(([k]) => k), events: { includeNewEvents: true, events: [] } })}>New destination</Button></p>
      {answer.data.length === 0 && <Empty title="Nothing is sent out"><p>Exposures, events and configuration changes can be sent to Segment, or to a signed webhook. What came from Segment never goes back.</p></Empty>}
      {answer.data.map((d) => <One d={d} edit={() => setEditing(d)} changed={answer.reload} />)}
      {editing && <Edit d={editing} close={() => setEditing(undefined)} done={() => (setEditing(undefined), answer.reload())} />}
    </>
  );
}

function One({ d, edit, changed }: { d: Destination; edit: () => void; changed: () => void }) {
  const { run, error } = useAction();
  const [replaying, setReplaying] = useState(false);
  const does = (f: () => Promise<unknown>, text: string) => () => run(f, text).then((ok) => ok && changed());
  const s = d.delivery;
  return (
    <Card title={<>{d.name} <Badge tone={tones[s.status]}>{s.status}</Badge></>} note={<><code>{d.endpoint}</code></>} tools={
      <>
        <Button onClick={does(() => post(at("destinations", d.id, "test")), "The test event was accepted")}>Send a test</Button>
        {d.paused ? <Button icon="play" onClick={does(() => put(at("destinations", d.id, "resume")), "Resumed")}>Resume</Button> : <Button icon="pause" onClick={does(() => put(at("destinations", d.id, "pause")), "Paused")}>Pause</Button>}
        <Menu label="More" quiet>
          <button type="button" onClick={edit}>Edit…</button><button type="button" onClick={() => setReplaying(true)}>Send again since…</button><button type="button" onClick={() => set({ choose: d.id })}>Choose events…</button>
          <button type="button" onClick={() => confirm(`Delete ${d.name}?`) && does(() => remove(at("destinations", d.id)), "Deleted")()}>Delete…</button>
        </Menu>
      </>}>
      <Refusal error={error} />
      <div class="stats">
        <Stat label="Sent" value={count(s.sent)} note={s.sentTo ? `up to ${clock(s.sentTo)}` : "nothing yet"} />
        <Stat label="Pending" value={count(s.pending)} note={s.lagSeconds > 1 ? `${span(s.lagSeconds * 1000)} behind` : "up to date"} />
        <Stat label="Retried" value={count(s.retries)} />
        {d.firstExposuresOnly && <Stat label="Skipped" value={count(s.skipped)} note="later exposures" />}
        <Stat label="Failed" value={s.failed > 0 ? <button type="button" class="link" onClick={() => set({ failures: d.id })}>{count(s.failed)}</button> : 0} note="with reasons and samples" />
      </div>
      {s.problem && <p class={s.status === "blocked" ? "notice bad" : "notice warn"}>{s.problem} <span class="small">{s.problemAt && ago(s.problemAt)}{s.retryAt && s.status !== "running" && `, next try ${moment(s.retryAt)}`}</span></p>}
      <Facts items={[
        ["Sends", d.categories.map((c) => categories.find(([k]) => k === c)?.[1] ?? c).join(", ") || "nothing"], ["New events", d.events.includeNewEvents ? "are sent" : "are not sent"],
        ["Exposures", (d.firstExposuresOnly ? "a unit's first to each group" : "all") + (d.experimentViewed ? ", with Segment's Experiment Viewed beside those of experiments" : "")], ["Map Identifiers", d.identifiers?.length ? d.identifiers.map((m) => `${m.from} → ${m.to}`).join(", ") : <span class="muted">userID → userId, anonymousID or stableID → anonymousId</span>],
      ]} />
      {replaying && <Replay d={d} close={() => setReplaying(false)} done={changed} />}
      {param("failures") === d.id && <Failures id={d.id} />}
      {param("choose") === d.id && <Choose d={d} done={changed} />}
    </Card>
  );
}

interface Failure { failedAt: string; name: string; messageID: string; reason: string; detail: string; sample: string }

function Failures({ id }: { id: string }) {
  const answer = useAnswer("failures " + id, (signal) => get<Failure[]>(at("destinations", id, "failures"), { limit: 50 }, signal));
  return (
    <Dialog kind="drawer" title="What could not be sent" onClose={() => set({ failures: "" })}>
      {answer.error && <Problem error={answer.error} />}
      {answer.data?.length === 0 && <Empty title="No sample is kept" />}
      {answer.data?.map((f) => <section class="sample"><p><Badge tone="bad">{f.reason}</Badge> <b>{f.name}</b> <span class="muted">{moment(f.failedAt)}</span></p><p>{f.detail}</p><Json value={f.sample} raw={f.sample} label="Sample" /></section>)}
    </Dialog>
  );
}

interface Choice { name: string; lastDayVolume: number; sent: boolean; explicit: boolean }

function Choose({ d, done }: { d: Destination; done: () => void }) {
  const answer = useAnswer("choices " + d.id, (signal) => all<Choice>(at("destinations", d.id, "events"), {}, signal));
  const [changed, setChanged] = useState<Record<string, boolean>>({}), [includeNew, setIncludeNew] = useState(d.events.includeNewEvents);
  const { run, busy, error } = useAction();
  const sent = (c: Choice) => changed[c.name] ?? (c.explicit ? c.sent : includeNew);
  const close = () => set({ choose: "" });
  const save = () => run(() => patch(at("destinations", d.id), { events: { includeNewEvents: includeNew, events: (answer.data ?? []).filter((c) => c.explicit || changed[c.name] !== undefined).map((c) => ({ name: c.name, tracked: sent(c) })) } }), "Saved").then((ok) => ok && (close(), done()));
  return (
    <Dialog kind="drawer" title={`Events sent to ${d.name}`} onClose={close} foot={<div class="tools"><Check label="Include new events by default" on={includeNew} set={setIncludeNew} /><span class="grow" /><Refusal error={error} /><Button kind="primary" disabled={busy} onClick={save}>Save</Button></div>}>
      {answer.error && <Problem error={answer.error} />}
      <Table name="outbound-events" own="o." label="Custom events" rows={answer.data ?? []} id={(c) => c.name} search="Search events" empty={answer.data ? <Empty title="No custom events" /> : <Loading />} columns={[
        { key: "sent", head: "Sent", value: (c) => (sent(c) ? "yes" : "no"), show: (c) => <label class="check"><input type="checkbox" checked={sent(c)} onChange={(e) => setChanged({ ...changed, [c.name]: e.currentTarget.checked })} /><span class="hidden">Send {c.name}</span></label> },
        { key: "name", head: "Event", value: (c) => c.name }, { key: "volume", head: "Last day", num: true, value: (c) => c.lastDayVolume, show: (c) => count(c.lastDayVolume) },
      ]} />
    </Dialog>
  );
}
