// One event: its series, what is made from it, and samples.
import { useMemo } from "preact/hooks";
import { all, at, get } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, clock, compact, count, moment } from "../core/format";
import { typeWord, type EventSummary } from "../core/metrics";
import { param, set, to } from "../core/router";
import type { Experiment, Metric } from "../core/types";
import { Card, Empty, Loading, PageHead, Problem, Stat } from "../ui/basics";
import { Chart } from "../ui/chart";
import { days, DaysSelect } from "../ui/days";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icon";
import { Json } from "../ui/json";
import { Table } from "../ui/table";
import { UnitTypeSelect } from "../ui/unit-type";
import { zone } from "../core/project";

export function EventPage({ name }: { name: string }) {
  const over = days(), unitType = param("unit", "userID");
  const answer = useAnswer(`event ${name} ${over} ${unitType}`, (signal) => all<EventSummary>("events/summary", { days: over, name, unitType }, signal), 30_000);
  const e = answer.data?.[0];
  const dates = useMemo(() => e?.series.map((d) => d.date) ?? [], [e]);
  const complete = useMemo(() => e?.series.map((d) => d.complete) ?? [], [e]);
  const lines = useMemo(() => (e ? [{ label: "events", values: e.series.map((d) => d.count) }, { label: unitType + "s", values: e.series.map((d) => d.users) }] : []), [e, unitType]);
  return (
    <>
      <PageHead title={name} crumbs={[["Metrics", to(["metrics"])], ["Events", to(["metrics", "events"])]]} tools={<>
        <a class="button" href={to(["metrics", "stream"], { event: name })}><Icon name="stream" />Watch live</a>
        <a class="button primary" href={to(["metrics", "new"], { event: name })}><Icon name="plus" />Metric from it</a>
      </>} />
      <div class="controls">
        <DaysSelect />
        <UnitTypeSelect label="Units of type" value={unitType} set={(v) => set({ unit: v })} />
      </div>
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {!answer.data && answer.loading && <Loading />}
      {answer.data && !e && <Empty title={`No “${name}” in the last ${over} days`}><a href={to(["integrations", "delivery"], { q: name })}>Was it filtered or rejected?</a></Empty>}
      {e && (
        <>
          <section class="summary"><div class="stats">
            <Stat label={`Events, ${over} days`} value={compact(e.count)} />
            <Stat label="Last seen" value={ago(e.lastSeen)} note={moment(e.lastSeen)} />
            <Stat label="First seen" value={ago(e.firstSeen)} note="in these days" />
          </div></section>
          <Card><Chart name={name} title="Events and units a day" dates={dates} complete={complete} lines={lines} zone={zone()} /></Card>
        </>
      )}
      <Lineage name={name} />
      <Samples name={name} />
    </>
  );
}

/** Event → metrics → experiments. */
function Lineage({ name }: { name: string }) {
  const answer = useAnswer("lineage", async (signal) => {
    const [metrics, experiments] = await Promise.all([all<Metric>("metrics/list", {}, signal), all<Experiment>("experiments", {}, signal)]);
    return { metrics, experiments };
  });
  if (!answer.data) return answer.error ? <Problem error={answer.error} /> : null;
  const made = answer.data.metrics.filter((m) => m.lineage.events.includes(name));
  const uses = (m: Metric) => answer.data!.experiments.filter((x) => [...x.primaryMetrics, ...x.secondaryMetrics].some((r) => r.name === m.name && r.type === m.type));
  return (
    <Card title="What it feeds" note="Event, metrics, experiments">
      {made.length === 0 ? <p class="muted">No metric is made from it yet. <a href={to(["metrics", "new"], { event: name })}>Make one</a></p> : (
        <ul class="lineage">{made.map((m) => <li><a href={to(["metrics", "catalogue", m.id])}>{m.name}</a> <span class="muted">{typeWord(m.type)}</span>{uses(m).length > 0 && <> → {uses(m).map((x, i) => <>{i > 0 && ", "}<a href={to(["experiments", x.id])}>{x.name}</a></>)}</>}</li>)}</ul>
      )}
    </Card>
  );
}

interface Sample { timestamp: string; name: string; source: string; value: string; userID: string; anonymousID: string; unitIDs: Record<string, string>; messageID: string; environment: string; receivedAt: string; metadata: unknown }

function Samples({ name }: { name: string }) {
  const answer = useAnswer("samples " + name, (signal) => get<Sample[]>(at("events", name), { limit: 25 }, signal), 15_000);
  const open = answer.data?.find((s) => s.messageID === param("message"));
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  return (
    <Card title="Samples" note="Received last, read again every 15 seconds" flush>
      <Table name={name + "-samples"} own="s." label="Sample events" rows={answer.data ?? []} id={(s) => s.messageID} open={(s) => set({ message: s.messageID })} source={{ api: "console/v1/" + at("events", name) }}
        empty={answer.data ? <Empty title="None" /> : <Loading />} columns={[
          { key: "time", head: "Time", value: (s) => s.timestamp, show: (s) => <span title={moment(s.timestamp)}>{moment(s.timestamp)}</span> },
          { key: "user", head: "userID", value: (s) => s.userID, show: (s) => (s.userID ? <a href={to(["units"], { type: "userID", id: s.userID })}>{s.userID}</a> : <span class="muted">–</span>) },
          { key: "value", head: "Value", num: true, value: (s) => (s.value === "" ? null : Number(s.value)) },
          { key: "metadata", head: "Properties", wide: true, value: (s) => JSON.stringify(s.metadata), show: (s) => <code class="cut">{JSON.stringify(s.metadata)}</code> },
        ]} />
      {open && (
        <Dialog kind="drawer" title={open.name} onClose={() => set({ message: "" })}>
          <p class="muted">{moment(open.timestamp)}, received {clock(open.receivedAt)} · {count(Object.keys(open.unitIDs).length + (open.userID ? 1 : 0) + (open.anonymousID ? 1 : 0))} unit IDs · {open.environment}</p>
          <Json value={open} label="Event" />
        </Dialog>
      )}
    </Card>
  );
}
