// Making and changing a custom query: what is compared, of which units and events, cut by what, and when.
import { useState } from "preact/hooks";
import { all, at, patch, post } from "../core/api";
import { useAnswer } from "../core/data";
import type { Experiment } from "../core/types";
import { Dialog } from "../ui/dialog";
import { Check, Form, Refusal, SelectField, TextField, useAction } from "../ui/form";
import { JsonField } from "../ui/json-field";
import { Pick } from "../ui/pick";
import { cuts } from "../results/slices";
import { corrections, flags } from "./experiment-results";
import type { CustomQuery, Schedule } from "./queries";

type Parameters = Record<string, unknown>;

/** Parameters that are empty are left out. */
const kept = (p: Parameters) => Object.fromEntries(Object.entries(p).filter(([, v]) => v !== undefined && v !== "" && !(Array.isArray(v) && v.length === 0)));
const list = (v: unknown): unknown[] => (v === undefined ? [] : Array.isArray(v) ? v : [v]);
const names = (v: unknown) => list(v).map(String);
const zeroed = (keys: string[]): Parameters => Object.fromEntries(keys.map((k) => [k, undefined]));
const cutNames = cuts.map(([name]) => name), flagNames = Object.values(flags).flatMap(Object.keys);
const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

export function QueryForm({ x, q, close, done }: { x: Experiment; q: Partial<CustomQuery>; close: () => void; done: () => void }) {
  const [name, setName] = useState(q.name ?? ""), [p, setP] = useState<Parameters>(q.parameters ?? {}), [schedule, setSchedule] = useState<Schedule>(q.schedule ?? { every: "", hour: 6 });
  const [cut, setCut] = useState(cutNames.find((c) => p[c] !== undefined) ?? "");
  const { run, busy, error, at: wrong } = useAction();
  const change = (c: Parameters) => setP((old) => ({ ...old, ...c }));
  const chooseCut = (c: string) => (setCut(c), change({ ...zeroed(cutNames), ...(c === "byExposureDate" ? { byExposureDate: true } : {}) }));
  const save = () => run(() => {
    const body = { name, parameters: kept(p), schedule: schedule.every ? schedule : { every: "", hour: 0 } };
    return q.id ? patch(at("experiments", x.id, "custom_queries", q.id), body) : post(at("experiments", x.id, "custom_queries"), body);
  }, q.id ? "Saved" : "It is being asked").then((ok) => ok && done());
  return (
    <Dialog title={q.id ? "Edit the query" : "New query"} onClose={close}>
      <Form text={q.id ? "Save" : "Save and run"} busy={busy} cancel={close} submit={save}>
        <TextField label="Name" value={name} set={setName} error={wrong("name")} required />
        <Compared x={x} p={p} change={change} wrong={wrong} />
        <Cut x={x} cut={cut} choose={chooseCut} p={p} change={change} wrong={wrong} />
        <Whom p={p} change={change} wrong={wrong} />
        <When s={schedule} set={setSchedule} wrong={wrong} />
        <Refusal error={error} fields={["name"]} />
      </Form>
    </Dialog>
  );
}

interface Part { p: Parameters; change: (c: Parameters) => void; wrong: (field: string) => string | undefined }

function Compared({ x, p, change, wrong }: Part & { x: Experiment }) {
  const groups = x.groups.map((g) => [g.id, g.name] as [string, string]);
  const correction = Object.entries(flags).find(([, f]) => Object.keys(f).every((k) => p[k]))?.[0] ?? "";
  return (
    <>
      <div class="formgrid">
        <SelectField label="Test group" value={String(p.test ?? "")} set={(test) => change({ test })} options={[["", "the first that is not control"], ...groups]} error={wrong("parameters.test")} />
        <SelectField label="Control group" value={String(p.control ?? "")} set={(control) => change({ control })} options={[["", "as set up"], ...groups]} error={wrong("parameters.control")} />
        <SelectField label="Confidence" value={String(p.confidence ?? "")} set={(confidence) => change({ confidence })} options={[["", "as set up"], ...["80", "90", "95", "98", "99"].map((c) => [c, c + " %"] as [string, string])]} />
        <SelectField label="Correction for many metrics" value={correction} set={(v) => change({ ...zeroed(flagNames), ...flags[v] })} options={corrections} />
        <TextField label="Last day" type="date" value={String(p.date ?? "")} set={(date) => change({ date })} error={wrong("parameters.date")} hint="Empty: the newest, each time anew" />
      </div>
      <p class="tools"><Check label="CUPED" on={!!p.cuped} set={(on) => change({ cuped: on || undefined })} /><Check label="Sequential decides" on={!!p.sequential} set={(sequential) => change({ sequential })} /></p>
    </>
  );
}

