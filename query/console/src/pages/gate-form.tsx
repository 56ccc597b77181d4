// Making and changing a gate.
import { useState } from "preact/hooks";
import type { Gate } from "../core/types";
import { Check, Form, Refusal, useAction } from "../ui/form";
import { MetricRefs } from "./experiment-form";
import { HeadFields } from "./head";
import { RuleFields } from "./rules";

export function GateForm({ gate, save, done, cancel }: { gate?: Gate; save: (body: unknown) => Promise<Gate>; done: (g: Gate) => void; cancel: () => void }) {
  const [d, setD] = useState<Partial<Gate>>(gate ?? { id: "", description: "", idType: "userID", isEnabled: true, type: "TEMPORARY", rules: [], monitoringMetrics: [], measureMetricLifts: true });
  const { run, busy, error, at: wrong } = useAction();
  const set = (change: Partial<Gate>) => setD((old) => ({ ...old, ...change }));
  const submit = () => run(async () => {
    const { id, name, description, idType, isEnabled, type, rules, monitoringMetrics, measureMetricLifts, tags } = d;
    done(await save({ ...(gate ? {} : { id, name: name || id, idType }), description, isEnabled, type, rules, monitoringMetrics, measureMetricLifts, tags }));
  }, gate ? "Saved" : "Created");
  return (
    <Form text={gate ? "Save" : "Create"} busy={busy} submit={submit} cancel={cancel}>
      <HeadFields d={d} set={set} fresh={!gate} wrong={wrong} />
      <RuleFields rules={d.rules ?? []} set={(rules) => set({ rules })} wrong={wrong} />
      <MetricRefs label="Monitored metrics" hint="Compared for those who pass a rule and those who do not." refs={d.monitoringMetrics ?? []} set={(monitoringMetrics) => set({ monitoringMetrics })} />
      <p><Check label="Measure metric lifts" hint="Pulse compares those who pass a rule with those who do not." on={!!d.measureMetricLifts} set={(measureMetricLifts) => set({ measureMetricLifts })} /></p>
      <Refusal error={error} fields={["name", "id", "idType"]} />
    </Form>
  );
}
