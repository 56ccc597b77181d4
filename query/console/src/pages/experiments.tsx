// All experiments: where they are in their life, what the first primary metric says, and whether to trust it.
import { useMemo } from "preact/hooks";
import { all, at, get } from "../core/api";
import { useAnswer } from "../core/data";
import { daysRun, each, statuses } from "../core/experiments";
import { compact, percent } from "../core/format";
import { param, set, to } from "../core/router";
import type { Experiment, Report } from "../core/types";
import { Badge, Empty, Loading, PageHead, Problem, Tabs, Tag } from "../ui/basics";
import { Select } from "../ui/form";
import { Table, type Column } from "../ui/table";
import { axisLimit, ForestBar } from "../results/forest";
import { Verdict } from "../results/hover";
import { told } from "../results/scorecard";
import { verdictOf } from "../results/verdict";
import { Icon } from "../ui/icon";

interface Row { x: Experiment; report?: Report }
const units = (r: Row) => r.report?.exposures.reduce((sum, g) => sum + g.units, 0) ?? null;
const lead = (r: Row) => r.report?.primaryMetrics[0];

const columns = (limit: number): Column<Row>[] => [
  { key: "name", head: "Experiment", wide: true, value: (r) => r.x.name, show: (r) => <><span class="strong">{r.x.name}</span>{r.x.hypothesis && <span class="sub">{r.x.hypothesis}</span>}</> },
  { key: "status", head: "Status", value: (r) => statuses[r.x.status]?.word ?? r.x.status, show: (r) => <Badge tone={statuses[r.x.status]?.tone}>{statuses[r.x.status]?.word ?? r.x.status}</Badge> },
  { key: "days", head: "Days", num: true, value: (r) => daysRun(r.x), show: (r) => <>{daysRun(r.x) ?? "–"}{r.x.duration ? <span class="muted"> / {r.x.duration}</span> : null}</> },
  { key: "units", head: "Units", num: true, value: units, show: (r) => compact(units(r)) },
  { key: "metric", head: "Primary metric", value: (r) => lead(r)?.metricName, show: (r) => lead(r)?.metricName ?? <span class="muted">none</span> },
  { key: "change", head: "Change", num: true, value: (r) => lead(r)?.percentChange, show: (r) => percent(lead(r)?.percentChange) },
  {
    key: "verdict", head: "Verdict", value: (r) => (lead(r) ? verdictOf(lead(r)!)?.word ?? lead(r)!.status : ""), show: (r) => {
      const m = lead(r);
      if (r.report && units(r) === 0) return <span class="muted">waiting for the first exposure</span>;
      return m ? <div class="mini"><ForestBar r={m} limit={limit} label={told(m)} /><Verdict r={m} /></div> : <span class="muted">–</span>;
    },
  },
  {
    key: "health", head: "Sample ratio", value: (r) => r.report?.srm?.level ?? "", show: (r) => {
      const level = r.report?.srm?.level;
      return level === "red" ? <Badge tone="bad">mismatch</Badge> : level === "yellow" ? <Badge tone="warn">a little off</Badge> : level ? <Badge tone="ok">ok</Badge> : <span class="muted">not known</span>;
    },
  },
  { key: "tags", head: "Tags", value: (r) => r.x.tags.join(" "), show: (r) => r.x.tags.map((t) => <Tag text={t} />) },
];

async function load(signal: AbortSignal): Promise<Row[]> {
  const list = await all<Experiment>("experiments", {}, signal);
  const reports = await each(list, 4, (x) => (x.startTime ? get<Report>(at("experiments", x.id, "pulse_results"), { sequential: x.status === "active" }, signal) : Promise.resolve(undefined)));
  return list.map((x, i) => ({ x, report: reports[i] }));
}

export const ExperimentTabs = ({ on }: { on: "experiments" | "layers" | "holdouts" }) => (
  <Tabs label="Experiments, layers and holdouts" items={[["experiments", "Experiments"], ["layers", "Layers"], ["holdouts", "Holdouts"]].map(([page, text]) => ({ text, href: to([page]), on: on === page }))} />
);

export function Experiments() {
  const status = param("status");
  const answer = useAnswer("experiments", load, 60_000);
  const rows = useMemo(() => (answer.data ?? []).filter((r) => !status || r.x.status === status), [answer.data, status]);
  const shown = useMemo(() => columns(axisLimit(rows.flatMap((r) => lead(r) ?? []), 1)).filter((c) => c.key !== "tags" || rows.some((r) => r.x.tags.length > 0)), [rows]);
  return (
    <>
      <PageHead title="Experiments" tools={<a class="button primary" href={to(["experiments", "new"])}><Icon name="plus" />New experiment</a>} />
      <ExperimentTabs on="experiments" />
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {!answer.data && answer.loading && <Loading what="Reading experiments" />}
      {answer.data && (
        <Table name="experiments" label="Experiments" rows={rows} columns={shown} id={(r) => r.x.id} href={(r) => to(["experiments", r.x.id])} search="Search experiments"
          source={{ api: "console/v1/experiments" }}
          tools={<Select label="Status" value={status} set={(v) => set({ status: v })} options={[["", "Every status"], ...Object.entries(statuses).map(([k, s]) => [k, s.word] as [string, string])]} />}
          empty={answer.data.length > 0 ? <Empty title="No experiment has this status" /> :
            <Empty title="No experiments yet"><p>Create one here, by the Console API, or look around with data whose truth is known: <code>pulsehouse demo</code>.</p><p><a href={to(["experiments", "new"])}>New experiment</a> · <a href={to(["start"])}>First steps</a></p></Empty>} />
      )}
    </>
  );
}