function Cut({ x, cut, choose, p, change, wrong }: Part & { x: Experiment; cut: string; choose: (c: string) => void }) {
  const others = useAnswer(cut === "interactsWith" ? "experiments" : undefined, (signal) => all<Experiment>("experiments", {}, signal));
  const started = (others.data ?? []).filter((o) => o.id !== x.id && o.startTime && o.idType.toLowerCase() === x.idType.toLowerCase());
  const value = String(p[cut] ?? "");
  return (
    <div class="formgrid">
      <SelectField label="Cut" value={cut} set={choose} options={[["", "not at all"], ...cuts]} />
      {cut === "interactsWith" && <SelectField label="Other experiment" value={value} set={(v) => change({ [cut]: v })} options={[["", "choose one"], ...started.map((o) => [o.id, o.name] as [string, string])]} error={wrong("parameters.interactsWith")} />}
      {(cut === "dimension" || cut === "property") && <TextField label={cut === "dimension" ? "Property of the event, or user.NAME" : "Property of the user"} value={value} set={(v) => change({ [cut]: v })} error={wrong("parameters." + cut)} placeholder="plan" required />}
    </div>
  );
}

const example = '{"type": "metadata", "column": "plan", "condition": "in", "values": ["pro"]}';

/** Only some of the units, or of the events. */
function Whom({ p, change, wrong }: Part) {
  const lists = useAnswer("idlists", (signal) => all<{ id: string }>("idlists", {}, signal));
  const known = (lists.data ?? []).map((l) => l.id);
  const limited = ["includeSegment", "excludeSegment", "filter", "unitFilter", "exposedFrom", "exposedTo"].some((k) => p[k] !== undefined);
  return (
    <details class="more" open={limited}><summary>Only some units or events</summary>
      <div class="formgrid">
        <TextField label="First exposed from (UTC)" type="date" value={String(p.exposedFrom ?? "").slice(0, 10)} set={(v) => change({ exposedFrom: v && v + "T00:00:00Z" })} error={wrong("parameters.exposedFrom")} />
        <TextField label="First exposed before (UTC)" type="date" value={String(p.exposedTo ?? "").slice(0, 10)} set={(v) => change({ exposedTo: v && v + "T00:00:00Z" })} error={wrong("parameters.exposedTo")} />
      </div>
      <Pick label="Only members of" placeholder="Choose an ID list" chosen={names(p.includeSegment)} known={known} set={(includeSegment) => change({ includeSegment })} />
      <Pick label="Without members of" placeholder="Choose an ID list" chosen={names(p.excludeSegment)} known={known} set={(excludeSegment) => change({ excludeSegment })} />
      <JsonField label="Filters of units, as JSON" value={list(p.unitFilter)} rows={2} set={(unitFilter) => change({ unitFilter })} error={wrong("parameters.unitFilter")} hint="By what the user was at first exposure." />
      <JsonField label="Filters of events, as JSON" value={list(p.filter)} rows={2} set={(filter) => change({ filter })} error={wrong("parameters.filter")} hint={`A list of conditions like ${example}`} />
    </details>
  );
}

function When({ s, set, wrong }: { s: Schedule; set: (s: Schedule) => void; wrong: (field: string) => string | undefined }) {
  return (
    <div class="formgrid">
      <SelectField label="Runs" value={s.every} set={(every) => set({ ...s, every, weekday: every === "week" ? (s.weekday ?? "monday") : undefined })} options={[["", "only when asked"], ["day", "every day"], ["week", "every week"]]} error={wrong("schedule.every")} />
      {s.every === "week" && <SelectField label="On" value={s.weekday ?? "monday"} set={(weekday) => set({ ...s, weekday })} options={weekdays.map((d) => [d, d])} />}
      {s.every && <TextField label="At the hour, in the project's time zone" type="number" value={String(s.hour)} set={(v) => set({ ...s, hour: Number(v) })} error={wrong("schedule.hour")} />}
    </div>
  );
}
