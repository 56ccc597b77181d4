// Dynamic configs: values instead of yes and no.
import { useState } from "preact/hooks";
import { all, at, patch, post } from "../core/api";
import { useAnswer } from "../core/data";
import { plural } from "../core/format";
import { go, here, param, to } from "../core/router";
import type { Config } from "../core/types";
import { Badge, Button, Card, Empty, Loading, PageHead, Problem } from "../ui/basics";
import { Form, Refusal, useAction } from "../ui/form";
import { Icon } from "../ui/icon";
import { JsonField } from "../ui/json-field";
import { Table } from "../ui/table";
import { GateTabs } from "./gates";
import { HeadFields, HeadPage, lastColumns, nameColumn, statusTones } from "./head";
import { RuleFields, RuleList, Value } from "./rules";

export function Configs() {
  const answer = useAnswer("configs", (signal) => all<Config>("dynamic_configs", {}, signal), 30_000);
  return (
    <>
      <PageHead title="Dynamic configs" tools={<a class="button primary" href={to(["configs", "new"])}><Icon name="plus" />New config</a>} />
      <GateTabs on="configs" />
      {answer.error && <Problem error={answer.error} retry={answer.reload} />}
      {!answer.data && answer.loading && <Loading what="Reading dynamic configs" />}
      {answer.data && (
        <Table name="dynamic-configs" label="Dynamic configs" rows={answer.data} id={(d) => d.id} href={(d) => to(["configs", d.id])} search="Search configs" source={{ api: "console/v1/dynamic_configs" }}
          empty={<Empty title="No dynamic configs yet"><p>A config gives values, such as a limit or a text, to the units that its rules choose, and a default to all others.</p><p><a href={to(["configs", "new"])}>New config</a></p></Empty>} columns={[
            nameColumn<Config>("Config"),
            { key: "status", head: "Status", value: (d) => d.status, show: (d) => <Badge tone={statusTones[d.status]}>{d.status}</Badge> },
            { key: "rules", head: "Rules", value: (d) => d.rules.length, show: (d) => (d.rules.length === 0 ? <span class="muted">none: everyone gets the default</span> : plural(d.rules.length, "rule")) },
            { key: "default", head: "Default", wide: true, value: (d) => JSON.stringify(d.defaultValue), show: (d) => <code class="cut">{JSON.stringify(d.defaultValue)}</code> },
            ...lastColumns<Config>(),
          ]} />
      )}
    </>
  );
}

export const NewConfig = () => (
  <>
    <PageHead title="New dynamic config" crumbs={[["Dynamic configs", to(["configs"])]]} />
    <Card><ConfigForm done={(d) => go(to(["configs", d.id]))} cancel={() => go(to(["configs"]))} /></Card>
  </>
);

export const ConfigPage = ({ id }: { id: string }) => (
  <HeadPage<Config> kind="dynamic_config" path="dynamic_configs" page="configs" word="Dynamic configs" id={id} status={(d) => <Badge tone={statusTones[d.status]}>{d.status}</Badge>}
    tools={(d, does) => d.isEnabled ? <Button onClick={does("disable", "Disabled: everyone gets the default")}>Disable</Button> : <Button kind="primary" onClick={does("enable", "Enabled")}>Enable</Button>}>
    {(d, changed) => param("edit") ? <Card title="Edit"><ConfigForm config={d} done={() => (go(here({ edit: "" })), changed())} cancel={() => go(here({ edit: "" }))} /></Card> : (
      <>
        <Card title="Rules" note="The first rule whose conditions hold gives its value; whoever it does not pass goes on to the default" tools={<a class="button" href={here({ edit: "1" })}>Edit</a>}>
          {d.rules.length === 0 ? <Empty title="No rules: everyone gets the default"><a href={here({ edit: "1" })}>Add one</a></Empty> : <RuleList rules={d.rules} valued />}
        </Card>
        <Card title="Default value"><Value of={d.defaultValue} /></Card>
      </>
    )}
  </HeadPage>
);

function ConfigForm({ config, done, cancel }: { config?: Config; done: (d: Config) => void; cancel: () => void }) {
  const [d, setD] = useState<Partial<Config>>(config ?? { id: "", description: "", idType: "userID", rules: [], defaultValue: {}, tags: [] });
  const { run, busy, error, at: wrong } = useAction();
  const set = (change: Partial<Config>) => setD((old) => ({ ...old, ...change }));
  const submit = () => run(async () => {
    const { id, idType, description, tags, rules, defaultValue } = d;
    const body = { description, tags, rules, defaultValue };
    done(config ? await patch<Config>(at("dynamic_configs", config.id), body) : await post<Config>("dynamic_configs", { id, name: id, idType, ...body }));
  }, config ? "Saved" : "Created");
  return (
    <Form text={config ? "Save" : "Create"} busy={busy} submit={submit} cancel={cancel}>
      <HeadFields d={d} set={set} fresh={!config} wrong={wrong} />
      <JsonField label="Default value" object value={d.defaultValue} set={(defaultValue) => set({ defaultValue })} hint="What units get that no rule chooses." error={wrong("defaultValue")} />
      <RuleFields rules={d.rules ?? []} set={(rules) => set({ rules })} wrong={wrong} valued />
      <Refusal error={error} fields={["name", "id", "idType", "defaultValue"]} />
    </Form>
  );
}
