// Making and changing a destination, and sending to it again.
import { useState } from "preact/hooks";
import { all, at, patch, post, put } from "../core/api";
import { useAnswer } from "../core/data";
import { categories, type Destination, type Mapping } from "../core/destinations";
import { Badge, Button } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Check, Form, Refusal, Select, SelectField, TextField, useAction } from "../ui/form";
import type { IDType } from "./id-types";

export function Edit({ d: given, close, done }: { d: Partial<Destination>; close: () => void; done: () => void }) {
  const [d, setD] = useState(given), [secret, setSecret] = useState("");
  const change = (c: Partial<Destination>) => setD({ ...d, ...c });
  const { run, busy, error, at: wrong } = useAction();
  const segment = d.type !== "webhook";
  const save = () => run(() => {
    const { name, type, endpoint, categories: chosen, firstExposuresOnly, experimentViewed, segmentEvents, events, identifiers } = d;
    const body = { name, type, endpoint, categories: chosen, firstExposuresOnly, experimentViewed, segmentEvents, events, identifiers, ...(secret ? { [segment ? "writeKey" : "signingSecret"]: secret } : {}) };
    return given.id ? patch(at("destinations", given.id), body) : post("destinations", body);
  }, "Saved").then((ok) => ok && done());
  return (
    <Dialog title={given.id ? `Edit ${given.name}` : "New destination"} onClose={close}>
      <Form text={given.id ? "Save" : "Create"} busy={busy} cancel={close} submit={save}>
        <TextField label="Name" value={d.name ?? ""} set={(name) => change({ name })} error={wrong("name") ?? wrong("id")} required />
        {!given.id && <SelectField label="Type" value={d.type ?? "segment"} set={(type) => change({ type })} options={[["segment", "Segment"], ["webhook", "Webhook, signed"]]} />}
        <TextField label="Endpoint" value={d.endpoint ?? ""} set={(endpoint) => change({ endpoint })} error={wrong("endpoint")} placeholder={segment ? "https://api.segment.io" : "https://example.com/hook"} hint={segment ? "Empty: Segment's own" : undefined} />
        <TextField label={segment ? "Segment write key" : "Signing secret"} type="password" value={secret} set={setSecret} error={wrong("writeKey") ?? wrong("signingSecret")} hint={given.hasSecret ? "Empty: the one that is kept. It is never shown." : "Kept encrypted, never shown."} />
        <fieldset><legend>What is sent</legend>{categories.map(([key, text]) => <div><Check label={text} on={(d.categories ?? []).includes(key)} set={(on) => change({ categories: on ? [...(d.categories ?? []), key] : (d.categories ?? []).filter((c) => c !== key) })} /></div>)}</fieldset>
        {segment && <Identifiers rows={d.identifiers ?? []} set={(identifiers) => change({ identifiers })} wrong={wrong("identifiers")} />}
        <fieldset><legend>Exposures</legend>
          <div><Check label="Only a unit's first exposure to each group" on={!!d.firstExposuresOnly} set={(firstExposuresOnly) => change({ firstExposuresOnly })} /></div>
          {segment ? <div><Check label="Segment's “Experiment Viewed” beside each experiment exposure" on={!!d.experimentViewed} set={(experimentViewed) => change({ experimentViewed })} /></div> :
            <div><Check label="Also what came in Segment's format" hint="Never goes to Segment itself." on={!!d.segmentEvents} set={(segmentEvents) => change({ segmentEvents })} /></div>}
        </fieldset>
        <Refusal error={error} fields={["name", "id", "endpoint", "writeKey", "signingSecret", "identifiers"]} />
      </Form>
    </Dialog>
  );
}

const identities: [string, string][] = [["userId", "userId"], ["anonymousId", "anonymousId"]];

/** Map Identifiers, outbound: which unit becomes one of the two identities of Segment's calls. */
function Identifiers({ rows, set, wrong }: { rows: Mapping[]; set: (rows: Mapping[]) => void; wrong?: string }) {
  const types = useAnswer("unit_id_types", (signal) => all<IDType>("unit_id_types", {}, signal));
  const names = (types.data ?? []).map((t) => t.name);
  const change = (i: number, m: Partial<Mapping>) => set(rows.map((old, k) => (k === i ? { ...old, ...m } : old)));
  return (
    <fieldset><legend>Map Identifiers</legend>
      <p class="hint">The first ID that an event has is sent. userID is userId, anonymousID and stableID are anonymousId without being mapped.</p>
      {rows.map((m, i) => (
        <div class="grouprow">
          <input aria-label={`ID type ${i + 1}`} placeholder="companyID" list="outbound-id-types" value={m.from} required onInput={(e) => change(i, { from: e.currentTarget.value })} />
          <span aria-hidden="true">→</span>
          <Select label={`Becomes ${i + 1}`} value={m.to} set={(to) => change(i, { to })} options={identities} />
          {m.from && types.data && !names.some((t) => t.toLowerCase() === m.from.toLowerCase()) && <Badge tone="warn">not declared</Badge>}
          <Button kind="quiet" icon="close" label={`Remove the mapping of ${m.from || i + 1}`} onClick={() => set(rows.filter((_, k) => k !== i))} />
        </div>
      ))}
      <datalist id="outbound-id-types">{names.map((t) => <option value={t} />)}</datalist>
      {wrong && <p class="wrong-text" role="alert">{wrong}</p>}
      <p class="tools"><Button kind="quiet" icon="plus" onClick={() => set([...rows, { from: "", to: "userId" }])}>Add a mapping</Button></p>
    </fieldset>
  );
}

/** What is sent again goes under the ids it had: whoever takes it counts it once. */
export function Replay({ d, close, done }: { d: Destination; close: () => void; done: () => void }) {
  const [since, setSince] = useState(new Date(Date.now() - 3_600_000).toISOString().slice(0, 16));
  const { run, busy, error, at: wrong } = useAction();
  const replay = () => run(() => put(at("destinations", d.id, "replay"), { from: new Date(since + "Z").toISOString() }), "Sending again").then((ok) => ok && (close(), done()));
  return (
    <Dialog title={`Send again to ${d.name}`} onClose={close}>
      <p>Everything received since then is sent once more, under the message ids it had, and then what came after it. Segment and webhooks that look at the ids take it once.</p>
      <Form text="Send again" busy={busy} cancel={close} submit={replay}>
        <TextField label="Received since (UTC)" type="datetime-local" value={since} set={setSince} error={wrong("from")} required />
        <Refusal error={error} fields={["from"]} />
      </Form>
    </Dialog>
  );
}
