// Work that somebody asked for: days rolled up again, rollups verified against raw events.
import { useState } from "preact/hooks";
import { all, at, post, put } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, count, percent } from "../core/format";
import { lastDays } from "../core/metrics";
import { Badge, Button, Card, Empty, Problem, type Tone } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Refusal, SelectField, TextField, useAction } from "../ui/form";
import { Json } from "../ui/json";
import { Table } from "../ui/table";

interface Job { id: string; kind: string; state: string; author: string; from: string; to: string; metricID: string; done: number; total: number; progress: number | null; result: unknown; createdTime: number; updatedTime: number }
const tones: Record<string, Tone> = { waiting: "plain", running: "info", done: "ok", failed: "bad", cancelled: "warn" };

export function Jobs() {
  const answer = useAnswer("jobs", (signal) => all<Job>("jobs", {}, signal), 3000);
  const [making, setMaking] = useState(false), [open, setOpen] = useState<Job>();
  const { run, error } = useAction();
  const does = (j: Job, action: string, said: string) => () => void run(() => put(at("jobs", j.id, action)), said).then(answer.reload);
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  return (
    <Card title="Jobs" note="Days computed again, and rollups compared with raw events" flush tools={<Button icon="plus" onClick={() => setMaking(true)}>New job</Button>}>
      <Refusal error={error} />
      <Table name="jobs" own="j." label="Jobs" rows={answer.data ?? []} id={(j) => j.id} open={setOpen} source={{ api: "console/v1/jobs" }} empty={<Empty title="No job has been asked for">Rollups run by themselves; a job computes days again, or verifies them.</Empty>} columns={[
        { key: "kind", head: "Kind", value: (j) => j.kind },
        { key: "state", head: "State", value: (j) => j.state, show: (j) => <Badge tone={tones[j.state]}>{j.state}</Badge> },
        { key: "days", head: "Days", value: (j) => (j.from === "1970-01-01" ? "all" : `${j.from} to ${j.to}`), show: (j) => (j.from === "1970-01-01" ? "all" : <span class="nowrap">{j.from} to {j.to}</span>) },
        { key: "metric", head: "Metric", value: (j) => j.metricID || "all" },
        { key: "progress", head: "Progress", num: true, value: (j) => j.progress, show: (j) => <span class="progress-cell"><progress max={1} value={j.progress ?? undefined} aria-label={`Progress of ${j.kind}`} /> {j.progress === null ? "" : percent(100 * j.progress, 0, false)}</span> },
        { key: "done", head: "Done", num: true, value: (j) => j.done, show: (j) => `${count(j.done)} of ${count(j.total)}` },
        { key: "by", head: "By", value: (j) => j.author }, { key: "when", head: "Asked", value: (j) => j.createdTime, show: (j) => ago(j.createdTime) },
        {
          key: "do", head: "", fixed: true, value: () => null, show: (j) =>
            j.state === "waiting" || j.state === "running" ? <Button kind="quiet" icon="close" label={`Cancel the ${j.kind} of ${j.from} to ${j.to}`} onClick={does(j, "cancel", "Cancelled; what is computed stays")} /> :
            j.state === "cancelled" ? <Button kind="quiet" icon="play" label={`Go on with the ${j.kind} of ${j.from} to ${j.to}`} onClick={does(j, "resume", "It goes on where it was")} /> : null,
        },
      ]} />
      {making && <Make close={() => setMaking(false)} done={() => (setMaking(false), answer.reload())} />}
      {open && <Dialog kind="drawer" title={`${open.kind}, ${open.state}`} onClose={() => setOpen(undefined)}><Json value={open} label="Job" /></Dialog>}
    </Card>
  );
}

function Make({ close, done }: { close: () => void; done: () => void }) {
  const days = lastDays(14);
  const [d, setD] = useState({ kind: "verify", from: days[0], to: days[13], metricID: "" });
  const { run, busy, error } = useAction();
  return (
    <Dialog title="New job" onClose={close}>
      <Form text="Ask for it" busy={busy} cancel={close} submit={() => run(() => post("jobs", d), "Asked for").then((ok) => ok && done())}>
        <SelectField label="Kind" value={d.kind} set={(kind) => setD({ ...d, kind })} options={[["verify", "Verify: compare rollups with raw events"], ["rollup", "Rollup: compute the days again"]]} />
        <div class="formgrid"><TextField label="From" type="date" value={d.from} set={(from) => setD({ ...d, from })} /><TextField label="To" type="date" value={d.to} set={(to) => setD({ ...d, to })} /></div>
        <TextField label="Metric id" value={d.metricID} set={(metricID) => setD({ ...d, metricID })} hint="Empty: all" />
        <Refusal error={error} />
      </Form>
    </Dialog>
  );
}
