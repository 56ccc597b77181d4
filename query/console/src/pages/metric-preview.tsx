// The numbers that a definition would have, before it is saved.
import { useEffect, useMemo, useState } from "preact/hooks";
import { post } from "../core/api";
import { useAnswer } from "../core/data";
import { number } from "../core/format";
import { lastDays, lastValue } from "../core/metrics";
import { zone } from "../core/project";
import { Card, Empty, Loading, Problem, Stat } from "../ui/basics";
import { Chart } from "../ui/chart";
import type { Draft } from "./metric-form";

interface Answer { values: { date: string; unitType: string; value: number | null }[]; samples: { time?: string; metadata?: unknown }[] }

const days = lastDays(14);

export function Preview({ draft, ready }: { draft: Draft; ready: boolean }) {
  const [asked, setAsked] = useState<string>();
  const text = ready ? JSON.stringify({ ...draft, name: draft.name || "preview" }) : undefined;
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), 500); // not for every letter
    return () => clearTimeout(timer);
  }, [text]);
  const answer = useAnswer(asked, () => post<Answer>("metrics/preview", JSON.parse(asked!), { from: days[0], to: days[13] }));
  const unitType = draft.unitTypes?.[0] ?? "userID";
  const points = useMemo(() => answer.data && days.map((date) => ({ date, value: answer.data!.values.find((v) => v.date === date && v.unitType.toLowerCase() === unitType.toLowerCase())?.value ?? null, complete: date < days[13] })), [answer.data]);
  const dates = useMemo(() => points?.map((p) => p.date) ?? [], [points]);
  const lines = useMemo(() => [{ label: "value", values: points?.map((p) => p.value) ?? [] }], [points]);
  const complete = useMemo(() => points?.map((p) => p.complete) ?? [], [points]);
  return (
    <Card title="Preview" note="The last 14 days, computed from raw events">
      {!asked ? <Empty title="Choose an event">Then its numbers appear here.</Empty> : answer.error ? <Problem error={answer.error} /> : !points ? <Loading what="Computing" /> :
        points.every((p) => p.value === null) ? <Empty title="No event matches in these days" /> : <><Stat label="Last full day" value={number(lastValue(points))} /><Chart name="preview" title="By day" dates={dates} complete={complete} lines={lines} zone={zone()} /></>}
    </Card>
  );
}
