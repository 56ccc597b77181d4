// Making and changing a metric. A change makes a new version; numbers of the old one stay.
import { useMemo, useState } from "preact/hooks";
import { all, at, post } from "../core/api";
import { useAnswer } from "../core/data";
import { types, type EventSummary } from "../core/metrics";
import { param } from "../core/router";
import type { Criterion, Metric, MetricEvent } from "../core/types";
import { Button, Card } from "../ui/basics";
import { Form, Refusal, SelectField, TextField, Typed, useAction } from "../ui/form";
import { MetricRefs } from "./experiment-form";
import { Preview } from "./metric-preview";

const conditions = ["in", "not_in", "=", ">", "<", ">=", "<=", "is_null", "non_null", "contains", "not_contains", "starts_with", "ends_with", "is_true", "is_false"];
const bare = ["is_null", "non_null", "is_true", "is_false"];
const places: [string, string][] = [["metadata", "property"], ["value", "the value"], ["user", "user field"], ["user_custom", "user custom field"]];

const isComposite = (type: string) => type === "composite" || type === "composite_sum";

export type Draft = Omit<Metric, "id" | "lineage">;
const fresh = (): Draft => ({ name: "", type: "event_count_custom", metricEvents: [{ name: param("event") }], unitTypes: ["userID"], directionality: "increase", tags: [] });

export function MetricForm({ metric, done, cancel }: { metric?: Metric; done: (m: Metric) => void; cancel: () => void }) {
  const [d, setD] = useState<Draft>(() => (metric ? (({ id: _i, lineage: _l, version: _v, createdTime: _c, lastModifiedTime: _m, ...rest }) => rest)(metric) : fresh()));
  const { run, busy, error, at: wrong } = useAction();
  const set = (change: Partial<Draft>) => setD((old) => ({ ...old, ...change }));
  const known = useAnswer("event names", (signal) => all<EventSummary>("events/summary", { days: 30 }, signal));
  const names = useMemo(() => (known.data ?? []).map((e) => e.name), [known.data]);
  const kind = types[d.type];
  const events = useMemo(() => fit(d.metricEvents, kind?.events ?? [1, 1]), [d.metricEvents, d.type]);
  const composite = isComposite(d.type), components = d.metricComponentMetrics ?? [];
  // A composite's events are its components', and the server knows them.
  const body = { ...d, metricEvents: composite ? [] : events, metricComponentMetrics: composite ? components : undefined };
  const change = (i: number, e: Partial<MetricEvent>) => set({ metricEvents: events.map((old, k) => (k === i ? { ...old, ...e } : old)) });
  const submit = () => run(async () => done(await post<Metric>(metric ? at("metrics", metric.id) : "metrics", body)), metric ? "Saved as a new version" : "Created");
  return (
    <div class="columns">
      <Card>
        <Form text={metric ? "Save" : "Create"} busy={busy} submit={submit} cancel={cancel}>
          {!metric && <TextField label="Name" value={d.name} set={(name) => set({ name })} error={wrong("name")} required autofocus />}
          {!metric && <SelectField label="Type" value={d.type} set={(type) => set({ type, rollupTimeWindow: undefined, funnelCountDistinct: undefined, warehouseNative: undefined })} options={Object.entries(types).map(([k, t]) => [k, t.word])} hint={kind?.help} error={wrong("type")} />}
          <TextField label="Description" value={d.description ?? ""} set={(description) => set({ description })} />
          {composite && <MetricRefs label="Components" hint="The metrics that are added up: counts, sums, or units with an event." refs={components} set={(metricComponentMetrics) => set({ metricComponentMetrics })} />}
          {events.map((e, i) => <EventFields e={e} i={i} type={d.type} count={events.length} names={names} change={(c) => change(i, c)} wrong={wrong} remove={events.length > (kind?.events[0] ?? 1) ? () => set({ metricEvents: events.filter((_, k) => k !== i) }) : undefined} />)}
          {events.length < (kind?.events[1] ?? 1) && <p><Button icon="plus" onClick={() => set({ metricEvents: [...events, { name: "" }] })}>Add {d.type === "funnel" ? "a step" : "an event"}</Button></p>}
          <Special d={d} set={set} wrong={wrong} />
          <div class="formgrid">
            <SelectField label="Better when" value={d.directionality ?? "increase"} set={(directionality) => set({ directionality })} options={[["increase", "higher"], ["decrease", "lower"]]} />
            <TextField label="Unit types" value={(d.unitTypes ?? []).join(", ")} set={(v) => set({ unitTypes: v.split(",").map((s) => s.trim()).filter(Boolean) })} hint="By commas, e.g. userID, companyID" error={wrong("unitTypes")} />
            <TextField label="Tags" value={(d.tags ?? []).join(", ")} set={(v) => set({ tags: v.split(",").map((s) => s.trim()).filter(Boolean) })} hint="By commas" />
          </div>
          <Refusal error={error} fields={["name", "type", "unitTypes"]} />
        </Form>
      </Card>
      <Preview draft={body} ready={composite ? components.length > 0 : events.every((e) => e.name !== "")} />
    </div>
  );
}

/** As many events as the type has. */
function fit(events: MetricEvent[], [least, most]: [number, number]): MetricEvent[] {
  const list = events.slice(0, most);
  while (list.length < least) list.push({ name: "" });
  return list;
}

