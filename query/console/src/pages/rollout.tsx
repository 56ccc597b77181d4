// Automated rollouts: a rule's percentage that changes by itself at times to come.
import { moment, percent } from "../core/format";
import type { RolloutStep, Rule } from "../core/types";
import { Button } from "../ui/basics";
import { Typed } from "../ui/form";

/** What was taken, and what is to come. */
export function RolloutPlan({ r }: { r: Rule }) {
  const done = r.completedAutomatedRollouts ?? [], next = r.pendingAutomatedRollouts ?? [];
  if (done.length + next.length === 0) return null;
  const line = (s: RolloutStep, word: string) => <li><span class="muted">{word} {moment(s.time)}</span> {percent(s.passPercent, 1, false)}</li>;
  return <ul class="plan" aria-label={`Automated rollout of ${r.name}`}>{done.map((s) => line(s, "since"))}{next.map((s) => line(s, "from"))}</ul>;
}

const typed = (time: number) => (time > 0 ? new Date(time).toISOString().slice(0, 16) : "");

export function RolloutFields({ r, n, change, wrong }: { r: Rule; n: number; change: (r: Partial<Rule>) => void; wrong: (field: string) => string | undefined }) {
  const steps = r.pendingAutomatedRollouts ?? [];
  const set = (list: RolloutStep[]) => change({ pendingAutomatedRollouts: list });
  const edit = (i: number, s: Partial<RolloutStep>) => set(steps.map((old, k) => (k === i ? { ...old, ...s } : old)));
  const last = steps[steps.length - 1];
  const add = () => set([...steps, { time: (last?.time || Math.ceil(Date.now() / 3_600_000) * 3_600_000) + 86_400_000, passPercent: Math.min(100, Math.max(5, 2 * (last?.passPercent ?? r.passPercentage))) }]);
  return (
    <div role="group" aria-label={`Automated rollout of rule ${n}`}>
      {steps.map((s, i) => (
        <div class="grouprow">
          <span class="muted">From</span>
          <Typed label={`Time of step ${i + 1}, UTC`} type="datetime-local" value={typed(s.time)} required set={(at) => edit(i, { time: Date.parse(at + "Z") || 0 })} />
          <span class="muted">UTC on</span>
          <input aria-label={`Percent of step ${i + 1}`} type="number" min="0" max="100" step="any" value={s.passPercent} onInput={(e) => edit(i, { passPercent: Number(e.currentTarget.value) })} />
          <span class="muted">% pass</span>
          <Button kind="quiet" icon="close" label={`Remove step ${i + 1}`} onClick={() => set(steps.filter((_, k) => k !== i))} />
          {["time", "passPercent"].map((f) => wrong(`pendingAutomatedRollouts[${i}].${f}`)).filter(Boolean).map((text) => <span class="wrong-text" role="alert">{text}</span>)}
        </div>
      ))}
      <p class="tools"><Button kind="quiet" icon="plus" onClick={add}>Change the percentage later…</Button></p>
    </div>
  );
}
