// Keys: a secret is shown once, when it is made or rotated.
import { useState } from "preact/hooks";
import { all, at, patch, post } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, moment } from "../core/format";
import { Badge, Button, Code, Empty, Loading, Menu, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Refusal, SelectField, TextField, useAction } from "../ui/form";
import { Table } from "../ui/table";

export interface APIKey { id: string; key: string | null; type: string; description: string; status: string; lastUsed: number | null; createdTime?: number }

const kinds: [string, string][] = [
  ["write", "Write: Segment libraries send events"], ["server", "Server: Statsig server SDKs and Segment's deliveries"], ["client", "Client: Statsig client SDKs"], ["console", "Console: people and scripts"],
];

export function Keys() {
  const answer = useAnswer("keys", (signal) => all<APIKey>("keys", {}, signal));
  const [making, setMaking] = useState(false);
  const [asking, setAsking] = useState<{ key: APIKey; step: "rotate" | "deactivate" }>();
  const [made, setMade] = useState<APIKey>();
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!answer.data) return <Loading what="Reading keys" />;
  return (
    <>
      <Table name="keys" label="Keys" rows={answer.data} id={(k) => k.id} search="Search keys" source={{ api: "console/v1/keys" }} sort="type"
        tools={<Button kind="primary" icon="plus" onClick={() => setMaking(true)}>New key</Button>} empty={<Empty title="No keys" />}
        columns={[
          { key: "description", head: "Name", value: (k) => k.description },
          { key: "type", head: "Kind", value: (k) => k.type.toLowerCase() },
          { key: "key", head: "Key", value: (k) => k.key, show: (k) => (k.key ? <code>{k.key}</code> : <span class="muted">secret, shown only when made</span>) },
          { key: "status", head: "Status", value: (k) => k.status, show: (k) => <Badge tone={k.status === "active" ? "ok" : "plain"}>{k.status}</Badge> },
          { key: "used", head: "Last used", value: (k) => k.lastUsed, show: (k) => (k.lastUsed ? <span title={moment(k.lastUsed)}>{ago(k.lastUsed)}</span> : <span class="muted">never</span>) },
          {
            key: "do", head: "", fixed: true, value: () => null, show: (k) => (
              <Menu label={<span class="hidden">Actions for {k.description}</span>} icon="settings" quiet>
                <button type="button" onClick={() => setAsking({ key: k, step: "rotate" })}>Rotate…</button>
                {k.status === "active" && <button type="button" onClick={() => setAsking({ key: k, step: "deactivate" })}>Deactivate…</button>}
              </Menu>
            ),
          },
        ]} />
      {making && <Make close={() => setMaking(false)} made={(k) => (setMaking(false), setMade(k), answer.reload())} />}
      {asking && <Sure of={asking.key} step={asking.step} close={() => setAsking(undefined)} done={(k) => (setAsking(undefined), asking.step === "rotate" && setMade(k), answer.reload())} />}
      {made && (
        <Dialog title="The key" onClose={() => setMade(undefined)} foot={<Button kind="primary" onClick={() => setMade(undefined)}>I have kept it</Button>}>
          <p>Copy it now{made.type === "server" || made.type === "console" ? ": it is not kept here and is never shown again." : "."}</p>
          <Code text={made.key ?? ""} label="key" />
        </Dialog>
      )}
    </>
  );
}

function Make({ close, made }: { close: () => void; made: (k: APIKey) => void }) {
  const [type, setType] = useState("write"), [description, setDescription] = useState("");
  const { run, busy, error, at: wrong } = useAction();
  return (
    <Dialog title="New key" onClose={close}>
      <Form text="Make the key" busy={busy} cancel={close} submit={() => run(async () => made(await post<APIKey>("keys", { type, description })))}>
        <SelectField label="Kind" value={type} set={setType} options={kinds} error={wrong("type")} />
        <TextField label="Name" value={description} set={setDescription} hint="Where it is used, e.g. “web shop”. The audit log names changes by it." error={wrong("description")} required />
        <Refusal error={error} fields={["type", "description"]} />
      </Form>
    </Dialog>
  );
}

function Sure({ of: k, ...p }: { of: APIKey; step: "rotate" | "deactivate"; close: () => void; done: (k: APIKey) => void }) {
  const { run, busy, error } = useAction();
  const rotate = p.step === "rotate";
  return (
    <Dialog title={rotate ? `Rotate “${k.description}”` : `Deactivate “${k.description}”`} onClose={p.close}>
      <p>{rotate ? "The key gets another secret. The old one is refused from this moment on." : "Whoever uses the key is refused from this moment on."}</p>
      <Form text={rotate ? "Rotate" : "Deactivate"} busy={busy} cancel={p.close} submit={() => run(async () => p.done(await patch<APIKey>(at("keys", k.id, p.step))), rotate ? undefined : "Deactivated")}>
        <Refusal error={error} />
      </Form>
    </Dialog>
  );
}
