// Overrides: units that get an answer by hand, before any rule. Pulse does not count them.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { get, patch, remove } from "../core/api";
import { useAnswer } from "../core/data";
import { plural } from "../core/format";
import { to } from "../core/router";
import type { Experiment, Group } from "../core/types";
import { Badge, Button, Card, Empty, Loading, Problem } from "../ui/basics";
import { EnvironmentField } from "../ui/environment";
import { Form, Refusal, SelectField, TextField, useAction } from "../ui/form";
import { Table } from "../ui/table";

const idsOf = (text: string) => [...new Set(text.split(/[\s,;]+/).filter(Boolean))];

/** One override as a row: what is taken away is written as it would be added. */
interface Row { who: string; kind: string; href?: string; gets: string; environment: string; body: unknown }

function Listed({ path, rows, error, reload, gets }: { path: string; rows?: Row[]; error?: Parameters<typeof Problem>[0]["error"]; reload: () => void; gets: (row: Row) => ComponentChildren }) {
  const { run, error: refused } = useAction();
  const drop = (r: Row) => run(() => remove(path, r.body), `${r.who} has no override any more`).then((ok) => ok && reload());
  return (
    <Card title="Overrides" note="They come before any rule. Pulse does not count these units." flush>
      <Refusal error={refused} />
      {error ? <Problem error={error} retry={reload} /> : !rows ? <Loading what="Reading overrides" /> : (
        <Table name="overrides" own="o." label="Overrides" rows={rows} id={(r) => r.kind + r.who + r.environment + r.gets} search={rows.length > 10 ? "Search overrides" : undefined} source={{ api: "console/v1/" + path }} empty={<Empty title="No overrides">Everybody gets what the rules say.</Empty>} columns={[
          { key: "who", head: "Who", wide: true, value: (r) => r.who, show: (r) => (r.href ? <a href={r.href}>{r.who}</a> : <code>{r.who}</code>) },
          { key: "kind", head: "What it is", value: (r) => r.kind },
          { key: "gets", head: "Gets", value: (r) => r.gets, show: gets },
          { key: "environment", head: "Environment", value: (r) => r.environment || "every environment" },
          { key: "do", head: "", fixed: true, value: () => null, show: (r) => <Button kind="quiet" icon="close" label={`Remove the override of ${r.who}`} onClick={() => drop(r)} /> },
        ]} />
      )}
    </Card>
  );
}

interface GateOverride { environment?: string; unitID?: string; passingIDs: string[] | null; failingIDs: string[] | null }

/** Of a gate or a holdout: units that pass, or fail. */
export function GateOverrides({ path, idType, words = ["pass", "fail"] }: { path: string; idType: string; words?: [string, string] }) {
  const answer = useAnswer("overrides " + path, (signal) => get<{ environmentOverrides: GateOverride[] }>(path, {}, signal));
  const rows = answer.data?.environmentOverrides.flatMap((o): Row[] => {
    const row = (id: string, gets: string, body: object): Row => ({ who: id, kind: o.unitID || "userID", href: to(["units"], { type: o.unitID || "userID", id }), gets, environment: o.environment ?? "", body: { environmentOverrides: [{ environment: o.environment, unitID: o.unitID, passingIDs: [], failingIDs: [], ...body }] } });
    return [...(o.passingIDs ?? []).map((id) => row(id, words[0], { passingIDs: [id] })), ...(o.failingIDs ?? []).map((id) => row(id, words[1], { failingIDs: [id] }))];
  });
  const [d, setD] = useState({ ids: "", unitID: idType, gets: words[0], environment: "" });
  const { run, busy, error } = useAction();
  const ids = idsOf(d.ids);
  const add = () => run(() => patch(path, { environmentOverrides: [{ environment: d.environment, unitID: d.unitID, passingIDs: d.gets === words[0] ? ids : [], failingIDs: d.gets === words[0] ? [] : ids }] }), `${plural(ids.length, "unit")} now ${d.gets}`).then((ok) => ok && (setD({ ...d, ids: "" }), answer.reload()));
  return (
    <>
      <Listed path={path} rows={rows} error={answer.error} reload={answer.reload} gets={(r) => <Badge tone={r.gets === words[0] ? "ok" : "plain"}>{r.gets}</Badge>} />
      <Card title="Add">
        <Form text="Add" busy={busy} disabled={ids.length === 0} submit={add}>
          <div class="formgrid">
            <TextField label="Unit IDs" value={d.ids} set={(v) => setD({ ...d, ids: v })} hint="By commas, spaces or lines" rows={2} />
            <SelectField label="ID type" value={d.unitID} set={(unitID) => setD({ ...d, unitID })} options={[...new Set([idType, "userID"])].map((t) => [t, t])} />
            <SelectField label="Result" value={d.gets} set={(gets) => setD({ ...d, gets })} options={words.map((w) => [w, w])} />
            <EnvironmentField value={d.environment} set={(environment) => setD({ ...d, environment })} />
          </div>
          <Refusal error={error} />
        </Form>
      </Card>
    </>
  );
}

interface Overrides { overrides: { type: string; id: string; groupID: string; environment?: string }[]; userIDOverrides: { groupID: string; ids: string[]; environment?: string; unitType?: string }[] }
const kinds: [string, string][] = [["ids", "Unit IDs"], ["gate", "Whoever passes a gate"], ["segment", "Members of an ID list"]];

