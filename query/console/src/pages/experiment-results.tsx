// Pulse: the verdict in a sentence, the scorecard, and what it was computed with.
import { useMemo } from "preact/hooks";
import { address, at, get, type Query } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, count, moment, percent, pValue } from "../core/format";
import { here, param, set } from "../core/router";
import type { Experiment, Report, Result } from "../core/types";
import { Badge, Card, Empty, Loading, Problem, Stat } from "../ui/basics";
import { Check, Select, Typed } from "../ui/form";
import { Drill } from "../results/drill";
import { SQL } from "../results/sql";
import { Scorecard } from "../results/scorecard";
import { sentence } from "../results/verdict";
import { Exposures } from "./experiment-health";

export const corrections: [string, string][] = [["", "No correction"], ["bh-metric", "Benjamini-Hochberg per metric"], ["bh-variant", "Benjamini-Hochberg per group"], ["holm-metric", "Holm per metric"], ["bonferroni-metric", "Bonferroni per metric"], ["bonferroni-variant", "Bonferroni per group"]];
export const flags: Record<string, Query> = {
  "holm-metric": { applyHolmPerMetric: true }, "bh-metric": { applyBenjaminiHochbergPerMetric: true }, "bh-variant": { applyBenjaminiHochbergPerVariant: true },
  "bonferroni-metric": { applyBonferroniPerMetric: true }, "bonferroni-variant": { applyBonferroniPerVariant: true },
};

/** While an experiment runs one looks again and again, so the sequential interval decides unless asked otherwise. */
const decides = (x: Experiment) => param("seq", x.sequentialTesting || x.status === "active" ? "1" : "0") === "1";

/** What pulse_results is asked, from the URL. */
export const asked = (x: Experiment): Query => ({
  control: param("control", x.controlGroupID), test: param("test"), confidence: param("confidence"), date: param("date"),
  cuped: param("cuped") === "1" ? true : undefined, sequential: decides(x), ...flags[param("correct")],
});

export function Results({ x }: { x: Experiment }) {
  const query = asked(x);
  const path = at("experiments", x.id, "pulse_results");
  const answer = useAnswer(x.startTime ? address(path, query) : undefined, (signal) => get<Report>(path, query, signal), x.status === "active" ? 30_000 : 0);
  const r = useCoverage(path, query, answer.data);
  const sequential = decides(x);
  const name = (id?: string) => x.groups.find((g) => g.id === id)?.name ?? id ?? "";
  const names = { control: name(r?.control), test: name(r?.test), unit: x.idType };
  const drilled = useMemo(() => r && [...r.primaryMetrics, ...r.secondaryMetrics, ...r.otherMetrics].find((m) => m.metricID === param("metric")), [r, param("metric")]);
  if (!x.startTime) return <Empty title="Not started"><p>An experiment has results from its start on.</p><p><a href={here({ tab: "setup" })}>Look at the set-up, then start it</a></p></Empty>;
  return (
    <>
      <Controls x={x} r={r} sequential={sequential} />
      {answer.error && <Problem error={answer.error} retry={answer.reload}>{r && <p>Below is the last answer, {ago(answer.at)}.</p>}</Problem>}
      {!r && answer.loading && <Loading what="Asking for the results" />}
      {r && (
        <>
          <Verdict x={x} r={r} stale={answer.error !== undefined || (answer.loading && answer.at > 0)} />
          {r.exposures.every((g) => g.units === 0) ? <Waiting x={x} /> : (
            <Card title={`${names.test} against ${names.control}`} note={applied(r)} flush>
              <Scorecard report={r} names={names} sequential={sequential} stale={answer.error !== undefined} drill={(m: Result) => set({ metric: m.metricID })}
                source={{ api: address(path, query), cli: ["pulse", x.id], sql: () => set({ sql: "1" }) }} />
              <p class="provenance small muted">
                {r.asOf ? `As of ${moment(r.asOf)}` : "Not rolled up yet"}{r.dataCompleteTo ? `, complete to ${moment(r.dataCompleteTo)}` : ""} · {r.ds ? `days up to ${r.ds} · ` : ""}{count(r.rowsRead)} rows read in {r.elapsedMs.toFixed(0)} ms · query <code>{r.queryId}</code>
              </p>
            </Card>
          )}
          <Exposures x={x} />
          {param("sql") && <SQL path={path} query={query} close={() => set({ sql: "" })} />}
          {drilled && <Drill x={x} r={drilled} report={r} names={names} sequential={sequential} />}
        </>
      )}
    </>
  );
}

