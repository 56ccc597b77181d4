// The Log Stream: every event as it arrives, with its fate.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { all } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, clock, count, percent } from "../core/format";
import { useKey } from "../core/keys";
import { param, set, to } from "../core/router";
import { streamAddress, watch, type Entry, type Filter, type Status, type StreamState } from "../core/stream";
import { Badge, Button, Empty, Menu, type Tone } from "../ui/basics";
import { Select, Typed } from "../ui/form";
import { Icon } from "../ui/icon";
import { CopyMenu } from "../ui/table";
import { Dialog } from "../ui/dialog";
import { EntryDetails } from "./entry";
import type { APIKey } from "./keys";

export const fates: Record<string, { word: string; tone: Tone }> = {
  stored: { word: "stored", tone: "ok" }, filtered: { word: "filtered", tone: "warn" }, rejected: { word: "rejected", tone: "bad" }, duplicate: { word: "duplicate", tone: "plain" }, refused: { word: "refused", tone: "bad" },
};

const LIVE = 500, PAUSED = 5000, ROW = 33;

interface Col { key: string; head: string; show: (e: Entry) => preact.ComponentChild; width: string }
const columns: Col[] = [
  { key: "time", head: "Received", width: "110px", show: (e) => <span title={e.receivedAt}>{clock(e.receivedAt)}</span> },
  { key: "fate", head: "Fate", width: "110px", show: (e) => <Badge tone={fates[e.fate]?.tone}>{fates[e.fate]?.word ?? e.fate}</Badge> },
  { key: "event", head: "Event", width: "240px", show: (e) => e.name || <span class="muted">{e.reason ?? "no readable name"}</span> },
  { key: "user", head: "userID", width: "140px", show: (e) => e.userID ?? "" },
  { key: "units", head: "Other unit IDs", width: "220px", show: (e) => Object.entries({ ...(e.anonymousID ? { anonymousID: e.anonymousID } : {}), ...e.unitIDs }).map(([t, id]) => `${t} ${id}`).join(", ") },
  { key: "value", head: "Value", width: "90px", show: (e) => e.value ?? "" },
  { key: "why", head: "Why", width: "240px", show: (e) => [e.reason, e.message].filter(Boolean).join(": ") },
  { key: "environment", head: "Environment", width: "110px", show: (e) => e.environment ?? "" },
  { key: "library", head: "Library", width: "170px", show: (e) => e.library ?? "" },
  { key: "raw", head: "As received", width: "420px", show: (e) => <code>{e.rawText ?? JSON.stringify(e.raw)}</code> },
];
const usual = "time,fate,event,user,value,raw";

const list = (name: string) => param(name).split("\n").filter(Boolean);
export const streamFilter = (): Filter => ({ event: list("event"), exclude: list("exclude"), fate: list("fate"), id: param("id"), text: param("text"), source: param("source"), environment: param("environment") });

