// Who changed what: every version of every definition, with what is different.
import { get } from "../core/api";
import { useAnswer } from "../core/data";
import { words } from "../core/format";
import { param, set } from "../core/router";
import { Badge, Empty, Loading, Problem, type Tone } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Select } from "../ui/form";
import { Table } from "../ui/table";

interface Change { path: string; before: unknown; after: unknown }
interface Entry { id: string; name: string; kind: string; actionType: string; changeLog: string; date: string; time: string; updatedBy: string; version: number; changes: Change[] }
const tones: Record<string, Tone> = { create: "ok", update: "info", delete: "bad" };
const kinds = ["experiment", "gate", "dynamic_config", "layer", "holdout", "segment", "metric", "key", "filter", "setting", "destination", "id_type"];
const keyOf = (e: Entry) => `${e.kind} ${e.id} ${e.version}`;

export function Audit() {
  const kind = param("kind"), id = param("id");
  const answer = useAnswer(`audit ${kind} ${id}`, (signal) => get<Entry[]>("audit_logs", { kind, id, limit: 200 }, signal));
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!answer.data) return <Loading what="Reading changes" />;
  const open = answer.data.find((e) => keyOf(e) === param("change"));
  return (
    <>
      <Table name="audit-log" label="Changes of definitions" rows={answer.data} id={keyOf} open={(e) => set({ change: keyOf(e) })} search="Search changes" source={{ api: "console/v1/audit_logs" }}
        tools={<Select label="Kind" value={kind} set={(v) => set({ kind: v })} options={[["", "Every kind"], ...kinds.map((k) => [k, words(k)] as [string, string])]} />} empty={<Empty title="No change" />} columns={[
          { key: "when", head: "When (UTC)", value: (e) => `${e.date} ${e.time.slice(0, 8)}` },
          { key: "who", head: "By", value: (e) => e.updatedBy },
          { key: "what", head: "What", value: (e) => e.actionType, show: (e) => <Badge tone={tones[e.actionType]}>{e.actionType}</Badge> },
          { key: "name", head: "Definition", value: (e) => `${words(e.kind)} ${e.name}`, show: (e) => <><span class="muted">{words(e.kind)}</span> {e.name}</> },
          { key: "log", head: "Change", wide: true, value: (e) => e.changeLog, show: (e) => <span class="cut">{e.changeLog}</span> },
        ]} />
      {open && (
        <Dialog kind="drawer" title={`${words(open.kind)} ${open.name}, version ${open.version}`} onClose={() => set({ change: "" })}>
          <p class="muted">{open.date} {open.time.slice(0, 8)} UTC by {open.updatedBy}</p>
          <div class="scroll"><table class="diff">
            <thead><tr><th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
            <tbody>{open.changes.flatMap(byField).map((c) => <tr><th scope="row"><code>{c.path || "(all)"}</code></th><td><Side value={c.before} sign="−" /></td><td><Side value={c.after} sign="+" /></td></tr>)}</tbody>
          </table></div>
        </Dialog>
      )}
    </>
  );
}

/** A whole definition, made or deleted, field by field. */
function byField(c: Change): Change[] {
  const object = (v: unknown) => (typeof v === "object" && v !== null && !Array.isArray(v) ? (v as Record<string, unknown>) : undefined);
  const before = object(c.before), after = object(c.after);
  if (c.path || !(before || after)) return [c];
  return Object.keys({ ...before, ...after }).map((path) => ({ path, before: before?.[path], after: after?.[path] }));
}

const Side = ({ value, sign }: { value: unknown; sign: string }) => value === null || value === undefined ? <span class="muted">nothing</span> : <pre class={sign === "+" ? "added" : "removed"}><span aria-hidden="true">{sign} </span>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>;
