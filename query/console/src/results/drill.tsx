// A metric opened: its numbers, its interval day by day, and what it was computed from.
import { address, at, get, type Query } from "../core/api";
import { useAnswer } from "../core/data";
import { each, startOf } from "../core/experiments";
import { here, param, set, to } from "../core/router";
import type { Experiment, Report, Result } from "../core/types";
import { asked } from "../pages/experiment-results";
import { Empty, Loading, Problem, Tabs } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Arms, Numbers, Verdict } from "./hover";
import type { Names } from "./scorecard";
import { IntervalSeries, type Step } from "./series";
import { states } from "./verdict";

export function Drill({ x, r, report, names, sequential }: { x: Experiment; r: Result; report: Report; names: Names; sequential: boolean }) {
  const tab = param("drill", "series");
  const item = (key: string, text: string) => ({ text, href: here({ drill: key }), on: tab === key });
  return (
    <Dialog kind="drawer" title={<>{r.metricName} <Verdict r={r} /></>} onClose={() => set({ metric: "", drill: "" })}>
      {r.status === "ok" ? <Numbers r={r} report={report} /> : <p class="notice warn"><b>{states[r.status]?.word ?? r.status}.</b> {r.detail || states[r.status]?.help}</p>}
      <Arms r={r} names={names} />
      <Tabs label="Views of the metric" items={[item("series", "Time series"), item("about", "About")]} />
      {tab === "series" && <TimeSeries x={x} r={r} sequential={sequential} />}
      {tab === "about" && <About r={r} report={report} />}
    </Dialog>
  );
}

const dates = (x: Experiment, last: string) => {
  const all: string[] = [];
  const end = Date.parse(last + "T00:00:00Z");
  for (let t = Math.floor(startOf(x) / 86_400_000) * 86_400_000; t <= end; t += 86_400_000) all.push(new Date(t).toISOString().slice(0, 10));
  return all.slice(-90);
};

/** The cumulative interval as it stood at the end of each day. */
async function cumulative(x: Experiment, r: Result, query: Query, last: string, signal: AbortSignal): Promise<Step[]> {
  const days = dates(x, last);
  const path = at("experiments", x.id, "pulse_results");
  const reports = await each(days, 6, (date) => get<Report>(path, { ...query, date }, signal));
  return days.map((date, i) => ({ date, result: [...(reports[i]?.primaryMetrics ?? []), ...(reports[i]?.secondaryMetrics ?? [])].find((m) => m.metricID === r.metricID), exact: reports[i]?.ds === date }));
}

function TimeSeries({ x, r, sequential }: { x: Experiment; r: Result; sequential: boolean }) {
  const query = asked(x);
  const last = (query.date as string) || new Date(Math.min(x.endTime || Date.now(), Date.now())).toISOString().slice(0, 10);
  const answer = useAnswer(address(r.metricID, { ...query, last, version: x.version }), (signal) => cumulative(x, r, query, last, signal));
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!answer.data) return <Loading what="Asking for each day" />;
  const steps = answer.data.filter((s) => s.exact);
  if (steps.length === 0) return <Empty title="No day has been computed yet" />;
  return <IntervalSeries steps={steps} sequential={sequential} name={`${x.id}-${r.metricName}`} today={new Date().toISOString().slice(0, 10)} />;
}

const About = ({ r, report }: { r: Result; report: Report }) => (
  <dl class="facts">
    <div><dt>Definition</dt><dd><a href={to(["metrics", "catalogue", r.metricID])}>{r.metricID}</a></dd></div>
    <div><dt>Methods</dt><dd>{r.methods.join(", ") || "none"}</dd></div>
    <div><dt>Settings</dt><dd>{report.applied.join(", ")}</dd></div>
    <div><dt>Query</dt><dd><code>{report.queryId}</code></dd></div>
  </dl>
);