export function LogStream() {
  const filter = streamFilter();
  const key = streamAddress(filter);
  const [rows, setRows] = useState<Entry[]>([]);
  const [held, setHeld] = useState<Entry[]>([]);
  const [status, setStatus] = useState<Status>("connecting");
  const [state, setState] = useState<StreamState>();
  const [paused, setPaused] = useState(false);
  const isPaused = useRef(false);
  isPaused.current = paused;
  // What is open stays so when newer events have pushed it out of the list.
  const opened = useRef<Entry | undefined>(undefined);
  opened.current = rows.find((e) => e.id === param("entry")) ?? opened.current;
  const open = opened.current?.id === param("entry") ? opened.current : undefined;
  // The subscription goes on while paused, so that resuming leaves no gap; another filter begins anew.
  useEffect(() => {
    setRows([]);
    setHeld([]);
    setPaused(false);
    return watch(filter, {
      entries: (bundle) => (isPaused.current ? setHeld((h) => [...bundle.reverse(), ...h].slice(0, PAUSED)) : setRows((r) => [...bundle.reverse(), ...r].slice(0, LIVE))),
      state: setState, status: setStatus,
    });
  }, [key]);
  const resume = () => {
    setRows((r) => [...held, ...r].slice(0, LIVE));
    setHeld([]);
    setPaused(false);
  };
  const toggle = () => (paused ? resume() : setPaused(true));
  useKey("space", "pause or resume the Log Stream", toggle);
  const shown = columns.filter((c) => param("cols", usual).split(",").includes(c.key));
  return (
    <>
      <Filters />
      <div class="card flush stream">
        <div class="toolbar">
          <Button icon={paused ? "play" : "pause"} onClick={toggle}>{paused ? "Resume" : "Pause"} <kbd>Space</kbd></Button>
          <Button kind="quiet" onClick={() => (setRows([]), setHeld([]))}>Clear</Button>
          <Connection status={status} paused={paused} last={held[0] ?? rows[0]} />
          {held.length > 0 && <button type="button" class="link" onClick={resume}>{count(held.length)}{held.length === PAUSED ? " or more" : ""} new while paused</button>}
          <span class="grow" />
          <Losses state={state} />
          <ColumnMenu />
          <CopyMenu source={{ api: key, cli: ["tail", ...tailFlags(filter)] }} />
        </div>
        {rows.length === 0 ? <Nothing filter={filter} /> : <Window rows={rows} columns={shown} open={(e) => set({ entry: e.id })} away={() => !paused && setPaused(true)} />}
      </div>
      {open && <Dialog kind="drawer" title={open.name || "Event"} onClose={() => set({ entry: "" })}><EntryDetails e={open} /></Dialog>}
    </>
  );
}

const tailFlags = (f: Filter) => [
  ...(f.event ?? []).flatMap((v) => ["--event", v]), ...(f.exclude ?? []).flatMap((v) => ["--exclude", v]), ...(f.fate ?? []).flatMap((v) => ["--fate", v]),
  ...(f.id ? ["--id", f.id] : []), ...(f.text ? ["--text", f.text] : []), ...(f.source ? ["--source", f.source] : []), ...(f.environment ? ["--environment", f.environment] : []),
];

function Filters() {
  const keys = useAnswer("keys", (signal) => all<APIKey>("keys", {}, signal));
  const add = (name: string) => (e: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
    if (e.key !== "Enter" || !e.currentTarget.value.trim()) return;
    set({ [name]: [...list(name), e.currentTarget.value.trim()].join("\n") });
    e.currentTarget.value = "";
  };
  const pill = (name: string, text: string) => list(name).map((v) => <span class="chip">{text} <b>{v}</b><Button kind="quiet" icon="close" label={`Remove ${text} ${v}`} onClick={() => set({ [name]: list(name).filter((o) => o !== v).join("\n") })} /></span>);
  const field = useRef<HTMLInputElement>(null);
  useKey("/", "filter the Log Stream by event", () => field.current?.focus());
  return (
    <>
      <div class="controls">
        <input ref={field} aria-label="Only this event" placeholder="Only event…" onKeyDown={add("event")} />
        <input aria-label="Without this event" placeholder="Exclude event…" onKeyDown={add("exclude")} />
        <Typed label="Unit or message ID" placeholder="Unit or message ID" value={param("id")} set={(id) => set({ id: id.trim() })} />
        <Typed label="Text in the event" placeholder="Text in the event" value={param("text")} set={(text) => set({ text: text.trim() })} />
        <Select label="Fate" value={param("fate")} set={(v) => set({ fate: v })} options={[["", "Every fate"], ...Object.keys(fates).filter((f) => f !== "duplicate").map((f) => [f, f] as [string, string])]} />
        <Select label="Source" value={param("source")} set={(v) => set({ source: v })} options={[["", "Every source"], ...(keys.data ?? []).filter((k) => k.type.toLowerCase() !== "console").map((k) => [k.id, k.description] as [string, string])]} />
        <Select label="Environment" value={param("environment")} set={(v) => set({ environment: v })} options={[["", "Every environment"], ["production", "production"], ["staging", "staging"], ["development", "development"]]} />
      </div>
      {(list("event").length > 0 || list("exclude").length > 0) && <div class="chips">{pill("event", "only")}{pill("exclude", "without")}</div>}
    </>
  );
}

