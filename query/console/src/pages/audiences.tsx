// Audiences: what Segment computes, which ID list each one fills, and what became of its calls.
import { useState } from "preact/hooks";
import { all, at, get, patch, post } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, count } from "../core/format";
import { to } from "../core/router";
import { Badge, Button, Card, Empty, Loading, Menu, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Check, Form, Refusal, TextField, useAction } from "../ui/form";
import { Table } from "../ui/table";
import { UnitTypeField } from "../ui/unit-type";

interface Audience { key: string; entered: number; exited: number; noList: number; noUnit: number; noValue: number; lastTime: string; list: string; units: string[]; count: number | null; status: string; action?: string }
interface Mapping { audience: string; list: string; units: string[] }
interface Rules { autoCreate: boolean; mappings: Mapping[] }

export function Audiences() {
  const answer = useAnswer("audiences", (signal) => all<Audience>("audiences", {}, signal), 5000);
  const rules = useAnswer("settings", async (signal) => (await get<{ audiences: Rules }>("settings", {}, signal)).audiences);
  const [mapping, setMapping] = useState<Audience>(), [making, setMaking] = useState<Audience>();
  const { run, error } = useAction();
  const again = () => (answer.reload(), rules.reload());
  const replay = (a: Audience) => run(() => post(at("audiences", a.key, "replay")), `Earlier calls of ${a.key} are brought in`).then((ok) => ok && answer.reload());
  const auto = (autoCreate: boolean) => run(() => patch("settings", { audiences: { ...rules.data!, autoCreate } }), autoCreate ? "A new audience gets a list by itself" : "A new audience waits for a list").then(again);
  return (
    <Card flush title="Audiences" note="What Segment Engage computes and sends here. The first call of an audience makes it appear; each one fills an ID list, which gates can target."
      tools={rules.data && <Check label="Make a list for a new audience" on={rules.data.autoCreate} set={auto} />}>
      <Refusal error={error ?? rules.error} />
      {answer.error ? <Problem error={answer.error} retry={answer.reload} /> : !answer.data ? <Loading what="Reading audiences" /> : (
        <Table name="audiences" label="Audiences" rows={answer.data} id={(a) => a.key} search="Search audiences" source={{ api: "console/v1/audiences" }}
          empty={<Empty title="No audience has called yet"><p>In Segment Engage, connect the audience to this source with “Send Identify” or “Send Track”, by the tracking API or the webhook. Its first call shows it here.</p><p><a href={to(["integrations", "inbound"])}>Host and key</a></p></Empty>} columns={[
            { key: "key", head: "Audience", wide: true, value: (a) => a.key, show: (a) => <><span class="strong">{a.key}</span>{a.status !== "ok" && <span class="sub">Its calls are kept until there is a list.</span>}</> },
            { key: "status", head: "Status", value: (a) => a.status, show: (a) => (a.status === "ok" ? <Badge tone="ok">in step</Badge> : <Badge tone="warn">no list</Badge>) },
            { key: "list", head: "Fills", value: (a) => a.list, show: (a) => (a.status === "ok" ? <a href={to(["lists", a.list])}>{a.list}</a> : <Button onClick={() => setMaking(a)}>Make the list</Button>) },
            { key: "count", head: "IDs", num: true, value: (a) => a.count, show: (a) => count(a.count) },
            { key: "units", head: "Looks for", value: (a) => a.units.join(", "), hint: "The first of these that a call has goes into the list." },
            { key: "entered", head: "Entered", num: true, value: (a) => a.entered, show: (a) => count(a.entered) },
            { key: "exited", head: "Left", num: true, value: (a) => a.exited, show: (a) => count(a.exited) },
            { key: "without", head: "Without effect", num: true, value: (a) => a.noList + a.noUnit + a.noValue, show: (a) => <Without a={a} /> },
            { key: "last", head: "Last call", value: (a) => a.lastTime, show: (a) => ago(a.lastTime) },
            {
              key: "do", head: "", fixed: true, value: () => null, show: (a) => (
                <Menu label={<span class="hidden">Actions for {a.key}</span>} icon="settings" quiet>
                  <button type="button" onClick={() => setMapping(a)}>Another list or unit…</button>
                  {a.status === "ok" && <button type="button" onClick={() => replay(a)}>Bring in earlier calls</button>}
                </Menu>
              ),
            },
          ]} />
      )}
      {mapping && rules.data && <Map a={mapping} rules={rules.data} close={() => setMapping(undefined)} done={() => (setMapping(undefined), again())} />}
      {making && <MakeList a={making} close={() => setMaking(undefined)} done={() => (setMaking(undefined), again())} />}
    </Card>
  );
}

function Without({ a }: { a: Audience }) {
  const parts = [[a.noList, "had no list"], [a.noUnit, "had no ID of the list's type"], [a.noValue, "did not say whether one enters or leaves"]].filter(([n]) => (n as number) > 0) as [number, string][];
  return parts.length === 0 ? <span class="muted">0</span> : <>{parts.map(([n, why]) => <div>{count(n)} <span class="muted small">{why}</span></div>)}</>;
}

/** Makes the list that an audience is to fill, and brings in the calls that came before there was one. */
function MakeList({ a, close, done }: { a: Audience; close: () => void; done: () => void }) {
  const [idType, setIDType] = useState("userID");
  const { run, busy, error, at: wrong } = useAction();
  const make = () => run(async () => {
    await post("segments", { id: a.list, type: "id_list", idType, description: `Segment audience ${a.key}` });
    await post(at("audiences", a.key, "replay"));
  }, `${a.list} is made; earlier calls are brought in`).then((ok) => ok && done());
  return (
    <Dialog title={`Make the list “${a.list}”`} onClose={close}>
      <p>The calls of “{a.key}” so far are brought in, and the later ones follow by themselves.</p>
      <Form text="Make it" busy={busy} cancel={close} submit={make}>
        <UnitTypeField label="ID type" value={idType} set={setIDType} more={["groupID"]} hint="groupID is Segment's group, for audiences of accounts." error={wrong("idType")} />
        <Refusal error={error} fields={["idType"]} />
      </Form>
    </Dialog>
  );
}

/** Another list than the one of the audience's name, or other units than the list's own. */
function Map({ a, rules, close, done }: { a: Audience; rules: Rules; close: () => void; done: () => void }) {
  const [list, setList] = useState(a.list), [units, setUnits] = useState((rules.mappings.find((m) => m.audience === a.key)?.units ?? []).join(", "));
  const { run, busy, error } = useAction();
  const others = rules.mappings.filter((m) => m.audience !== a.key);
  const own = { audience: a.key, list: list.trim(), units: units.split(",").map((s) => s.trim()).filter(Boolean) };
  const usual = own.units.length === 0 && (own.list === "" || own.list === a.key);
  const save = () => run(() => patch("settings", { audiences: { ...rules, mappings: usual ? others : [...others, own] } }), "Saved; it counts from now on").then((ok) => ok && done());
  return (
    <Dialog title={`Audience “${a.key}”`} onClose={close}>
      <Form text="Save" busy={busy} cancel={close} submit={save}>
        <TextField label="Fills the list" value={list} set={setList} hint="Empty: the list of its own name" />
        <TextField label="Looks for these ID types" value={units} set={setUnits} hint="In this order, by commas. Empty: the list's own type, and after userID anonymousID" placeholder="companyID, groupID" />
        <Refusal error={error} />
      </Form>
    </Dialog>
  );
}
