// Pulse for a gate: those who passed a rule against those who did not.
import { address, at, get } from "../core/api";
import { useAnswer } from "../core/data";
import { count, moment } from "../core/format";
import { here, param, set } from "../core/router";
import type { Report, Result } from "../core/types";
import { Card, Empty, Loading, Problem } from "../ui/basics";
import { Check, Select } from "../ui/form";
import { Dialog } from "../ui/dialog";
import { Arms, Numbers, Verdict } from "../results/hover";
import { Scorecard } from "../results/scorecard";
import { sentence } from "../results/verdict";
import type { Gate } from "./gates";

type GateReport = Report & { monitoringMetrics?: Result[] };

export function GateResults({ g }: { g: Gate }) {
  const rules = g.rules.filter((r) => r.id);
  const rule = rules.find((r) => r.id === param("rule")) ?? rules.find((r) => r.passPercentage > 0 && r.passPercentage < 100) ?? rules[0];
  const query = { confidence: param("confidence"), cuped: param("cuped") === "1" ? true : undefined };
  const path = rule ? at("gates", g.id, "rules", rule.id!, "pulse_results") : undefined;
  const answer = useAnswer(path && address(path, query), (signal) => get<GateReport>(path!, query, signal), 30_000);
  if (!rule) return <Empty title="No rules"><a href={here({ tab: "setup" })}>Add one</a>, so that some units pass and others do not.</Empty>;
  const r = answer.data && { ...answer.data, primaryMetrics: answer.data.primaryMetrics?.length ? answer.data.primaryMetrics : (answer.data.monitoringMetrics ?? []), secondaryMetrics: answer.data.secondaryMetrics ?? [], otherMetrics: answer.data.otherMetrics ?? [] };
  const open = r && r.primaryMetrics.find((m) => m.metricID === param("metric"));
  const names = { control: "Fail", test: "Pass", unit: g.idType };
  return (
    <>
      <div class="controls">
        <Select label="Rule" value={rule.id!} set={(v) => set({ rule: v })} options={rules.map((o) => [o.id!, `${o.name}, ${o.passPercentage} %`])} />
        <Select label="Confidence" value={param("confidence", "95")} set={(v) => set({ confidence: v })} options={["80", "90", "95", "98", "99"].map((c) => [c, c + " %"])} />
        <Check label="CUPED" on={param("cuped") === "1"} set={(on) => set({ cuped: on ? "1" : "" })} />
      </div>
      {rule.passPercentage === 0 || rule.passPercentage === 100 ? <p class="notice info">Everyone gets the same from this rule; there is nobody to compare with.</p> : null}
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {!r && answer.loading && <Loading what="Asking for the results" />}
      {r && r.primaryMetrics.length === 0 && <Empty title="No metric is monitored"><a href={here({ tab: "setup", edit: "1" })}>Choose some</a></Empty>}
      {r && r.primaryMetrics.length > 0 && (
        <>
          {r.exposures && <section class="summary"><p class="sentence">{sentence(r)}</p><p class="muted">{r.exposures.map((e) => `${e.groupName || e.groupID}: ${count(e.units)}`).join(" · ")}</p></section>}
          <Card title={`${rule.name}: pass against fail`} note={(r.applied ?? []).map((a) => a.replaceAll("_", " ")).join(" · ")} flush>
            <Scorecard report={r} names={names} sequential={false} stale={false} drill={(m) => set({ metric: m.metricID })} source={{ api: address(path!, query) }} />
            <p class="provenance small muted">{r.asOf ? `As of ${moment(r.asOf)}` : "Not rolled up yet"}{r.ds ? `, days up to ${r.ds}` : ""}</p>
          </Card>
        </>
      )}
      {open && r && <Dialog kind="drawer" title={<>{open.metricName} <Verdict r={open} /></>} onClose={() => set({ metric: "" })}><Numbers r={open} report={r} /><Arms r={open} names={names} /></Dialog>}
    </>
  );
}
