// What several pages say about metrics and events.
import { all, get } from "./api";
import type { Point } from "../ui/spark";

export const types: Record<string, { word: string; help: string; events: [number, number] }> = {
  event_count_custom: { word: "Count", help: "How many events.", events: [1, 1] },
  event_user: { word: "Participation", help: "Units with the event.", events: [1, 1] },
  sum: { word: "Sum", help: "The sum of a value.", events: [1, 1] },
  mean: { word: "Mean", help: "The mean of a value, per event.", events: [1, 1] },
  ratio: { word: "Ratio", help: "One total over another.", events: [2, 2] },
  funnel: { word: "Funnel", help: "Units, or events, that come through all steps.", events: [2, 12] },
  count_distinct: { word: "Distinct count", help: "How many different values of a property.", events: [1, 1] },
  retention: { word: "Retention", help: "Units with the first event that have the last one again days later.", events: [1, 2] },
  percentile: { word: "Percentile", help: "A percentile of a value over all events.", events: [1, 1] },
  min: { word: "Smallest value", help: "The mean of units' smallest value.", events: [1, 1] },
  max: { word: "Largest value", help: "The mean of units' largest value.", events: [1, 1] },
  first_value: { word: "First value", help: "The mean of units' first value.", events: [1, 1] },
  latest_value: { word: "Latest value", help: "The mean of units' latest value.", events: [1, 1] },
  composite: { word: "Composite", help: "Several metrics added up. Of metrics that count units: units with any of their events.", events: [0, 0] },
  composite_sum: { word: "Composite sum", help: "Several sums added up.", events: [0, 0] },
};
export const typeWord = (type: string) => types[type]?.word ?? type.replace(/_/g, " ");

export interface EventDay { date: string; count: number; users: number; complete: boolean }
export interface EventSummary { name: string; count: number; firstSeen: number; lastSeen: number; series: EventDay[] }

export const lastDays = (n: number, now = Date.now()) => Array.from({ length: n }, (_, i) => new Date(now - (n - 1 - i) * 86_400_000).toISOString().slice(0, 10));

interface SeriesAnswer { metricID: string; unitType: string; points: { date: string; value: number | null; status: string; complete: boolean }[] }
export interface MetricSeries { id: string; unitType: string; points: Point[] }

// A computed day on which nothing happened is a zero only for what adds up; a mean of nothing is unknown.
const additive = /::(event_count_custom|event_count|event_user|event_dau|sum|event_value_sum|count_distinct)$/;
const known = (id: string, p: SeriesAnswer["points"][0]) => p.value ?? (p.status === "no_data" && additive.test(id) ? 0 : null);
const shaped = (s: SeriesAnswer): MetricSeries => ({ id: s.metricID, unitType: s.unitType, points: s.points.map((p) => ({ date: p.date, value: known(s.metricID, p), complete: p.complete })) });

/** A page of metrics over the last days, in one call. */
export async function sparklines(ids: string[], days: number, signal: AbortSignal, unitType?: string): Promise<Map<string, MetricSeries>> {
  if (ids.length === 0) return new Map();
  return new Map((await all<SeriesAnswer>("metrics/sparklines", { ids: ids.join(","), days, unitType }, signal)).map((s) => [s.metricID, shaped(s)]));
}

/** One metric over days. */
export const series = async (id: string, unitType: string, from: string, to: string, signal: AbortSignal) => (await get<SeriesAnswer[]>("metrics/series", { ids: id, unitType, from, to }, signal)).map(shaped)[0];

/** The newest day that is over and has a value. */
export const lastValue = (points: Point[] = []) => points.filter((p) => p.complete && p.value !== null).pop()?.value ?? null;
