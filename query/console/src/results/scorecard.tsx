// The scorecard: one row a metric, one axis for all, the verdict in a word. Experiments and gates share it.
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Cell, Sheet } from "../core/export";
import { csv, download, json } from "../core/export";
import { number, percent, pValue, signed, words } from "../core/format";
import { useKey } from "../core/keys";
import { param, set, to } from "../core/router";
import type { Report, Result } from "../core/types";
import { Badge, Button } from "../ui/basics";
import { Select } from "../ui/form";
import { CopyMenu, sorted, type Column, type Source } from "../ui/table";
import { AxisHead, axisLimit, ForestBar } from "./forest";
import { HoverCard, hovered } from "./hover";
import { interval, outer, states, verdictOf, why } from "./verdict";

export interface Names { control: string; test: string; unit: string }

export const sections = (r: Report): [string, Result[]][] =>
  ([["Primary metrics", r.primaryMetrics], ["Secondary metrics", r.secondaryMetrics], ["Other metrics", r.otherMetrics]] as [string, Result[]][]).filter(([, rows]) => rows?.length > 0);

const sheet = (report: Report): Sheet => ({
  name: `${report.experimentID}-${report.test}-against-${report.control}`,
  head: ["section", "metric", "type", "status", "control_units", "test_units", "control_mean", "test_mean", "control_std_err", "test_std_err", "absolute_change", "ci_delta", "percent_change", "percent_ci_lower", "percent_ci_upper", "p_value", "sequential_p_value", "verdict"],
  rows: sections(report).flatMap(([name, rows]) => rows.map((r): Cell[] => [
    name.split(" ")[0].toLowerCase(), r.metricName, r.metricType, r.status, r.controlUnits, r.testUnits, r.controlMean, r.testMean, r.controlStd, r.testStd, r.absoluteChange,
    r.confidenceIntervalDelta, r.percentChange, r.percentConfidenceInterval?.lower, r.percentConfidenceInterval?.upper, r.pValue, r.sequentialPValue, r.verdict,
  ])),
});

const orders: [string, string][] = [["", "As defined"], ["-change", "Largest change"], ["p", "Smallest p"], ["name", "Name"]];
const columns: Column<Result>[] = [
  { key: "change", head: "", value: (r) => (r.percentChange === null ? null : Math.abs(r.percentChange)) },
  { key: "p", head: "", value: (r) => r.pValue },
  { key: "name", head: "", value: (r) => r.metricName },
];

export function Scorecard({ report, names, sequential, source, drill, stale }: { report: Report; names: Names; sequential: boolean; source: Source; drill: (r: Result) => void; stale: boolean }) {
  const zoom = Number(param("zoom", "1")), order = param("sort"), full = param("view") === "table";
  const parts = sections(report);
  const limit = useMemo(() => axisLimit(parts.flatMap(([, rows]) => rows), zoom), [report, zoom]);
  const save = (form: string) => {
    const s = sheet(report);
    form === "csv" ? download(s.name + ".csv", "text/csv", csv(s)) : download(s.name + ".json", "application/json", json(s));
  };
  useKey("t", "scorecard as plot or as table of all numbers", () => set({ view: full ? "" : "table" }));
  useKey("x", "export the scorecard as CSV", () => save("csv"));
  return (
    <div class={stale ? "scorecard stale" : "scorecard"}>
      <div class="toolbar">
        <span class="zoom" role="group" aria-label="Zoom of the axis">
          <Button kind="quiet" label="Wider axis" disabled={zoom <= 0.25} onClick={() => set({ zoom: String(zoom / 2) })}>−</Button>
          <span class="small muted">axis ±{number(Number(limit.toPrecision(2)))} %</span>
          <Button kind="quiet" label="Narrower axis" disabled={zoom >= 16} onClick={() => set({ zoom: String(zoom * 2) })}>+</Button>
        </span>
        <Select label="Order of the metrics" value={order} set={(v) => set({ sort: v })} options={orders} />
        <span class="grow" />
        <Legend sequential={sequential} />
        <Button kind="quiet" pressed={full} onClick={() => set({ view: full ? "" : "table" })}>All numbers <kbd>T</kbd></Button>
        <CopyMenu source={source}>
          <button type="button" onClick={() => save("csv")}>Save as CSV <kbd>X</kbd></button>
          <button type="button" onClick={() => save("json")}>Save as JSON</button>
          <button type="button" onClick={() => print()}>Print, or save as PDF</button>
        </CopyMenu>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Scorecard">
        {full ? <AllNumbers parts={parts} names={names} order={order} /> : <Plot parts={parts} names={names} limit={limit} order={order} sequential={sequential} drill={drill} report={report} />}
      </div>
      {hovered.value && <HoverCard names={names} report={report} />}
    </div>
  );
}

const Legend = ({ sequential }: { sequential: boolean }) => (
  <span class="legend small muted" aria-hidden="true">
    <span><i class="lg-inner" />interval</span><span><i class="lg-outer" />{sequential ? "sequential, decides" : "sequential"}</span><span><i class="lg-tick" />estimate</span>
  </span>
);

