// Rules of gates and dynamic configs: who gets what, in the order in which they are asked.
import { conditionText, operatorsOf, operatorText, single, targets } from "../core/conditions";
import { useEnvironmentNames } from "../core/environments";
import { percent } from "../core/format";
import type { Condition, Rule, Variant } from "../core/types";
import { Button } from "../ui/basics";
import { Check, TextField, Typed } from "../ui/form";
import { JsonField } from "../ui/json-field";
import { RolloutFields, RolloutPlan } from "./rollout";

export const Value = ({ of }: { of: unknown }) => <code class="value">{JSON.stringify(of)}</code>;

export const RuleList = ({ rules, valued }: { rules: Rule[]; valued?: boolean }) => (
  <ol class="rules">{rules.map((r) => (
    <li>
      <div><b>{r.name}</b> <span class="muted">{r.conditions.map(conditionText).join(" and ") || "everyone"}{(r.environments?.length ?? 0) > 0 && ` · in ${r.environments!.join(", ")}`}</span></div>
      <div class="passes"><meter min={0} max={100} value={r.passPercentage} aria-label={`${r.name} passes`} /> <span>{percent(r.passPercentage, 1, false)} pass</span></div>
      <RolloutPlan r={r} />
      {valued && (r.variants?.length ? <ul class="variants">{r.variants.map((v) => <li>{v.name} <span class="muted">{percent(v.passPercentage, 1, false)}</span> <Value of={v.returnValue} /></li>)}</ul> : <p><Value of={r.returnValue ?? {}} /></p>)}
    </li>
  ))}</ol>
);

interface Props { rules: Rule[]; set: (rules: Rule[]) => void; wrong: (field: string) => string | undefined; valued?: boolean; /** Percentages do not change by themselves. */ steady?: boolean }

export function RuleFields({ rules, set, wrong, valued, steady }: Props) {
  const change = (i: number, r: Partial<Rule>) => set(rules.map((old, k) => (k === i ? { ...old, ...r } : old)));
  const move = (i: number, by: number) => {
    const next = [...rules];
    [next[i], next[i + by]] = [next[i + by], next[i]];
    set(next);
  };
  const known = useEnvironmentNames(rules.flatMap((r) => r.environments ?? []));
  const fresh = (): Rule => ({ name: rules.length === 0 ? "everyone" : `rule ${rules.length + 1}`, passPercentage: valued ? 100 : 10, conditions: [{ type: "public" }], ...(valued ? { returnValue: {} } : {}) });
  return (
    <>
      {rules.map((r, i) => (
        <fieldset class="eventfields" key={r.id ?? i}>
          <legend>Rule {i + 1}
            <Button kind="quiet" icon="up" label={`Move rule ${i + 1} up`} disabled={i === 0} onClick={() => move(i, -1)} />
            <Button kind="quiet" icon="down" label={`Move rule ${i + 1} down`} disabled={i === rules.length - 1} onClick={() => move(i, 1)} />
            <Button kind="quiet" icon="close" label={`Remove rule ${i + 1}`} onClick={() => set(rules.filter((_, k) => k !== i))} />
          </legend>
          <div class="formgrid">
            <TextField label="Name of the rule" value={r.name} set={(name) => change(i, { name })} error={wrong(`rules[${i}].name`)} required />
            <TextField label="Percent that pass" type="number" value={String(r.passPercentage)} set={(v) => change(i, { passPercentage: Number(v) })} error={wrong(`rules[${i}].passPercentage`)} />
          </div>
          {r.conditions.map((c, k) => <ConditionFields c={c} wrong={["type", "field", "operator", "targetValue"].map((f) => wrong(`rules[${i}].conditions[${k}].${f}`)).find(Boolean)}
            change={(n) => change(i, { conditions: r.conditions.map((o, j) => (j === k ? { ...o, ...n } : o)) })} remove={() => change(i, { conditions: r.conditions.filter((_, j) => j !== k) })} />)}
          <p class="tools"><Button kind="quiet" icon="plus" onClick={() => change(i, { conditions: [...r.conditions, { type: "user_id", operator: "any", targetValue: [] }] })}>And…</Button></p>
          {!steady && <RolloutFields r={r} n={i + 1} change={(v) => change(i, v)} wrong={(f) => wrong(`rules[${i}].${f}`)} />}
          <Environments on={r.environments ?? []} known={known} set={(list) => change(i, { environments: list })} />
          {valued && <Values r={r} change={(v) => change(i, v)} wrong={(f) => wrong(`rules[${i}].${f}`)} />}
        </fieldset>
      ))}
      <p><Button icon="plus" onClick={() => set([...rules, fresh()])}>Add a rule</Button></p>
    </>
  );
}

