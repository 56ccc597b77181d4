// Holdouts: a share of the units that is kept away from what the holdout lists, so that all of it together can be measured.
import { useState } from "preact/hooks";
import { all, at, patch, post } from "../core/api";
import { useAnswer } from "../core/data";
import { percent, plural } from "../core/format";
import { go, here, param, to } from "../core/router";
import type { Holdout } from "../core/types";
import { Badge, Button, Card, Empty, Facts, Loading, PageHead, Problem, Tabs } from "../ui/basics";
import { Check, Form, Refusal, TextField, useAction } from "../ui/form";
import { Icon } from "../ui/icon";
import { Pick } from "../ui/pick";
import { Table } from "../ui/table";
import { Comparison } from "./comparison";
import { MetricRefs } from "./experiment-form";
import { ExperimentTabs } from "./experiments";
import { GateOverrides } from "./overrides";
import { HeadFields, HeadPage, lastColumns, nameColumn } from "./head";

const held = (h: Holdout): [string, string, string[]][] => [["experiment", "experiments", h.experimentIDs], ["gate", "gates", h.gateIDs], ["layer", "layers", h.layerIDs], ["dynamic config", "configs", h.dynamicConfigIDs ?? []]];
const heldText = (h: Holdout) => (h.isGlobal ? "everything" : held(h).filter(([, , ids]) => ids.length > 0).map(([word, , ids]) => plural(ids.length, word)).join(", ") || "nothing yet");

export function Holdouts() {
  const answer = useAnswer("holdouts", (signal) => all<Holdout>("holdouts", {}, signal), 30_000);
  return (
    <>
      <PageHead title="Holdouts" tools={<a class="button primary" href={to(["holdouts", "new"])}><Icon name="plus" />New holdout</a>} />
      <ExperimentTabs on="holdouts" />
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {!answer.data && answer.loading && <Loading what="Reading holdouts" />}
      {answer.data && (
        <Table name="holdouts" label="Holdouts" rows={answer.data} id={(h) => h.id} href={(h) => to(["holdouts", h.id])} search="Search holdouts" source={{ api: "console/v1/holdouts" }}
          empty={<Empty title="No holdouts yet"><p>A few percent of the units that see none of a quarter's changes tell what all of them together have done.</p><p><a href={to(["holdouts", "new"])}>New holdout</a></p></Empty>} columns={[
            nameColumn<Holdout>("Holdout"),
            { key: "status", head: "Status", value: (h) => (h.isEnabled ? "Enabled" : "Disabled"), show: (h) => <Badge tone={h.isEnabled ? "ok" : "plain"}>{h.isEnabled ? "Enabled" : "Disabled"}</Badge> },
            { key: "share", head: "Held out", num: true, value: (h) => h.passPercentage, show: (h) => percent(h.passPercentage, 1, false) },
            { key: "from", head: "From", value: heldText },
            ...lastColumns<Holdout>(),
          ]} />
      )}
    </>
  );
}

export const NewHoldout = () => (
  <>
    <PageHead title="New holdout" crumbs={[["Holdouts", to(["holdouts"])]]} />
    <Card><HoldoutForm done={(h) => go(to(["holdouts", h.id]))} cancel={() => go(to(["holdouts"]))} /></Card>
  </>
);

export function HoldoutPage({ id }: { id: string }) {
  const tab = param("tab", "setup");
  const item = (key: string, text: string) => ({ text, href: here({ tab: key }), on: tab === key });
  return (
    <HeadPage<Holdout> kind="holdout" path="holdouts" page="holdouts" word="Holdouts" id={id} status={(h) => <Badge tone={h.isEnabled ? "ok" : "plain"}>{h.isEnabled ? "Enabled" : "Disabled"}</Badge>}>
      {(h, changed) => (
        <>
          <Tabs label="Views of the holdout" items={[item("setup", "Set-up"), item("results", "Pulse results"), item("overrides", "Overrides")]} />
          {tab === "overrides" ? <GateOverrides path={at("holdouts", h.id, "overrides")} idType={h.idType} words={["held out", "not held out"]} /> : tab === "results" ? <Comparison path={at("holdouts", h.id, "pulse_results")} title="Not held out against held out" names={{ control: "Held out", test: "Not held out", unit: h.idType }} without={h.passPercentage === 0 || h.passPercentage === 100 ? "The holdout has all of the units, or none." : h.monitoringMetrics.length === 0 ? "No metric is monitored." : ""} /> :
            param("edit") ? <Card title="Edit"><HoldoutForm holdout={h} done={() => (go(here({ edit: "" })), changed())} cancel={() => go(here({ edit: "" }))} /></Card> : <Setup h={h} changed={changed} />}
        </>
      )}
    </HeadPage>
  );
}