/** Where a metric has no events of exposed units, the report says how many could have met at all: often events carry another ID. */
function useCoverage(path: string, query: Query, r?: Report): Report | undefined {
  const without = r && [...r.primaryMetrics, ...r.secondaryMetrics, ...r.otherMetrics].some((m) => m.status === "no_events");
  const more = { ...query, joinCoverage: true };
  const answer = useAnswer(without ? address(path, more) : undefined, (signal) => get<Report>(path, more, signal));
  return useMemo(() => {
    if (!r || !answer.data) return r;
    const known = new Map([...answer.data.primaryMetrics, ...answer.data.secondaryMetrics, ...answer.data.otherMetrics].map((m) => [m.metricID, m.joinCoverage]));
    const add = (list: Result[]) => list.map((m) => ({ ...m, joinCoverage: m.joinCoverage ?? known.get(m.metricID) }));
    return { ...r, primaryMetrics: add(r.primaryMetrics), secondaryMetrics: add(r.secondaryMetrics), otherMetrics: add(r.otherMetrics) };
  }, [r, answer.data]);
}

const applied = (r: Report) => `${r.confidence} % confidence · ` + r.applied.filter((a) => !a.startsWith("confidence:")).map((a) => a.replaceAll("_", " ").replace(":", " ")).join(" · ");

function Verdict({ x, r, stale }: { x: Experiment; r: Report; stale: boolean }) {
  const units = r.exposures.reduce((sum, g) => sum + g.units, 0);
  const left = r.decisionDue && x.status === "active" ? Math.ceil((r.decisionDue - Date.now()) / 86_400_000) : 0;
  return (
    <section class={stale ? "summary stale" : "summary"} aria-label="Summary" aria-live="polite">
      <p class="sentence">{sentence(r)}{left > 0 && <span class="due"> Decision due in {left} {left === 1 ? "day" : "days"}.</span>}</p>
      <div class="stats">
        {r.exposures.map((g) => <Stat label={g.groupName} value={count(g.units)} note={`${percent(g.share, 2, false)}, planned ${percent(g.expected, 0, false)}`} />)}
        <Stat label="Sample ratio" value={r.srm?.level === "red" ? <Badge tone="bad">mismatch</Badge> : r.srm?.level === "yellow" ? <Badge tone="warn">a little off</Badge> : r.srm?.level ? <Badge tone="ok">as planned</Badge> : "not known"} note={r.srm?.pValue !== null && r.srm?.pValue !== undefined ? `p ${pValue(r.srm.pValue)}` : ""} />
        <Stat label="Crossovers" value={count(r.crossoverUnits)} note={units > 0 ? `${percent((100 * r.crossoverUnits) / (units + r.crossoverUnits), 2, false)}, ${x.crossoverUnits === "keep" ? "kept" : "left out"}` : ""} />
        {x.targetExposures ? <Stat label="Planned sample" value={percent((100 * units) / x.targetExposures, 0, false)} note={`of ${count(x.targetExposures)}`} /> : null}
        <Stat label="Data" value={r.dataCompleteTo ? ago(r.dataCompleteTo) : "none yet"} note="last complete" />
      </div>
      {r.warnings?.map((w) => <p class="notice warn">{w}</p>)}
      {r.srm?.advice && <p class={r.srm.level === "red" ? "notice bad" : "notice warn"}><b>Sample ratio.</b> {r.srm.advice}</p>}
    </section>
  );
}

const Waiting = ({ x }: { x: Experiment }) => (
  <Empty title="Waiting for the first exposure">
    <p>The experiment runs, but no unit of type <code>{x.idType}</code> has been seen in one of its groups. An SDK logs an exposure when it evaluates <code>{x.id}</code>; Segment sends one as <code>Experiment Viewed</code>.</p>
    <p><a href={here({ tab: "diagnostics" })}>Health checks</a></p>
  </Empty>
);

function Controls({ x, r, sequential }: { x: Experiment; r?: Report; sequential: boolean }) {
  const groups = x.groups.map((g) => [g.id, g.name] as [string, string]);
  const control = r?.control ?? param("control", x.controlGroupID), test = r?.test ?? param("test");
  return (
    <div class="controls" role="group" aria-label="What is compared, and how">
      <Select label="Test group" value={test} set={(v) => set({ test: v, control: v === control ? (groups.find(([id]) => id !== v)?.[0] ?? "") : control })} options={groups} />
      <span class="muted">against</span>
      <Select label="Control group" value={control} set={(v) => set({ control: v, test: v === test ? (groups.find(([id]) => id !== v)?.[0] ?? "") : test })} options={groups} />
      <Select label="Confidence" value={param("confidence", x.defaultConfidenceInterval)} set={(v) => set({ confidence: v })} options={["80", "90", "95", "98", "99"].map((c) => [c, c + " %"])} />
      <Select label="Correction for many metrics" value={param("correct")} set={(v) => set({ correct: v })} options={corrections} />
      <Check label="CUPED" on={param("cuped") === "1"} set={(on) => set({ cuped: on ? "1" : "" })} />
      <Check label="Sequential decides" on={sequential} set={(on) => set({ seq: on ? "1" : "0" })} />
      <label class="inline">up to <Typed type="date" label="Last day" value={param("date")} set={(date) => set({ date })} /></label>
      {(param("confidence") || param("correct") || param("cuped") || param("date") || param("control") || param("test") || param("seq")) && (
        <a class="small" href={here({ confidence: "", correct: "", cuped: "", date: "", control: "", test: "", seq: "" })}>Reset</a>
      )}
    </div>
  );
}