/** None chosen means all of them. */
const Environments = ({ on, known, set }: { on: string[]; known: string[]; set: (list: string[]) => void }) => (
  <div class="grouprow" role="group" aria-label="Environments">
    <span class="muted">In {on.length === 0 ? "every environment" : "only"}</span>
    {known.map((e) => <Check label={e} on={on.includes(e)} set={(yes) => set(yes ? [...on, e] : on.filter((o) => o !== e))} />)}
  </div>
);

function ConditionFields({ c, change, remove, wrong }: { c: Condition; change: (c: Partial<Condition>) => void; remove: () => void; wrong?: string }) {
  const operators = operatorsOf[c.type] ?? [];
  const typed = (text: string, next: Condition) => (single(next) ? text.trim() : text.split(",").map((s) => s.trim()).filter(Boolean));
  const compare = (operator: string) => change({ operator, targetValue: typed(targets(c).join(", "), { ...c, operator }) });
  return (
    <div class="grouprow">
      <select aria-label="What is looked at" value={c.type} onChange={(e) => change({ type: e.currentTarget.value, operator: operatorsOf[e.currentTarget.value][0], targetValue: undefined })}>
        {Object.keys(operatorsOf).map((t) => <option value={t} selected={t === c.type}>{t === "public" ? "everyone" : t.replace(/_/g, " ")}</option>)}
      </select>
      {c.type === "custom_field" && <input aria-label="Field" placeholder="plan" value={c.field ?? ""} onInput={(e) => change({ field: e.currentTarget.value })} />}
      {c.type === "unit_id" && <input aria-label="ID type" placeholder="companyID" value={c.customID ?? ""} onInput={(e) => change({ customID: e.currentTarget.value })} />}
      {operators.length > 0 && <select aria-label="Operator" value={c.operator ?? operators[0]} onChange={(e) => compare(e.currentTarget.value)}>{operators.map((o) => <option value={o} selected={o === (c.operator ?? operators[0])}>{operatorText(o)}</option>)}</select>}
      {c.type !== "public" && <Typed label={single(c) ? "Value" : "Values, by commas"} placeholder={single(c) ? "" : "a, b"} value={targets(c).join(", ")} set={(text) => change({ targetValue: typed(text, c) })} />}
      <Button kind="quiet" icon="close" label="Remove the condition" onClick={remove} />
      {wrong && <span class="wrong-text" role="alert">{wrong}</span>}
    </div>
  );
}

/** What a rule of a dynamic config gives: one value, or one of several by chance. */
function Values({ r, change, wrong }: { r: Rule; change: (r: Partial<Rule>) => void; wrong: (field: string) => string | undefined }) {
  const variants = r.variants ?? [];
  const edit = (i: number, v: Partial<Variant>) => change({ variants: variants.map((old, k) => (k === i ? { ...old, ...v } : old)) });
  if (variants.length === 0) {
    return (
      <>
        <JsonField label="Value" object value={r.returnValue ?? {}} set={(returnValue) => change({ returnValue })} error={wrong("returnValue")} />
        <p class="tools"><Button kind="quiet" onClick={() => change({ variants: [{ name: "A", passPercentage: 50, returnValue: r.returnValue ?? {} }, { name: "B", passPercentage: 50, returnValue: r.returnValue ?? {} }] })}>Split into variants</Button></p>
      </>
    );
  }
  return (
    <>
      {variants.map((v, i) => (
        <div class="variant" key={v.id ?? i}>
          <div class="formgrid">
            <TextField label={`Variant ${i + 1}`} value={v.name} set={(name) => edit(i, { name })} error={wrong(`variants[${i}].name`)} required />
            <TextField label="Percent of the rule" type="number" value={String(v.passPercentage)} set={(p) => edit(i, { passPercentage: Number(p) })} error={i === 0 ? wrong("variants") : undefined} />
          </div>
          <JsonField label={`Value of ${v.name || `variant ${i + 1}`}`} object value={v.returnValue} set={(returnValue) => edit(i, { returnValue })} error={wrong(`variants[${i}].returnValue`)} />
        </div>
      ))}
      <p class="tools">
        <Button kind="quiet" icon="plus" onClick={() => change({ variants: [...variants, { name: "variant " + (variants.length + 1), passPercentage: 0, returnValue: {} }] })}>Add a variant</Button>
        <Button kind="quiet" icon="close" onClick={() => change({ variants: variants.length > 2 ? variants.slice(0, -1) : [], returnValue: variants[0].returnValue })}>Remove the last</Button>
      </p>
    </>
  );
}
