// Dense series on a canvas (uPlot). What a canvas hides is said in a sentence and shown as a table on request.
import uPlot from "uplot";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { number } from "../core/format";
import { theme, token } from "../core/theme";
import { Button } from "./basics";
import { Table } from "./table";

export interface Line { label: string; values: (number | null)[] }

interface Props { title: string; dates: string[]; lines: Line[]; complete: boolean[]; height?: number; stacked?: boolean; zone: string; name: string; /** Says only the days: the title is told around it. */ brief?: boolean }

const seconds = (date: string) => Date.parse(date + "T00:00:00Z") / 1000;

/** Splits a line so that days that are not over can be dashed: they join the last complete day. */
function split(values: (number | null)[], complete: boolean[]): [(number | null)[], (number | null)[]] {
  const solid = values.map((v, i) => (complete[i] ? v : null));
  const dashed = values.map((v, i) => (!complete[i] || complete[i + 1] === false ? v : null));
  return [solid, dashed];
}

function options(p: Props, width: number): uPlot.Options {
  const axis = { stroke: token("muted"), grid: { stroke: token("line"), width: 1 }, ticks: { stroke: token("line") }, font: "12px " + token("font") };
  const series: uPlot.Series[] = [{ value: (_, t) => (t === null ? "–" : new Date(t * 1000).toISOString().slice(0, 10)) }];
  p.lines.forEach((line, i) => {
    const stroke = token("series-" + ((i % 6) + 1));
    const shared = { stroke, width: 2, value: (_: uPlot, v: number | null) => number(v) };
    series.push({ ...shared, label: line.label, points: { show: (u) => u.data[0].length < 3 } });
    series.push({ ...shared, label: line.label + " (day not over)", dash: [4, 4], points: { show: false } });
  });
  return {
    width, height: p.height ?? 220, tzDate: (t) => uPlot.tzDate(new Date(t * 1000), "UTC"),
    scales: { y: { range: (_, low, high) => [Math.min(0, low), high <= 0 ? 1 : high * 1.08] } },
    axes: [{ ...axis, size: 34, values: (_, ts) => ts.map((t) => new Date(t * 1000).toISOString().slice(5, 10)), incrs: [86400, 2 * 86400, 7 * 86400, 14 * 86400, 28 * 86400] }, { ...axis, size: 64, values: (_, vs) => vs.map((v) => number(v)) }],
    legend: { show: p.lines.length > 1 }, cursor: { y: false, points: { size: 6 } }, series,
  };
}

export function Chart(p: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [table, setTable] = useState(false);
  const colours = theme.value;
  const plot = useRef<uPlot | undefined>(undefined);
  const data = useMemo(() => [p.dates.map(seconds), ...p.lines.flatMap((l) => split(l.values, p.complete))] as uPlot.AlignedData, [p.dates, p.lines, p.complete]);
  const none = p.dates.length === 0, labels = p.lines.map((l) => l.label).join("\n");
  useEffect(() => {
    if (table || !box.current || none) return;
    const u = (plot.current = new uPlot(options(p, box.current.clientWidth), data, box.current));
    const watch = new ResizeObserver(([entry]) => entry.contentRect.width > 0 && entry.contentRect.width !== u.width && u.setSize({ width: entry.contentRect.width, height: p.height ?? 220 }));
    watch.observe(box.current);
    return () => (watch.disconnect(), u.destroy(), (plot.current = undefined));
  }, [labels, none, colours, table]);
  // Other days, or fresher ones, in the same canvas: making a plot costs several times what drawing does.
  useEffect(() => {
    if (plot.current && plot.current.data !== data) plot.current.setData(data);
  }, [data]);
  const open = p.complete.lastIndexOf(false) === p.complete.length - 1 && p.complete.length > 0;
  const rows = p.dates.map((date, i) => ({ date, values: p.lines.map((l) => l.values[i]), complete: p.complete[i] }));
  return (
    <figure class="chart">
      <figcaption>
        <span>{!p.brief && <b>{p.title} </b>}<span class="muted small">{p.dates.length > 0 && `${p.dates[0]} to ${p.dates[p.dates.length - 1]}, ${p.zone}`}{open && (p.brief ? ", dashed: not over" : "; the dashed day is not over")}</span></span>
        <Button kind="quiet" pressed={table} label={p.brief ? "Show as table" : undefined} onClick={() => setTable(!table)}>{p.brief ? "Table" : "Show as table"}</Button>
      </figcaption>
      {table ? (
        <Table name={p.name} label={p.title} own="c." rows={rows} id={(r) => r.date} empty={null} columns={[
          { key: "date", head: "Day", value: (r) => r.date },
          ...p.lines.map((l, i) => ({ key: "v" + i, head: l.label, num: true, value: (r: (typeof rows)[0]) => r.values[i], show: (r: (typeof rows)[0]) => number(r.values[i]) })),
          { key: "complete", head: "Complete", value: (r) => (r.complete ? "yes" : "not over") },
        ]} />
      ) : <div ref={box} class="plot" role="img" aria-label={`${p.title}, chart of ${p.lines.map((l) => l.label).join(", ")}. Use “Show as table” for the numbers.`} />}
    </figure>
  );
}
