// Custom queries: questions about an experiment's results that are kept, asked again when one wants or by a schedule, with their answers.
import { useState } from "preact/hooks";
import { all, at, post, remove } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, moment } from "../core/format";
import { param, set } from "../core/router";
import type { Experiment } from "../core/types";
import { Badge, Button, Card, Empty, Loading, Problem, type Tone } from "../ui/basics";
import { Refusal, useAction } from "../ui/form";
import { Table } from "../ui/table";
import { asked } from "./experiment-results";
import { QueryForm } from "./query-form";
import { QueryResult } from "./query-result";

export interface Schedule { every: string; hour: number; weekday?: string }
export interface Run { id: string; state: string; author: string; createdTime: number; startedTime?: number; finishedTime?: number; error?: string }
export interface CustomQuery { id: string; name: string; experimentID: string; parameters: Record<string, unknown>; schedule?: Schedule; version: number; createdTime: number; lastModifiedTime: number; lastRun?: Run | null }

export const runTones: Record<string, Tone> = { waiting: "plain", running: "info", done: "ok", failed: "bad" };
const ahead = (r?: Run | null) => r?.state === "waiting" || r?.state === "running";

const said = (v: unknown): string => (Array.isArray(v) ? v.map(said).join(", ") : typeof v === "object" && v !== null ? JSON.stringify(v) : String(v));
const told: Record<string, (v: string) => string> = {
  confidence: (v) => v + " % confidence", test: (v) => "test " + v, control: (v) => "against " + v, date: (v) => "days up to " + v, dimension: (v) => "events by " + v, property: (v) => "units by " + v,
  byExposureDate: () => "units by day of first exposure", interactsWith: (v) => "interaction with " + v, includeSegment: (v) => "only members of " + v, excludeSegment: (v) => "without members of " + v,
  exposedFrom: (v) => "first exposed from " + v.slice(0, 10), exposedTo: (v) => "first exposed before " + v.slice(0, 10), filter: (v) => "events with " + v, unitFilter: (v) => "units with " + v, cuped: () => "CUPED", sequential: () => "sequential decides",
};
export const parametersText = (q: CustomQuery) => Object.entries(q.parameters).filter(([, v]) => v !== false).map(([name, v]) => told[name]?.(said(v)) ?? `${name} ${said(v)}`).join(" · ") || "as the results are";
export const scheduleText = (s?: Schedule) => (!s?.every ? "when asked" : `every ${s.every === "week" ? s.weekday : "day"} at ${String(s.hour).padStart(2, "0")}:00`);

export function Queries({ x }: { x: Experiment }) {
  const path = at("experiments", x.id, "custom_queries");
  const answer = useAnswer(path, (signal) => all<CustomQuery>(path, {}, signal), 3000);
  const [editing, setEditing] = useState<Partial<CustomQuery>>();
  const { run, error } = useAction();
  const list = answer.data;
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!list) return <Loading what="Reading the queries" />;
  const open = list.find((q) => q.id === param("query"));
  const again = (q: CustomQuery) => run(() => post(at("experiments", x.id, "custom_queries", q.id, "run")), "It is being asked").then(answer.reload);
  const drop = (q: CustomQuery) => confirm(`Delete ${q.name} and its answers?`) && run(() => remove(at("experiments", x.id, "custom_queries", q.id)), "Deleted").then(answer.reload);
  return (
    <Card title="Custom queries" note="Other days, groups and filters, breakdowns, interactions: asked in the background, each answer is kept" flush
      tools={<Button kind="primary" icon="plus" onClick={() => setEditing({ name: "", parameters: fresh(x) })}>New query</Button>}>
      <Refusal error={error} />
      <Table name={`${x.id}-queries`} own="q." label="Custom queries" rows={list} id={(q) => q.id} open={(q) => set({ query: q.id })} source={{ api: "console/v1/" + path }} empty={<Empty title="No query is kept"><p>What is set on the results page goes into a new query.</p></Empty>} columns={[
        { key: "name", head: "Query", wide: true, value: (q) => q.name },
        { key: "asks", head: "Asks", value: parametersText, show: (q) => <span class="small">{parametersText(q)}</span> },
        { key: "when", head: "Runs", value: (q) => scheduleText(q.schedule) },
        { key: "last", head: "Last run", value: (q) => q.lastRun?.createdTime, show: (q) => q.lastRun ? <span title={q.lastRun.error || moment(q.lastRun.createdTime)}><Badge tone={runTones[q.lastRun.state]}>{q.lastRun.state}</Badge> <span class="muted">{ago(q.lastRun.finishedTime || q.lastRun.createdTime)}</span></span> : <span class="muted">never</span> },
        { key: "do", head: "", fixed: true, value: () => null, show: (q) => <span class="rowtools"><Button kind="quiet" icon="play" label={`Run ${q.name} now`} disabled={ahead(q.lastRun)} onClick={() => again(q)} /><Button kind="quiet" label={`Edit ${q.name}`} onClick={() => setEditing(q)}>Edit</Button><Button kind="quiet" icon="close" label={`Delete ${q.name}`} onClick={() => drop(q)} /></span> },
      ]} />
      {editing && <QueryForm x={x} q={editing} close={() => setEditing(undefined)} done={() => (setEditing(undefined), answer.reload())} />}
      {open && <QueryResult x={x} q={open} again={() => again(open)} close={() => set({ query: "", run: "" })} />}
    </Card>
  );
}

/** A new query begins with what the results page is set to. */
const fresh = (x: Experiment) => Object.fromEntries(Object.entries(asked(x)).filter(([, v]) => v !== undefined && v !== ""));
