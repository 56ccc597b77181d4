// Gates: who passes and who does not.
import { all, at, patch, post } from "../core/api";
import { useAnswer } from "../core/data";
import { percent } from "../core/format";
import { here, go, param, to } from "../core/router";
import type { Gate } from "../core/types";
import { Badge, Button, Card, Empty, Facts, Loading, PageHead, Problem, Tabs } from "../ui/basics";
import { Icon } from "../ui/icon";
import { Table } from "../ui/table";
import { GateForm } from "./gate-form";
import { HeadPage, lastColumns, nameColumn, statusTones } from "./head";
import { GateOverrides } from "./overrides";
import { Comparison } from "./comparison";
import { RuleList } from "./rules";

export const GateTabs = ({ on }: { on: "gates" | "configs" }) => <Tabs label="Gates and dynamic configs" items={[{ text: "Gates", href: to(["gates"]), on: on === "gates" }, { text: "Dynamic configs", href: to(["configs"]), on: on === "configs" }]} />;

export function Gates() {
  const answer = useAnswer("gates", (signal) => all<Gate>("gates", {}, signal), 30_000);
  return (
    <>
      <PageHead title="Gates" tools={<a class="button primary" href={to(["gates", "new"])}><Icon name="plus" />New gate</a>} />
      <GateTabs on="gates" />
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {!answer.data && answer.loading && <Loading what="Reading gates" />}
      {answer.data && (
        <Table name="gates" label="Gates" rows={answer.data} id={(g) => g.id} href={(g) => to(["gates", g.id])} search="Search gates" source={{ api: "console/v1/gates" }}
          empty={<Empty title="No gates yet"><p>A gate passes some units and not others; its rules say whom. Statsig SDKs evaluate it, and Pulse compares those who passed with those who did not.</p><p><a href={to(["gates", "new"])}>New gate</a></p></Empty>} columns={[
            nameColumn<Gate>("Gate"),
            { key: "status", head: "Status", value: (g) => g.status, show: (g) => <Badge tone={statusTones[g.status]}>{g.status}</Badge> },
            { key: "rules", head: "Rules", value: (g) => g.rules.map((r) => `${r.name} ${r.passPercentage} %`).join(", "), show: (g) => g.rules.length === 0 ? <span class="muted">none: nobody passes</span> : g.rules.map((r) => <div>{r.name} <span class="muted">{percent(r.passPercentage, 0, false)}</span></div>) },
            ...lastColumns<Gate>(),
          ]} />
      )}
    </>
  );
}

export const NewGate = () => (
  <>
    <PageHead title="New gate" crumbs={[["Gates", to(["gates"])]]} />
    <Card><GateForm done={(g) => go(to(["gates", g.id]))} cancel={() => go(to(["gates"]))} save={(body) => post<Gate>("gates", body)} /></Card>
  </>
);

export function GatePage({ id }: { id: string }) {
  const tab = param("tab", "setup");
  const item = (key: string, text: string) => ({ text, href: here({ tab: key }), on: tab === key });
  return (
    <HeadPage<Gate> kind="gate" path="gates" page="gates" word="Gates" id={id} status={(g) => <Badge tone={statusTones[g.status]}>{g.status}</Badge>}
      tools={(g, does) => g.isEnabled ? <Button onClick={does("disable", "Disabled: nobody passes")}>Disable</Button> : <Button kind="primary" onClick={does("enable", "Enabled")}>Enable</Button>}
      items={(g, does) => <button type="button" onClick={() => confirm(`Let everyone pass ${g.id}?`) && does("launch", "Launched: everyone passes")()}>Launch to everyone…</button>}>
      {(g, changed) => (
        <>
          <Tabs label="Views of the gate" items={[item("setup", "Set-up"), item("results", "Pulse results"), item("overrides", "Overrides")]} />
          {tab === "setup" && <Setup g={g} changed={changed} />}
          {tab === "results" && <Results g={g} />}
          {tab === "overrides" && <GateOverrides path={at("gates", g.id, "overrides")} idType={g.idType} />}
        </>
      )}
    </HeadPage>
  );
}

function Setup({ g, changed }: { g: Gate; changed: () => void }) {
  if (param("edit")) return <Card title="Edit"><GateForm gate={g} done={() => (go(here({ edit: "" })), changed())} cancel={() => go(here({ edit: "" }))} save={(body) => patch<Gate>(at("gates", g.id), body)} /></Card>;
  return (
    <>
      <Card title="Rules" note="The first rule whose conditions hold decides" tools={<a class="button" href={here({ edit: "1" })}>Edit</a>}>
        {g.rules.length === 0 ? <Empty title="No rules: nobody passes"><a href={here({ edit: "1" })}>Add one</a></Empty> : <RuleList rules={g.rules} />}
      </Card>
      <Card title="Use it"><Facts items={[["Monitored metrics", (g.monitoringMetrics ?? []).map((m) => m.name).join(", ") || <span class="muted">none</span>], ["Stream", <a href={to(["metrics", "stream"], { text: g.id })}>Watch its exposures live</a>]]} /></Card>
    </>
  );
}

/** Pulse of one rule: those who passed it against those who did not. */
function Results({ g }: { g: Gate }) {
  const rules = g.rules.filter((r) => r.id);
  const rule = rules.find((r) => r.id === param("rule")) ?? rules.find((r) => r.passPercentage > 0 && r.passPercentage < 100) ?? rules[0];
  if (!rule) return <Empty title="No rules"><a href={here({ tab: "setup" })}>Add one</a>, so that some units pass and others do not.</Empty>;
  const without = rule.passPercentage === 0 || rule.passPercentage === 100 ? "Everyone gets the same from this rule; there is nobody to compare with." : (g.monitoringMetrics ?? []).length === 0 ? "No metric is monitored." : !g.measureMetricLifts ? "Metric lifts of this gate are not measured." : "";
  return <Comparison path={at("gates", g.id, "rules", rule.id!, "pulse_results")} title={`${rule.name}: pass against fail`} names={{ control: "Fail", test: "Pass", unit: g.idType }} without={without} choose={{ value: rule.id!, options: rules.map((o) => [o.id!, `${o.name}, ${o.passPercentage} %`]) }} />;
}
