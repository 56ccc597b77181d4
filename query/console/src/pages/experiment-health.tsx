// Diagnostics: is the experiment sound? Each check with what to do, and the exposures over time.
import { useMemo } from "preact/hooks";
import { at, get } from "../core/api";
import { useAnswer } from "../core/data";
import { count, percent, pValue } from "../core/format";
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
  const given = (x as { healthChecks?: Health[] }).healthChecks;
  if (!x.startTime) return <Empty title="Not started">The checks begin with the start.</Empty>;
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  const r = answer.data;
  if (!r) return <Loading what="Checking" />;
  return (
    <>
      <Card title="Health checks" note="Read again every 30 seconds"><HealthList checks={given ?? derived(x, r)} /></Card>
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

/** What can be told from the report, for servers that send no checks. */
function derived(x: Experiment, r: Report): Health[] {
  const units = r.exposures.reduce((sum, g) => sum + g.units, 0);
  const share = units + r.crossoverUnits > 0 ? (100 * r.crossoverUnits) / (units + r.crossoverUnits) : 0;
  const silent = r.primaryMetrics.filter((m) => m.status === "no_events");
  const srm = r.srm?.level;
  return [
    { name: "Exposures arrive", status: units > 0 ? "PASSED" : "WAITING", description: units > 0 ? `${count(units)} units of type ${x.idType} are exposed.` : `No unit of type ${x.idType} has been exposed.`, action: "Does the SDK evaluate this experiment, and does the user carry this ID type?" },
    { name: "Sample ratio", status: srm === "red" ? "FAILED" : srm === "yellow" ? "WARNING" : srm ? "PASSED" : "WAITING", description: r.srm?.pValue !== null && r.srm?.pValue !== undefined ? `Chi-squared p ${pValue(r.srm.pValue)}.` : "Not known before the first exposures.", action: r.srm?.advice },
    { name: "Crossovers", status: units === 0 ? "WAITING" : share > 1 ? "WARNING" : "PASSED", description: `${count(r.crossoverUnits)} units saw more than one group (${percent(share, 2, false)}).`, action: "More than 1 % points to an ID that changes between the exposures of one person." },
    { name: "Metrics have events", status: units === 0 ? "WAITING" : silent.length > 0 ? "FAILED" : "PASSED", description: silent.length > 0 ? `No event for: ${silent.map((m) => m.metricName).join(", ")}.` : "Every primary metric has events of exposed units.", action: `Do these events carry ${x.idType}?` },
  ];
}