function EventFields({ e, i, type, count, names, change, remove, wrong }: { e: MetricEvent; i: number; type: string; count: number; names: string[]; change: (e: Partial<MetricEvent>) => void; remove?: () => void; wrong: (f: string) => string | undefined }) {
  const title = type === "ratio" ? ["Numerator", "Denominator"][i] : type === "funnel" ? `Step ${i + 1}` : type === "retention" ? ["First event", "Event to come back for"][i] : count > 1 ? `Event ${i + 1}` : "Event";
  const valued = !["event_count_custom", "event_user", "funnel", "retention"].includes(type);
  const field = `metricEvents[${i}]`;
  const value = e.type ?? (type === "ratio" ? "count" : "value");
  const distinct = type === "count_distinct";
  return (
    <fieldset class="eventfields">
      <legend>{title}{remove && <Button kind="quiet" icon="close" label={`Remove ${title}`} onClick={remove} />}</legend>
      <div class="formgrid">
        <TextField label="Name as stored" value={e.name} set={(name) => change({ name })} list={names} error={wrong(field + ".name")} placeholder="segment::Order Completed" required />
        {valued && !distinct && <SelectField label="Take" value={value} set={(t) => change({ type: t })} options={[["count", "1 for each event"], ["value", "its value"], ["metadata", "a property"]].filter(([k]) => k !== "count" || type === "ratio") as [string, string][]} error={wrong(field + ".type")} />}
        {valued && (value === "metadata" || distinct) && <TextField label="Property" value={e.metadataKey ?? ""} set={(metadataKey) => change({ metadataKey, type: distinct ? "count_distinct" : e.type })} error={wrong(field + ".metadataKey")} hint="A dotted path" />}
      </div>
      {(e.criteria ?? []).map((c, k) => <CriterionFields c={c} wrong={wrong(`${field}.criteria[${k}].values`) ?? wrong(`${field}.criteria[${k}].column`)} change={(n) => change({ criteria: e.criteria!.map((o, j) => (j === k ? { ...o, ...n } : o)) })} remove={() => change({ criteria: e.criteria!.filter((_, j) => j !== k) })} />)}
      <Button kind="quiet" icon="plus" onClick={() => change({ criteria: [...(e.criteria ?? []), { type: "metadata", column: "", condition: "=", values: [] }] })}>Only where…</Button>
    </fieldset>
  );
}

const CriterionFields = ({ c, change, remove, wrong }: { c: Criterion; change: (c: Partial<Criterion>) => void; remove: () => void; wrong?: string }) => (
  <div class="grouprow">
    <select aria-label="Where to look" value={c.type} onChange={(e) => change({ type: e.currentTarget.value })}>{places.map(([v, text]) => <option value={v} selected={v === c.type}>{text}</option>)}</select>
    {c.type !== "value" && <input aria-label="Field" placeholder="plan" value={c.column ?? ""} onInput={(e) => change({ column: e.currentTarget.value })} />}
    <select aria-label="Condition" value={c.condition} onChange={(e) => change({ condition: e.currentTarget.value })}>{conditions.map((v) => <option value={v} selected={v === c.condition}>{v.replace(/_/g, " ")}</option>)}</select>
    {!bare.includes(c.condition) && <Typed label="Values, by commas" placeholder="pro, team" value={(c.values ?? []).join(", ")} set={(text) => change({ values: text.split(",").map((s) => s.trim()).filter(Boolean) })} />}
    <Button kind="quiet" icon="close" label="Remove the condition" onClick={remove} />
    {wrong && <span class="wrong-text">{wrong}</span>}
  </div>
);

/** What only some types have. */
function Special({ d, set, wrong }: { d: Draft; set: (d: Partial<Draft>) => void; wrong: (f: string) => string | undefined }) {
  const o = d.warehouseNative ?? {};
  const option = (name: string, label: string, hint: string) => <TextField label={label} type="number" value={String(o[name] ?? "")} hint={hint} error={wrong("warehouseNative." + name)} set={(v) => set({ warehouseNative: { ...o, [name]: v === "" ? undefined : Number(v) } })} />;
  switch (d.type) {
    case "event_user": return (
      <div class="formgrid">
        <SelectField label="A unit's value is" value={d.rollupTimeWindow ?? ""} set={(rollupTimeWindow) => set({ rollupTimeWindow })} options={[["", "the share of its days with the event"], ["max", "1 once it ever had the event"], ["custom", "1 if it had the event in a window"]]} />
        {d.rollupTimeWindow === "custom" && <><TextField label="From day after exposure" type="number" value={String(d.customRollUpStart ?? 0)} set={(v) => set({ customRollUpStart: Number(v) })} /><TextField label="To day" type="number" value={String(d.customRollUpEnd ?? 7)} set={(v) => set({ customRollUpEnd: Number(v) })} error={wrong("customRollUpEnd")} /></>}
      </div>
    );
    case "funnel": return <div class="formgrid">
      <SelectField label="Counts" value={d.funnelCountDistinct ?? "users"} set={(funnelCountDistinct) => set({ funnelCountDistinct })} options={[["users", "units that come through"], ["events", "first events that come through"]]} />
      {option("funnelCalculationWindow", "Days it may take", "Empty: all on one day")}
      <SelectField label="Order of the steps" value={o.funnelStrictOrdering ? "1" : ""} set={(v) => set({ warehouseNative: { ...o, funnelStrictOrdering: v === "1" } })} options={[["", "any"], ["1", "as listed"]]} />
    </div>;
    case "retention": return <div class="formgrid">{option("retentionEnd", "Days later", "7: within the week after")}{option("retentionLength", "Length of the window in days", "1: on that day")}</div>;
    case "percentile": return option("percentile", "Percentile", "95 for the 95th");
    case "sum": case "event_count_custom": return option("cap", "Most that a unit adds on one day", "Empty: no bound");
    default: return null;
  }
}
