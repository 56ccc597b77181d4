// ID lists: who is on them, from where, and which gates target them.
import { useMemo, useState } from "preact/hooks";
import { all, at, get, patch, post, remove, ApiError } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, bytes, count } from "../core/format";
import { go, param, set, to } from "../core/router";
import { Badge, Button, Card, Empty, Facts, Loading, Menu, PageHead, Problem, Stat, Tag, toast } from "../ui/basics";
import { Archive } from "../ui/archive";
import { Dialog } from "../ui/dialog";
import { Form, Refusal, TextField, useAction } from "../ui/form";
import { Table } from "../ui/table";
import { UnitTypeField } from "../ui/unit-type";

interface List { id: string; name: string; description: string; type: string; idType: string; tags: string[]; isArchived: boolean; count: number; size: number; fileID: string; lastIDChangeTime: number; inlined: boolean; audienceKey?: string }

export function Lists() {
  const answer = useAnswer("idlists", (signal) => all<List>("idlists", {}, signal), 15_000);
  const [making, setMaking] = useState(false);
  return (
    <>
      <PageHead title="ID lists" tools={<Button kind="primary" icon="plus" onClick={() => setMaking(true)}>New list</Button>} />
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {!answer.data && answer.loading && <Loading what="Reading lists" />}
      {answer.data && (
        <Table name="id-lists" label="ID lists" rows={answer.data} id={(l) => l.id} href={(l) => to(["lists", l.id])} search="Search lists" source={{ api: "console/v1/idlists" }}
          empty={<Empty title="No ID lists yet"><p>A list is a named set of unit IDs that gates can target. A Segment audience becomes one by itself when it is mapped.</p></Empty>} columns={[
            { key: "name", head: "List", wide: true, value: (l) => l.name, show: (l) => <><span class="strong">{l.name}</span>{l.description && <span class="sub">{l.description}</span>}</> },
            { key: "type", head: "ID type", value: (l) => l.idType, show: (l) => <code>{l.idType}</code> },
            { key: "count", head: "IDs", num: true, value: (l) => l.count, show: (l) => count(l.count) },
            { key: "served", head: "Served", value: (l) => (l.inlined ? "in the specs" : "as a file"), show: (l) => (l.inlined ? "in the specs" : `as a file of ${bytes(l.size)}`) },
            { key: "changed", head: "Changed", value: (l) => l.lastIDChangeTime, show: (l) => ago(l.lastIDChangeTime) },
            { key: "tags", head: "Tags", value: (l) => (l.tags ?? []).join(" "), show: (l) => (l.tags ?? []).map((t) => <Tag text={t} />) },
          ]} />
      )}
      {making && <Make close={() => setMaking(false)} />}
    </>
  );
}

function Make({ close }: { close: () => void }) {
  const [d, setD] = useState({ id: "", description: "", idType: "userID" });
  const { run, busy, error, at: wrong } = useAction();
  return (
    <Dialog title="New ID list" onClose={close}>
      <Form text="Create" busy={busy} cancel={close} submit={() => run(() => post("segments", { ...d, type: "id_list" }), "Created").then((ok) => ok && go(to(["lists", d.id])))}>
        <TextField label="Name" value={d.id} set={(id) => setD({ ...d, id })} error={wrong("id") ?? wrong("name")} hint="Letters, digits, _ and -" required />
        <TextField label="Description" value={d.description} set={(description) => setD({ ...d, description })} />
        <UnitTypeField label="ID type" value={d.idType} set={(idType) => setD({ ...d, idType })} error={wrong("idType")} />
        <Refusal error={error} fields={["id", "name", "idType"]} />
      </Form>
    </Dialog>
  );
}

interface Gate { id: string; rules: { conditions: { type: string; targetValue?: unknown }[] }[] }

export function ListPage({ id }: { id: string }) {
  const answer = useAnswer("idlist " + id, async (signal) => (await all<List>("idlists", {}, signal)).find((l) => l.id === id), 15_000);
  const crumbs: [string, string][] = [["ID lists", to(["lists"])]];
  const l = answer.data;
  const { run, error } = useAction();
  const [archiving, setArchiving] = useState(false);
  if (!l) return <><PageHead title={id} crumbs={crumbs} />{answer.error ? <Problem error={answer.error} retry={answer.reload} /> : answer.loading ? <Loading /> : <Empty title={`There is no list “${id}”`} />}</>;
  return (
    <>
      <PageHead title={<>{l.name} {l.isArchived && <Badge>archived</Badge>}</>} crumbs={crumbs} tools={
        <Menu label="More" quiet>
          {l.isArchived ? <button type="button" onClick={() => run(() => patch(at("segments", id), { isArchived: false }), "Back from the archive").then(answer.reload)}>Bring back</button> : <button type="button" onClick={() => setArchiving(true)}>Archive…</button>}
          <button type="button" onClick={() => confirm(`Remove all ${l.count} IDs of ${l.name}?`) && run(() => post(at("segments", id, "id_list", "reset")), "All IDs removed").then(answer.reload)}>Remove all IDs…</button>
        </Menu>}>{l.description && <p class="lede">{l.description}</p>}</PageHead>
      <Refusal error={error} />
      {archiving && <Archive name={l.name} path={at("segments", id, "archive")} close={() => setArchiving(false)} done={answer.reload} />}
      <section class="summary"><div class="stats">
        <Stat label="IDs" value={count(l.count)} note={`of type ${l.idType}`} /><Stat label="Changed" value={ago(l.lastIDChangeTime)} /><Stat label="Served" value={l.inlined ? "in the specs" : "as a file"} note={l.inlined ? "fewer than 1,000 IDs" : bytes(l.size)} />
      </div></section>
      <Members id={id} changed={answer.reload} />
      <Targets id={id} />
    </>
  );
}

