// Choosing the environment in which something holds.
import { useEnvironmentNames } from "../core/environments";
import { SelectField } from "./form";

export function EnvironmentField({ value, set }: { value: string; set: (v: string) => void }) {
  const names = useEnvironmentNames(value ? [value] : []);
  return <SelectField label="Environment" value={value} set={set} options={[["", "every environment"], ...names.map((n) => [n, n] as [string, string])]} />;
}
