// A trend in the height of a line. Days that are not over, or not computed, are dashed or missing, never zero.
export interface Point { date: string; value: number | null; complete: boolean }

const W = 108, H = 26;

export function Spark({ points, label }: { points: Point[]; label: string }) {
  const known = points.filter((p) => p.value !== null);
  if (known.length === 0) return <span class="muted">no data</span>;
  const top = Math.max(...known.map((p) => p.value!)), low = Math.min(0, ...known.map((p) => p.value!));
  const x = (i: number) => 2 + (i * (W - 4)) / Math.max(points.length - 1, 1);
  const y = (v: number) => H - 2 - ((v - low) * (H - 4)) / (top - low || 1);
  const line = (from: number, to: number) => {
    let path = "", pen = "M";
    for (let i = from; i <= to; i++) {
      const v = points[i]?.value;
      if (v === null || v === undefined) pen = "M";
      else (path += `${pen}${x(i).toFixed(1)} ${y(v).toFixed(1)}`), (pen = "L");
    }
    return path;
  };
  const last = points.length - 1, open = points[last].complete ? last : last - 1;
  const text = `${label}: ${known.length} days from ${known[0].date}, lowest ${Math.min(...known.map((p) => p.value!))}, highest ${top}` + (open < last ? ", the last day is not over" : "");
  return (
    <svg class="spark" viewBox={`0 0 ${W} ${H}`} width={W} height={H} role="img" aria-label={text}>
      <title>{text}</title>
      <path d={line(0, Math.max(open, 0))} />
      {open < last && open >= 0 && <path class="open" d={line(open, last)} />}
      {known.length === 1 && <circle cx={x(points.indexOf(known[0]))} cy={y(known[0].value!)} r="2" />}
    </svg>
  );
}
