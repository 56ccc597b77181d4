// Event Filtering: which events of a source are stored. What a change would drop is shown before it is made.
import { useMemo, useState } from "preact/hooks";
import { all, at, get, put } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, count, moment, plural } from "../core/format";
import { param, set } from "../core/router";
import { Badge, Button, Card, Empty, Loading, Problem } from "../ui/basics";
import { Check, Refusal, Select, useAction } from "../ui/form";
import { Table } from "../ui/table";

interface FilterEvent { name: string; tracked: boolean; explicit: boolean; lastDayVolume: number; lastDayFiltered: number; firstSeen: string | null; lastSeen: string | null }
interface Filter { source: string; sourceName: string; includeNewEvents: boolean; version: number; lastModifiedTime: string | null; events: FilterEvent[]; lastDayVolume: number; lastDayFiltered: number }
interface Version { version: number; changedAt: string; author: string; includeNewEvents: boolean; events: { name: string; tracked: boolean }[] | null }

export function Filters() {
  const answer = useAnswer("filters", (signal) => all<Filter>("ingestion/filters", {}, signal));
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!answer.data) return <Loading what="Reading filters" />;
  const chosen = answer.data.find((f) => f.source === param("source")) ?? [...answer.data].sort((a, b) => b.lastDayVolume - a.lastDayVolume)[0];
  if (!chosen) return <Empty title="No source">Events come with a write, server or client key; there is none.</Empty>;
  return (
    <>
      <div class="controls">
        <Select label="Source" value={chosen.source} set={(source) => set({ source, q: "" })} options={answer.data.map((f) => [f.source, `${f.sourceName} (${count(f.lastDayVolume)} a day)`])} />
        <span class="muted small">{chosen.version > 0 ? `changed ${moment(chosen.lastModifiedTime)}` : "nothing is filtered"}</span>
      </div>
      <Editor key={chosen.source + chosen.version} filter={chosen} saved={answer.reload} />
      <History source={chosen.source} version={chosen.version} />
    </>
  );
}

function Editor({ filter, saved }: { filter: Filter; saved: () => void }) {
  const [includeNew, setIncludeNew] = useState(filter.includeNewEvents);
  const [changed, setChanged] = useState<Record<string, boolean>>({});
  const { run, busy, error } = useAction();
  const tracked = (e: FilterEvent) => changed[e.name] ?? (e.explicit ? e.tracked : includeNew);
  const dirty = includeNew !== filter.includeNewEvents || filter.events.some((e) => tracked(e) !== e.tracked);
  const words = param("q").toLowerCase();
  const visible = useMemo(() => filter.events.filter((e) => e.name.toLowerCase().includes(words)), [filter, words]);
  const all = (on: boolean) => setChanged({ ...changed, ...Object.fromEntries(visible.map((e) => [e.name, on])) });
  const rules = () => filter.events.filter((e) => e.explicit || changed[e.name] !== undefined).map((e) => ({ name: e.name, tracked: tracked(e) }));
  const save = () => run(() => put(at("ingestion", "filters", filter.source), { includeNewEvents: includeNew, events: rules() }), "Saved; it counts from now on").then((ok) => ok && saved());
  return (
    <Card flush title="Events" note="A filtered event is answered with 200, counted, and seen in the Log Stream, but not stored."
      tools={<><Button onClick={() => all(true)}>Track all shown</Button><Button onClick={() => all(false)}>Track none shown</Button></>}>
      <Table name="event-filter" label="Events of the source" rows={filter.events} id={(e) => e.name} search="Search events" sort="-volume" source={{ api: `console/v1/ingestion/filters/${filter.source}` }}
        empty={<Empty title="No events">No event of this source has been received in the last 30 days.</Empty>} columns={[
          { key: "tracked", head: "Tracked", value: (e) => (tracked(e) ? "yes" : "no"), show: (e) => <label class="check"><input type="checkbox" checked={tracked(e)} onChange={(ev) => setChanged({ ...changed, [e.name]: ev.currentTarget.checked })} /><span class="hidden">Track {e.name}</span></label> },
          { key: "name", head: "Event", wide: true, value: (e) => e.name, show: (e) => <>{e.name} {tracked(e) !== e.tracked && <Badge tone="warn">{tracked(e) ? "will be stored" : "will be dropped"}</Badge>}{!e.explicit && changed[e.name] === undefined && <span class="muted small"> by default</span>}</> },
          { key: "volume", head: "Last day", num: true, value: (e) => e.lastDayVolume, show: (e) => count(e.lastDayVolume) },
          { key: "filtered", head: "of these filtered", num: true, value: (e) => e.lastDayFiltered, show: (e) => count(e.lastDayFiltered) },
          { key: "seen", head: "Last seen", value: (e) => e.lastSeen, show: (e) => (e.lastSeen ? ago(e.lastSeen) : "never") },
        ]} />
      <div class="savebar">
        <Check label="Include new events by default" on={includeNew} set={setIncludeNew} />
        <span class="grow" />
        <Refusal error={error} />
        {dirty && <Preview filter={filter} tracked={tracked} includeNew={includeNew} />}
        <Button disabled={!dirty || busy} onClick={() => (setChanged({}), setIncludeNew(filter.includeNewEvents))}>Undo</Button>
        <Button kind="primary" disabled={!dirty || busy} onClick={save}>Save</Button>
      </div>
    </Card>
  );
}

/** What yesterday would have been under the change. */
function Preview({ filter, tracked, includeNew }: { filter: Filter; tracked: (e: FilterEvent) => boolean; includeNew: boolean }) {
  const drop = filter.events.filter((e) => e.tracked && !tracked(e)), keep = filter.events.filter((e) => !e.tracked && tracked(e));
  const sum = (list: FilterEvent[]) => list.reduce((n, e) => n + e.lastDayVolume, 0);
  return (
    <p role="status" class="small">
      {drop.length > 0 && <><b>{plural(drop.length, "event")}</b> would be dropped: {count(sum(drop))} of the last day's {count(filter.lastDayVolume)}. </>}
      {keep.length > 0 && <><b>{plural(keep.length, "event")}</b> would be stored again: {count(sum(keep))}. </>}
      {includeNew !== filter.includeNewEvents && <>Names never seen before would be {includeNew ? "stored" : "dropped"}.</>}
    </p>
  );
}

function History({ source, version }: { source: string; version: number }) {
  const answer = useAnswer(version > 0 ? `filter history ${source} ${version}` : undefined, (signal) => get<Version[]>(at("ingestion", "filters", source, "history"), {}, signal));
  if (!answer.data?.length) return null;
  return (
    <Card title="Changes" flush>
      <Table plain name="filter-history" own="h." label="Changes of the filter" rows={answer.data} id={(v) => String(v.version)} sort="-version" empty={null} columns={[
        { key: "version", head: "Version", num: true, value: (v) => v.version },
        { key: "when", head: "When", value: (v) => moment(v.changedAt) },
        { key: "who", head: "By", value: (v) => v.author },
        { key: "new", head: "New events", value: (v) => (v.includeNewEvents ? "stored" : "dropped") },
        { key: "rules", head: "Dropped", value: (v) => (v.events ?? []).filter((e) => !e.tracked).map((e) => e.name).join(", ") || "none by name" },
      ]} />
    </Card>
  );
}
