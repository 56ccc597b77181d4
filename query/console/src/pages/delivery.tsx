// The ledger: what became of every event received. Its boxes always add up, and it says so.
import { useMemo } from "preact/hooks";
import { address, all, get } from "../core/api";
import { useAnswer } from "../core/data";
import { clock, count, moment, percent, plural, words } from "../core/format";
import { here, param, set, to } from "../core/router";
import { Badge, Card, Empty, Loading, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Select } from "../ui/form";
import { Json } from "../ui/json";
import { Table } from "../ui/table";
import type { APIKey } from "./keys";

export interface Fates { received: number; stored: number; filtered: number; rejected: number; duplicate: number; inFlight: number; reasons?: Record<string, number> }
interface Row extends Fates { time: string; source?: string; event?: string }
export interface Ledger { from: string; to: string; step: string; total: Fates & { balanced: boolean | null }; unreadRequests: number; rows: Row[] }
interface Rejection { receivedAt: string; source: string; event: string; reason: string; message: string; offset: number; body: string }

const ranges: Record<string, { text: string; ms: number; step: string }> = {
  "1h": { text: "Last hour", ms: 3_600_000, step: "minute" }, "1d": { text: "Last 24 hours", ms: 86_400_000, step: "hour" }, "7d": { text: "Last 7 days", ms: 604_800_000, step: "day" }, "30d": { text: "Last 30 days", ms: 2_592_000_000, step: "day" },
};

export function Delivery() {
  const range = ranges[param("range", "1d")] ?? ranges["1d"], source = param("source");
  const window = () => ({ from: new Date(Date.now() - range.ms).toISOString(), source });
  const keys = useAnswer("keys", (signal) => all<APIKey>("keys", {}, signal));
  const answer = useAnswer(`ledger ${param("range")} ${source}`, async (signal) => {
    const w = window();
    const [byTime, byEvent] = await Promise.all([get<Ledger>("ingestion/ledger", { ...w, step: range.step, group: "time" }, signal), get<Ledger>("ingestion/ledger", { ...w, step: "day", group: "source,event" }, signal)]);
    return { byTime, byEvent };
  }, 10_000);
  const names = useMemo(() => new Map((keys.data ?? []).map((k) => [k.id, k.description])), [keys.data]);
  const events = useMemo(() => together(answer.data?.byEvent.rows ?? []), [answer.data]);
  return (
    <>
      <div class="controls">
        <Select label="Time" value={param("range", "1d")} set={(v) => set({ range: v })} options={Object.entries(ranges).map(([k, r]) => [k, r.text])} />
        <Select label="Source" value={source} set={(v) => set({ source: v })} options={[["", "Every source"], ...(keys.data ?? []).filter((k) => k.type.toLowerCase() !== "console").map((k) => [k.id, k.description] as [string, string])]} />
        <span class="muted small">read again every 10 seconds</span>
      </div>
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {!answer.data && !answer.error && <Loading what="Counting" />}
      {answer.data && (
        <>
          <Boxes ledger={answer.data.byTime} />
          <Reasons total={answer.data.byTime.total} />
          <Card title="By event" flush>
            <Table name="ledger" label="Fates by event" rows={events} id={(r) => r.source + " " + r.event} sort="-received" search="Search events" source={{ api: address("ingestion/ledger", { ...window(), step: "day" }) }}
              empty={<Empty title="Nothing was received in this time"><a href={to(["start"])}>Send a first event</a></Empty>} columns={[
                { key: "event", head: "Event", wide: true, value: (r) => r.event, show: (r) => r.event || <span class="muted">no readable name</span> },
                { key: "source", head: "Source", value: (r) => names.get(r.source ?? "") ?? r.source },
                ...(["received", "stored", "filtered", "rejected", "duplicate", "inFlight"] as const).map((key) => ({ key, head: key === "inFlight" ? "In flight" : key[0].toUpperCase() + key.slice(1), num: true, value: (r: Row) => r[key], show: (r: Row) => (key === "rejected" && r.rejected > 0 ? <a href={here({ reason: "", rejected: r.event || "*" })}>{count(r.rejected)}</a> : r[key] === 0 ? <span class="muted">0</span> : count(r[key])) })),
              ]} />
          </Card>
        </>
      )}
      {param("rejected") && <Samples from={window().from} source={source} />}
    </>
  );
}

