// Choosing an ID type: those that are declared, and those that events carry.
import { all } from "../core/api";
import { useAnswer } from "../core/data";
import { Select, SelectField } from "./form";

interface Props { label: string; value: string; set: (v: string) => void; hint?: string; error?: string; more?: string[] }

function useUnitTypes(...more: string[]): [string, string][] {
  const answer = useAnswer("unit_id_types", (signal) => all<{ name: string }>("unit_id_types", {}, signal));
  const known = (answer.data ?? [{ name: "userID" }, { name: "anonymousID" }]).map((t) => t.name);
  const missing = more.filter((m) => m && !known.some((k) => k.toLowerCase() === m.toLowerCase()));
  return [...known, ...missing].map((t) => [t, t]);
}

/** The option's own spelling of a value: types are the same in capitals and small letters. */
const spelled = (value: string, options: [string, string][]) => options.find(([o]) => o.toLowerCase() === value.toLowerCase())?.[0] ?? value;

export function UnitTypeField({ label, value, set, hint, error, more = [] }: Props) {
  const options = useUnitTypes(value, ...more);
  return <SelectField label={label} value={spelled(value, options)} set={set} options={options} hint={hint} error={error} />;
}

export function UnitTypeSelect({ label, value, set }: Props) {
  const options = useUnitTypes(value);
  return <Select label={label} value={spelled(value, options)} set={set} options={options} />;
}