function Plot({ parts, names, limit, order, sequential, drill, report }: { parts: [string, Result[]][]; names: Names; limit: number; order: string; sequential: boolean; drill: (r: Result) => void; report: Report }) {
  return (
    <table class="plot-table">
      <caption class="hidden">{names.test} against {names.control}, {report.confidence} % confidence</caption>
      <thead>
        <tr>
          <th scope="col" class="wide">Metric</th>
          <th scope="col" class="num">{names.control}</th>
          <th scope="col" class="num">{names.test}</th>
          <th scope="col" class="num">Change</th>
          <th scope="col" class="bar"><span class="hidden">Interval of the change, in percent of {names.control}</span><AxisHead limit={limit} /></th>
          <th scope="col" class="num">{report.confidence} % interval</th>
          <th scope="col" class="num">p</th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      {parts.map(([title, rows]) => (
        <tbody>
          <tr class="section"><th scope="rowgroup" colSpan={8}>{title}</th></tr>
          {sorted(rows, columns, order).map((r) => <Row key={r.metricID} r={r} limit={limit} sequential={sequential} drill={drill} />)}
        </tbody>
      ))}
    </table>
  );
}

/** The text of a row for those who do not see the bar. */
export const told = (r: Result) =>
  r.status !== "ok" ? `${r.metricName}: ${states[r.status]?.word ?? r.status}. ${why(r)}` :
    `${r.metricName}: ${percent(r.percentChange)}, interval ${interval(r.percentConfidenceInterval)}, p ${pValue(r.pValue)}, ${verdictOf(r)?.word}`;

function Row({ r, limit, sequential, drill }: { r: Result; limit: number; sequential: boolean; drill: (r: Result) => void }) {
  const v = verdictOf(r), state = states[r.status];
  const hover = (e: Event) => (hovered.value = { r, at: (e.currentTarget as Element).getBoundingClientRect() });
  return (
    <tr class={r.status === "ok" ? "opens" : "opens without"} onClick={(e) => !(e.target as Element).closest("button,a") && !getSelection()?.toString() && drill(r)}>
      <th scope="row" class="wide"><Name r={r} /></th>
      <td class="num">{number(r.controlMean)}</td>
      <td class="num">{number(r.testMean)}</td>
      <td class="num strong">{r.status === "ok" || r.percentChange !== null ? percent(r.percentChange) : "–"}</td>
      <td class="bar">
        <button type="button" class="barbutton" aria-label={told(r) + ". Open the details"} onMouseEnter={hover} onMouseLeave={() => (hovered.value = undefined)} onFocus={hover} onBlur={() => (hovered.value = undefined)}
          onKeyDown={(e) => e.key === "Escape" && (hovered.value = undefined)} onClick={() => ((hovered.value = undefined), drill(r))}>
          <ForestBar r={r} limit={limit} label="" />
        </button>
      </td>
      <td class="num small">{r.status === "ok" ? interval(sequential ? outer(r) : r.percentConfidenceInterval) : "–"}</td>
      <td class="num small">{pValue(sequential ? r.sequentialPValue : (r.adjustedPValue ?? r.pValue))}</td>
      <td>{v ? <span class={"verdict " + v.tone}><span aria-hidden="true">{v.sign}</span> {v.word}</span> : <span class="verdict none" title={why(r)}>▨ {state?.word ?? words(r.status)}</span>}</td>
    </tr>
  );
}

const Name = ({ r }: { r: Result }): ComponentChildren => (
  <>
    <span class="metric-name">{r.metricName}</span>
    <span class="muted small">{words(r.metricType)}{r.directionality === "decrease" && " · ↓ lower is better"}</span>
    {r.status !== "ok" && <span class="state small">{why(r)}</span>}
    {r.joinCoverage?.sentence && r.status === "no_events" && <span class="state small">{r.joinCoverage.sentence}. <a href={to(["integrations", "inbound"])}>Map Identifiers</a></span>}
  </>
);

function AllNumbers({ parts, names, order }: { parts: [string, Result[]][]; names: Names; order: string }) {
  const cells: [string, (r: Result) => string][] = [
    [names.control + " units", (r) => number(r.controlUnits)], [names.test + " units", (r) => number(r.testUnits)],
    [names.control + " mean", (r) => number(r.controlMean)], [names.test + " mean", (r) => number(r.testMean)],
    [names.control + " std err", (r) => number(r.controlStd)], [names.test + " std err", (r) => number(r.testStd)],
    ["Change", (r) => signed(r.absoluteChange)], ["± interval", (r) => number(r.confidenceIntervalDelta)], ["± sequential", (r) => number(r.sequentialTestingConfidenceIntervalDelta)],
    ["Change %", (r) => percent(r.percentChange)], ["Interval %", (r) => interval(r.percentConfidenceInterval)], ["Sequential %", (r) => interval(outer(r))],
    ["p", (r) => pValue(r.pValue)], ["Sequential p", (r) => pValue(r.sequentialPValue)], ["Topline a day", (r) => signed(r.absoluteToplineImpact)], ["Methods", (r) => r.methods.map(words).join(", ")],
  ];
  return (
    <table class="numbers">
      <caption class="hidden">All numbers</caption>
      <thead><tr><th scope="col" class="wide">Metric</th>{cells.map(([head]) => <th scope="col" class="num">{head}</th>)}<th scope="col">Verdict</th></tr></thead>
      <tbody>
        {parts.flatMap(([, rows]) => sorted(rows, columns, order)).map((r) => (
          <tr><th scope="row" class="wide">{r.metricName}</th>{cells.map(([, f]) => <td class="num small">{f(r)}</td>)}<td><Badge tone={verdictOf(r)?.tone ?? "plain"}>{verdictOf(r)?.word ?? states[r.status]?.word ?? r.status}</Badge></td></tr>
        ))}
      </tbody>
    </table>
  );
}
