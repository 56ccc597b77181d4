// Layers: experiments of which a unit is in one at most, over shared parameters.
import { useState } from "preact/hooks";
import { all, at, patch, post } from "../core/api";
import { useAnswer } from "../core/data";
import { statuses } from "../core/experiments";
import { percent, plural } from "../core/format";
import { go, here, param, to } from "../core/router";
import type { Experiment, Layer, Parameter } from "../core/types";
import { Badge, Button, Card, Empty, Loading, PageHead, Problem, Tabs } from "../ui/basics";
import { Form, Refusal, SelectField, TextField, useAction } from "../ui/form";
import { Icon } from "../ui/icon";
import { JsonField } from "../ui/json-field";
import { Table } from "../ui/table";
import { ExperimentTabs } from "./experiments";
import { HeadFields, HeadPage, lastColumns, nameColumn } from "./head";
import { LayerOverrides } from "./overrides";
import { Value } from "./rules";

export function Layers() {
  const answer = useAnswer("layers", (signal) => all<Layer>("layers", {}, signal), 30_000);
  return (
    <>
      <PageHead title="Layers" tools={<a class="button primary" href={to(["layers", "new"])}><Icon name="plus" />New layer</a>} />
      <ExperimentTabs on="layers" />
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {!answer.data && answer.loading && <Loading what="Reading layers" />}
      {answer.data && (
        <Table name="layers" label="Layers" rows={answer.data} id={(l) => l.id} href={(l) => to(["layers", l.id])} search="Search layers" source={{ api: "console/v1/layers" }}
          empty={<Empty title="No layers yet"><p>Experiments of one layer share parameters, and no unit is in two of them. Use one where experiments would disturb each other.</p><p><a href={to(["layers", "new"])}>New layer</a></p></Empty>} columns={[
            nameColumn<Layer>("Layer"),
            { key: "free", head: "Free", num: true, value: (l) => l.freeAllocation, show: (l) => percent(l.freeAllocation, 1, false), hint: "The share of units that no running experiment has." },
            { key: "running", head: "Running", num: true, value: (l) => l.allocations?.length ?? 0 },
            { key: "parameters", head: "Parameters", wide: true, value: (l) => l.parameters.map((p) => p.name).join(", ") },
            ...lastColumns<Layer>(),
          ]} />
      )}
    </>
  );
}

export const NewLayer = () => (
  <>
    <PageHead title="New layer" crumbs={[["Layers", to(["layers"])]]} />
    <Card><LayerForm done={(l) => go(to(["layers", l.id]))} cancel={() => go(to(["layers"]))} /></Card>
  </>
);

export function LayerPage({ id }: { id: string }) {
  const tab = param("tab", "setup");
  const item = (key: string, text: string) => ({ text, href: here({ tab: key }), on: tab === key });
  return (
    <HeadPage<Layer> kind="layer" path="layers" page="layers" word="Layers" id={id}>
      {(l, changed) => (
        <>
          <Tabs label="Views of the layer" items={[item("setup", "Set-up"), item("overrides", "Overrides")]} />
          {tab === "overrides" ? <Overrides l={l} /> : param("edit") ? <Card title="Edit"><LayerForm layer={l} done={() => (go(here({ edit: "" })), changed())} cancel={() => go(here({ edit: "" }))} /></Card> : <><Allocation l={l} /><Parameters l={l} /></>}
        </>
      )}
    </HeadPage>
  );
}

const useExperiments = (l: Layer) => useAnswer("layer experiments " + l.id, (signal) => all<Experiment>(at("layers", l.id, "experiments"), {}, signal), 30_000);

const Overrides = ({ l }: { l: Layer }) => <LayerOverrides path={at("layers", l.id, "overrides")} idType={l.idType} experiments={useExperiments(l).data ?? []} />;

const size = (ranges: [number, number][]) => ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0) / 10;

