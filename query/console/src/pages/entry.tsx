// Everything about one event of the live log.
import { all } from "../core/api";
import { useAnswer } from "../core/data";
import { moment, span } from "../core/format";
import { typeWord } from "../core/metrics";
import { here, to } from "../core/router";
import type { Entry } from "../core/stream";
import type { Experiment, Metric } from "../core/types";
import { Badge, Facts } from "../ui/basics";
import { Json } from "../ui/json";
import { fates } from "./stream";

export function EntryDetails({ e }: { e: Entry }) {
  const late = Date.parse(e.receivedAt) - Date.parse(e.time);
  const ids = Object.entries({ ...(e.userID ? { userID: e.userID } : {}), ...(e.anonymousID ? { anonymousID: e.anonymousID } : {}), ...e.unitIDs });
  return (
    <>
      <Facts items={[
        ["Fate", <><Badge tone={fates[e.fate]?.tone}>{fates[e.fate]?.word ?? e.fate}</Badge>{e.provisional && <span class="muted"> for now; whether a copy counts is decided by the rollups</span>}</>],
        (e.reason || e.message) ? ["Why", <>{e.reason && <code>{e.reason}</code>} {e.message}{e.fate === "filtered" && <> <a href={to(["integrations", "filters"], { source: e.source, q: e.name })}>Event Filtering</a></>}</>] : false,
        ["Happened", <>{moment(e.time)}{late > 60_000 && <span class="muted">, {span(late)} before it was received</span>}</>],
        ["Received", moment(e.receivedAt)],
        ["Unit IDs", ids.length > 0 ? ids.map(([type, id]) => <div><span class="muted">{type}</span> <a href={to(["units"], { type, id })}>{id}</a></div>) : <span class="muted">none found: it cannot count for any unit</span>],
        e.value !== undefined && ["Value", e.value],
        ["Environment", e.environment || <span class="muted">not given</span>],
        ["Sent by", [e.library, e.kind, e.sourceKind].filter(Boolean).join(" · ")],
        e.messageID ? ["Message ID", <code>{e.messageID}</code>] : false,
      ]} />
      {e.name && <Feeds e={e} />}
      <p class="tools">
        <a class="button" href={here({ entry: "", event: e.name })}>Only this event</a>
        <a class="button" href={here({ entry: "", exclude: e.name })}>Exclude it</a>
        {ids[0] && <a class="button" href={here({ entry: "", id: ids[0][1] })}>Only {ids[0][1]}</a>}
      </p>
      <Json value={e.raw ?? e.rawText ?? null} raw={e.rawText} label="The event as received" />
    </>
  );
}

function Feeds({ e }: { e: Entry }) {
  const answer = useAnswer("lineage", async (signal) => Promise.all([all<Metric>("metrics/list", {}, signal), all<Experiment>("experiments", {}, signal)]));
  if (!answer.data) return null;
  const [metrics, experiments] = answer.data;
  const made = metrics.filter((m) => m.lineage.events.includes(e.name));
  const tests = experiments.filter((x) => [...x.primaryMetrics, ...x.secondaryMetrics].some((r) => made.some((m) => m.name === r.name && m.type === r.type)));
  const counts = e.fate === "stored" && (e.environment ?? "production") === "production";
  return (
    <Facts items={[
      ["Event", <a href={to(["metrics", "event", e.name])}>{e.name}</a>],
      ["Feeds metrics", !counts ? <span class="muted">none: {e.fate !== "stored" ? "it is not stored" : "only production counts"}</span> : made.length > 0 ? made.map((m) => <div><a href={to(["metrics", "catalogue", m.id])}>{m.name}</a> <span class="muted">{typeWord(m.type)}</span></div>) : <span class="muted">none is made from it</span>],
      counts && tests.length > 0 && ["In experiments", tests.map((x) => <div><a href={to(["experiments", x.id])}>{x.name}</a></div>)],
    ]} />
  );
}
