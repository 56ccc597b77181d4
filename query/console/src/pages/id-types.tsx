// ID types: what experiments can randomise. Types that events carry without having been declared are shown as such.
import { useState } from "preact/hooks";
import { all, at, post, remove } from "../core/api";
import { useAnswer } from "../core/data";
import { ago, count } from "../core/format";
import { Badge, Button, Empty, Loading, Problem } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Form, Refusal, TextField, useAction } from "../ui/form";
import { Table } from "../ui/table";

export interface IDType { name: string; description: string; status: string; events: number; lastSeen: string | null }

export function IDTypes() {
  const answer = useAnswer("unit_id_types", (signal) => all<IDType>("unit_id_types", {}, signal));
  const [making, setMaking] = useState<string>();
  const { run, error } = useAction();
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!answer.data) return <Loading what="Reading ID types" />;
  return (
    <>
      <Refusal error={error} />
      <Table name="id-types" label="ID types" rows={answer.data} id={(t) => t.name} search="Search ID types" source={{ api: "console/v1/unit_id_types" }} empty={<Empty title="None" />}
        tools={<Button kind="primary" icon="plus" onClick={() => setMaking("")}>New ID type</Button>} columns={[
          { key: "name", head: "ID type", value: (t) => t.name, show: (t) => <code>{t.name}</code> },
          { key: "description", head: "Description", wide: true, value: (t) => t.description },
          { key: "status", head: "Status", value: (t) => t.status, show: (t) => <Badge tone={t.status.startsWith("seen") ? "warn" : "ok"}>{t.status}</Badge> },
          { key: "events", head: "Events, 7 days", num: true, value: (t) => t.events, show: (t) => count(t.events) },
          { key: "seen", head: "Last seen", value: (t) => t.lastSeen, show: (t) => ago(t.lastSeen) },
          { key: "do", head: "", fixed: true, value: () => null, show: (t) => t.status.startsWith("seen") ? <Button onClick={() => setMaking(t.name)}>Declare</Button> : t.status === "declared" ? <Button kind="quiet" icon="close" label={`Remove ${t.name}`} onClick={() => run(() => remove(at("unit_id_types", t.name)), "Removed").then((ok) => ok && answer.reload())} /> : null },
        ]} />
      {making !== undefined && <Make name={making} close={() => setMaking(undefined)} done={() => (setMaking(undefined), answer.reload())} />}
    </>
  );
}

function Make({ name: given, close, done }: { name: string; close: () => void; done: () => void }) {
  const [name, setName] = useState(given), [description, setDescription] = useState("");
  const { run, busy, error, at: wrong } = useAction();
  return (
    <Dialog title={given ? `Declare ${given}` : "New ID type"} onClose={close}>
      <Form text="Declare" busy={busy} cancel={close} submit={() => run(() => post("unit_id_types", { name, description }), "Declared").then((ok) => ok && done())}>
        <TextField label="Name" value={name} set={setName} error={wrong("name")} required placeholder="companyID" />
        <TextField label="Description" value={description} set={setDescription} hint="What one such ID stands for." />
        <Refusal error={error} fields={["name"]} />
      </Form>
    </Dialog>
  );
}
