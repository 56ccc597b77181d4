// A metric opened: its numbers, its interval by day, its dimensions, samples, and what it was computed from.
import { useMemo } from "preact/hooks";
import { address, all, at, get, type Query } from "../core/api";
import { useAnswer } from "../core/data";
import { moment, number } from "../core/format";
import { here, param, set, to } from "../core/router";
import type { Experiment, Report, Result, Slice } from "../core/types";
import { asked } from "../pages/experiment-results";
import { Empty, Facts, Loading, Problem, Tabs } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Select, SelectField, TextField } from "../ui/form";
import { Table } from "../ui/table";
import { Arms, Numbers, Verdict } from "./hover";
import type { Names } from "./scorecard";
import { IntervalSeries, type View } from "./series";
import { cutQuery, cuts, Slices } from "./slices";
import { states, why } from "./verdict";

interface Props { x: Experiment; r: Result; report: Report; names: Names; sequential: boolean }

export function Drill({ x, r, report, names, sequential }: Props) {
  const tab = param("drill", "series");
  const item = (key: string, text: string) => ({ text, href: here({ drill: key }), on: tab === key });
  return (
    <Dialog kind="drawer" title={<>{r.metricName} <Verdict r={r} /></>} onClose={() => set({ metric: "", drill: "", dview: "", cut: "", dimension: "" })}>
      {r.status === "ok" ? <Numbers r={r} report={report} /> : <p class="notice warn"><b>{states[r.status]?.word ?? r.status}.</b> {why(r)}</p>}
      <Arms r={r} names={names} />
      <Tabs label="Views of the metric" items={[item("series", "Time series"), item("dimensions", "Dimensions"), item("samples", "Sample events"), item("about", "About")]} />
      {tab === "series" && <TimeSeries x={x} r={r} sequential={sequential} />}
      {tab === "dimensions" && <Parts x={x} r={r} />}
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

function Parts({ x, r }: { x: Experiment; r: Result }) {
  const cut = param("cut", "dimension"), name = cut === "byExposureDate" ? "" : param("dimension");
  const { found, error, reload } = useCut(x, r, cutQuery(cut, name));
  const others = useAnswer(cut === "interactsWith" ? "experiments" : undefined, (signal) => all<Experiment>("experiments", {}, signal));
  const choices = (others.data ?? []).filter((o) => o.id !== x.id && o.startTime && o.idType.toLowerCase() === x.idType.toLowerCase()).map((o) => [o.id, o.name] as [string, string]);
  const head = cut === "byExposureDate" ? "first exposed" : cut === "interactsWith" ? "group in " + name : name;
  return (
    <>
      <div class="formgrid">
        <SelectField label="Cut" value={cut} set={(v) => set({ cut: v, dimension: "" })} options={cuts} />
        {cut === "interactsWith" && <SelectField label="Other experiment" value={name} set={(v) => set({ dimension: v })} options={[["", others.data && choices.length === 0 ? "none on this ID type has started" : "choose one"], ...choices]} />}
        {(cut === "dimension" || cut === "property") && <TextField label={cut === "dimension" ? "Property of the event, or user.NAME" : "Property of the user"} value={name} set={(v) => set({ dimension: v.trim() }, true)} placeholder="plan" />}
      </div>
      {error ? <Problem error={error} retry={reload} /> : !cutQuery(cut, name) ? <Empty title="Choose what to cut by">The change is then shown for each part; of events with an “Other” that makes them add up.</Empty> : !found ? <Loading what="Splitting" /> : <Slices r={found} head={head} name={`${x.id}-${r.metricName}-by-${name || cut}`} />}
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
