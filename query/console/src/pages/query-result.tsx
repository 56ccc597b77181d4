// The answer of a custom query: the newest, or that of an earlier run.
import { useState } from "preact/hooks";
import { all, at, get } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, count, moment, span } from "../core/format";
import { param, set } from "../core/router";
import type { Experiment, Report, Result } from "../core/types";
import { Badge, Button, Empty, Facts, Loading, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Select } from "../ui/form";
import { Arms, Numbers } from "../results/hover";
import { Scorecard } from "../results/scorecard";
import { Slices } from "../results/slices";
import { sentence } from "../results/verdict";
import { parametersText, runTones, scheduleText, type CustomQuery, type Run } from "./queries";

interface Answered { run: string; report: Report }

export function QueryResult({ x, q, again, close }: { x: Experiment; q: CustomQuery; again: () => void; close: () => void }) {
  const path = at("experiments", x.id, "custom_queries", q.id), last = q.lastRun;
  const runs = useAnswer(`${path} runs ${last?.id} ${last?.state}`, (signal) => all<Run>(path + "/runs", {}, signal));
  const done = (runs.data ?? []).filter((r) => r.state === "done");
  const asked = param("run");
  const answer = useAnswer(done.length > 0 ? `${path} result ${asked || done[0].id}` : undefined, (signal) => get<Answered>(path + "/result", { run: asked }, signal));
  return (
    <Dialog kind="drawer" title={q.name} onClose={close}>
      <Facts items={[
        ["Asks", parametersText(q)], ["Runs", scheduleText(q.schedule)],
        last ? ["Last run", <><Badge tone={runTones[last.state]}>{last.state}</Badge> {ago(last.createdTime)} by {last.author}{last.finishedTime && last.startedTime ? `, took ${span(last.finishedTime - last.startedTime)}` : ""} <Button kind="quiet" icon="play" onClick={again}>Run again</Button></>] : false,
      ]} />
      {last?.error && <p class="notice bad" role="alert">{last.error}</p>}
      {runs.error && <Problem error={runs.error} retry={runs.reload} />}
      {done.length > 1 && <Select label="Answer of" value={asked || done[0].id} set={(v) => set({ run: v })} options={done.map((r) => [r.id, `answer of ${moment(r.createdTime)}`])} />}
      {answer.error ? <Problem error={answer.error} retry={answer.reload} /> : answer.data ? <Answer x={x} q={q} r={answer.data.report} /> : runs.data && done.length === 0 ? <Empty title={last?.state === "failed" ? "No answer" : "It is being asked"}>The answer appears here once a run is done.</Empty> : <Loading what="Reading the answer" />}
    </Dialog>
  );
}

function Answer({ x, q, r }: { x: Experiment; q: CustomQuery; r: Report }) {
  const metrics = [...r.primaryMetrics, ...r.secondaryMetrics, ...r.otherMetrics];
  const cut = metrics.some((m) => (m.dimensionBreakdown ?? []).length > 0);
  const [chosen, setChosen] = useState("");
  const name = (id: string) => x.groups.find((g) => g.id === id)?.name ?? id;
  const names = { control: name(r.control), test: name(r.test), unit: x.idType };
  const m: Result | undefined = metrics.find((o) => o.metricID === chosen) ?? (cut ? metrics[0] : undefined);
  const head = ["dimension", "property"].map((k) => q.parameters[k]).find(Boolean) ?? (q.parameters.interactsWith ? `group in ${q.parameters.interactsWith}` : "first exposed");
  return (
    <>
      <p>{sentence(r)} <span class="muted">{r.exposures.map((g) => `${g.groupName} ${count(g.units)}`).join(", ")}.</span></p>
      {r.warnings?.map((w) => <p class="notice warn">{w}</p>)}
      <Scorecard report={r} names={names} sequential={!!q.parameters.sequential} stale={false} drill={(o) => setChosen(o.metricID)} source={{}} />
      {m && (
        <section aria-label={m.metricName}>
          {cut && <Select label="Metric" value={m.metricID} set={setChosen} options={metrics.map((o) => [o.metricID, o.metricName])} />}
          {!cut && <><h3>{m.metricName}</h3><Numbers r={m} report={r} /><Arms r={m} names={names} /></>}
          {cut && <Slices r={m} head={String(head)} name={`${x.id}-${m.metricName}`} />}
        </section>
      )}
      <p class="small muted">As of {moment(r.asOf)}{r.ds && `, days up to ${r.ds}`} · {count(r.rowsRead)} rows read in {span(r.elapsedMs)}</p>
    </>
  );
}
