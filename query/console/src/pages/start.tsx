// First steps: from a key to a first event that the page itself sees arrive, and on to a first result.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { all, at, get } from "../core/api";
import { useAnswer } from "../core/data";
import { ago } from "../core/format";
import { host } from "../core/host";
import { to } from "../core/router";
import { watch, type Entry, type Status } from "../core/stream";
import type { Experiment, Report } from "../core/types";
import { Badge, Card, Empty, Facts, Loading, PageHead, Problem } from "../ui/basics";
import { Icon } from "../ui/icon";
import { Snippets, useWriteKey } from "./inbound";

export function Start() {
  const { data, error, key, reload } = useWriteKey();
  const [first, setFirst] = useState<Entry>();
  const later = useAnswer("first results", progress, 5000);
  return (
    <>
      <PageHead title="Start"><p class="lede">From the first event to the first result. Each step ticks itself.</p></PageHead>
      {error && <Problem error={error} retry={reload} />}
      {!data && !error && <Loading />}
      {data && (
        <ol class="onboarding">
          <Step n={1} title="A key is made" done={!!key}>
            {key ? <Facts items={[["Host", <code>{host()}</code>], ["Write key", <code>{key.key}</code>]]} /> : <Empty title="There is no active write key"><a href={to(["settings", "keys"])}>Make one</a></Empty>}
          </Step>
          <Step n={2} title="Send an event" done={first?.fate === "stored" || (later.data?.events ?? false)}>
            {key && <Snippets writeKey={key.key!} />}
            <Listening seen={setFirst} />
          </Step>
          <Step n={3} title="Set up an experiment" done={(later.data?.experiments ?? 0) > 0}>
            <p>What is compared, by which unit, and the metrics that decide. <a href={to(["experiments", "new"])}>New experiment</a> or <a href={to(["gates", "new"])}>new gate</a></p>
          </Step>
          <Step n={4} title="First exposure" done={later.data?.exposed ?? false}>
            <p>A Statsig SDK logs one when it evaluates; Segment sends one as <code>Experiment Viewed</code> with <code>experiment_id</code> and <code>variation_id</code>.</p>
          </Step>
          <Step n={5} title="First result" done={later.data?.result !== undefined}>
            {later.data?.result ? <p><a href={to(["experiments", later.data.result])}>See the scorecard of {later.data.result}</a></p> : <p class="muted">The rollups show it within a minute of the first events after an exposure.</p>}
          </Step>
        </ol>
      )}
    </>
  );
}

async function progress(signal: AbortSignal) {
  const [events, experiments] = await Promise.all([get<unknown[]>("events", { limit: 1 }, signal), all<Experiment>("experiments", {}, signal)]);
  let exposed = false, result: string | undefined;
  for (const x of experiments.filter((e) => e.startTime).slice(0, 5)) {
    const r = await get<Report>(at("experiments", x.id, "pulse_results"), {}, signal).catch(() => undefined);
    exposed ||= (r?.exposures ?? []).some((g) => g.units > 0);
    if (r?.primaryMetrics.some((m) => m.status === "ok")) result ??= x.id;
  }
  return { events: events.length > 0, experiments: experiments.length, exposed, result };
}

const Step = ({ n, title, done, children }: { n: number; title: string; done: boolean; children: ComponentChildren }) => (
  <li class={done ? "done" : ""}>
    <span class="step-n" aria-hidden="true">{done ? <Icon name="check" /> : n}</span>
    <Card title={<>{title} {done && <span class="hidden">(done)</span>}</>}>{children}</Card>
  </li>
);

/** Listens to everything that arrives, refused requests too, and names what went wrong. */
function Listening({ seen }: { seen: (e: Entry) => void }) {
  const [last, setLast] = useState<Entry>();
  const [status, setStatus] = useState<Status>("connecting");
  const [, tick] = useState(0);
  useEffect(() => watch({}, { entries: (bundle) => (setLast(bundle[bundle.length - 1]), seen(bundle[bundle.length - 1])), status: setStatus }), []);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  if (!last) {
    return (
      <div class="listening" role="status">
        <span class={status === "open" ? "pulse-dot" : "dot"} aria-hidden="true" />
        {status === "open" ? "Listening…" : status === "lost" ? "The connection is lost; trying again" : "Connecting…"}
      </div>
    );
  }
  const good = last.fate === "stored" || last.fate === "filtered";
  return (
    <div class={good ? "listening heard" : "listening wrong-event"} role="status">
      {good ? <Icon name="check" /> : <Icon name="warn" />}
      <span>
        {good ? <>Received <b>{last.name}</b> {ago(last.at)}{last.userID && <> from {last.userID}</>} </> : <><b>{last.fate === "refused" ? "A request was refused" : "An event was rejected"}</b> {ago(last.at)}: {last.message || last.reason} </>}
        <Badge tone={good ? "ok" : "bad"}>{last.fate}{last.reason ? `: ${last.reason}` : ""}</Badge>
      </span>
      <a href={to(["metrics", "stream"])}>See it in the Log Stream</a>
    </div>
  );
}