/** Who targets the list. */
function Targets({ id }: { id: string }) {
  const answer = useAnswer("gates targeting", (signal) => all<Gate>("gates", {}, signal));
  const gates = (answer.data ?? []).filter((g) => g.rules.some((r) => r.conditions.some((c) => /segment/.test(c.type) && JSON.stringify(c.targetValue ?? "").includes(`"${id}"`))));
  return <Card title="Targeted by"><Facts items={[["Gates", gates.length > 0 ? gates.map((g) => <div><a href={to(["gates", g.id])}>{g.id}</a></div>) : <span class="muted">none</span>]]} /></Card>;
}

const perPage = 100;
const idsOf = (text: string) => [...new Set(text.split(/[\s,;]+/).map((s) => s.replace(/^"|"$/g, "").trim()).filter(Boolean))];

function Members({ id, changed }: { id: string; changed: () => void }) {
  const page = Number(param("page", "1"));
  const [text, setText] = useState(""), [found, setFound] = useState<{ id: string; member: boolean; since: number | null }>();
  const answer = useAnswer(`members ${id} ${page}`, (signal) => get<{ count: number; ids: string[] }>(at("segments", id, "id_list"), { limit: perPage, page }, signal));
  const { run, busy, error } = useAction();
  const rows = useMemo(() => (answer.data?.ids ?? []).map((unit) => ({ unit })), [answer.data]);
  const again = () => (answer.reload(), changed());
  const change = (add: boolean) => {
    const ids = idsOf(text);
    return run(async () => {
      const path = at("segments", id, "id_list");
      await (add ? patch(path, { ids }) : remove(path, { ids }));
      toast(`${ids.length} ${add ? "added" : "removed"}`);
      setText("");
      again();
    });
  };
  const upload = (file?: File) => file && run(async () => {
    const response = await fetch("console/v1/" + at("segments", id, "id_list", "upload"), { method: "POST", headers: { "Content-Type": "text/csv" }, body: file });
    const reply = await response.json();
    if (!response.ok) throw new ApiError(response.status, reply.code, reply.message, reply.attr, reply.requestId);
    toast(`Uploaded ${file.name}`);
    again();
  });
  const pages = Math.max(1, Math.ceil((answer.data?.count ?? 0) / perPage));
  return (
    <Card title="Members" tools={<label class="button">Upload CSV<input class="hidden" type="file" accept=".csv,text/csv,text/plain" onChange={(e) => upload(e.currentTarget.files?.[0])} /></label>}>
      <TextField label="IDs to add, remove or look up" value={text} set={setText} rows={2} hint="By commas, spaces or lines" />
      <p class="tools">
        <Button disabled={!text.trim() || busy} kind="primary" onClick={() => change(true)}>Add</Button>
        <Button disabled={!text.trim() || busy} onClick={() => change(false)}>Remove</Button>
        <Button disabled={!text.trim()} onClick={() => run(async () => setFound(await get(at("segments", id, "id_list", idsOf(text)[0]))))}>Is it in?</Button>
        {found && <span role="status"><code>{found.id}</code> {found.member ? <Badge tone="ok">is in the list</Badge> : <Badge>is not in the list</Badge>}{found.since ? <span class="muted"> since {ago(found.since)}</span> : null}</span>}
      </p>
      <Refusal error={error} />
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      <Table name={id} label="Members" own="m." rows={rows} id={(r) => r.unit} source={{ api: `console/v1/${at("segments", id, "id_list")}` }} empty={<Empty title="The list is empty" />} columns={[{ key: "id", head: "ID", value: (r) => r.unit, show: (r) => <code>{r.unit}</code> }]} />
      {pages > 1 && <p class="tools"><Button disabled={page <= 1} onClick={() => set({ page: String(page - 1) })}>Before</Button><span class="muted">page {count(page)} of {count(pages)}</span><Button disabled={page >= pages} onClick={() => set({ page: String(page + 1) })}>Next</Button></p>}
    </Card>
  );
}
