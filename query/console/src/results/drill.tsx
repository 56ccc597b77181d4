// A metric opened: its numbers, its interval by day, its dimensions, samples, and what it was computed from.
import { useMemo } from "preact/hooks";
import { address, at, get, type Query } from "../core/api";
import { useAnswer } from "../core/data";
import { count, moment, number, percent } from "../core/format";
import { here, param, set, to } from "../core/router";
import type { Experiment, Report, Result, Slice } from "../core/types";
import { asked } from "../pages/experiment-results";
import { Empty, Facts, Loading, Problem, Tabs } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Select, TextField } from "../ui/form";
import { Table } from "../ui/table";
import { axisLimit, ForestBar } from "./forest";
import { Arms, Numbers, Verdict } from "./hover";
import { told, type Names } from "./scorecard";
import { IntervalSeries, type View } from "./series";
import { interval, states, why } from "./verdict";

interface Props { x: Experiment; r: Result; report: Report; names: Names; sequential: boolean }

export function Drill({ x, r, report, names, sequential }: Props) {
  const tab = param("drill", "series");
  const item = (key: string, text: string) => ({ text, href: here({ drill: key }), on: tab === key });
  return (
    <Dialog kind="drawer" title={<>{r.metricName} <Verdict r={r} /></>} onClose={() => set({ metric: "", drill: "", dview: "", dimension: "" })}>
      {r.status === "ok" ? <Numbers r={r} report={report} /> : <p class="notice warn"><b>{states[r.status]?.word ?? r.status}.</b> {why(r)}</p>}
      <Arms r={r} names={names} />
      <Tabs label="Views of the metric" items={[item("series", "Time series"), item("dimensions", "Dimensions"), item("samples", "Sample events"), item("about", "About")]} />
      {tab === "series" && <TimeSeries x={x} r={r} sequential={sequential} />}
      {tab === "dimensions" && <Dimensions x={x} r={r} />}
      {tab === "samples" && <Samples r={r} />}
      {tab === "about" && <About x={x} r={r} report={report} />}
    </Dialog>
  );
}

/** The same report with something more asked, and this metric of it. */
function useCut(x: Experiment, r: Result, more: Query | undefined) {
  const path = at("experiments", x.id, "pulse_results"), query = { ...asked(x), ...more };
  const answer = useAnswer(more && address(path, query), (signal) => get<Report>(path, query, signal));
  const found = useMemo(() => answer.data && [...answer.data.primaryMetrics, ...answer.data.secondaryMetrics, ...answer.data.otherMetrics].find((m) => m.metricID === r.metricID), [answer.data, r.metricID]);
  return { ...answer, found: found as (Result & { series?: Slice[] }) | undefined };
}

function TimeSeries({ x, r, sequential }: { x: Experiment; r: Result; sequential: boolean }) {
  const view = param("dview", "cumulative") as View;
  const { found, error, reload } = useCut(x, r, view === "cumulative" ? { series: true } : { view });
  return (
    <>
      <Select label="View" value={view} set={(v) => set({ dview: v })} options={[["cumulative", "Cumulative: all days up to each day"], ["daily", "Daily: each day by itself"], ["days_since", "Days since exposure, the week before it too"]]} />
      {error ? <Problem error={error} retry={reload} /> : !found ? <Loading what="Asking for each day" /> : found.series ? <IntervalSeries steps={found.series} view={view} sequential={sequential} name={`${x.id}-${r.metricName}-${view}`} /> :
        <Empty title={states[found.status]?.word ?? "No series"}>{found.detail}</Empty>}
    </>
  );
}

function Dimensions({ x, r }: { x: Experiment; r: Result }) {
  const dimension = param("dimension");
  const { found, error, reload } = useCut(x, r, dimension ? { dimension } : undefined);
  const slices = found?.dimensionBreakdown ?? [];
  const limit = axisLimit(slices, 1);
  return (
    <>
      <TextField label="Property of the event, or user.NAME" value={dimension} set={(v) => set({ dimension: v.trim() }, true)} placeholder="plan" />
      {error ? <Problem error={error} retry={reload} /> : !dimension ? <Empty title="Choose a property">The change is then shown for each of its values, with an “Other” that makes them add up.</Empty> : !found ? <Loading what="Splitting by value" /> : (
        <Table name={`${x.id}-${r.metricName}-by-${dimension}`} own="d." label={`${r.metricName} by ${dimension}`} rows={slices} id={(s) => s.value} empty={<Empty title="No values">{found.detail ?? `No event of this metric has “${dimension}”.`}</Empty>} columns={[
          { key: "value", head: dimension, value: (s) => s.value, show: (s) => s.value || <span class="muted">not given</span> },
          { key: "units", head: "with events", num: true, value: (s) => s.testParticipants + s.controlParticipants, show: (s) => count(s.testParticipants + s.controlParticipants) },
          { key: "change", head: "Change", num: true, value: (s) => s.percentChange, show: (s) => percent(s.percentChange) },
          { key: "interval", head: "Interval", num: true, value: (s) => interval(s.percentConfidenceInterval) },
          { key: "bar", head: "", fixed: true, value: () => null, show: (s) => <div class="mini"><ForestBar r={s} limit={limit} label={told(s)} /></div> },
          { key: "verdict", head: "Verdict", value: (s) => s.verdict ?? s.status, show: (s) => <Verdict r={s} /> },
        ]} />
      )}
    </>
  );
}

interface Sample { timestamp: string; userID: string; anonymousID: string; messageID: string; numerator: number | null; denominator: number | null; metadata?: unknown }

function Samples({ r }: { r: Result }) {
  const answer = useAnswer("metric samples " + r.metricID, (signal) => get<Sample[]>(at("metrics", r.metricID, "samples"), { limit: 20 }, signal));
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!answer.data) return <Loading />;
  return (
    <Table name={r.metricName + "-samples"} own="e." label="Sample events" rows={answer.data.map((s, i) => ({ ...s, i }))} id={(s) => String(s.i)} empty={<Empty title="No events" />} columns={[
      { key: "time", head: "Time", value: (s) => s.timestamp, show: (s) => moment(s.timestamp) }, { key: "user", head: "userID", value: (s) => s.userID, show: (s) => s.userID ? <a href={to(["units"], { id: s.userID })}>{s.userID}</a> : "–" },
      { key: "value", head: "Adds", num: true, value: (s) => s.numerator, show: (s) => number(s.numerator), hint: "What the event adds to the metric." }, { key: "metadata", head: "Properties", value: (s) => JSON.stringify(s.metadata), show: (s) => <code class="cut">{JSON.stringify(s.metadata)}</code> },
    ]} />
  );
}

function About({ x, r, report }: { x: Experiment; r: Result; report: Report }) {
  const covered = useCut(x, r, { joinCoverage: true });
  return (
    <Facts items={[
      ["Definition", <a href={to(["metrics", "catalogue", r.metricID])}>{r.metricID}</a>],
      ["Methods", r.methods.join(", ") || "none"],
      ["Settings", report.applied.join(", ")],
      ["Join coverage", covered.found ? (covered.found.joinCoverage?.sentence ?? "not known") : covered.error ? covered.error.message : "Counting…"],
      ["Query", <code>{report.queryId}</code>],
    ]} />
  );
}
