// Gates: who gets what.
import { all, at, get, post, put } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, percent } from "../core/format";
import { here, go, param, to } from "../core/router";
import type { MetricRef } from "../core/types";
import { Badge, Button, Card, Empty, Facts, Loading, Menu, PageHead, Problem, Tabs, Tag, type Tone } from "../ui/basics";
import { Refusal, useAction } from "../ui/form";
import { Icon } from "../ui/icon";
import { Table } from "../ui/table";
import { GateForm } from "./gate-form";
import { GateResults } from "./gate-results";

export interface Condition { type: string; operator?: string; field?: string | null; customID?: string | null; targetValue?: unknown }
export interface Rule { id?: string; name: string; passPercentage: number; conditions: Condition[]; environments?: string[] | null }
export interface Gate { id: string; name: string; description: string; idType: string; isEnabled: boolean; status: string; type: string; rules: Rule[]; tags: string[]; measureMetricLifts?: boolean; monitoringMetrics?: MetricRef[]; version?: number; lastModifiedTime?: number; checksPerHour?: number | null }

const tones: Record<string, Tone> = { "In Progress": "info", Launched: "ok", Disabled: "plain", Archived: "plain" };
export const conditionText = (c: Condition) => c.type === "public" ? "everyone" : [c.type.replace(/_/g, " "), c.field ?? c.customID, (c.operator ?? "").replace(/_/g, " "), Array.isArray(c.targetValue) ? c.targetValue.join(", ") : c.targetValue === undefined || c.targetValue === null ? "" : String(c.targetValue)].filter(Boolean).join(" ");

export function Gates() {
  const answer = useAnswer("gates", (signal) => all<Gate>("gates", {}, signal), 30_000);
  return (
    <>
      <PageHead title="Gates" tools={<a class="button primary" href={to(["gates", "new"])}><Icon name="plus" />New gate</a>} />
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {!answer.data && answer.loading && <Loading what="Reading gates" />}
      {answer.data && (
        <Table name="gates" label="Gates" rows={answer.data} id={(g) => g.id} href={(g) => to(["gates", g.id])} search="Search gates" source={{ api: "console/v1/gates" }}
          empty={<Empty title="No gates yet"><p>A gate passes some units and not others; its rules say whom. Statsig SDKs evaluate it, and Pulse compares those who passed with those who did not.</p><p><a href={to(["gates", "new"])}>New gate</a></p></Empty>} columns={[
            { key: "name", head: "Gate", wide: true, value: (g) => g.name || g.id, show: (g) => <><span class="strong">{g.name || g.id}</span>{g.description && <span class="sub">{g.description}</span>}</> },
            { key: "status", head: "Status", value: (g) => g.status, show: (g) => <Badge tone={tones[g.status]}>{g.status}</Badge> },
            { key: "rules", head: "Rules", value: (g) => g.rules.map((r) => `${r.name} ${r.passPercentage} %`).join(", "), show: (g) => g.rules.length === 0 ? <span class="muted">none: nobody passes</span> : g.rules.map((r) => <div>{r.name} <span class="muted">{percent(r.passPercentage, 0, false)}</span></div>) },
            { key: "unit", head: "ID type", value: (g) => g.idType, show: (g) => <code>{g.idType}</code> },
            { key: "changed", head: "Changed", value: (g) => g.lastModifiedTime, show: (g) => ago(g.lastModifiedTime) },
            { key: "tags", head: "Tags", value: (g) => (g.tags ?? []).join(" "), show: (g) => (g.tags ?? []).map((t) => <Tag text={t} />) },
          ]} />
      )}
    </>
  );
}

const crumbs: [string, string][] = [["Gates", to(["gates"])]];

export const NewGate = () => (
  <>
    <PageHead title="New gate" crumbs={crumbs} />
    <Card><GateForm done={(g) => go(to(["gates", g.id]))} cancel={() => go(to(["gates"]))} save={(body) => post<Gate>("gates", body)} /></Card>
  </>
);

export function GatePage({ id }: { id: string }) {
  const answer = useAnswer("gate " + id, (signal) => get<Gate>(at("gates", id), {}, signal));
  const g = answer.data, tab = param("tab", "setup");
  const { run, error } = useAction();
  if (!g) return <><PageHead title={id} crumbs={crumbs} />{answer.error ? <Problem error={answer.error} retry={answer.reload} /> : <Loading />}</>;
  const does = (action: string, text: string) => () => run(() => put(at("gates", id, action)), text).then(answer.reload);
  return (
    <>
      <PageHead title={<>{g.name || g.id} <Badge tone={tones[g.status]}>{g.status}</Badge></>} crumbs={crumbs} tools={<>
        {g.isEnabled ? <Button onClick={does("disable", "Disabled: nobody passes")}>Disable</Button> : <Button kind="primary" onClick={does("enable", "Enabled")}>Enable</Button>}
        <Menu label="More" quiet><button type="button" onClick={() => confirm(`Let everyone pass ${g.id}?`) && does("launch", "Launched: everyone passes")()}>Launch to everyone…</button><button type="button" onClick={does("archive", "Archived")}>Archive</button><a href={to(["settings", "audit"], { kind: "gate", id })}>Changes</a></Menu>
      </>}>
        {g.description && <p class="lede">{g.description}</p>}
        <p class="muted small">by {g.idType} · {g.type.toLowerCase()}{g.version ? ` · version ${g.version}` : ""}</p>
      </PageHead>
      <Refusal error={error} />
      <Tabs label="Views of the gate" items={[{ text: "Set-up", href: here({ tab: "setup" }), on: tab === "setup" }, { text: "Pulse results", href: here({ tab: "results" }), on: tab === "results" }]} />
      {tab === "setup" && <Setup g={g} changed={answer.reload} />}
      {tab === "results" && <GateResults g={g} />}
    </>
  );
}

function Setup({ g, changed }: { g: Gate; changed: () => void }) {
  if (param("edit")) return <Card title="Edit"><GateForm gate={g} done={() => (go(here({ edit: "" })), changed())} cancel={() => go(here({ edit: "" }))} save={(body) => post<Gate>(at("gates", g.id), body)} /></Card>;
  return (
    <>
      <Card title="Rules" note="The first rule whose conditions hold decides" tools={<a class="button" href={here({ edit: "1" })}>Edit</a>}>
        {g.rules.length === 0 ? <Empty title="No rules: nobody passes"><a href={here({ edit: "1" })}>Add one</a></Empty> : (
          <ol class="rules">{g.rules.map((r) => (
            <li>
              <div><b>{r.name}</b> <span class="muted">{r.conditions.map(conditionText).join(" and ") || "everyone"}{(r.environments?.length ?? 0) > 0 && ` · in ${r.environments!.join(", ")}`}</span></div>
              <div class="passes"><meter min={0} max={100} value={r.passPercentage} aria-label={`${r.name} passes`} /> <span>{percent(r.passPercentage, 1, false)} pass</span></div>
            </li>
          ))}</ol>
        )}
      </Card>
      <Card title="Use it"><Facts items={[["Monitored metrics", (g.monitoringMetrics ?? []).map((m) => m.name).join(", ") || <span class="muted">none</span>], ["Stream", <a href={to(["metrics", "stream"], { text: g.id })}>Watch its exposures live</a>]]} /></Card>
    </>
  );
}
