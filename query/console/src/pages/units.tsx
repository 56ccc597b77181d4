// One unit: what it saw, where it stands, and what of its events counts, or why not.
import { useState } from "preact/hooks";
import { at, get } from "../core/api";
import { useAnswer } from "../core/data";
import { count, moment, number, plural, sentence } from "../core/format";
import { param, set, to } from "../core/router";
import { Badge, Card, Empty, Loading, PageHead, Problem } from "../ui/basics";
import { Form, TextField } from "../ui/form";
import { Table } from "../ui/table";
import { UnitTypeField } from "../ui/unit-type";

interface Exposure { name: string; kind: string; layer?: string; rule: string; ruleName?: string; value?: string; reason?: string; environment: string; secondary: boolean; times: number; firstTime: number; lastTime: number }
interface Contribution { metricID: string; date: string; daysSinceExposure: number; numerator: number; denominator: number }
interface Events { name: string; fate: string; reason: string; linked?: boolean; times: number; firstTime: number; lastTime: number }
/** Where it stands in an experiment, a rule of a gate, or a holdout. */
interface Place { experimentID?: string; gateID?: string; ruleID?: string; holdoutID?: string; groupID?: string; firstExposure?: number; counted: boolean; reason: string; contributions: Contribution[]; events: Events[] }
interface Unit { unitType: string; unitID: string; exposures: Exposure[]; experiments: Place[]; comparisons: Place[] }

export function Units() {
  const id = param("id"), type = param("type", "userID");
  const [text, setText] = useState(id), [kind, setKind] = useState(type);
  const answer = useAnswer(id ? `unit ${type} ${id}` : undefined, (signal) => get<Unit>(at("units", type, id), {}, signal));
  return (
    <>
      <PageHead title="Unit look-up"><p class="lede">Why does one user count, or not?</p></PageHead>
      <Card>
        <Form text="Look up" disabled={!text.trim()} submit={() => set({ id: text.trim(), type: kind })}>
          <div class="formgrid">
            <TextField label="Unit ID" value={text} set={setText} autofocus placeholder="u_1234" />
            <UnitTypeField label="ID type" value={kind} set={setKind} />
          </div>
        </Form>
      </Card>
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {id && !answer.data && answer.loading && <Loading what={`Looking for ${id}`} />}
      {answer.data && <Found u={answer.data} />}
    </>
  );
}

function Found({ u }: { u: Unit }) {
  if (u.exposures.length === 0 && u.experiments.every((x) => x.events.length === 0)) {
    return <Empty title={`Nothing is known of ${u.unitType} “${u.unitID}”`}>No exposure and no event of an experiment's metrics carries it. Is it another ID type?</Empty>;
  }
  return (
    <>
      {[...u.experiments, ...u.comparisons].filter((x) => x.groupID).map((x) => <Standing x={x} />)}
      <Elsewhere list={u.experiments.filter((x) => !x.groupID)} />
      <Card title="Exposures" flush>
        <Table name={"exposures-" + u.unitID} own="x." label="Exposures of the unit" rows={u.exposures} id={(e) => e.name + e.rule + e.value + e.environment} empty={<Empty title="It was never exposed" />} columns={[
          { key: "name", head: "Gate or experiment", value: (e) => e.name }, { key: "kind", head: "Kind", value: (e) => e.kind + (e.secondary ? ", secondary" : "") },
          { key: "rule", head: "Rule or group", value: (e) => e.ruleName || e.rule }, { key: "value", head: "Value", value: (e) => e.value }, { key: "reason", head: "Reason", value: (e) => e.reason },
          { key: "env", head: "Environment", value: (e) => e.environment }, { key: "times", head: "Times", num: true, value: (e) => e.times, show: (e) => count(e.times) },
          { key: "first", head: "First", value: (e) => e.firstTime, show: (e) => moment(e.firstTime) },
        ]} />
      </Card>
    </>
  );
}

/** Experiments that it has no group in: why, in one line each. */
const Elsewhere = ({ list }: { list: Place[] }) => list.length === 0 ? null : (
  <Card title={`Not in ${plural(list.length, "other experiment")}`}>
    <ul class="lineage">{list.map((x) => <li><Where x={x} /> <span class="muted">{x.reason}</span></li>)}</ul>
  </Card>
);

/** Links what it stands in. */
function Where({ x }: { x: Place }) {
  if (x.gateID) return <>Gate <a href={to(["gates", x.gateID])}>{x.gateID}</a>, rule {x.ruleID}</>;
  if (x.holdoutID) return <>Holdout <a href={to(["holdouts", x.holdoutID])}>{x.holdoutID}</a></>;
  return <a href={to(["experiments", x.experimentID!])}>{x.experimentID}</a>;
}

function Standing({ x }: { x: Place }) {
  return (
    <Card title={<Where x={x} />} tools={<Badge tone={x.counted ? "ok" : "warn"}>{x.counted ? "counted" : "not counted"}</Badge>}
      note={<>{x.groupID && <>Group <b>{x.groupID}</b>{x.firstExposure ? ` since ${moment(x.firstExposure)}` : ""}. </>}{sentence(x.reason)}.</>}>
      {x.events.length > 0 && (
        <div class="scroll"><table>
          <thead><tr><th scope="col">Events</th><th scope="col" class="num">Times</th><th scope="col">Counted</th><th scope="col">Why</th><th scope="col">Last</th></tr></thead>
          <tbody>{x.events.map((e) => <tr><th scope="row">{e.name}</th><td class="num">{count(e.times)}</td><td><Badge tone={e.fate === "counts" ? "ok" : "plain"}>{e.fate.replace(/_/g, " ")}</Badge></td><td>{e.reason}{e.linked && " (its secondary ID alone says that it is the unit's)"}</td><td class="nowrap">{moment(e.lastTime)}</td></tr>)}</tbody>
        </table></div>
      )}
      {x.contributions.length > 0 && (
        <details class="more"><summary>{count(x.contributions.length)} contributions by metric and day</summary>
          <div class="scroll"><table>
            <thead><tr><th scope="col">Metric</th><th scope="col">Day</th><th scope="col" class="num">Days since exposure</th><th scope="col" class="num">Numerator</th><th scope="col" class="num">Denominator</th></tr></thead>
            <tbody>{x.contributions.map((c) => <tr><th scope="row">{c.metricID}</th><td>{c.date}</td><td class="num">{c.daysSinceExposure}</td><td class="num">{number(c.numerator)}</td><td class="num">{c.denominator ? number(c.denominator) : "–"}</td></tr>)}</tbody>
          </table></div>
        </details>
      )}
    </Card>
  );
}
