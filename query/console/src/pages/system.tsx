// Is it well? Readiness with remedies, the queue in front, how far the rollups are, and what is stored.
import { bytes, count, moment, percent, plural, span, ago } from "../core/format";
import { system, away } from "../core/project";
import { Badge, Card, Empty, Facts, Loading, PageHead, Stat } from "../ui/basics";
import { Jobs } from "./jobs";
import { Rollups } from "./rollups";
import { Table } from "../ui/table";

// Of a few rows a part's own files are the larger share, which says nothing.
const compressed = (t: { bytes: number; uncompressedBytes: number }) => (t.uncompressedBytes > 20_000 ? t.bytes / t.uncompressedBytes : null);

// The check counts bytes one by one.
const sized = (text: string) => text.replace(/(\d+) of (\d+) bytes/, (_, used, most) => `${bytes(Number(used))} of ${bytes(Number(most))}`);

export function SystemPage() {
  const s = system.value;
  return (
    <>
      <PageHead title="System" />
      {away.value && <div class="notice bad" role="alert">{away.value}</div>}
      {!s && !away.value && <Loading what="Asking the server" />}
      {s && (
        <>
          <section class="summary">
            <div class="stats">
              <Stat label="Data complete to" value={s.watermark.completeTo ? moment(s.watermark.completeTo).slice(0, 19) : "no data"} note={s.watermark.completeTo ? `UTC, ${ago(s.watermark.completeTo)}` : ""} />
              <Stat label="Waiting to be rolled up" value={plural(s.watermark.waitingRows, "event")} note={s.watermark.waitingLoads ? `${plural(s.watermark.waitingLoads, "load")}${s.watermark.lagMs ? `, ${span(s.watermark.lagMs)} behind` : ""}` : "up to date"} />
              <Stat label="Spool" value={bytes(s.spool.bytes)} note={`${percent((100 * s.spool.bytes) / s.spool.maxBytes, 1, false)} of ${bytes(s.spool.maxBytes)}, ${plural(s.spool.waitingRecords, "request")} waiting`} />
              {s.engine && <Stat label="Engine memory" value={bytes(s.engine.memoryBytes)} />}
              {s.engine && <Stat label="Disk free" value={bytes(s.engine.diskFreeBytes)} note={`of ${bytes(s.engine.diskTotalBytes)}`} />}
            </div>
          </section>
          <Card title="Readiness" note="The same as /readyz, read again every five seconds">
            <ul class="health">
              {s.checks.map((c) => <li><Badge tone={c.ok ? "ok" : "bad"}>{c.ok ? "ok" : "failing"}</Badge><div><b>{c.name}</b>{c.detail && <p class="muted">{sized(c.detail)}</p>}{c.remedy && <p>{c.remedy}</p>}</div></li>)}
            </ul>
          </Card>
          <Rollups />
          <Jobs />
          <Card title="Tables" flush>
            <Table name="tables" label="Tables of the engine" rows={s.tables} id={(t) => t.name} sort="-bytes" search="Search tables" empty={<Empty title="The engine does not answer" />} columns={[
              { key: "name", head: "Table", value: (t) => t.name, show: (t) => <code>{t.name}</code> },
              { key: "rows", head: "Rows", num: true, value: (t) => t.rows, show: (t) => count(t.rows) },
              { key: "bytes", head: "On disk", num: true, value: (t) => t.bytes, show: (t) => bytes(t.bytes) },
              { key: "ratio", head: "Compressed to", num: true, value: compressed, show: (t) => percent(compressed(t) === null ? null : 100 * compressed(t)!, 0, false) },
              { key: "parts", head: "Parts", num: true, value: (t) => t.parts, show: (t) => count(t.parts) },
            ]} />
          </Card>
          <Card title="About"><Facts items={[["PulseHouse", s.version], ["Running since", moment(s.startedAt)], s.engine && ["ClickHouse", `${s.engine.version}, up ${span(s.engine.uptimeSeconds * 1000)}`], ["Time zone of a metric day", s.timezone], ["Prefix of Segment events", s.prefix ? <code>{s.prefix}</code> : "none"]]} /></Card>
        </>
      )}
    </>
  );
}
