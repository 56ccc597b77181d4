// Environments: stages of the product that rules can be limited to. Only events of production count in metrics.
import { useState } from "preact/hooks";
import { post } from "../core/api";
import { useEnvironments, type Environment } from "../core/environments";
import { Badge, Button, Card, Loading, Problem } from "../ui/basics";
import { Refusal, Form, TextField, useAction } from "../ui/form";
import { Table } from "../ui/table";

export function Environments() {
  const answer = useEnvironments();
  const [name, setName] = useState("");
  const { run, busy, error } = useAction();
  const list = answer.data;
  if (answer.error) return <Problem error={answer.error} retry={answer.reload} />;
  if (!list) return <Loading what="Reading environments" />;
  const save = (environments: Environment[], said: string) => run(() => post("environments", { environments }), said).then((ok) => (ok && answer.reload(), ok));
  return (
    <>
      <Refusal error={error} />
      <Table plain name="environments" label="Environments" rows={list} id={(e) => e.name} source={{ api: "console/v1/environments" }} empty={null} columns={[
        { key: "name", head: "Environment", wide: true, fixed: true, value: (e) => e.name, show: (e) => <><code>{e.name}</code> {e.isProduction && <Badge tone="ok">counts in metrics</Badge>}</> },
        { key: "who", head: "Who is in it", fixed: true, value: (e) => (e.isProduction ? "users that say nothing else" : "users that say so"), show: (e) => e.isProduction ? "users that name no environment, or this one" : <>users with <code>statsigEnvironment.tier</code> {e.name}</> },
        { key: "do", head: "", fixed: true, value: () => null, show: (e) => e.isProduction ? null : <Button kind="quiet" icon="close" disabled={busy} label={`Remove ${e.name}`} onClick={() => save(list.filter((o) => o !== e), `${e.name} is gone`)} /> },
      ]} />
      <Card title="New environment" note="Rules and overrides can then be limited to it">
        <Form text="Add" busy={busy} disabled={!name.trim()} submit={() => save([...list, { name: name.trim(), isProduction: false }], `${name.trim()} added`).then((ok) => ok && setName(""))}>
          <TextField label="Name" value={name} set={setName} hint="As SDKs say it: case makes no difference." />
        </Form>
      </Card>
    </>
  );
}
