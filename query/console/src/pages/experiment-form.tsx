// Making and changing an experiment.
import { useState } from "preact/hooks";
import { all, at, patch, post } from "../core/api";
import { useAnswer } from "../core/data";
import { param } from "../core/router";
import type { Experiment, Gate, Group, Layer, Metric, MetricRef, Rule } from "../core/types";
import { Button } from "../ui/basics";
import { Form, Refusal, SelectField, TextField, useAction } from "../ui/form";
import { JsonField } from "../ui/json-field";
import { Pick } from "../ui/pick";
import { UnitTypeField } from "../ui/unit-type";
import { RuleFields } from "./rules";

const fresh = (): Partial<Experiment> => ({
  name: "", hypothesis: "", idType: "userID", allocation: 100, defaultConfidenceInterval: "95", primaryMetrics: [], secondaryMetrics: [], tags: [], attribution: "instant", crossoverUnits: "exclude", layerID: param("layer"),
  groups: [{ id: "control", name: "Control", size: 50 }, { id: "test", name: "Test", size: 50 }], controlGroupID: "control",
});

const ref = (id: string): MetricRef => ({ name: id.slice(0, id.lastIndexOf("::")), type: id.slice(id.lastIndexOf("::") + 2) });
const idOf = (m: MetricRef) => `${m.name}::${m.type}`;

export function ExperimentForm({ x, done, cancel }: { x?: Experiment; done: (x: Experiment) => void; cancel?: () => void }) {
  const [d, setD] = useState<Partial<Experiment>>(x ?? fresh());
  const { run, busy, error, at: wrong } = useAction();
  const set = (change: Partial<Experiment>) => setD((old) => ({ ...old, ...change }));
  const layers = useAnswer("layers", (signal) => all<Layer>("layers", {}, signal));
  const gates = useAnswer("gates", (signal) => all<Gate>("gates", {}, signal));
  const submit = () => run(async () => {
    const { id, name, hypothesis, idType, allocation, defaultConfidenceInterval, primaryMetrics, secondaryMetrics, tags, attribution, crossoverUnits, groups, controlGroupID, duration, targetExposures, description, layerID } = d;
    const body = { name, hypothesis, description, idType, allocation, defaultConfidenceInterval, primaryMetrics, secondaryMetrics, tags, attribution, crossoverUnits, groups, controlGroupID, duration, targetExposures, layerID, ...targeting(d) };
    done(x ? await patch<Experiment>(at("experiments", id!), body) : await post<Experiment>("experiments", body));
  }, x ? "Saved" : "Created");
  return (
    <Form text={x ? "Save" : "Create"} busy={busy} submit={submit} cancel={cancel}>
      <div class="formgrid">
        {!x && <TextField label="Name" value={d.name ?? ""} set={(name) => set({ name })} error={wrong("name")} hint="Also its id: what SDKs ask for." required autofocus />}
        <TextField label="Hypothesis" value={d.hypothesis ?? ""} set={(hypothesis) => set({ hypothesis })} rows={2} />
        <UnitTypeField label="ID type" value={d.idType ?? "userID"} set={(idType) => set({ idType })} error={wrong("idType")} hint="What is randomised." />
        <TextField label="Planned days" type="number" value={String(d.duration ?? "")} set={(v) => set({ duration: v ? Number(v) : undefined })} error={wrong("duration")} />
        <SelectField label="Confidence" value={d.defaultConfidenceInterval ?? "95"} set={(defaultConfidenceInterval) => set({ defaultConfidenceInterval })} options={["80", "90", "95", "98", "99"].map((c) => [c, c + " %"])} />
        <TextField label="Allocation, percent" type="number" value={String(d.allocation ?? 100)} set={(v) => set({ allocation: Number(v) })} error={wrong("allocation")} hint="Of the units, or of the layer's." />
        <TextField label="Planned units" type="number" value={String(d.targetExposures ?? "")} set={(v) => set({ targetExposures: v ? Number(v) : undefined })} error={wrong("targetExposures")} hint="The summary tells how far it is." />
        <SelectField label="Layer" value={d.layerID ?? ""} set={(layerID) => set({ layerID })} options={choices(layers.data, d.layerID, "none: units may be in other experiments too")} error={wrong("layerID")} />
        <SelectField label="Who takes part" value={d.inlineTargetingRulesJSON ? HERE : (d.targetingGateID ?? "")} set={(v) => set(v === HERE ? { targetingGateID: "", inlineTargetingRulesJSON: JSON.stringify(firstRules) } : { targetingGateID: v, inlineTargetingRulesJSON: "" })}
          options={[["", "everyone"], [HERE, "whom the rules below choose"], ...choices(gates.data, d.targetingGateID, "").slice(1).map(([id]) => [id, `units that pass ${id}`] as [string, string])]} error={wrong("targetingGateID")} />
        <SelectField label="Events count" value={d.attribution ?? "instant"} set={(attribution) => set({ attribution })} options={[["instant", "from the instant of first exposure on"], ["day", "from the day of first exposure on"]]} />
        <SelectField label="Units that saw several groups" value={d.crossoverUnits ?? "exclude"} set={(crossoverUnits) => set({ crossoverUnits })} options={[["exclude", "are left out, and reported"], ["keep", "stay in their first group"]]} />
        <TextField label="Tags" value={(d.tags ?? []).join(", ")} set={(v) => set({ tags: v.split(",").map((s) => s.trim()).filter(Boolean) })} hint="By commas" />
      </div>
      {d.inlineTargetingRulesJSON && (
        <fieldset>
          <legend>Who takes part</legend>
          <p class="hint">The first rule whose conditions hold decides; whom it does not pass, and whom no rule chooses, is not in the experiment.</p>
          <RuleFields steady rules={targetingRules(d)} set={(rules) => set({ inlineTargetingRulesJSON: JSON.stringify(rules) })} wrong={() => undefined} />
          {wrong("inlineTargetingRulesJSON") && <p class="wrong-text" role="alert">{wrong("inlineTargetingRulesJSON")}</p>}
        </fieldset>
      )}
      <Groups groups={d.groups ?? []} control={d.controlGroupID ?? ""} set={(groups, controlGroupID) => set({ groups, controlGroupID })} />
      <MetricRefs label="Primary metrics" hint="What the decision is made by." refs={d.primaryMetrics ?? []} set={(primaryMetrics) => set({ primaryMetrics })} />
      <MetricRefs label="Secondary metrics" hint="Guardrails, and what helps to understand." refs={d.secondaryMetrics ?? []} set={(secondaryMetrics) => set({ secondaryMetrics })} />
      <Refusal error={error} fields={["name", "idType", "allocation", "duration", "targetExposures", "layerID", "targetingGateID", "inlineTargetingRulesJSON"]} />
    </Form>
  );
}

