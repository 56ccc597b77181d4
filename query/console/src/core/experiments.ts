// What several pages say about experiments.
import type { Experiment } from "./types";
import type { Tone } from "../ui/basics";

export const statuses: Record<string, { word: string; tone: Tone }> = {
  setup: { word: "Set-up", tone: "plain" },
  active: { word: "Running", tone: "info" },
  decision_made: { word: "Decided", tone: "ok" },
  experiment_stopped: { word: "Stopped", tone: "warn" },
  assignment_stopped: { word: "Assignment stopped", tone: "warn" },
  abandoned: { word: "Abandoned", tone: "warn" },
  archived: { word: "Archived", tone: "plain" },
};

export const startOf = (x: Experiment) => x.analysisStartTime || x.startTime || 0;
export function daysRun(x: Experiment, now = Date.now()): number | null {
  const start = startOf(x);
  return start ? Math.max(0, Math.floor((Math.min(x.endTime || now, now) - start) / 86_400_000)) + 1 : null;
}

/** At most n at a time, in order; what fails is undefined. */
export async function each<A, B>(items: A[], n: number, f: (item: A) => Promise<B>): Promise<(B | undefined)[]> {
  const out: (B | undefined)[] = new Array(items.length);
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const i = next++;
      out[i] = await f(items[i]).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: Math.min(n, items.length) }, work));
  return out;
}
