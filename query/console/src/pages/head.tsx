// What gates, dynamic configs, layers and holdouts have in common: their list's first columns, their page's frame, and their first fields.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { at, get, put, remove } from "../core/api";
import { useAnswer } from "../core/data";
import { ago } from "../core/format";
import { go, to } from "../core/router";
import type { Head } from "../core/types";
import { Badge, Loading, Menu, PageHead, Problem, Tag, type Tone } from "../ui/basics";
import { Refusal, TextField, useAction } from "../ui/form";
import { Archive } from "../ui/archive";
import type { Column } from "../ui/table";
import { UnitTypeField } from "../ui/unit-type";

export const statusTones: Record<string, Tone> = { "In Progress": "info", Launched: "ok", Enabled: "ok", Disabled: "plain", Archived: "plain" };

export const nameColumn = <H extends Head>(head: string): Column<H> => ({ key: "name", head, wide: true, value: (h) => h.name || h.id, show: (h) => <><span class="strong">{h.name || h.id}</span>{h.isArchived && <> <Badge>archived</Badge></>}{h.description && <span class="sub">{h.description}</span>}</> });
export const lastColumns = <H extends Head>(): Column<H>[] => [
  { key: "unit", head: "ID type", value: (h) => h.idType, show: (h) => <code>{h.idType}</code> },
  { key: "changed", head: "Changed", value: (h) => h.lastModifiedTime, show: (h) => ago(h.lastModifiedTime) },
  { key: "tags", head: "Tags", value: (h) => (h.tags ?? []).join(" "), show: (h) => (h.tags ?? []).map((t) => <Tag text={t} />) },
];

export function HeadFields<H extends Head>({ d, set, fresh, wrong, note = "Also its id: what SDKs ask for." }: { d: Partial<H>; set: (change: Partial<H>) => void; fresh: boolean; wrong: (field: string) => string | undefined; note?: string }) {
  const change = (h: Partial<Head>) => set(h as Partial<H>);
  return (
    <div class="formgrid">
      {fresh && <TextField label="Name" value={d.id ?? ""} set={(id) => change({ id })} error={wrong("name") ?? wrong("id")} hint={note} required autofocus />}
      <TextField label="Description" value={d.description ?? ""} set={(description) => change({ description })} />
      {fresh && <UnitTypeField label="ID type" value={d.idType ?? "userID"} set={(idType) => change({ idType })} error={wrong("idType")} />}
      <TextField label="Tags" value={(d.tags ?? []).join(", ")} set={(v) => change({ tags: v.split(",").map((s) => s.trim()).filter(Boolean) })} hint="By commas" />
    </div>
  );
}

interface Frame<H> { kind: string; path: string; page: string; word: string; id: string; status?: (h: H) => ComponentChildren; tools?: (h: H, does: (action: string, said: string) => () => void) => ComponentChildren; items?: (h: H, does: (action: string, said: string) => () => void) => ComponentChildren; children: (h: H, changed: () => void) => ComponentChildren }

/** The page of one definition: read by its id, with what can be done with it. */
export function HeadPage<H extends Head>({ kind, path, page, word, id, status, tools, items, children }: Frame<H>) {
  const answer = useAnswer(`${kind} ${id}`, (signal) => get<H>(at(path, id), {}, signal));
  const { run, error } = useAction();
  const [archiving, setArchiving] = useState(false);
  const crumbs: [string, string][] = [[word, to([page])]];
  const h = answer.data;
  if (!h) return <><PageHead title={id} crumbs={crumbs} />{answer.error ? <Problem error={answer.error} retry={answer.reload} /> : <Loading />}</>;
  const does = (action: string, said: string) => () => void run(() => put(at(path, id, action)), said).then((ok) => ok && answer.reload());
  const drop = () => confirm(`Delete ${h.name || h.id}? Its history stays in the audit log.`) && run(() => remove(at(path, id)), "Deleted").then((ok) => ok && go(to([page])));
  return (
    <>
      <PageHead title={<>{h.name || h.id} {status?.(h)}</>} crumbs={crumbs} tools={<>
        {tools?.(h, does)}
        <Menu label="More" quiet>
          {items?.(h, does)}
          {h.isArchived ? <button type="button" onClick={does("unarchive", "Back from the archive")}>Bring back</button> : <button type="button" onClick={() => setArchiving(true)}>Archive…</button>}
          <button type="button" onClick={drop}>Delete…</button>
          <a href={to(["settings", "audit"], { kind, id })}>Changes</a>
        </Menu>
      </>}>
        {h.description && <p class="lede">{h.description}</p>}
        <p class="muted small">by {h.idType}{h.version ? ` · version ${h.version}` : ""}{h.lastModifiedTime ? ` · changed ${ago(h.lastModifiedTime)}` : ""}{(h.holdoutIDs?.length ?? 0) > 0 && <> · held out by {h.holdoutIDs!.map((o, i) => <>{i > 0 && ", "}<a href={to(["holdouts", o])}>{o}</a></>)}</>}{h.tags.length > 0 && <> · {h.tags.map((t) => <Tag text={t} />)}</>}</p>
      </PageHead>
      <Refusal error={error} />
      {archiving && <Archive name={h.name || h.id} path={at(path, id, "archive")} close={() => setArchiving(false)} done={answer.reload} />}
      {children(h, answer.reload)}
    </>
  );
}
