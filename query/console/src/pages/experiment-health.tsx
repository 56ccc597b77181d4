// Diagnostics: is the experiment sound? Each check with what to do, and the exposures over time.
import { useMemo } from "preact/hooks";
import { at, get } from "../core/api";
import { useAnswer } from "../core/data";
import { count, percent } from "../core/format";
import { zone } from "../core/project";
import type { Experiment, Report } from "../core/types";
import { Badge, Card, Empty, Loading, Problem, type Tone } from "../ui/basics";
import { Chart } from "../ui/chart";
import { Table } from "../ui/table";

interface Series { groupID: string; groupName: string; results: { date: string; exposures: number }[] }

/** Cumulative exposures of each group. */
export function Exposures({ x }: { x: Experiment }) {
  const path = at("experiments", x.id, "cumulative_exposures");
  const answer = useAnswer(x.startTime ? path : undefined, (signal) => get<Series[]>(path, {}, signal), 60_000);
  const today = new Date().toISOString().slice(0, 10);
  const dates = useMemo(() => answer.data?.[0]?.results.map((r) => r.date) ?? [], [answer.data]);
  const lines = useMemo(() => (answer.data ?? []).map((s) => ({ label: s.groupName, values: s.results.map((r) => r.exposures) })), [answer.data]);
  const complete = useMemo(() => dates.map((d) => d < today), [dates]);
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (dates.length === 0) return null;
  return <Card><Chart name={x.id + "-exposures"} title="Cumulative exposures" dates={dates} lines={lines} complete={complete} zone={zone()} /></Card>;
}

export interface Health { name: string; description?: string; status: string; type?: string; action?: string; metadata?: unknown }
const tones: Record<string, Tone> = { PASSED: "ok", WARNING: "warn", FAILED: "bad", WAITING: "plain" };

export const HealthList = ({ checks }: { checks: Health[] }) => (
  <ul class="health">
    {checks.map((c) => (
      <li>
        <Badge tone={tones[c.status] ?? "plain"}>{c.status.toLowerCase()}</Badge>
        <div><b>{c.name}</b>{c.description && <p class="muted">{c.description}</p>}{c.action && c.status !== "PASSED" && <p>{c.action}</p>}</div>
      </li>
    ))}
  </ul>
);

export function Diagnostics({ x }: { x: Experiment }) {
  const path = at("experiments", x.id, "pulse_results");
  const answer = useAnswer(x.startTime ? path : undefined, (signal) => get<Report>(path, {}, signal), 30_000);
  const health = useAnswer(x.startTime ? "health " + x.id : undefined, (signal) => get<{ healthChecks: Health[] }>(at("experiments", x.id, "health"), {}, signal), 30_000);
  if (!x.startTime) return <Empty title="Not started">The checks begin with the start.</Empty>;
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  const r = answer.data;
  if (!r) return <Loading what="Checking" />;
  return (
    <>
      <Card title="Health checks" note="Read again every 30 seconds">
        {health.error ? <Problem error={health.error} retry={health.reload} /> : !health.data ? <Loading what="Checking" /> : <HealthList checks={health.data.healthChecks} />}
      </Card>
      <Card title="Balance" flush>
        <Table plain name={x.id + "-balance"} label="Units in each group" own="b." rows={r.exposures} id={(g) => g.groupID} empty={<Empty title="No groups" />} columns={[
          { key: "group", head: "Group", value: (g) => g.groupName },
          { key: "units", head: "Units", num: true, value: (g) => g.units, show: (g) => count(g.units) },
          { key: "share", head: "Share", num: true, value: (g) => g.share, show: (g) => percent(g.share, 2, false) },
          { key: "expected", head: "Planned", num: true, value: (g) => g.expected, show: (g) => percent(g.expected, 2, false) },
        ]} />
      </Card>
      <Exposures x={x} />
    </>
  );
}