/** Of an experiment: units, or all who pass a gate or are on a list, that get one group. */
export function GroupOverrides({ path, idType, groups }: { path: string; idType: string; groups: Group[] }) {
  const answer = useAnswer("overrides " + path, (signal) => get<Overrides>(path, {}, signal));
  const name = (id: string) => groups.find((g) => g.id === id)?.name ?? id;
  const rows = answer.data && [
    ...answer.data.overrides.map((o): Row => ({ who: o.id, kind: o.type === "gate" ? "gate" : "ID list", href: to([o.type === "gate" ? "gates" : "lists", o.id]), gets: name(o.groupID), environment: o.environment ?? "", body: { overrides: [o] } })),
    ...answer.data.userIDOverrides.flatMap((o) => o.ids.map((id): Row => ({ who: id, kind: o.unitType || idType, href: to(["units"], { type: o.unitType || idType, id }), gets: name(o.groupID), environment: o.environment ?? "", body: { userIDOverrides: [{ ...o, ids: [id] }] } }))),
  ];
  const body = (d: Asked) => d.kind === "ids" ? { userIDOverrides: [{ groupID: d.place, ids: idsOf(d.who), environment: d.environment }] } : { overrides: [{ type: d.kind, id: d.who.trim(), groupID: d.place, environment: d.environment }] };
  return (
    <>
      <Listed path={path} rows={rows} error={answer.error} reload={answer.reload} gets={(r) => <b>{r.gets}</b>} />
      <Add path={path} idType={idType} label="Group" places={groups.map((g) => [g.id, g.name])} body={body} done={answer.reload} />
    </>
  );
}

interface InLayer { conditionalOverrides: { type: string; name: string; experimentName: string; groupName: string }[]; idOverrides: { groupName: string; ids: string[]; idType?: string; environment?: string; experimentName: string }[] }

/** Of a layer: the same for the groups of all its experiments. */
export function LayerOverrides({ path, idType, experiments }: { path: string; idType: string; experiments: Experiment[] }) {
  const answer = useAnswer("overrides " + path, (signal) => get<InLayer>(path, {}, signal));
  const gets = (o: { experimentName: string; groupName: string }) => `${o.experimentName}: ${o.groupName}`;
  const rows = answer.data && [
    ...answer.data.conditionalOverrides.map((o): Row => ({ who: o.name, kind: o.type === "gate" ? "gate" : "ID list", href: to([o.type === "gate" ? "gates" : "lists", o.name]), gets: gets(o), environment: "", body: { conditionalOverrides: [o] } })),
    ...answer.data.idOverrides.flatMap((o) => o.ids.map((id): Row => ({ who: id, kind: o.idType || idType, href: to(["units"], { type: o.idType || idType, id }), gets: gets(o), environment: o.environment ?? "", body: { idOverrides: [{ ...o, ids: [id] }] } }))),
  ];
  const places = experiments.flatMap((x) => x.groups.map((g) => ({ experimentName: x.name, groupName: g.name })));
  const body = (d: Asked) => d.kind === "ids" ? { idOverrides: [{ ...places[Number(d.place)], ids: idsOf(d.who), environment: d.environment }] } : { conditionalOverrides: [{ ...places[Number(d.place)], type: d.kind, name: d.who.trim() }] };
  return (
    <>
      <Listed path={path} rows={rows} error={answer.error} reload={answer.reload} gets={(r) => <b>{r.gets}</b>} />
      {places.length > 0 && <Add path={path} idType={idType} label="Experiment and group" places={places.map((p, i) => [String(i), gets(p)])} body={body} done={answer.reload} />}
    </>
  );
}

interface Asked { kind: string; who: string; place: string; environment: string }

/** Who gets which of the places. */
function Add({ path, idType, label, places, body, done }: { path: string; idType: string; label: string; places: [string, string][]; body: (d: Asked) => unknown; done: () => void }) {
  const [d, setD] = useState<Asked>({ kind: "ids", who: "", place: places[0]?.[0] ?? "", environment: "" });
  const { run, busy, error } = useAction();
  const set = (change: Partial<Asked>) => setD((old) => ({ ...old, ...change }));
  const add = () => run(() => patch(path, body(d)), `Now in ${places.find(([p]) => p === d.place)?.[1]}`).then((ok) => ok && (set({ who: "" }), done()));
  return (
    <Card title="Add">
      <Form text="Add" busy={busy} disabled={!d.who.trim()} submit={add}>
        <div class="formgrid">
          <SelectField label="Who" value={d.kind} set={(kind) => set({ kind })} options={kinds} />
          <TextField label={d.kind === "ids" ? `IDs of type ${idType}` : d.kind === "gate" ? "Gate" : "ID list"} value={d.who} set={(who) => set({ who })} hint={d.kind === "ids" ? "By commas, spaces or lines" : "Its id"} />
          <SelectField label={label} value={d.place} set={(place) => set({ place })} options={places} />
          <EnvironmentField value={d.environment} set={(environment) => set({ environment })} />
        </div>
        <Refusal error={error} />
      </Form>
    </Card>
  );
}
