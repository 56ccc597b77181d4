// Making and changing an experiment.
import { useState } from "preact/hooks";
import { all, at, patch, post } from "../core/api";
import { useAnswer } from "../core/data";
import type { Experiment, Group, Metric, MetricRef } from "../core/types";
import { Button } from "../ui/basics";
import { Form, Refusal, SelectField, TextField, useAction } from "../ui/form";

const fresh = (): Partial<Experiment> => ({
  name: "", hypothesis: "", idType: "userID", allocation: 100, defaultConfidenceInterval: "95", primaryMetrics: [], secondaryMetrics: [], tags: [], attribution: "instant", crossoverUnits: "exclude",
  groups: [{ id: "control", name: "Control", size: 50 }, { id: "test", name: "Test", size: 50 }], controlGroupID: "control",
});

const ref = (id: string): MetricRef => ({ name: id.slice(0, id.lastIndexOf("::")), type: id.slice(id.lastIndexOf("::") + 2) });
const idOf = (m: MetricRef) => `${m.name}::${m.type}`;

export function ExperimentForm({ x, done, cancel }: { x?: Experiment; done: (x: Experiment) => void; cancel?: () => void }) {
  const [d, setD] = useState<Partial<Experiment>>(x ?? fresh());
  const { run, busy, error, at: wrong } = useAction();
  const set = (change: Partial<Experiment>) => setD({ ...d, ...change });
  const metrics = useAnswer("metrics/list", (signal) => all<Metric>("metrics/list", {}, signal));
  const known = (metrics.data ?? []).map((m) => m.id);
  const submit = () => run(async () => {
    const { id, name, hypothesis, idType, allocation, defaultConfidenceInterval, primaryMetrics, secondaryMetrics, tags, attribution, crossoverUnits, groups, controlGroupID, duration, description } = d;
    const body = { name, hypothesis, description, idType, allocation, defaultConfidenceInterval, primaryMetrics, secondaryMetrics, tags, attribution, crossoverUnits, groups, controlGroupID, duration };
    done(x ? await patch<Experiment>(at("experiments", id!), body) : await post<Experiment>("experiments", body));
  }, x ? "Saved" : "Created");
  return (
    <Form text={x ? "Save" : "Create"} busy={busy} submit={submit} cancel={cancel}>
      <div class="formgrid">
        {!x && <TextField label="Name" value={d.name ?? ""} set={(name) => set({ name })} error={wrong("name")} hint="Also its id: what SDKs ask for." required autofocus />}
        <TextField label="Hypothesis" value={d.hypothesis ?? ""} set={(hypothesis) => set({ hypothesis })} rows={2} />
        <SelectField label="ID type" value={d.idType ?? "userID"} set={(idType) => set({ idType })} options={[...new Set([d.idType ?? "userID", "userID", "anonymousID", "stableID"])].map((t) => [t, t])} error={wrong("idType")} hint="What is randomised." />
        <TextField label="Planned days" type="number" value={String(d.duration ?? "")} set={(v) => set({ duration: v ? Number(v) : undefined })} error={wrong("duration")} />
        <SelectField label="Confidence" value={d.defaultConfidenceInterval ?? "95"} set={(defaultConfidenceInterval) => set({ defaultConfidenceInterval })} options={["80", "90", "95", "98", "99"].map((c) => [c, c + " %"])} />
        <TextField label="Allocation, percent" type="number" value={String(d.allocation ?? 100)} set={(v) => set({ allocation: Number(v) })} error={wrong("allocation")} />
      </div>
      <Groups groups={d.groups ?? []} control={d.controlGroupID ?? ""} set={(groups, controlGroupID) => set({ groups, controlGroupID })} />
      <Refs label="Primary metrics" hint="What the decision is made by." refs={d.primaryMetrics ?? []} known={known} set={(primaryMetrics) => set({ primaryMetrics })} />
      <Refs label="Secondary metrics" hint="Guardrails, and what helps to understand." refs={d.secondaryMetrics ?? []} known={known} set={(secondaryMetrics) => set({ secondaryMetrics })} />
      <Refusal error={error} fields={["name", "idType", "allocation", "duration"]} />
    </Form>
  );
}

function Groups({ groups, control, set }: { groups: Group[]; control: string; set: (groups: Group[], control: string) => void }) {
  const change = (i: number, g: Partial<Group>) => set(groups.map((old, k) => (k === i ? { ...old, ...g } : old)), control);
  const total = groups.reduce((sum, g) => sum + g.size, 0);
  return (
    <fieldset>
      <legend>Groups</legend>
      {groups.map((g, i) => (
        <div class="grouprow">
          <input aria-label={`Name of group ${i + 1}`} value={g.name} onInput={(e) => change(i, { name: e.currentTarget.value })} />
          <input aria-label={`Size of group ${i + 1} in percent`} type="number" min="0" max="100" step="any" value={g.size} onInput={(e) => change(i, { size: Number(e.currentTarget.value) })} />
          <label class="check"><input type="radio" name="control" checked={g.id === control} onChange={() => set(groups, g.id)} /> <span>control</span></label>
          <Button kind="quiet" icon="close" label={`Remove group ${g.name}`} disabled={groups.length <= 2} onClick={() => set(groups.filter((_, k) => k !== i), g.id === control ? groups[i === 0 ? 1 : 0].id : control)} />
        </div>
      ))}
      <div class="tools">
        <Button icon="plus" onClick={() => set([...groups, { id: "group" + (groups.length + 1), name: "Group " + (groups.length + 1), size: 0 }], control)}>Add a group</Button>
        <Button onClick={() => set(groups.map((g) => ({ ...g, size: Math.round(1e4 / groups.length) / 100 })), control)}>Equal sizes</Button>
        <span class={Math.abs(total - 100) > 0.1 ? "wrong-text" : "muted"}>together {Math.round(total * 100) / 100} %</span>
      </div>
    </fieldset>
  );
}

export function Refs({ label, hint, refs, known, set }: { label: string; hint: string; refs: MetricRef[]; known: string[]; set: (refs: MetricRef[]) => void }) {
  const [text, setText] = useState("");
  const add = (id: string) => {
    setText("");
    if (id.includes("::") && !refs.some((r) => idOf(r) === id)) set([...refs, ref(id)]);
  };
  return (
    <fieldset>
      <legend>{label}</legend>
      <div class="chips">
        {refs.map((r) => <span class="chip">{r.name} <span class="muted">{r.type}</span><Button kind="quiet" icon="close" label={`Remove ${r.name}`} onClick={() => set(refs.filter((o) => o !== r))} /></span>)}
      </div>
      <TextField label={"Add to " + label.toLowerCase()} value={text} set={(v) => (known.includes(v) ? add(v) : setText(v))} list={known.filter((k) => !refs.some((r) => idOf(r) === k))} hint={hint} placeholder="Choose a metric" />
    </fieldset>
  );
}