/** Who has which share of the units. */
function Allocation({ l }: { l: Layer }) {
  const answer = useExperiments(l);
  const parts = (l.allocations ?? []).map((a) => ({ id: a.experiment, share: size(a.ranges) }));
  const share = (x: Experiment) => parts.find((p) => p.id === x.id)?.share ?? null;
  return (
    <Card title="Experiments" note={`${percent(l.freeAllocation, 1, false)} of the units are free. An experiment keeps its share for as long as it runs.`} flush
      tools={<a class="button" href={to(["experiments", "new"], { layer: l.id })}><Icon name="plus" />New experiment</a>}>
      <div class="split inset" aria-hidden="true">
        {parts.map((p, i) => <span class={"s" + ((i % 6) + 1)} style={{ flexGrow: p.share }}>{p.id} {percent(p.share, 0, false)}</span>)}
        {l.freeAllocation > 0 && <span class="free" style={{ flexGrow: l.freeAllocation }}>free {percent(l.freeAllocation, 0, false)}</span>}
      </div>
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      <Table plain name={l.id + "-experiments"} own="x." label="Experiments of the layer" rows={answer.data ?? []} id={(x) => x.id} href={(x) => to(["experiments", x.id])} empty={answer.data ? <Empty title="No experiment is in this layer">Choose the layer when you make one.</Empty> : <Loading />} columns={[
        { key: "name", head: "Experiment", value: (x) => x.name },
        { key: "status", head: "Status", value: (x) => statuses[x.status]?.word ?? x.status, show: (x) => <Badge tone={statuses[x.status]?.tone}>{statuses[x.status]?.word ?? x.status}</Badge> },
        { key: "asks", head: "Asks for", num: true, value: (x) => x.allocation, show: (x) => percent(x.allocation, 1, false) },
        { key: "has", head: "Has", num: true, value: share, show: (x) => percent(share(x), 1, false) },
      ]} />
    </Card>
  );
}

const Parameters = ({ l }: { l: Layer }) => (
  <Card title="Parameters" note="What experiments of the layer can change, and what everybody else gets" flush tools={<a class="button" href={here({ edit: "1" })}>Edit</a>}>
    <Table plain name={l.id + "-parameters"} own="p." label="Parameters" rows={l.parameters} id={(p) => p.name} empty={<Empty title="No parameters"><a href={here({ edit: "1" })}>Add one</a></Empty>} columns={[
      { key: "name", head: "Name", value: (p) => p.name, show: (p) => <code>{p.name}</code> }, { key: "type", head: "Type", value: (p) => p.type },
      { key: "default", head: "Default", wide: true, value: (p) => JSON.stringify(p.defaultValue), show: (p) => <Value of={p.defaultValue} /> },
    ]} />
  </Card>
);

const types = ["string", "number", "boolean", "array", "object"];
const empty: Record<string, unknown> = { string: "", number: 0, boolean: false, array: [], object: {} };

function LayerForm({ layer, done, cancel }: { layer?: Layer; done: (l: Layer) => void; cancel: () => void }) {
  const [d, setD] = useState<Partial<Layer>>(layer ?? { id: "", description: "", idType: "userID", parameters: [], tags: [] });
  const { run, busy, error, at: wrong } = useAction();
  const set = (change: Partial<Layer>) => setD((old) => ({ ...old, ...change }));
  const list = d.parameters ?? [];
  const change = (i: number, p: Partial<Parameter>) => set({ parameters: list.map((old, k) => (k === i ? { ...old, ...p } : old)) });
  const submit = () => run(async () => {
    const { id, idType, description, tags, parameters } = d;
    const body = { description, tags, parameters };
    done(layer ? await patch<Layer>(at("layers", layer.id), body) : await post<Layer>("layers", { id, name: id, idType, ...body }));
  }, layer ? "Saved" : "Created");
  return (
    <Form text={layer ? "Save" : "Create"} busy={busy} submit={submit} cancel={cancel}>
      <HeadFields d={d} set={set} fresh={!layer} wrong={wrong} />
      {list.map((p, i) => (
        <fieldset class="eventfields" key={i}>
          <legend>Parameter {i + 1}<Button kind="quiet" icon="close" label={`Remove parameter ${i + 1}`} onClick={() => set({ parameters: list.filter((_, k) => k !== i) })} /></legend>
          <div class="formgrid">
            <TextField label="Name of the parameter" value={p.name} set={(name) => change(i, { name })} error={wrong(`parameters[${i}].name`)} required />
            <SelectField label="Type" value={p.type} set={(type) => change(i, { type, defaultValue: empty[type] })} options={types.map((t) => [t, t])} />
            <JsonField key={p.type} label="Default, as JSON" rows={1} value={p.defaultValue} set={(defaultValue) => change(i, { defaultValue })} error={wrong(`parameters[${i}].defaultValue`)} />
          </div>
        </fieldset>
      ))}
      <p><Button icon="plus" onClick={() => set({ parameters: [...list, { name: "", type: "string", defaultValue: "" }] })}>Add a parameter</Button> {list.length > 0 && <span class="muted">{plural(list.length, "parameter")}</span>}</p>
      <Refusal error={error} fields={["name", "id", "idType"]} />
    </Form>
  );
}
