// A change over time: cumulative as a band, single days as one interval each. What is not over is drawn open.
import { useState } from "preact/hooks";
import { percent } from "../core/format";
import type { Slice } from "../core/types";
import { Button, Empty } from "../ui/basics";
import { Table } from "../ui/table";
import { interval, outer } from "./verdict";

export type View = "cumulative" | "daily" | "days_since";
const titles: Record<View, string> = { cumulative: "Change in percent, cumulative", daily: "Change in percent, each day by itself", days_since: "Change in percent, by days since exposure" };
const W = 640, H = 240, left = 56, bottom = 24, top = 8;

export function IntervalSeries({ steps, view, sequential, name }: { steps: Slice[]; view: View; sequential: boolean; name: string }) {
  const [table, setTable] = useState(false);
  const known = steps.filter((s) => s.percentChange !== null && s.percentConfidenceInterval?.kind === "bounded");
  if (steps.length === 0) return <Empty title="No day has been computed yet" />;
  return (
    <figure class="chart">
      <figcaption>
        <span><b>{titles[view]}</b> <span class="muted small">{view === "cumulative" ? "band: interval, dashed: sequential" : view === "days_since" ? "days before exposure should show nothing: a free check" : ""}</span></span>
        <Button kind="quiet" pressed={table} onClick={() => setTable(!table)}>Show as table</Button>
      </figcaption>
      {table || known.length === 0 ? (
        <Table name={name} own="s." label={titles[view]} rows={steps} id={(s) => s.value} empty={null} columns={[
          { key: "date", head: view === "days_since" ? "Days since exposure" : view === "daily" ? "Day" : "Up to", value: (s) => (view === "days_since" ? Number(s.value) : s.value) },
          { key: "change", head: "Change", num: true, value: (s) => s.percentChange, show: (s) => percent(s.percentChange) },
          { key: "interval", head: "Interval", num: true, value: (s) => interval(s.percentConfidenceInterval) },
          { key: "status", head: "Status", value: (s) => (s.status === "ok" ? (s.complete ? "ok" : "not over") : s.status) },
        ]} />
      ) : <Plot known={known} view={view} sequential={sequential} />}
    </figure>
  );
}

function scaleOf(known: Slice[]) {
  // The first days' intervals are the widest; three quarters of all days set the scale, and what leaves it is cut at the edge.
  const reach = known.map((s) => Math.max(Math.abs(s.percentConfidenceInterval!.lower ?? 0), Math.abs(s.percentConfidenceInterval!.upper ?? 0))).sort((a, b) => a - b);
  const limit = (reach[Math.floor(reach.length * 0.75)] || 1) * 1.3;
  const power = Math.pow(10, Math.floor(Math.log10(limit)));
  return { limit, step: power * ([5, 2, 1].find((n) => limit / power >= n) ?? 1) };
}

function Plot({ known, view, sequential }: { known: Slice[]; view: View; sequential: boolean }) {
  const { limit, step } = scaleOf(known);
  const x = (i: number) => left + 12 + (W - left - 30) * (known.length === 1 ? 0.5 : i / (known.length - 1));
  const y = (v: number) => top + ((H - top - bottom) * (limit - Math.min(Math.max(v, -limit), limit))) / (2 * limit);
  const every = Math.max(1, Math.ceil(known.length / 9));
  const last = known[known.length - 1];
  const first = view === "days_since" ? known.findIndex((s) => Number(s.value) >= 0) : -1;
  const told = (s: Slice) => `${view === "days_since" ? "day " : ""}${s.value}: ${percent(s.percentChange)}, ${interval(s.percentConfidenceInterval)}${s.complete ? "" : ", not over"}`;
  return (
    <svg class="series" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`${titles[view]}. Last, ${told(last)}`}>
      {[-step, 0, step].map((t) => (
        <>
          <line class={t === 0 ? "zero" : "tick"} x1={left} x2={W} y1={y(t)} y2={y(t)} />
          <text x={left - 8} y={y(t) + 4} text-anchor="end">{t === 0 ? "0" : percent(t, step < 1 ? 2 : 0)}</text>
        </>
      ))}
      {first > 0 && <line class="exposure" x1={(x(first - 1) + x(first)) / 2} x2={(x(first - 1) + x(first)) / 2} y1={top} y2={H - bottom} />}
      {view === "cumulative" ? <Band known={known} x={x} y={y} sequential={sequential} /> : known.map((s, i) => <line class={s.complete ? "whisker" : "whisker open"} x1={x(i)} x2={x(i)} y1={y(s.percentConfidenceInterval!.lower!)} y2={y(s.percentConfidenceInterval!.upper!)} />)}
      {known.map((s, i) => (
        <g>
          <circle class={s.complete ? "" : "open"} cx={x(i)} cy={y(s.percentChange ?? 0)} r="3.2"><title>{told(s)}</title></circle>
          {i % every === 0 && <text x={x(i)} y={H - 6} text-anchor="middle">{view === "days_since" ? s.value : s.value.slice(5)}</text>}
        </g>
      ))}
    </svg>
  );
}

function Band({ known, x, y, sequential }: { known: Slice[]; x: (i: number) => number; y: (v: number) => number; sequential: boolean }) {
  const path = (f: (s: Slice) => number | null | undefined) => known.map((s, i) => `${i === 0 ? "M" : "L"}${x(i).toFixed(1)} ${y(f(s) ?? 0).toFixed(1)}`).join("");
  const back = known.map((_, k) => known.length - 1 - k).map((i) => `L${x(i).toFixed(1)} ${y(known[i].percentConfidenceInterval!.lower ?? 0).toFixed(1)}`).join("");
  const cls = sequential ? "outer decides" : "outer";
  return (
    <>
      <path class="band" d={path((s) => s.percentConfidenceInterval!.upper) + back + "Z"} />
      {known.every((s) => outer(s)) && <><path class={cls} d={path((s) => outer(s)?.upper)} /><path class={cls} d={path((s) => outer(s)?.lower)} /></>}
      <path class="line" d={path((s) => s.percentChange)} />
    </>
  );
}
