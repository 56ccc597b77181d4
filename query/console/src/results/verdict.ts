// What a result says in words. Colour never decides: each verdict has a sign, a word and a side of the axis.
import { count, percent } from "../core/format";
import type { Bounds, Report, Result } from "../core/types";
import type { Tone } from "../ui/basics";

export const verdicts: Record<string, { tone: Tone; word: string; sign: string }> = {
  better: { tone: "better", word: "Better", sign: "▲" },
  worse: { tone: "worse", word: "Worse", sign: "▼" },
  inconclusive: { tone: "plain", word: "Not significant", sign: "●" },
};

/** Statuses without a result: what it is called, and what can be done. */
export const states: Record<string, { word: string; help: string }> = {
  no_exposures: { word: "No exposures", help: "No unit has been exposed to one of the two groups." },
  no_events: { word: "No events", help: "None of the exposed units has had an event of this metric. Does the event carry the experiment's ID type?" },
  too_little_data: { word: "Too little data", help: "Too few units have taken part: a standard error needs at least two of each group." },
  failed: { word: "Failed", help: "The numbers could not be computed." },
  timed_out: { word: "Timed out", help: "The query took too long. Narrow the dates, or ask for fewer metrics." },
  pending: { word: "Computing", help: "The rollup has not computed this metric yet." },
};

/** Why there is no result: the server's reason, unless it only names the statistic that is missing. */
export const why = (r: Result) => (r.status === "too_little_data" ? states.too_little_data.help : r.detail || states[r.status]?.help || "");

/** The decision at hand: by the plain interval, or by the sequential one where the report was asked for that. */
export const verdictOf = (r: Result) => (r.status === "ok" ? verdicts[r.verdict ?? "inconclusive"] : undefined);

/** The outer interval in percent: as the API gives it, else around the estimate. */
export function outer(r: Result): Bounds | null {
  if (r.percentSequentialTestingConfidenceInterval) return r.percentSequentialTestingConfidenceInterval;
  const d = r.percentSequentialTestingConfidenceIntervalDelta;
  return d === null || d === undefined || r.percentChange === null ? null : { kind: "bounded", lower: r.percentChange - d, upper: r.percentChange + d };
}

export const interval = (b: Bounds | null, digits = 2) => {
  if (!b) return "–";
  if (b.kind === "all_reals") return "nothing can be ruled out";
  if (b.kind === "complement") return `outside (${percent(b.lower, digits)}, ${percent(b.upper, digits)})`;
  if (b.lower === null) return `up to ${percent(b.upper, digits)}`;
  if (b.upper === null) return `from ${percent(b.lower, digits)}`;
  return `${percent(b.lower, digits)} to ${percent(b.upper, digits)}`;
};

/** The whole report in a sentence. */
export function sentence(r: Report): string {
  const of = (word: string) => r.primaryMetrics.filter((m) => verdictOf(m)?.word === word).length;
  const known = r.primaryMetrics.filter((m) => m.status === "ok").length, n = r.primaryMetrics.length;
  const units = r.exposures.reduce((sum, g) => sum + g.units, 0);
  if (units === 0) return "Waiting for the first exposure.";
  if (n === 0) return `${count(units)} units are exposed; the experiment has no primary metric to decide by.`;
  if (known === 0) return `${count(units)} units are exposed; none of the ${n} primary metrics has a result yet.`;
  const better = of("Better"), worse = of("Worse");
  const lead = better === 0 && worse === 0 ? `None of the ${known} primary metrics with a result differs from control beyond chance` :
    [better > 0 && `${better} of ${n} primary metrics better`, worse > 0 && `${worse} worse`].filter(Boolean).join(", ");
  const guard = r.secondaryMetrics.filter((m) => verdictOf(m)?.word === "Worse").length;
  const srm = r.srm?.level === "ok" ? "sample ratio as planned" : r.srm?.level ? `sample ratio ${r.srm.level === "red" ? "mismatch" : "a little off"}` : "sample ratio not known yet";
  return `${lead}${r.secondaryMetrics.length > 0 ? `; ${guard === 0 ? "no" : guard} secondary metric${guard === 1 ? "" : "s"} worse` : ""}; ${srm}.`;
}
