// How far the rollups are: what waits to be computed, and what cannot be.
import { get } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, count, moment, plural, span } from "../core/format";
import { Badge, Card, Facts, Loading, Problem } from "../ui/basics";
import { Table } from "../ui/table";

interface Failure { scope: string; error: string; since: string; tries: number }
interface Status { completeTo: string | null; lagSeconds: number; waitingLoads: number; waitingRows: number; rawDataFrom: string | null; dirty: { scope: string; days: number }[] | null; failures: Failure[] | null; lastCycle: { started: string; tookSeconds: number; loads: number; rows: number; windows: number; asOfDays: number } | null }

export function Rollups() {
  const answer = useAnswer("rollups", (signal) => get<Status>("rollups/status", {}, signal), 5000);
  const s = answer.data, dirty = s?.dirty ?? [], failures = s?.failures ?? [], cycle = s?.lastCycle;
  const days = dirty.reduce((sum, d) => sum + d.days, 0);
  return (
    <Card title="Rollups" note="Events become totals of days, and results, within seconds of their arrival">
      {answer.error ? <Problem error={answer.error} retry={answer.reload} /> : !s ? <Loading what="Asking the rollups" /> : (
        <>
          <Facts items={[
            ["State", failures.length > 0 ? <Badge tone="bad">{plural(failures.length, "thing")} cannot be computed</Badge> : <Badge tone="ok">all is computed that can be</Badge>],
            ["Watermark", s.completeTo ? <>{moment(s.completeTo)}{s.waitingLoads > 0 && `, ${span(s.lagSeconds * 1000)} behind with ${plural(s.waitingLoads, "load")} of ${plural(s.waitingRows, "event")}`}</> : <span class="muted">nothing was received yet</span>],
            ["Days to compute", days === 0 ? "none" : <details class="more inline-more"><summary>{plural(days, "day")} of {plural(dirty.length, "definition")}</summary><ul>{dirty.map((d) => <li><code>{d.scope}</code> <span class="muted">{plural(d.days, "day")}</span></li>)}</ul></details>],
            s.rawDataFrom ? ["Raw events", <>from {s.rawDataFrom} on <span class="muted">earlier days keep their numbers and cannot be computed again</span></>] : false,
            cycle ? ["Last cycle", `${ago(cycle.started)}, took ${span(cycle.tookSeconds * 1000)}: ${plural(cycle.loads, "load")}, ${plural(cycle.rows, "event")}, ${count(cycle.windows)} day windows`] : false,
          ]} />
          {failures.length > 0 && <Table plain name="rollup-failures" own="f." label="What cannot be computed" rows={failures} id={(f) => f.scope} empty={null} columns={[
            { key: "scope", head: "What", value: (f) => f.scope, show: (f) => <code>{f.scope}</code> }, { key: "error", head: "Why", wide: true, value: (f) => f.error },
            { key: "tries", head: "Tried", num: true, value: (f) => f.tries }, { key: "since", head: "Since", value: (f) => f.since, show: (f) => ago(f.since) },
          ]} />}
        </>
      )}
    </Card>
  );
}
