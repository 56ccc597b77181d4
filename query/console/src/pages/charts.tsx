// Several metrics side by side over the same days, each on an axis of its own.
import { useMemo } from "preact/hooks";
import { all } from "../core/api";
import { useAnswer } from "../core/data";
import { number } from "../core/format";
import { lastValue, sparklines, typeWord, type MetricSeries } from "../core/metrics";
import { zone } from "../core/project";
import { param, set, to } from "../core/router";
import type { Metric } from "../core/types";
import { Card, Empty, Loading, Problem } from "../ui/basics";
import { Chart } from "../ui/chart";
import { days, DaysSelect } from "../ui/days";
import { Pick } from "../ui/pick";
import { UnitTypeSelect } from "../ui/unit-type";

const shownAtFirst = 6, most = 20;

export function Charts() {
  const over = days("30"), unitType = param("unit", "userID");
  const metrics = useAnswer("metrics/list", (signal) => all<Metric>("metrics/list", {}, signal));
  const chosen = useMemo(() => param("ids").split("\n").filter(Boolean), [param("ids")]);
  const ids = chosen.length > 0 ? chosen.slice(0, most) : (metrics.data ?? []).slice(0, shownAtFirst).map((m) => m.id);
  const series = useAnswer(ids.length > 0 ? `charts ${over} ${unitType} ${ids.join()}` : undefined, (signal) => sparklines(ids, Number(over), signal, unitType), 60_000);
  if (metrics.error) return <Problem error={metrics.error} retry={metrics.reload} />;
  if (!metrics.data) return <Loading what="Reading metrics" />;
  if (metrics.data.length === 0) return <Empty title="No metrics yet"><a href={to(["metrics", "new"])}>New metric</a></Empty>;
  const named = (id: string) => metrics.data!.find((m) => m.id === id);
  return (
    <>
      <div class="controls">
        <DaysSelect usual="30" />
        <UnitTypeSelect label="Units of type" value={unitType} set={(v) => set({ unit: v })} />
      </div>
      <details class="more"><summary>{chosen.length > 0 ? `${chosen.length} chosen` : `The first ${ids.length} of the catalogue`}: choose others</summary>
        <Pick label="Charts" hint={`At most ${most} at a time.`} placeholder="Choose a metric" chosen={chosen} known={metrics.data.map((m) => m.id)} set={(list) => set({ ids: list.join("\n") })} show={(id) => named(id)?.name ?? id} />
      </details>
      {series.error && <Problem error={series.error} retry={series.reload} />}
      {!series.data && series.loading && <Loading what="Reading the series" />}
      <div class={series.loading && series.data ? "charts stale" : "charts"}>
        {series.data && ids.map((id) => <One key={id} id={id} metric={named(id)} series={series.data!.get(id)} />)}
      </div>
    </>
  );
}

function One({ id, metric, series }: { id: string; metric?: Metric; series?: MetricSeries }) {
  const points = series?.points ?? [];
  const drawn = useMemo(() => ({ dates: points.map((p) => p.date), lines: [{ label: metric?.name ?? id, values: points.map((p) => p.value) }], complete: points.map((p) => p.complete) }), [series]);
  return (
    <Card title={<a href={to(["metrics", "catalogue", id])}>{metric?.name ?? id}</a>} note={<>{metric && typeWord(metric.type)} · last full day <b>{number(lastValue(points))}</b></>}>
      {points.some((p) => p.value !== null) ? <Chart name={id} title={metric?.name ?? id} brief height={150} zone={zone()} {...drawn} /> : <p class="muted">No value in these days.</p>}
    </Card>
  );
}
