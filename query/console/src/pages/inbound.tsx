// The way in: where to send, with which key, and which fields are unit IDs.
import { all } from "../core/api";
import { useAnswer } from "../core/data";
import { snippets, host } from "../core/host";
import { param, here, to } from "../core/router";
import { Card, Code, Empty, Facts, Loading, Problem, Tabs } from "../ui/basics";
import { MapIdentifiers } from "./identifiers";
import type { APIKey } from "./keys";

export const useWriteKey = () => {
  const answer = useAnswer("keys", (signal) => all<APIKey>("keys", {}, signal));
  return { ...answer, key: answer.data?.find((k) => k.type.toLowerCase() === "write" && k.status === "active" && k.key) };
};

export function Snippets({ writeKey, name = "with" }: { writeKey: string; name?: string }) {
  const list = snippets(writeKey);
  const chosen = list.find((s) => s.id === param(name)) ?? list[0];
  return (
    <>
      <Tabs label="Ways to send" items={list.map((s) => ({ text: s.name, href: here({ [name]: s.id }), on: s === chosen }))} />
      <ol class="steps">{chosen.steps.map((s) => <li>{s}</li>)}</ol>
      <Code text={chosen.code} label={`commands for ${chosen.name}`} />
    </>
  );
}

export function Inbound() {
  const { data, error, key, reload } = useWriteKey();
  if (error) return <Problem error={error} retry={reload} />;
  if (!data) return <Loading />;
  return (
    <>
      <Card title="Send events here" note="Every path of Segment's tracking API, Segment's webhook deliveries, and the Statsig SDKs">
        {key ? (
          <>
            <Facts items={[["Host", <code>{host()}</code>], ["Write key", <><code>{key.key}</code> <span class="muted">{key.description}</span></>]]} />
            <Snippets writeKey={key.key!} />
          </>
        ) : <Empty title="There is no active write key"><a href={to(["settings", "keys"])}>Make one</a></Empty>}
      </Card>
      <MapIdentifiers />
    </>
  );
}
