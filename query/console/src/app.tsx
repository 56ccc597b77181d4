// Which page the address means.
import { useEffect } from "preact/hooks";
import { checkSession, signedInAs } from "./core/api";
import { segments } from "./core/router";
import { Empty, Loading, PageHead } from "./ui/basics";
import { Shell } from "./ui/shell";
import { ConfigPage, Configs, NewConfig } from "./pages/configs";
import { Experiment } from "./pages/experiment";
import { Experiments } from "./pages/experiments";
import { NewExperiment } from "./pages/experiment-new";
import { GatePage, Gates, NewGate } from "./pages/gates";
import { HoldoutPage, Holdouts, NewHoldout } from "./pages/holdouts";
import { Integrations } from "./pages/integrations";
import { LayerPage, Layers, NewLayer } from "./pages/layers";
import { ListPage, Lists } from "./pages/lists";
import { Metrics } from "./pages/metrics";
import { Settings } from "./pages/settings";
import { SignIn } from "./pages/signin";
import { Start } from "./pages/start";
import { SystemPage } from "./pages/system";
import { Units } from "./pages/units";

export function App() {
  useEffect(() => void checkSession().catch(() => (signedInAs.value = "")), []);
  const [page, id, more] = segments.value;
  useEffect(() => {
    document.title = [id, page && page[0].toUpperCase() + page.slice(1), "PulseHouse"].filter(Boolean).join(" · ");
  }, [page, id]);
  if (signedInAs.value === undefined) return <Loading what="Opening" />;
  if (signedInAs.value === "") return <SignIn />;
  return <Shell><Page page={page ?? "experiments"} id={id} more={more} /></Shell>;
}

function Page({ page, id, more }: { page: string; id?: string; more?: string }) {
  switch (page) {
    case "start": return <Start />;
    case "experiments": return id === "new" ? <NewExperiment /> : id ? <Experiment id={id} /> : <Experiments />;
    case "gates": return id === "new" ? <NewGate /> : id ? <GatePage id={id} /> : <Gates />;
    case "configs": return id === "new" ? <NewConfig /> : id ? <ConfigPage id={id} /> : <Configs />;
    case "layers": return id === "new" ? <NewLayer /> : id ? <LayerPage id={id} /> : <Layers />;
    case "holdouts": return id === "new" ? <NewHoldout /> : id ? <HoldoutPage id={id} /> : <Holdouts />;
    case "lists": return id ? <ListPage id={id} /> : <Lists />;
    case "units": return <Units />;
    case "metrics": return <Metrics tab={id} id={more} />;
    case "integrations": return <Integrations tab={id} />;
    case "settings": return <Settings tab={id} />;
    case "system": return <SystemPage />;
    default: return <><PageHead title="Not here" /><Empty title={`There is no page “${page}”`}>Choose one from the list of pages.</Empty></>;
  }
}