function Connection({ status, paused, last }: { status: Status; paused: boolean; last?: Entry }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const word = status === "open" ? (paused ? "paused, still listening" : "live") : status === "lost" ? "connection lost, trying again" : status;
  return <span class="connection small"><span class={"dot " + (status === "open" ? "ok" : "")} aria-hidden="true" /><span role="status">{word}</span>{last && <span class="muted">· last event {ago(last.at)}</span>}</span>;
}

const Losses = ({ state }: { state?: StreamState }) => !state ? null : (
  <span class="small muted" title="Dropped: overwritten before this page came to them. Skipped: too many at once to be shown. Neither is lost: every event is in the ledger.">
    {state.sampleRate < 1 && <Badge tone="warn">sampled {percent(100 * state.sampleRate, 0, false)}</Badge>} {state.skipped > 0 && `${count(state.skipped)} skipped · `}{count(state.dropped)} dropped
  </span>
);

const ColumnMenu = () => {
  const on = param("cols", usual).split(",");
  return (
    <Menu label="Columns" quiet>
      {columns.map((c) => <label class="check menu-check"><input type="checkbox" checked={on.includes(c.key)} onChange={() => set({ cols: (on.includes(c.key) ? on.filter((k) => k !== c.key) : [...on, c.key]).join(",") }, true)} /> {c.head}</label>)}
    </Menu>
  );
};

const Nothing = ({ filter }: { filter: Filter }) => {
  const filtered = Object.values(filter).some((v) => v && v.length > 0);
  return <Empty title={filtered ? "Waiting for an event that the filter lets through" : "Waiting for events…"}>{filtered ? "The filter is applied by the server to what arrives from now on." : <a href={to(["start"])}>Send one</a>}</Empty>;
};

/** Only the rows in sight are in the page, however many there are. */
function Window({ rows, columns: shown, open, away }: { rows: Entry[]; columns: Col[]; open: (e: Entry) => void; away: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const height = 560, first = Math.max(0, Math.floor(top / ROW) - 5), last = Math.min(rows.length, first + Math.ceil(height / ROW) + 10);
  const visible = useMemo(() => rows.slice(first, last), [rows, first, last]);
  const newest = rows[0]?.n ?? 0;
  return (
    <div class="scroll streambox" ref={box} tabIndex={0} role="region" aria-label="Log Stream" onScroll={(e) => (setTop(e.currentTarget.scrollTop), e.currentTarget.scrollTop > ROW && away())}>
      <table class="fixed">
        <caption class="hidden">Events, the newest first</caption>
        <thead><tr>{shown.map((c) => <th scope="col" style={{ width: c.width }}>{c.head}</th>)}<th scope="col" style={{ width: "40px" }}><span class="hidden">Details</span></th></tr></thead>
        <tbody>
          {first > 0 && <tr aria-hidden="true"><td colSpan={shown.length + 1} style={{ height: `${first * ROW}px`, padding: 0 }} /></tr>}
          {visible.map((e) => (
            <tr key={e.n} class={"opens" + (e.n > newest - 3 && Date.now() - e.at < 1000 ? " fresh" : "")} onClick={() => open(e)}>
              {shown.map((c) => <td>{c.show(e)}</td>)}
              <td><button type="button" class="link" aria-label={`Details of ${e.name || "the event"} at ${clock(e.receivedAt)}`} onClick={() => open(e)}><Icon name="link" /></button></td>
            </tr>
          ))}
          {last < rows.length && <tr aria-hidden="true"><td colSpan={shown.length + 1} style={{ height: `${(rows.length - last) * ROW}px`, padding: 0 }} /></tr>}
        </tbody>
      </table>
    </div>
  );
}
