// Metrics: what arrives, live and by day, and what is made of it.
import { PageHead, Tabs } from "../ui/basics";
import { Icon } from "../ui/icon";
import { to } from "../core/router";
import { Catalogue } from "./catalogue";
import { Charts } from "./charts";
import { EventPage } from "./event";
import { Events } from "./events";
import { MetricPage, NewMetric } from "./metric";
import { LogStream } from "./stream";

export function Metrics({ tab = "events", id }: { tab?: string; id?: string }) {
  if (tab === "event" && id) return <EventPage name={id} />;
  if (tab === "catalogue" && id) return <MetricPage id={id} />;
  if (tab === "new") return <NewMetric />;
  const item = (key: string, text: string) => ({ text, href: to(["metrics", key]), on: tab === key });
  return (
    <>
      <PageHead title="Metrics" tools={<a class="button primary" href={to(["metrics", "new"])}><Icon name="plus" />New metric</a>} />
      <Tabs label="Metrics" items={[item("events", "Events"), item("stream", "Log Stream"), item("catalogue", "Catalogue"), item("charts", "Charts")]} />
      {tab === "events" && <Events />}
      {tab === "stream" && <LogStream />}
      {tab === "catalogue" && <Catalogue />}
      {tab === "charts" && <Charts />}
    </>
  );
}
