// Segment: the way in, what is let through, what became of everything, and the way out.
import { PageHead, Tabs } from "../ui/basics";
import { to } from "../core/router";
import { Audiences } from "./audiences";
import { Delivery } from "./delivery";
import { Filters } from "./filters";
import { Inbound } from "./inbound";
import { Outbound } from "./outbound";

export function Integrations({ tab = "inbound" }: { tab?: string }) {
  const item = (key: string, text: string) => ({ text, href: to(["integrations", key]), on: tab === key });
  return (
    <>
      <PageHead title="Segment" crumbs={[["Integrations", to(["integrations"])]]} />
      <Tabs label="Segment" items={[item("inbound", "Incoming"), item("filters", "Event Filtering"), item("delivery", "Delivery overview"), item("audiences", "Audiences"), item("outbound", "Outgoing")]} />
      {tab === "inbound" && <Inbound />}
      {tab === "filters" && <Filters />}
      {tab === "delivery" && <Delivery />}
      {tab === "audiences" && <Audiences />}
      {tab === "outbound" && <Outbound />}
    </>
  );
}
