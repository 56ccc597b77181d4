// The catalogue: every metric with its trend and last full day.
import { useMemo } from "preact/hooks";
import { all } from "../core/api";
import { useAnswer } from "../core/data";
import { number } from "../core/format";
import { lastValue, sparklines, typeWord } from "../core/metrics";
import { here, param, set, to } from "../core/router";
import type { Metric } from "../core/types";
import { Empty, Loading, Problem, Tag } from "../ui/basics";
import { Select } from "../ui/form";
import { Spark } from "../ui/spark";
import { Table } from "../ui/table";

export function Catalogue() {
  const tag = param("tag");
  const answer = useAnswer("metrics/list", (signal) => all<Metric>("metrics/list", {}, signal));
  const ids = (answer.data ?? []).map((m) => m.id);
  const series = useAnswer(answer.data && "sparklines " + ids.join(), (signal) => sparklines(ids, 14, signal), 60_000);
  const rows = useMemo(() => (answer.data ?? []).filter((m) => !tag || m.tags?.includes(tag)), [answer.data, tag]);
  const tags = useMemo(() => [...new Set((answer.data ?? []).flatMap((m) => m.tags ?? []))].sort(), [answer.data]);
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!answer.data) return <Loading what="Reading metrics" />;
  const points = (m: Metric) => series.data?.get(m.id)?.points;
  return (
    <Table name="metrics" label="Metrics" rows={rows} id={(m) => m.id} href={(m) => to(["metrics", "catalogue", m.id])} search="Search metrics" sort="name" source={{ api: "console/v1/metrics/list" }}
      tools={tags.length > 0 && <Select label="Tag" value={tag} set={(v) => set({ tag: v })} options={[["", "Every tag"], ...tags.map((t) => [t, t] as [string, string])]} />}
      empty={<Empty title="No metrics yet"><p>A metric is made from events: how many, how much, by how many units.</p><p><a href={to(["metrics", "new"])}>New metric</a></p></Empty>}
      columns={[
        { key: "name", head: "Metric", wide: true, value: (m) => m.name, show: (m) => <><span class="strong">{m.name}</span>{m.description && <span class="sub">{m.description}</span>}</> },
        { key: "type", head: "Type", value: (m) => typeWord(m.type) },
        { key: "trend", head: "14-day trend", fixed: true, value: (m) => points(m)?.map((p) => p.value ?? "").join(" "), show: (m) => (series.data ? <Spark label={m.name} points={points(m) ?? [{ date: "", value: null, complete: false }]} /> : <span class="muted">…</span>), hint: "The dashed end is today: the day is not over." },
        { key: "value", head: "Last full day", num: true, value: (m) => lastValue(points(m)), show: (m) => number(lastValue(points(m))) },
        { key: "events", head: "From", value: (m) => m.lineage.events.join(", "), show: (m) => m.lineage.events.map((e, i) => <>{i > 0 && ", "}<a href={to(["metrics", "event", e])}>{e}</a></>) },
        { key: "tags", head: "Tags", value: (m) => (m.tags ?? []).join(" "), show: (m) => (m.tags ?? []).map((t) => <a href={here({ tag: t })}><Tag text={t} /></a>) },
      ]} />
  );
}
