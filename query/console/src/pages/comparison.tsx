// Pulse where there are two arms that nobody set up as groups: a gate's rule (pass, fail) and a holdout (held out, not).
import { address, get } from "../core/api";
import { useAnswer } from "../core/data";
import { count, moment } from "../core/format";
import { here, param, set } from "../core/router";
import type { Report, Result } from "../core/types";
import { Card, Empty, Loading, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Check, Select } from "../ui/form";
import { Arms, Numbers, Verdict } from "../results/hover";
import { Scorecard, type Names } from "../results/scorecard";
import { SQL } from "../results/sql";
import { sentence } from "../results/verdict";

type Compared = Report & { monitoringMetrics?: Result[] };

interface Props { path: string; title: string; names: Names; without: string; choose?: { value: string; options: [string, string][] } }

export function Comparison({ path, title, names, without, choose }: Props) {
  const query = { confidence: param("confidence"), cuped: param("cuped") === "1" ? true : undefined };
  const answer = useAnswer(without ? undefined : address(path, query), (signal) => get<Compared>(path, query, signal), 30_000);
  const r = answer.data && { ...answer.data, primaryMetrics: answer.data.monitoringMetrics ?? answer.data.primaryMetrics ?? [], secondaryMetrics: answer.data.secondaryMetrics ?? [], otherMetrics: answer.data.otherMetrics ?? [] };
  const open = r?.primaryMetrics.find((m) => m.metricID === param("metric"));
  const exposed = (r?.exposures ?? []).some((e) => e.units > 0);
  return (
    <>
      <div class="controls">
        {choose && <Select label="Rule" value={choose.value} set={(v) => set({ rule: v })} options={choose.options} />}
        <Select label="Confidence" value={param("confidence", "95")} set={(v) => set({ confidence: v })} options={["80", "90", "95", "98", "99"].map((c) => [c, c + " %"])} />
        <Check label="CUPED" on={param("cuped") === "1"} set={(on) => set({ cuped: on ? "1" : "" })} />
      </div>
      {without && <Empty title="Nothing to compare"><p>{without}</p><p><a href={here({ tab: "setup", edit: "1" })}>Change the set-up</a></p></Empty>}
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {!r && answer.loading && !without && <Loading what="Asking for the results" />}
      {r && !exposed && <Empty title="Waiting for the first exposure"><p>No unit of type <code>{names.unit}</code> has been seen in one of the two arms. An SDK logs an exposure when it evaluates.</p></Empty>}
      {r && exposed && (
        <>
          <section class="summary"><p class="sentence">{sentence(r)}</p><p class="muted">{r.exposures.map((e) => `${e.groupName || e.groupID}: ${count(e.units)}`).join(" · ")}</p></section>
          <Card title={title} note={(r.applied ?? []).map((a) => a.replaceAll("_", " ")).join(" · ")} flush>
            <Scorecard report={r} names={names} sequential={false} stale={false} drill={(m) => set({ metric: m.metricID })} source={{ api: address(path, query), sql: () => set({ sql: "1" }) }} />
            <p class="provenance small muted">{r.asOf ? `As of ${moment(r.asOf)}` : "Not rolled up yet"}{r.ds ? `, days up to ${r.ds}` : ""}</p>
          </Card>
        </>
      )}
      {param("sql") && <SQL path={path} query={query} close={() => set({ sql: "" })} />}
      {open && r && <Dialog kind="drawer" title={<>{open.metricName} <Verdict r={open} /></>} onClose={() => set({ metric: "" })}><Numbers r={open} report={r} /><Arms r={open} names={names} /></Dialog>}
    </>
  );
}
