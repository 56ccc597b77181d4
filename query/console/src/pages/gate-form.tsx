// Making and changing a gate: its rules, in the order in which they are asked.
import { useState } from "preact/hooks";
import { all } from "../core/api";
import { useAnswer } from "../core/data";
import type { Metric } from "../core/types";
import { Button } from "../ui/basics";
import { Check, Form, Refusal, SelectField, TextField, useAction } from "../ui/form";
import { Refs } from "./experiment-form";
import type { Condition, Gate, Rule } from "./gates";

const conditionTypes = ["public", "user_id", "email", "custom_field", "country", "app_version", "browser_name", "browser_version", "os_name", "os_version", "ip_address", "locale", "environment_tier", "passes_gate", "fails_gate", "passes_segment", "fails_segment", "unit_id", "time"];
const operators = ["any", "none", "str_contains_any", "str_contains_none", "str_starts_with_any", "str_ends_with_any", "str_matches", "gt", "gte", "lt", "lte", "version_gt", "version_gte", "version_lt", "version_lte", "version_eq", "before", "after", "is_null", "is_not_null"];
const bare = ["public", "passes_gate", "fails_gate", "passes_segment", "fails_segment"];

export function GateForm({ gate, save, done, cancel }: { gate?: Gate; save: (body: unknown) => Promise<Gate>; done: (g: Gate) => void; cancel: () => void }) {
  const [d, setD] = useState<Partial<Gate>>(gate ?? { id: "", description: "", idType: "userID", isEnabled: true, type: "TEMPORARY", rules: [], monitoringMetrics: [], measureMetricLifts: true });
  const metrics = useAnswer("metrics/list", (signal) => all<Metric>("metrics/list", {}, signal));
  const { run, busy, error, at: wrong } = useAction();
  const set = (change: Partial<Gate>) => setD({ ...d, ...change });
  const rules = d.rules ?? [];
  const change = (i: number, r: Partial<Rule>) => set({ rules: rules.map((old, k) => (k === i ? { ...old, ...r } : old)) });
  const move = (i: number, by: number) => {
    const next = [...rules];
    [next[i], next[i + by]] = [next[i + by], next[i]];
    set({ rules: next });
  };
  const submit = () => run(async () => {
    const { id, name, description, idType, isEnabled, type, monitoringMetrics, measureMetricLifts, tags } = d;
    done(await save({ ...(gate ? {} : { id, name: name || id }), description, idType, isEnabled, type, rules, monitoringMetrics, measureMetricLifts, tags }));
  }, gate ? "Saved" : "Created");
  return (
    <Form text={gate ? "Save" : "Create"} busy={busy} submit={submit} cancel={cancel}>
      <div class="formgrid">
        {!gate && <TextField label="Name" value={d.id ?? ""} set={(id) => set({ id })} error={wrong("name") ?? wrong("id")} hint="Also its id: what SDKs ask for." required autofocus />}
        <TextField label="Description" value={d.description ?? ""} set={(description) => set({ description })} />
        <SelectField label="ID type" value={d.idType ?? "userID"} set={(idType) => set({ idType })} options={[...new Set([d.idType ?? "userID", "userID", "anonymousID", "stableID"])].map((t) => [t, t])} error={wrong("idType")} />
      </div>
      {rules.map((r, i) => (
        <fieldset class="eventfields">
          <legend>Rule {i + 1}
            <Button kind="quiet" icon="up" label={`Move rule ${i + 1} up`} disabled={i === 0} onClick={() => move(i, -1)} />
            <Button kind="quiet" icon="down" label={`Move rule ${i + 1} down`} disabled={i === rules.length - 1} onClick={() => move(i, 1)} />
            <Button kind="quiet" icon="close" label={`Remove rule ${i + 1}`} onClick={() => set({ rules: rules.filter((_, k) => k !== i) })} />
          </legend>
          <div class="formgrid">
            <TextField label="Name of the rule" value={r.name} set={(name) => change(i, { name })} error={wrong(`rules[${i}].name`)} required />
            <TextField label="Percent that pass" type="number" value={String(r.passPercentage)} set={(v) => change(i, { passPercentage: Number(v) })} error={wrong(`rules[${i}].passPercentage`)} />
          </div>
          {r.conditions.map((c, k) => <ConditionFields c={c} change={(n) => change(i, { conditions: r.conditions.map((o, j) => (j === k ? { ...o, ...n } : o)) })} remove={() => change(i, { conditions: r.conditions.filter((_, j) => j !== k) })} />)}
          <Button kind="quiet" icon="plus" onClick={() => change(i, { conditions: [...r.conditions, { type: "public" }] })}>And…</Button>
        </fieldset>
      ))}
      <p><Button icon="plus" onClick={() => set({ rules: [...rules, { name: rules.length === 0 ? "everyone" : `rule ${rules.length + 1}`, passPercentage: 10, conditions: [{ type: "public" }] }] })}>Add a rule</Button></p>
      <Refs label="Monitored metrics" hint="Compared for those who pass a rule and those who do not." refs={d.monitoringMetrics ?? []} known={(metrics.data ?? []).map((m) => m.id)} set={(monitoringMetrics) => set({ monitoringMetrics })} />
      <p><Check label="Measure metric lifts" hint="Pulse compares those who pass a rule with those who do not." on={!!d.measureMetricLifts} set={(measureMetricLifts) => set({ measureMetricLifts })} /></p>
      <Refusal error={error} fields={["name", "id", "idType"]} />
    </Form>
  );
}

const values = (text: string) => text.split(",").map((s) => s.trim()).filter(Boolean);

const ConditionFields = ({ c, change, remove }: { c: Condition; change: (c: Partial<Condition>) => void; remove: () => void }) => (
  <div class="grouprow">
    <select aria-label="What is looked at" value={c.type} onChange={(e) => change({ type: e.currentTarget.value })}>{conditionTypes.map((t) => <option value={t} selected={t === c.type}>{t.replace(/_/g, " ")}</option>)}</select>
    {c.type === "custom_field" && <input aria-label="Field" placeholder="plan" value={c.field ?? ""} onInput={(e) => change({ field: e.currentTarget.value })} />}
    {c.type === "unit_id" && <input aria-label="ID type" placeholder="companyID" value={c.customID ?? ""} onInput={(e) => change({ customID: e.currentTarget.value })} />}
    {!bare.includes(c.type) && <select aria-label="Operator" value={c.operator ?? "any"} onChange={(e) => change({ operator: e.currentTarget.value })}>{operators.map((o) => <option value={o} selected={o === (c.operator ?? "any")}>{o.replace(/_/g, " ")}</option>)}</select>}
    {c.type !== "public" && <input aria-label="Values, by commas" placeholder="a, b" value={Array.isArray(c.targetValue) ? c.targetValue.join(", ") : String(c.targetValue ?? "")} onChange={(e) => change({ targetValue: bare.includes(c.type) || /^(gt|lt)/.test(c.operator ?? "") ? e.currentTarget.value.trim() : values(e.currentTarget.value) })} />}
    <Button kind="quiet" icon="close" label="Remove the condition" onClick={remove} />
  </div>
);
