// An interval over time: a band, its estimate, and zero. Days that are not over are drawn dashed.
import { percent } from "../core/format";
import type { Result } from "../core/types";
import { useState } from "preact/hooks";
import { Button } from "../ui/basics";
import { Table } from "../ui/table";
import { interval, outer } from "./verdict";

export interface Step { date: string; result?: Result; exact: boolean }

const H = 240, left = 56, bottom = 24, top = 8;

export function IntervalSeries({ steps, sequential, name, today }: { steps: Step[]; sequential: boolean; name: string; today: string }) {
  const [table, setTable] = useState(false);
  const known = steps.filter((s) => s.result?.status === "ok" && s.result.percentConfidenceInterval?.lower !== null);
  return (
    <figure class="chart">
      <figcaption>
        <span><b>Change in percent, cumulative</b> <span class="muted small">{known.length > 0 ? `${known[0].date} to ${known[known.length - 1].date}; band: interval, dashed: sequential` : ""}</span></span>
        <Button kind="quiet" pressed={table} onClick={() => setTable(!table)}>Show as table</Button>
      </figcaption>
      {table || known.length === 0 ? (
        <Table name={name} own="s." label="Change by day" rows={steps} id={(s) => s.date} empty={null} columns={[
          { key: "date", head: "Up to", value: (s) => s.date },
          { key: "change", head: "Change", num: true, value: (s) => s.result?.percentChange, show: (s) => percent(s.result?.percentChange) },
          { key: "interval", head: "Interval", num: true, value: (s) => (s.result ? interval(s.result.percentConfidenceInterval) : "") },
          { key: "sequential", head: "Sequential", num: true, value: (s) => (s.result ? interval(outer(s.result)) : "") },
        ]} />
      ) : <Band known={known} sequential={sequential} today={today} />}
    </figure>
  );
}

function Band({ known, sequential, today }: { known: Step[]; sequential: boolean; today: string }) {
  const W = 640;
  const bounds = known.map((s) => ({ s, c: s.result!.percentConfidenceInterval!, o: outer(s.result!) }));
  // The first days' intervals are the widest; half of all days set the scale, and what leaves it is cut at the edge.
  const reach = bounds.map((b) => Math.max(Math.abs(b.c.lower ?? 0), Math.abs(b.c.upper ?? 0), Math.abs(b.s.result!.percentChange ?? 0))).sort((a, b) => a - b);
  const limit = (reach[Math.floor(reach.length * 0.75)] || 1) * 1.4;
  const x = (i: number) => left + ((W - left - 12) * (known.length === 1 ? 0.5 : i / (known.length - 1)));
  const y = (v: number) => top + ((H - top - bottom) * (limit - Math.min(Math.max(v, -limit), limit))) / (2 * limit);
  const path = (f: (b: (typeof bounds)[0]) => number | null | undefined) => bounds.map((b, i) => `${i === 0 ? "M" : "L"}${x(i).toFixed(1)} ${y(f(b) ?? 0).toFixed(1)}`).join("");
  const back = bounds.map((_, i) => `L${x(bounds.length - 1 - i).toFixed(1)} ${y(bounds[bounds.length - 1 - i].c.lower ?? 0).toFixed(1)}`).join("");
  const each = Math.max(1, Math.ceil(known.length / 8));
  const last = bounds[bounds.length - 1];
  const half = Math.pow(10, Math.floor(Math.log10(limit))) * (limit / Math.pow(10, Math.floor(Math.log10(limit))) >= 5 ? 5 : limit / Math.pow(10, Math.floor(Math.log10(limit))) >= 2 ? 2 : 1);
  return (
    <svg class="series" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`On ${last.s.date} the change was ${percent(last.s.result!.percentChange)}, interval ${interval(last.c)}`}>
      {[-half, 0, half].map((t) => (
        <>
          <line class={t === 0 ? "zero" : "tick"} x1={left} x2={W} y1={y(t)} y2={y(t)} />
          <text x={left - 8} y={y(t) + 4} text-anchor="end">{t === 0 ? "0" : percent(t, half < 1 ? 2 : 0)}</text>
        </>
      ))}
      <path class="band" d={path((b) => b.c.upper) + back + "Z"} />
      {bounds.some((b) => b.o) && <><path class={sequential ? "outer decides" : "outer"} d={path((b) => b.o?.upper ?? b.c.upper)} /><path class={sequential ? "outer decides" : "outer"} d={path((b) => b.o?.lower ?? b.c.lower)} /></>}
      <path class="line" d={path((b) => b.s.result!.percentChange)} />
      {bounds.map((b, i) => (
        <g>
          <circle class={b.s.date >= today ? "open" : ""} cx={x(i)} cy={y(b.s.result!.percentChange ?? 0)} r="3"><title>{`${b.s.date}: ${percent(b.s.result!.percentChange)}, ${interval(b.c)}${b.s.date >= today ? ", the day is not over" : ""}`}</title></circle>
          {i % each === 0 && <text x={x(i)} y={H - 6} text-anchor="middle">{b.s.date.slice(5)}</text>}
        </g>
      ))}
    </svg>
  );
}
