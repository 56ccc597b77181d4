// Map Identifiers: which fields of Segment's calls are unit IDs, and where an event's value is.
import { useState } from "preact/hooks";
import { all, get, patch } from "../core/api";
import { useAnswer } from "../core/data";
import { Badge, Button, Card, Loading, Problem } from "../ui/basics";
import { Refusal, TextField, useAction } from "../ui/form";
import type { IDType } from "./id-types";

interface Mapping { field: string; idType: string }
interface Settings { mapIdentifiers: Mapping[]; valuePath: string; prefix: string; timezone: string }

export function MapIdentifiers() {
  const answer = useAnswer("settings", (signal) => get<Settings>("settings", {}, signal));
  const types = useAnswer("unit_id_types", (signal) => all<IDType>("unit_id_types", {}, signal));
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!answer.data) return <Loading />;
  return <Mappings key={JSON.stringify(answer.data)} settings={answer.data} types={(types.data ?? []).map((t) => t.name)} saved={answer.reload} />;
}

function Mappings({ settings, types, saved }: { settings: Settings; types: string[]; saved: () => void }) {
  const [rows, setRows] = useState<Mapping[]>(settings.mapIdentifiers ?? []);
  const [valuePath, setValuePath] = useState(settings.valuePath ?? "");
  const { run, busy, error } = useAction();
  const dirty = JSON.stringify(rows) !== JSON.stringify(settings.mapIdentifiers ?? []) || valuePath !== (settings.valuePath ?? "");
  const change = (i: number, m: Partial<Mapping>) => setRows(rows.map((old, k) => (k === i ? { ...old, ...m } : old)));
  const save = () => run(() => patch("settings", { mapIdentifiers: rows, valuePath }), "Saved; it counts from now on").then((ok) => ok && saved());
  return (
    <Card title="Map Identifiers" note={<>userId and anonymousId are taken as they are; <code>properties.statsigCustomIDs</code> wins over what is mapped here.</>}>
      {rows.map((m, i) => (
        <div class="grouprow">
          <input aria-label={`Event field ${i + 1}`} placeholder="context.groupId" value={m.field} onInput={(e) => change(i, { field: e.currentTarget.value })} />
          <span aria-hidden="true">→</span>
          <input aria-label={`ID type ${i + 1}`} placeholder="companyID" list="id-types" value={m.idType} onInput={(e) => change(i, { idType: e.currentTarget.value })} />
          {m.idType && !types.some((t) => t.toLowerCase() === m.idType.toLowerCase()) && <Badge tone="warn">not declared</Badge>}
          <Button kind="quiet" icon="close" label={`Remove ${m.field}`} onClick={() => setRows(rows.filter((_, k) => k !== i))} />
        </div>
      ))}
      <datalist id="id-types">{types.map((t) => <option value={t} />)}</datalist>
      <p class="tools"><Button icon="plus" onClick={() => setRows([...rows, { field: "", idType: "" }])}>Add a mapping</Button></p>
      <TextField label="Path of an event's value within its properties" value={valuePath} set={setValuePath} placeholder="order.total" hint="Empty: revenue, else value" />
      <Refusal error={error} />
      <div class="formfoot"><Button kind="primary" disabled={!dirty || busy} onClick={save}>Save</Button><Button disabled={!dirty} onClick={() => (setRows(settings.mapIdentifiers ?? []), setValuePath(settings.valuePath ?? ""))}>Undo</Button></div>
    </Card>
  );
}
