// Settings: keys, ID types, environments, and who changed what.
import { Tabs, PageHead } from "../ui/basics";
import { to } from "../core/router";
import { Audit } from "./audit";
import { Environments } from "./environments";
import { IDTypes } from "./id-types";
import { Keys } from "./keys";

export function Settings({ tab = "keys" }: { tab?: string }) {
  const item = (key: string, text: string) => ({ text, href: to(["settings", key]), on: tab === key });
  return (
    <>
      <PageHead title="Settings" />
      <Tabs label="Settings" items={[item("keys", "Keys"), item("id-types", "ID types"), item("environments", "Environments"), item("audit", "Audit log")]} />
      {tab === "keys" && <Keys />}
      {tab === "id-types" && <IDTypes />}
      {tab === "environments" && <Environments />}
      {tab === "audit" && <Audit />}
    </>
  );
}