/** The choice of rules that stand in the experiment: no gate has this id. */
const HERE = "*";
const firstRules: Rule[] = [{ name: "who takes part", passPercentage: 100, conditions: [{ type: "country", operator: "any", targetValue: [] }] }];

/** The rules that stand in the experiment; none where a gate, or nobody, decides. */
export const targetingRules = (x: Partial<Experiment>): Rule[] => (x.inlineTargetingRulesJSON ? (JSON.parse(x.inlineTargetingRulesJSON) as Rule[]) : []);

/** One of the two is possible; what was not touched since it was read is not sent as something else. */
const targeting = ({ targetingGateID, inlineTargetingRulesJSON = "" }: Partial<Experiment>) => ({ targetingGateID, inlineTargetingRulesJSON: inlineTargetingRulesJSON === "[]" ? "" : inlineTargetingRulesJSON });

const choices = (list: { id: string }[] | undefined, now: string | null | undefined, none: string): [string, string][] => [["", none], ...[...new Set([...(now ? [now] : []), ...(list ?? []).map((o) => o.id)])].map((id) => [id, id] as [string, string])];

function Groups({ groups, control, set }: { groups: Group[]; control: string; set: (groups: Group[], control: string) => void }) {
  const change = (i: number, g: Partial<Group>) => set(groups.map((old, k) => (k === i ? { ...old, ...g } : old)), control);
  const total = groups.reduce((sum, g) => sum + g.size, 0);
  return (
    <fieldset>
      <legend>Groups</legend>
      {groups.map((g, i) => (
        <div class="variant" key={g.id}><div class="grouprow">
          <input aria-label={`Name of group ${i + 1}`} value={g.name} onInput={(e) => change(i, { name: e.currentTarget.value })} />
          <input aria-label={`Size of group ${i + 1} in percent`} type="number" min="0" max="100" step="any" value={g.size} onInput={(e) => change(i, { size: Number(e.currentTarget.value) })} />
          <label class="check"><input type="radio" name="control" checked={g.id === control} onChange={() => set(groups, g.id)} /> <span>control</span></label>
          <Button kind="quiet" icon="close" label={`Remove group ${g.name}`} disabled={groups.length <= 2} onClick={() => set(groups.filter((_, k) => k !== i), g.id === control ? groups[i === 0 ? 1 : 0].id : control)} />
        </div><JsonField label={`Parameters of ${g.name}`} object rows={1} value={g.parameterValues ?? {}} set={(v) => change(i, { parameterValues: v as Record<string, unknown> })} /></div>
      ))}
      <div class="tools">
        <Button icon="plus" onClick={() => set([...groups, { id: "group" + (groups.length + 1), name: "Group " + (groups.length + 1), size: 0 }], control)}>Add a group</Button>
        <Button onClick={() => set(groups.map((g) => ({ ...g, size: Math.round(1e4 / groups.length) / 100 })), control)}>Equal sizes</Button>
        <span class={Math.abs(total - 100) > 0.1 ? "wrong-text" : "muted"}>together {Math.round(total * 100) / 100} %</span>
      </div>
    </fieldset>
  );
}

/** Metrics of the catalogue. */
export function MetricRefs({ label, hint, refs, set }: { label: string; hint: string; refs: MetricRef[]; set: (refs: MetricRef[]) => void }) {
  const metrics = useAnswer("metrics/list", (signal) => all<Metric>("metrics/list", {}, signal));
  return <Pick label={label} hint={hint} placeholder="Choose a metric" chosen={refs.map(idOf)} known={(metrics.data ?? []).map((m) => m.id)} set={(ids) => set(ids.map((id) => refs.find((r) => idOf(r) === id) ?? ref(id)))} show={(id) => <>{ref(id).name} <span class="muted">{ref(id).type}</span></>} />;
}
