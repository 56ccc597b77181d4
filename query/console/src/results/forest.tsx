// Interval bars on one axis that all metrics share, in percent of control. Positions are percentages, so bars follow the column's width.
import { percent } from "../core/format";
import type { Bounds, Result } from "../core/types";
import { outer, verdictOf } from "./verdict";

/** The axis reaches as far as the widest interval, but not where one metric would squash all others. */
export function axisLimit(results: Result[], zoom: number): number {
  const reach = results.flatMap((r) => {
    const ends = [r.percentConfidenceInterval, outer(r)].flatMap((b) => (b?.kind === "bounded" && b.lower !== null && b.upper !== null ? [Math.abs(b.lower), Math.abs(b.upper)] : []));
    return r.status === "ok" && ends.length > 0 ? [Math.max(...ends)] : [];
  }).sort((a, b) => a - b);
  if (reach.length === 0) return 1;
  const middle = reach[Math.floor(reach.length / 2)];
  return (Math.min(reach[reach.length - 1], middle * 6) * 1.08) / zoom;
}

const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000];
export const ticks = (limit: number) => {
  const step = steps.find((s) => limit / s <= 2.9) ?? limit;
  const n = Math.floor(limit / step);
  return Array.from({ length: 2 * n + 1 }, (_, i) => (i - n) * step);
};

const place = (limit: number, v: number) => 50 + (50 * v) / limit;
const inside = (x: number) => Math.min(Math.max(x, 0), 100);

export const AxisHead = ({ limit }: { limit: number }) => (
  <svg class="forest axis" height="18" width="100%" aria-hidden="true">
    {ticks(limit).map((t) => (
      <text x={place(limit, t) + "%"} y="13" text-anchor={place(limit, t) < 6 ? "start" : place(limit, t) > 94 ? "end" : "middle"}>{t === 0 ? "0" : percent(t, limit < 1 ? 2 : limit < 10 && t % 1 !== 0 ? 1 : 0)}</text>
    ))}
  </svg>
);

/** A bar; without a label whoever holds it says what it shows. */
export function ForestBar({ r, limit, label }: { r: Result; limit: number; label: string }) {
  const v = verdictOf(r);
  return (
    <svg class={"forest " + (v?.tone ?? "none")} height="30" width="100%" {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": true })}>
      {ticks(limit).map((t) => <line class={t === 0 ? "zero" : "tick"} x1={place(limit, t) + "%"} x2={place(limit, t) + "%"} y1="0" y2="30" />)}
      {r.status === "ok" ? <Bar r={r} limit={limit} /> : r.status === "too_little_data" && r.percentChange !== null ? <Estimate x={place(limit, r.percentChange)} sign="?" /> : null}
    </svg>
  );
}

function Bar({ r, limit }: { r: Result; limit: number }) {
  const b = r.percentConfidenceInterval, wide = outer(r);
  return (
    <>
      {wide && <Reach b={wide} limit={limit} cls="outer" height={2} />}
      {b && <Reach b={b} limit={limit} cls="inner" height={10} />}
      {r.percentChange !== null && <Estimate x={place(limit, r.percentChange)} />}
    </>
  );
}

/** One interval. An end beyond the axis, or open, runs to the edge and shows an arrow there. */
function Reach({ b, limit, cls, height }: { b: Bounds; limit: number; cls: string; height: number }) {
  if (b.kind === "complement" || b.kind === "all_reals") return <rect class={cls + " unbounded"} x="0" width="100%" y={15 - height / 2} height={height} />;
  const low = b.lower === null ? -Infinity : place(limit, b.lower), high = b.upper === null ? Infinity : place(limit, b.upper);
  const from = inside(low), to = inside(high);
  return (
    <>
      <rect class={cls} x={from + "%"} width={Math.max(to - from, 0) + "%"} y={15 - height / 2} height={height} rx={height > 4 ? 3 : 0} />
      {cls === "outer" && low >= 0 && <line class="cap" x1={from + "%"} x2={from + "%"} y1="10" y2="20" />}
      {cls === "outer" && high <= 100 && <line class="cap" x1={to + "%"} x2={to + "%"} y1="10" y2="20" />}
      {low < 0 && <path class="arrow" d="M6 10 L1 15 L6 20" />}
      {high > 100 && <svg x="100%" overflow="visible"><path class="arrow" d="M-6 10 L-1 15 L-6 20" /></svg>}
    </>
  );
}

const Estimate = ({ x, sign }: { x: number; sign?: string }) =>
  x < 0 || x > 100 ? null : sign ? <text class="unsure" x={x + "%"} y="20" text-anchor="middle">{sign}</text> : <line class="estimate" x1={x + "%"} x2={x + "%"} y1="6" y2="24" />;
