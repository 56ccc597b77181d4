import { go, to } from "../core/router";
import { Card, PageHead } from "../ui/basics";
import { ExperimentForm } from "./experiment-form";

export const NewExperiment = () => (
  <>
    <PageHead title="New experiment" crumbs={[["Experiments", to(["experiments"])]]} />
    <Card><ExperimentForm done={(x) => go(to(["experiments", x.id], { tab: "setup" }))} cancel={() => go(to(["experiments"]))} /></Card>
  </>
);
