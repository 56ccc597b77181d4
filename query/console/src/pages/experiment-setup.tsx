// The definition of an experiment, and the steps of its life.
import { useState } from "preact/hooks";
import { at, put } from "../core/api";
import { percent } from "../core/format";
import { to } from "../core/router";
import type { Experiment } from "../core/types";
import { Button, Card, Facts, Menu, Tag } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Refusal, SelectField, TextField, useAction } from "../ui/form";
import { Icon } from "../ui/icon";
import { ExperimentForm, targetingRules } from "./experiment-form";
import { RuleList } from "./rules";

type Step = "start" | "decide" | "abandon" | "archive" | "reset";

export function Actions({ x, changed }: { x: Experiment; changed: () => void }) {
  const [step, setStep] = useState<Step>();
  const item = (s: Step, text: string) => <button type="button" onClick={() => setStep(s)}>{text}</button>;
  return (
    <>
      {x.status === "setup" && <Button kind="primary" icon="play" onClick={() => setStep("start")}>Start</Button>}
      {x.status === "active" && <Button kind="primary" icon="check" onClick={() => setStep("decide")}>Make a decision</Button>}
      <Menu label="More" quiet>
        {x.status === "active" && item("abandon", "Abandon…")}
        {x.status !== "setup" && item("reset", "Reset to set-up…")}
        {x.status !== "archived" && item("archive", "Archive…")}
      </Menu>
      {step && <StepDialog x={x} step={step} close={() => setStep(undefined)} changed={changed} />}
    </>
  );
}

const texts: Record<Step, [string, string, string]> = {
  start: ["Start the experiment", "Start", "Exposures and events count from now on, or from an earlier instant whose exposures are already here."],
  decide: ["Make a decision", "Decide", "Exposures from now on do not count. The group you choose is written down as the one to launch."],
  abandon: ["Abandon the experiment", "Abandon", "Exposures from now on do not count, and no group is launched. The results so far stay readable."],
  archive: ["Archive the experiment", "Archive", "It leaves the list of running experiments. Its definition and results stay."],
  reset: ["Reset to set-up", "Reset", "The next start begins without results. Raw events stay."],
};

function StepDialog({ x, step, close, changed }: { x: Experiment; step: Step; close: () => void; changed: () => void }) {
  const [title, verb, text] = texts[step];
  const others = x.groups.filter((g) => g.id !== x.controlGroupID);
  const [group, setGroup] = useState(others[0]?.id ?? "");
  const [reason, setReason] = useState("");
  const [since, setSince] = useState("");
  const { run, busy, error } = useAction();
  const path = (last: string) => at("experiments", x.id, last);
  const act: Record<Step, () => Promise<unknown>> = {
    start: () => put(path("start"), since ? { analysisStartTime: new Date(since + "Z").toISOString() } : {}),
    decide: () => put(path("make_decision"), { id: group, decisionReason: reason }),
    abandon: () => put(path("abandon"), { decisionReason: reason }),
    archive: () => put(path("archive")),
    reset: () => put(path("reset")),
  };
  return (
    <Dialog title={title} onClose={close}>
      <p>{text}</p>
      <Form text={verb} busy={busy} cancel={close} submit={async () => (await run(act[step], "Done")) && (close(), changed())}>
        {step === "start" && <TextField label="Count exposures since (UTC), empty for now" type="datetime-local" value={since} set={setSince} />}
        {step === "decide" && <SelectField label="Group to launch" value={group} set={setGroup} options={x.groups.map((g) => [g.id, g.name])} />}
        {(step === "decide" || step === "abandon") && <TextField label="Why" value={reason} set={setReason} rows={3} hint="Kept with the experiment." />}
        <Refusal error={error} />
      </Form>
    </Dialog>
  );
}

export function Setup({ x, changed }: { x: Experiment; changed: () => void }) {
  const [editing, setEditing] = useState(false);
  if (editing) return <Card title="Edit"><ExperimentForm x={x} done={() => (setEditing(false), changed())} cancel={() => setEditing(false)} /></Card>;
  const rules = targetingRules(x);
  const metrics = (list: { name: string; type: string }[]) => list.length === 0 ? <span class="muted">none</span> : list.map((m) => <div><a href={to(["metrics", "catalogue", `${m.name}::${m.type}`])}>{m.name}</a></div>);
  return (
    <>
      <Card title="Set-up" tools={<Button onClick={() => setEditing(true)}>Edit</Button>}>
        <Facts items={[
          ["Hypothesis", x.hypothesis || <span class="muted">none</span>],
          ["ID type", <code>{x.idType}</code>],
          ["Allocation", percent(x.allocation, 0, false)],
          ["Primary metrics", metrics(x.primaryMetrics)],
          ["Secondary metrics", metrics(x.secondaryMetrics)],
          ["Events count", x.attribution === "day" ? "from the day of first exposure on" : "from the instant of first exposure on"],
          ["Units that saw several groups", x.crossoverUnits === "keep" ? "stay in their first group" : "are left out, and reported"],
          ["Confidence", x.defaultConfidenceInterval + " %"],
          ["Planned", x.duration ? `${x.duration} days` : <span class="muted">no end planned</span>],
          ["Layer", x.layerID ? <a href={to(["layers", x.layerID])}>{x.layerID}</a> : <span class="muted">none</span>],
          ["Who takes part", x.targetingGateID ? <>units that pass <a href={to(["gates", x.targetingGateID])}>{x.targetingGateID}</a></> : rules.length > 0 ? <RuleList rules={rules} /> : <span class="muted">everyone</span>],
          ["Tags", x.tags.length > 0 ? x.tags.map((t) => <Tag text={t} />) : <span class="muted">none</span>],
          x.decisionReason ? ["Decision", <>{x.launchedGroupID && <b>{x.launchedGroupID}: </b>}{x.decisionReason}</>] : false,
        ]} />
      </Card>
      <Card title="Groups">
        <div class="split" aria-hidden="true">{x.groups.map((g, i) => <span class={"s" + ((i % 6) + 1)} style={{ flexGrow: g.size }}>{g.name} {percent(g.size, 0, false)}</span>)}</div>
        <div class="scroll">
          <table>
            <thead><tr><th scope="col">Group</th><th scope="col">id</th><th scope="col" class="num">Size</th><th scope="col">Parameters</th></tr></thead>
            <tbody>{x.groups.map((g) => <tr><th scope="row">{g.name}{g.id === x.controlGroupID && <span class="muted"> control</span>}{g.id === x.launchedGroupID && <span class="muted"> <Icon name="check" />launched</span>}</th><td><code>{g.id}</code></td><td class="num">{percent(g.size, 2, false)}</td><td><code>{JSON.stringify(g.parameterValues ?? {})}</code></td></tr>)}</tbody>
          </table>
        </div>
      </Card>
    </>
  );
}
