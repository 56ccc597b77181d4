// A metric cut into parts: of its events, or of its units. Where each unit is in one part, also how far the parts differ.
import { count, number, percent, pValue, signed } from "../core/format";
import type { Bounds, Differs, Heterogeneity, Interaction, Result, Slice } from "../core/types";
import { Badge, Empty } from "../ui/basics";
import { Table } from "../ui/table";
import { axisLimit, ForestBar } from "./forest";
import { Verdict } from "./hover";
import { told } from "./scorecard";
import { interval } from "./verdict";

/** What pulse_results can be cut by, one at a time. */
export const cuts: [string, string][] = [
  ["dimension", "Events by a property of theirs"], ["property", "Units by what the user was at first exposure"], ["byExposureDate", "Units by the day of first exposure"], ["interactsWith", "Units by their group in another experiment"],
];

/** The cut as a parameter of pulse_results; undefined where it is not said yet what by. */
export const cutQuery = (cut: string, name: string) => (cut === "byExposureDate" ? { byExposureDate: true } : name ? { [cut]: name } : undefined);

export function Slices({ r, head, name }: { r: Result; /** Of the column that names the slices. */ head: string; name: string }) {
  const slices = r.dimensionBreakdown ?? [];
  const limit = axisLimit(slices, 1), compared = slices.some((s) => s.differs);
  return (
    <>
      {r.heterogeneity && <p class="small">{oneEffect(r.heterogeneity)}</p>}
      <Table name={name} own="d." label={`${r.metricName} by ${head}`} rows={slices} id={(s) => s.value} empty={<Empty title="No values">{r.detail ?? `Nothing of this metric has “${head}”.`}</Empty>} columns={[
        { key: "value", head, value: (s) => s.value, show: (s) => s.value || <span class="muted">not given</span> },
        { key: "units", head: "with events", num: true, value: (s) => s.testParticipants + s.controlParticipants, show: (s) => count(s.testParticipants + s.controlParticipants) },
        { key: "change", head: "Change", num: true, value: (s) => s.percentChange, show: (s) => <>{percent(s.percentChange)}<span class="sub">{interval(s.percentConfidenceInterval)}</span></> },
        { key: "bar", head: "", fixed: true, value: () => null, show: (s: Slice) => <div class="mini"><ForestBar r={s} limit={limit} label={told(s)} /></div> },
        { key: "verdict", head: "Verdict", value: (s) => s.verdict ?? s.status, show: (s) => <Verdict r={s} /> },
        ...(compared ? [{ key: "differs", head: "Against the rest", hint: "The effect here less that among all other units. The p value is corrected for the number of parts.", value: (s: Slice) => s.differs?.adjustedPValue, show: (s: Slice) => <Against d={s.differs} /> }] : []),
      ]} />
      {r.interactions && r.interactions.length > 0 && <Interactions list={r.interactions} />}
    </>
  );
}

const flags: Record<string, ["warn" | "bad", string]> = { some: ["warn", "may differ"], high: ["bad", "differs"] };

const Against = ({ d }: { d?: Differs | null }) => d ? (
  <span class="small nowrap">{flags[d.flag] && <Badge tone={flags[d.flag][0]}>{flags[d.flag][1]}</Badge>} {signed(d.difference)} <span class="muted">p {pValue(d.adjustedPValue)}</span></span>
) : <span class="muted">–</span>;

/** Cochran's test in words. */
const oneEffect = (h: Heterogeneity) => {
  const p = h.pValue ?? 1;
  return `${p < 0.05 ? "The effect is not the same in all parts" : "The parts differ no more than chance lets them"}: Cochran's Q ${number(h.q)} over ${h.segments} parts, p ${pValue(h.pValue)}${h.iSquared ? `, ${percent(100 * h.iSquared, 0, false)} of the variation is beyond chance` : ""}.`;
};

const bounds = (b: Bounds | null) => (b ? `${signed(b.lower)} to ${signed(b.upper)}` : "–");

function Interactions({ list }: { list: Interaction[] }) {
  return (
    <table>
      <caption class="hidden">Interaction with the other experiment</caption>
      <thead><tr><th scope="col">In the other experiment</th><th scope="col" class="num">Effect here</th><th scope="col" class="num">Effect in its control</th><th scope="col" class="num">Interaction</th><th scope="col" class="num">Interval</th><th scope="col" class="num">p</th><th scope="col">Verdict</th></tr></thead>
      <tbody>{list.map((i) => (
        <tr><th scope="row">{i.otherGroup} <span class="muted">against {i.otherControl}</span></th><td class="num">{signed(i.effect)}</td><td class="num">{signed(i.controlEffect)}</td><td class="num strong">{signed(i.interaction)}</td><td class="num small">{bounds(i.confidenceInterval)}</td><td class="num small">{pValue(i.pValue)}</td>
          <td>{i.pValue === null ? <Badge>Too little data</Badge> : i.pValue < 0.05 ? <Badge tone="warn">They interact</Badge> : <Badge tone="ok">No sign of it</Badge>}</td></tr>
      ))}</tbody>
    </table>
  );
}
