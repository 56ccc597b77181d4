// One experiment: results, diagnostics, set-up, queries, overrides.
import { at, get } from "../core/api";
import { useAnswer } from "../core/data";
import { daysRun, statuses } from "../core/experiments";
import { day } from "../core/format";
import { param, here, to } from "../core/router";
import type { Experiment as X } from "../core/types";
import { Badge, Loading, PageHead, Problem, Tabs } from "../ui/basics";
import { Diagnostics } from "./experiment-health";
import { Actions, Setup } from "./experiment-setup";
import { Results } from "./experiment-results";
import { GroupOverrides } from "./overrides";
import { Queries } from "./queries";

export function Experiment({ id }: { id: string }) {
  const answer = useAnswer("experiment " + id, (signal) => get<X>(at("experiments", id), {}, signal));
  const x = answer.data;
  if (!x) return answer.error ? <><PageHead title={id} crumbs={[["Experiments", to(["experiments"])]]} /><Problem error={answer.error} retry={answer.reload} /></> : <Loading what="Reading the experiment" />;
  const tab = param("tab", x.startTime ? "results" : "setup");
  const status = statuses[x.status];
  return (
    <>
      <PageHead title={<>{x.name} <Badge tone={status?.tone}>{status?.word ?? x.status}</Badge></>} crumbs={[["Experiments", to(["experiments"])]]} tools={<Actions x={x} changed={answer.reload} />}>
        {x.hypothesis && <p class="lede">{x.hypothesis}</p>}
        <p class="muted small">
          {x.startTime ? <>Started {day(x.analysisStartTime || x.startTime)}, day {daysRun(x)}{x.duration ? ` of ${x.duration}` : ""}{x.endTime ? `, ended ${day(x.endTime)}` : ""}</> : "Not started"} · by {x.idType} · {x.groups.length} groups{x.layerID ? <> · layer <a href={to(["layers", x.layerID])}>{x.layerID}</a></> : ""}
        </p>
      </PageHead>
      <Tabs label="Views of the experiment" items={[
        { text: "Results", href: here({ tab: "results" }), on: tab === "results" },
        { text: "Diagnostics", href: here({ tab: "diagnostics" }), on: tab === "diagnostics" },
        { text: "Set-up", href: here({ tab: "setup" }), on: tab === "setup" },
        { text: "Queries", href: here({ tab: "queries" }), on: tab === "queries" },
        { text: "Overrides", href: here({ tab: "overrides" }), on: tab === "overrides" },
      ]} />
      {tab === "results" && <Results x={x} />}
      {tab === "diagnostics" && <Diagnostics x={x} />}
      {tab === "setup" && <Setup x={x} changed={answer.reload} />}
      {tab === "queries" && <Queries x={x} />}
      {tab === "overrides" && <GroupOverrides path={at("experiments", x.id, "overrides")} idType={x.idType} groups={x.groups} />}
    </>
  );
}
