// Every event name of the last two weeks: trend, count, units.
import { all } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, count } from "../core/format";
import type { EventSummary } from "../core/metrics";
import { param, set, to } from "../core/router";
import { Empty, Loading, Problem } from "../ui/basics";
import { Spark } from "../ui/spark";
import { Table } from "../ui/table";
import { UnitTypeSelect } from "../ui/unit-type";

// Units of the last day that is over: a sum over days would count a unit once a day.
const users = (e: EventSummary) => [...e.series].reverse().find((d) => d.complete)?.users ?? null;

export function Events() {
  const unitType = param("unit", "userID");
  const answer = useAnswer("events " + unitType, (signal) => all<EventSummary>("events/summary", { days: 14, unitType }, signal), 30_000);
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!answer.data) return <Loading what="Counting events" />;
  return (
    <Table name="events" label="Events of the last 14 days" rows={answer.data} id={(e) => e.name} href={(e) => to(["metrics", "event", e.name])} search="Search events" sort="-count"
      source={{ api: `console/v1/events/summary?days=14&unitType=${unitType}` }}
      tools={<UnitTypeSelect label="Units of type" value={unitType} set={(v) => set({ unit: v })} />}
      empty={<Empty title="No event in the last 14 days"><p>Events that were filtered or rejected are not here: see the <a href={to(["integrations", "delivery"])}>delivery overview</a>.</p><p><a href={to(["start"])}>Send a first event</a></p></Empty>}
      columns={[
        { key: "name", head: "Event", wide: true, value: (e) => e.name },
        { key: "trend", head: "14-day trend", fixed: true, value: (e) => e.series.map((d) => d.count).join(" "), show: (e) => <Spark label={e.name} points={e.series.map((d) => ({ date: d.date, value: d.count, complete: d.complete }))} />, hint: "The dashed end is today: the day is not over." },
        { key: "count", head: "Events, 14 days", num: true, value: (e) => e.count, show: (e) => count(e.count) },
        { key: "users", head: `${unitType}s, last full day`, num: true, value: users, show: (e) => count(users(e)) },
        { key: "seen", head: "Last seen", value: (e) => e.lastSeen, show: (e) => ago(e.lastSeen) },
      ]} />
  );
}
