// One metric: its series, its definition, who uses it; and making and changing one.
import { useMemo, useState } from "preact/hooks";
import { all, at, get, remove } from "../core/api";
import { useAnswer } from "../core/data";
import { number } from "../core/format";
import { lastDays, lastValue, series, typeWord } from "../core/metrics";
import { zone } from "../core/project";
import { go, param, set, to } from "../core/router";
import type { Experiment, Metric } from "../core/types";
import { Button, Card, Empty, Facts, Loading, Menu, PageHead, Problem, Stat, Tag } from "../ui/basics";
import { Chart } from "../ui/chart";
import { days, DaysSelect } from "../ui/days";
import { Dialog } from "../ui/dialog";
import { Form, Refusal, Select, useAction } from "../ui/form";
import { Json } from "../ui/json";
import { MetricForm } from "./metric-form";

const crumbs: [string, string][] = [["Metrics", to(["metrics"])], ["Catalogue", to(["metrics", "catalogue"])]];

export const NewMetric = () => (
  <>
    <PageHead title="New metric" crumbs={crumbs} />
    <MetricForm done={(m) => go(to(["metrics", "catalogue", m.id]))} cancel={() => go(to(["metrics", "catalogue"]))} />
  </>
);

export function MetricPage({ id }: { id: string }) {
  const answer = useAnswer("metric " + id, (signal) => get<Metric>(at("metrics", id), {}, signal));
  const [editing, setEditing] = useState(false), [removing, setRemoving] = useState(false);
  const m = answer.data;
  if (!m) return <><PageHead title={id} crumbs={crumbs} />{answer.error ? <Problem error={answer.error} retry={answer.reload} /> : <Loading />}</>;
  return (
    <>
      <PageHead title={m.name} crumbs={crumbs} tools={<><Button onClick={() => setEditing(!editing)} pressed={editing}>Edit</Button><Menu label="More" quiet><button type="button" onClick={() => setRemoving(true)}>Delete…</button></Menu></>}>
        <p class="muted">{typeWord(m.type)}{m.description && `: ${m.description}`} {(m.tags ?? []).map((t) => <Tag text={t} />)}</p>
      </PageHead>
      {editing ? <MetricForm metric={m} done={() => (setEditing(false), answer.reload())} cancel={() => setEditing(false)} /> : <><Series m={m} /><Definition m={m} /></>}
      {removing && <Remove m={m} close={() => setRemoving(false)} />}
    </>
  );
}

function Series({ m }: { m: Metric }) {
  const over = days(), unitType = param("unit", m.unitTypes?.[0] ?? "userID");
  const dates = useMemo(() => lastDays(Number(over)), [over]);
  const answer = useAnswer(`series ${m.id} ${m.version} ${unitType} ${over}`, (signal) => series(m.id, unitType, dates[0], dates[dates.length - 1], signal), 60_000);
  const points = answer.data?.points;
  const lines = useMemo(() => [{ label: m.name, values: points?.map((p) => p.value) ?? [] }], [points]);
  const complete = useMemo(() => points?.map((p) => p.complete) ?? [], [points]);
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!answer.data && answer.loading) return <Loading what="Reading the series" />;
  return (
    <Card tools={<><DaysSelect />{(m.unitTypes?.length ?? 0) > 1 && <Select label="Unit type" value={unitType} set={(v) => set({ unit: v })} options={m.unitTypes!.map((t) => [t, t])} />}</>} title="By day">
      {points?.some((p) => p.value !== null) ? <><div class="stats"><Stat label="Last full day" value={number(lastValue(points))} /></div><Chart name={m.name} title={m.name} dates={points.map((p) => p.date)} complete={complete} lines={lines} zone={zone()} /></> :
        <Empty title="No value in these days">Nothing of it happened, or the rollup has not computed it yet.</Empty>}
    </Card>
  );
}

function Definition({ m }: { m: Metric }) {
  const experiments = useAnswer("experiments using", (signal) => all<Experiment>("experiments", {}, signal));
  const used = (experiments.data ?? []).filter((x) => [...x.primaryMetrics, ...x.secondaryMetrics].some((r) => r.name === m.name && r.type === m.type));
  return (
    <Card title="Definition">
      <Facts items={[
        (m.metricComponentMetrics?.length ?? 0) > 0 && ["Adds up", m.metricComponentMetrics!.map((c) => <div><a href={to(["metrics", "catalogue", `${c.name}::${c.type}`])}>{c.name}</a> <span class="muted">{typeWord(c.type)}</span></div>)],
        ["Made from", m.metricEvents.map((e, i) => <div>{i > 0 && m.type === "ratio" && <span class="muted">over </span>}<a href={to(["metrics", "event", e.name])}>{e.name}</a> <span class="muted">{e.type === "metadata" ? `property ${e.metadataKey}` : e.type}{(e.criteria ?? []).map((c) => `, ${c.column ?? c.type} ${c.condition.replace("_", " ")} ${(c.values ?? []).join(", ")}`)}</span></div>)],
        ["Better when", m.directionality === "decrease" ? "lower" : "higher"],
        ["Unit types", (m.unitTypes ?? []).join(", ")],
        ["Version", m.version],
        ["Used by", used.length > 0 ? used.map((x) => <div><a href={to(["experiments", x.id])}>{x.name}</a></div>) : <span class="muted">no experiment</span>],
      ]} />
      <details class="more"><summary>As JSON</summary><Json value={m} label="Definition" /></details>
    </Card>
  );
}

function Remove({ m, close }: { m: Metric; close: () => void }) {
  const { run, busy, error } = useAction();
  return (
    <Dialog title={`Delete “${m.name}”`} onClose={close}>
      <p>Experiments that name it will show it as deleted. Events stay.</p>
      <Form text="Delete" busy={busy} cancel={close} submit={() => run(() => remove(at("metrics", m.id)), "Deleted").then((ok) => ok && go(to(["metrics", "catalogue"])))}><Refusal error={error} /></Form>
    </Dialog>
  );
}