function Setup({ h, changed }: { h: Holdout; changed: () => void }) {
  const { run, error } = useAction();
  const enable = (isEnabled: boolean) => run(() => patch(at("holdouts", h.id), { isEnabled }), isEnabled ? "Enabled" : "Disabled: nobody is held out").then((ok) => ok && changed());
  return (
    <Card title="Set-up" tools={<><Button onClick={() => enable(!h.isEnabled)}>{h.isEnabled ? "Disable" : "Enable"}</Button><a class="button" href={here({ edit: "1" })}>Edit</a></>}>
      <Refusal error={error} />
      <Facts items={[
        ["Held out", `${percent(h.passPercentage, 1, false)} of units of type ${h.idType}`],
        ["Only of those who pass", h.targetingGateID ? <a href={to(["gates", h.targetingGateID])}>{h.targetingGateID}</a> : <span class="muted">everybody</span>],
        ["From", h.isGlobal ? "everything" : held(h).every(([, , ids]) => ids.length === 0) ? <span class="muted">nothing yet</span> : held(h).flatMap(([word, page, ids]) => ids.map((id) => <div><span class="muted">{word}</span> <a href={to([page, id])}>{id}</a></div>))],
        ["Monitored metrics", h.monitoringMetrics.map((m) => m.name).join(", ") || <span class="muted">none</span>],
      ]} />
    </Card>
  );
}

const lists: [keyof Holdout & ("experimentIDs" | "gateIDs" | "layerIDs" | "dynamicConfigIDs"), string, string][] = [["experimentIDs", "Experiments", "experiments"], ["gateIDs", "Gates", "gates"], ["layerIDs", "Layers", "layers"], ["dynamicConfigIDs", "Dynamic configs", "dynamic_configs"]];

function HoldoutForm({ holdout, done, cancel }: { holdout?: Holdout; done: (h: Holdout) => void; cancel: () => void }) {
  const [d, setD] = useState<Partial<Holdout>>(holdout ?? { id: "", description: "", idType: "userID", isEnabled: true, passPercentage: 5, experimentIDs: [], gateIDs: [], layerIDs: [], dynamicConfigIDs: [], isGlobal: false, targetingGateID: "", monitoringMetrics: [], tags: [] });
  const { run, busy, error, at: wrong } = useAction();
  const known = useAnswer("what can be held out", (signal) => Promise.all(lists.map(([, , path]) => all<{ id: string }>(path, {}, signal).then((found) => found.map((o) => o.id)))));
  const set = (change: Partial<Holdout>) => setD((old) => ({ ...old, ...change }));
  const submit = () => run(async () => {
    const { id, idType, description, tags, isEnabled, passPercentage, experimentIDs, gateIDs, layerIDs, dynamicConfigIDs, isGlobal, targetingGateID, monitoringMetrics } = d;
    const body = { description, tags, isEnabled, passPercentage, experimentIDs, gateIDs, layerIDs, dynamicConfigIDs, isGlobal, targetingGateID, monitoringMetrics };
    done(holdout ? await patch<Holdout>(at("holdouts", holdout.id), body) : await post<Holdout>("holdouts", { id, name: id, idType, ...body }));
  }, holdout ? "Saved" : "Created");
  return (
    <Form text={holdout ? "Save" : "Create"} busy={busy} submit={submit} cancel={cancel}>
      <HeadFields d={d} set={set} fresh={!holdout} wrong={wrong} note="Also its id." />
      <div class="formgrid">
        <TextField label="Percent held out" type="number" value={String(d.passPercentage ?? 0)} set={(v) => set({ passPercentage: Number(v) })} error={wrong("passPercentage")} />
        <TextField label="Only of those who pass the gate" value={d.targetingGateID ?? ""} set={(targetingGateID) => set({ targetingGateID })} list={known.data?.[1]} error={wrong("targetingGateID")} hint="Empty: everybody" />
      </div>
      <p><Check label="From everything" hint="Also from what is made later." on={!!d.isGlobal} set={(isGlobal) => set({ isGlobal })} /></p>
      {!d.isGlobal && <div class="formgrid">{lists.map(([field, label], i) => <Pick label={label} chosen={d[field] ?? []} known={known.data?.[i] ?? []} set={(ids) => set({ [field]: ids })} />)}</div>}
      <MetricRefs label="Monitored metrics" hint="Compared for those held out and those who are not." refs={d.monitoringMetrics ?? []} set={(monitoringMetrics) => set({ monitoringMetrics })} />
      <Refusal error={error} fields={["name", "id", "idType", "passPercentage", "targetingGateID"]} />
    </Form>
  );
}
