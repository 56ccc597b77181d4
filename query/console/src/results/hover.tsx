// The statistics behind a bar, beside it while the pointer or the focus is there.
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { count, moment, number, percent, pValue, signed, words } from "../core/format";
import type { Report, Result } from "../core/types";
import { interval, outer, states, verdictOf, why } from "./verdict";
import type { Names } from "./scorecard";

export const hovered = signal<{ r: Result; at: DOMRect } | undefined>(undefined);

export function HoverCard({ names, report }: { names: Names; report: Report }) {
  const { r, at } = hovered.value!;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const height = box.current?.offsetHeight ?? 0;
    setTop(at.bottom + height + 12 < innerHeight ? at.bottom + 4 : Math.max(8, at.top - height - 4));
  }, [r, at]);
  const left = Math.min(Math.max(8, at.left + at.width / 2 - 210), innerWidth - 428);
  return (
    <div ref={box} class="hovercard" role="tooltip" style={{ top: `${top}px`, left: `${Math.max(8, left)}px` }}>
      <div class="hover-head">
        <b>{r.metricName}</b>
        <Verdict r={r} />
      </div>
      {r.status === "ok" ? <Numbers r={r} report={report} /> : <p>{why(r)}</p>}
      <Arms r={r} names={names} />
      {r.joinCoverage?.sentence && <p class="small">{r.joinCoverage.sentence}</p>}
      <p class="muted small">{r.methods.map(words).join(", ")}{report.asOf && ` · as of ${moment(report.asOf)}`}</p>
      <p class="muted small">Enter or click: time series, dimensions, sample events</p>
    </div>
  );
}

export function Verdict({ r }: { r: Result }) {
  const v = verdictOf(r);
  return v ? <span class={"verdict " + v.tone}><span aria-hidden="true">{v.sign}</span> {v.word}</span> : <span class="verdict none">▨ {states[r.status]?.word ?? r.status}</span>;
}

const decisions: Record<string, string> = { continue: "go on", accept_alternative: "there is such a change", accept_null: "there is no such change" };

export function Numbers({ r, report }: { r: Result; report: Report }) {
  const lines: [string, string][] = [
    ["Change", `${percent(r.percentChange)}   ${interval(r.percentConfidenceInterval)}`],
    ["Absolute", `${signed(r.absoluteChange)} ± ${number(r.confidenceIntervalDelta)}`],
    ["Sequential", interval(outer(r))],
    ["p", pValue(r.pValue) + (r.adjustedPValue !== null && r.adjustedPValue !== undefined ? `, adjusted ${pValue(r.adjustedPValue)}` : "")],
    ["Sequential p", pValue(r.sequentialPValue)],
  ];
  if (r.alpha && Math.abs(r.alpha - (1 - report.confidence / 100)) > 1e-9) lines.push(["Adjusted α", number(r.alpha)]);
  if (r.reversePower !== null && r.reversePower !== undefined) lines.push(["Detectable", percent(r.reversePower, 2, false)]);
  if (r.cuped) lines.push(["CUPED", r.cuped.applied ? `variance cut by ${percent(100 * (r.cuped.varianceReduction ?? 0), 0, false)}, ${r.cuped.windowDays} days before exposure` : `not applied: ${r.cuped.reason}`]);
  if (r.bayesian) lines.push(["Chance to beat", percent(100 * (r.bayesian.chanceToBeatControl ?? NaN), 1, false)]);
  if (r.sprt) lines.push([`SPRT for ${percent(r.sprt.effect, 1, false)}`, r.sprt.decision ? `${decisions[r.sprt.decision]}; some ${count(Math.ceil(r.sprt.expectedUnits ?? 0))} units are expected to be needed` : r.sprt.reason ?? ""]);
  if (r.absoluteToplineImpact !== null) lines.push(["Topline a day", signed(r.absoluteToplineImpact) + (r.absoluteToplineImpactDelta === null ? "" : ` ± ${number(r.absoluteToplineImpactDelta)}`)]);
  return <dl class="lines">{lines.map(([k, v]) => <div><dt>{k}</dt><dd>{v}</dd></div>)}</dl>;
}

export const Arms = ({ r, names }: { r: Result; names: Names }) => (
  <table class="arms">
    <thead><tr><th scope="col">Group</th><th scope="col" class="num">{names.unit}s</th><th scope="col" class="num">with events</th><th scope="col" class="num">Mean</th><th scope="col" class="num">Std err</th></tr></thead>
    <tbody>
      <tr><th scope="row">{names.control}</th><td class="num">{number(r.controlUnits)}</td><td class="num">{count(r.controlParticipants)}</td><td class="num">{number(r.controlMean)}</td><td class="num">{number(r.controlStd)}</td></tr>
      <tr><th scope="row">{names.test}</th><td class="num">{number(r.testUnits)}</td><td class="num">{count(r.testParticipants)}</td><td class="num">{number(r.testMean)}</td><td class="num">{number(r.testStd)}</td></tr>
    </tbody>
  </table>
);
