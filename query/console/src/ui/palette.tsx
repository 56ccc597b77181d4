// One field that finds pages, definitions and events, and looks up unit IDs.
import { signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { all } from "../core/api";
import { go, to } from "../core/router";
import { pages } from "./shell";
import { Dialog } from "./dialog";

export const paletteOpen = signal(false);
interface Hit { text: string; kind: string; href: string }

const fixed: Hit[] = [
  ["Log Stream", ["metrics", "stream"]], ["Metrics catalogue", ["metrics", "catalogue"]], ["Charts of metrics", ["metrics", "charts"]], ["Create a metric", ["metrics", "new"]], ["Create an experiment", ["experiments", "new"]],
  ["Event Filtering", ["integrations", "filters"]], ["Delivery overview", ["integrations", "delivery"]], ["Outbound to Segment", ["integrations", "outbound"]], ["Audiences", ["integrations", "audiences"]], ["Layers", ["layers"]], ["Holdouts", ["holdouts"]], ["Dynamic configs", ["configs"]], ["Create a gate", ["gates", "new"]], ["Keys", ["settings", "keys"]], ["ID types", ["settings", "id-types"]], ["Audit log", ["settings", "audit"]],
].map(([text, path]) => ({ text: text as string, kind: "page", href: to(path as string[]) }));

// Identifiers are split where their parts meet: "demo_checkout" is found by "checkout".
const parts = (text: string) => text.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

async function known(): Promise<Hit[]> {
  const of = async (path: string, kind: string, hit: (o: any) => [string, string[]]) => {
    try {
      return (await all<any>(path)).map((o) => ({ text: hit(o)[0], kind, href: to(hit(o)[1]) }));
    } catch {
      return []; // a list that is not there is not found in
    }
  };
  return (await Promise.all([
    of("experiments", "experiment", (x) => [x.name === x.id ? x.id : `${x.name} (${x.id})`, ["experiments", x.id]]),
    of("gates", "gate", (g) => [g.id, ["gates", g.id]]),
    of("dynamic_configs", "dynamic config", (d) => [d.id, ["configs", d.id]]),
    of("layers", "layer", (l) => [l.id, ["layers", l.id]]),
    of("holdouts", "holdout", (h) => [h.id, ["holdouts", h.id]]),
    of("metrics/list", "metric", (m) => [m.id, ["metrics", "catalogue", m.id]]),
    of("events/summary", "event", (e) => [e.name, ["metrics", "event", e.name]]),
    of("segments", "ID list", (s) => [s.id, ["lists", s.id]]),
  ])).flat();
}

export function Palette() {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const [hits, setHits] = useState<Hit[]>([]);
  useEffect(() => void known().then(setHits), []);
  const close = () => (paletteOpen.value = false);
  const found = useMemo(() => {
    const wanted = parts(words).split(/\s+/).filter(Boolean);
    const everything = [...pages.map((p) => ({ text: p.text, kind: "page", href: p.href })), ...fixed, ...hits];
    const list = everything.filter((h) => wanted.every((w) => parts(h.text + " " + h.kind).includes(w))).slice(0, 12);
    if (words.trim()) list.push({ text: `Look up the unit “${words.trim()}”`, kind: "unit", href: to(["units"], { id: words.trim() }) });
    return list;
  }, [words, hits]);
  const choose = (hit?: Hit) => hit && (close(), go(hit.href));
  const keys = (e: KeyboardEvent) => {
    const by = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
    if (by) setAt((at + by + found.length) % Math.max(found.length, 1));
    else if (e.key === "Enter") choose(found[at]);
    else return;
    e.preventDefault();
  };
  return (
    <Dialog title="Go to" kind="palette" onClose={close}>
      <input class="palette-in" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={found[at] && "hit-" + at} aria-label="Page, metric, experiment, gate, or unit ID" placeholder="Page, metric, experiment, gate, or unit ID" value={words} autofocus onKeyDown={keys} onInput={(e) => (setWords(e.currentTarget.value), setAt(0))} />
      <ul id="palette-list" role="listbox" aria-label="Found">
        {found.map((h, i) => (
          <li id={"hit-" + i} role="option" aria-selected={i === at} onClick={() => choose(h)} onMouseMove={() => setAt(i)}>
            <span>{h.text}</span><span class="muted">{h.kind}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
