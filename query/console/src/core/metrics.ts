// What several pages say about metrics and events.
import { get } from "./api";
import { each } from "./experiments";
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
  composite: { word: "Composite", help: "Several counts together.", events: [0, 0] },
};
export const typeWord = (type: string) => types[type]?.word ?? type.replace(/_/g, " ");

export interface EventDay { date: string; count: number; users: number; complete: boolean }
export interface EventSummary { name: string; count: number; firstSeen: number; lastSeen: number; series: EventDay[] }

export const lastDays = (n: number, now = Date.now()) => Array.from({ length: n }, (_, i) => new Date(now - (n - 1 - i) * 86_400_000).toISOString().slice(0, 10));

interface Value { metricName: string; metricType: string; unitType: string; value: number | null; units: number; inputRows: number }
export interface MetricSeries { id: string; unitType: string; points: Point[] }

/** The series of metrics over days. A day that the rollup has not computed, or on which nothing happened, has no point. */
export async function metricSeries(days: string[], query: { metricName?: string; metricType?: string }, signal: AbortSignal): Promise<Map<string, MetricSeries>> {
  const today = days[days.length - 1];
  const values = await each(days, 5, (date) => get<Value[]>("metrics/values", { date, limit: 1000, ...query }, signal));
  const all = new Map<string, MetricSeries>();
  values.forEach((list, i) => {
    for (const v of list ?? []) {
      const key = `${v.metricName}::${v.metricType} ${v.unitType}`;
      if (!all.has(key)) all.set(key, { id: `${v.metricName}::${v.metricType}`, unitType: v.unitType, points: days.map((date) => ({ date, value: null, complete: date < today })) });
      all.get(key)!.points[i].value = v.value;
    }
  });
  return all;
}

/** The newest day that is over and has a value. */
export const lastValue = (points: Point[] = []) => points.filter((p) => p.complete && p.value !== null).pop()?.value ?? null;