function together(rows: Row[]): Row[] {
  const sums = new Map<string, Row>();
  for (const r of rows) {
    const key = r.source + " " + r.event, sum = sums.get(key);
    if (!sum) sums.set(key, { ...r });
    else for (const k of ["received", "stored", "filtered", "rejected", "duplicate", "inFlight"] as const) sum[k] += r[k];
  }
  return [...sums.values()];
}

function Boxes({ ledger }: { ledger: Ledger }) {
  const t = ledger.total;
  const share = (n: number) => (t.received > 0 ? percent((100 * n) / t.received, n > 0 && n / t.received < 0.001 ? 3 : 1, false) : "");
  const box = (name: string, n: number, note: string, cls: string, href?: string) => (
    <li class={cls}><span class="muted">{name}</span><b>{href && n > 0 ? <a href={href}>{count(n)}</a> : count(n)}</b><span class="small muted">{share(n)}</span><span class="small">{note}</span></li>
  );
  return (
    <section class="flow" aria-label="What became of the events">
      <ol>
        {box("Received", t.received, "acknowledged with 200", "in")}
        {box("Filtered", t.filtered, "by Event Filtering", "", to(["integrations", "filters"]))}
        {box("Rejected", t.rejected, "with a reason", t.rejected > 0 ? "bad" : "", here({ rejected: "*" }))}
        {box("Duplicate", t.duplicate, "counted once", "")}
        {box("In flight", t.inFlight, "durable, not yet loaded", "")}
        {box("Stored", t.stored, "in the tables", "out")}
      </ol>
      <p class="small">
        {t.balanced === null ? <Badge tone="plain">not known yet</Badge> : t.balanced ? <Badge tone="ok">balances</Badge> : <Badge tone="bad">does not balance</Badge>}{" "}
        <span class="muted">{count(t.received)} received = {count(t.stored)} stored + {count(t.filtered)} filtered + {count(t.rejected)} rejected + {count(t.duplicate)} duplicate + {count(t.inFlight)} in flight, {moment(ledger.from)} to {moment(ledger.to)}{ledger.unreadRequests > 0 && `; ${plural(ledger.unreadRequests, "request")} from before the last start not looked at yet`}</span>
      </p>
    </section>
  );
}

function Reasons({ total }: { total: Fates }) {
  const reasons = Object.entries(total.reasons ?? {}).sort((a, b) => b[1] - a[1]);
  if (reasons.length === 0) return null;
  return (
    <Card title="Reasons">
      <ul class="reasons">{reasons.map(([reason, n]) => <li><a href={here({ rejected: "*", reason })}><code>{reason}</code></a> <span class="muted">{words(reason)}</span><b>{count(n)}</b></li>)}</ul>
    </Card>
  );
}

function Samples({ from, source }: { from: string; source: string }) {
  const event = param("rejected"), reason = param("reason");
  const answer = useAnswer(`rejections ${event} ${reason} ${source} ${param("range")}`, (signal) => get<Rejection[]>("ingestion/rejections", { from, source, event: event === "*" ? "" : event, reason, limit: 50 }, signal));
  const parsed = (text: string) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  };
  return (
    <Dialog kind="drawer" title={`Rejected${event === "*" ? "" : `: ${event}`}${reason ? `, ${reason}` : ""}`} onClose={() => set({ rejected: "", reason: "" })}>
      <p class="muted">Bounded samples, the newest first. What was beside a rejected item in its request was taken.</p>
      {answer.error && <Problem error={answer.error} />}
      {answer.data?.length === 0 && <Empty title="No sample is kept for this" />}
      {answer.data?.map((r) => (
        <section class="sample">
          <p><Badge tone="bad">{r.reason}</Badge> <b>{r.event || "no readable name"}</b> <span class="muted">{clock(r.receivedAt)}, item {r.offset}</span></p>
          <p>{r.message}</p>
          <Json value={parsed(r.body)} raw={r.body} label="The item as it was received" />
        </section>
      ))}
    </Dialog>
  );
}
