// The frame around every page: where one can go, how fresh the numbers are, light or dark, and the keys.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { signedInAs, signOut } from "../core/api";
import { ago, moment, span } from "../core/format";
import { boundKeys, shown, useKey } from "../core/keys";
import { away, refreshSystem, system } from "../core/project";
import { go, segments, to } from "../core/router";
import { choice, choose, theme } from "../core/theme";
import { Badge, Button, copyText, Menu, Toast } from "./basics";
import { Dialog } from "./dialog";
import { Icon, type IconName } from "./icon";
import { Palette, paletteOpen } from "./palette";

export const pages: { text: string; href: string; at: string; with?: string[]; icon: IconName; keys: string }[] = [
  { text: "Start", href: to(["start"]), at: "start", icon: "start", keys: "g h" },
  { text: "Metrics", href: to(["metrics"]), at: "metrics", icon: "metrics", keys: "g m" },
  { text: "Experiments", href: to(["experiments"]), at: "experiments", with: ["layers", "holdouts"], icon: "experiments", keys: "g e" },
  { text: "Gates", href: to(["gates"]), at: "gates", with: ["configs"], icon: "gates", keys: "g g" },
  { text: "ID lists", href: to(["lists"]), at: "lists", icon: "lists", keys: "g l" },
  { text: "Integrations", href: to(["integrations"]), at: "integrations", icon: "integrations", keys: "g i" },
  { text: "Unit look-up", href: to(["units"]), at: "units", icon: "unit", keys: "g u" },
  { text: "Settings", href: to(["settings"]), at: "settings", icon: "settings", keys: "g c" },
  { text: "System", href: to(["system"]), at: "system", icon: "system", keys: "g s" },
];

const navOpen = signal(false);
const helpOpen = signal(false);

export function Shell({ children }: { children: ComponentChildren }) {
  useKey("mod+k", "find a page, metric, experiment, gate or unit", () => (paletteOpen.value = true));
  useKey("?", "show the keys", () => (helpOpen.value = true));
  useKey("c", "copy the link to this view", () => copyText(location.href, "Link copied"));
  useEffect(() => {
    refreshSystem();
    const timer = setInterval(() => document.hidden || refreshSystem(), 5000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => void (navOpen.value = false), [segments.value.join("/")]);
  return (
    <div class={navOpen.value ? "shell nav-open" : "shell"}>
      <a class="skip" href="#main" onClick={(e) => (e.preventDefault(), document.getElementById("main")?.focus())}>Skip to the content</a>
      <aside><div class="aside-in">
        <a class="brand" href={to(["experiments"])}><Mark />PulseHouse</a>
        <nav aria-label="Pages">
          {pages.map((p) => <NavLink page={p} />)}
        </nav>
        <div class="aside-foot muted small">{system.value && <>version {system.value.version}</>}</div>
      </div></aside>
      <div class="body">
        <div class="topbar" role="banner">
          <span class="only-narrow"><Button kind="quiet" icon="menu" label="Pages" onClick={() => (navOpen.value = !navOpen.value)} /></span>
          <button type="button" class="find" onClick={() => (paletteOpen.value = true)}>
            <Icon name="search" /><span class="find-text">Find, or look up a unit</span><kbd>{shown("mod+k")}</kbd>
          </button>
          <span class="grow" />
          <Watermark />
          <ThemeMenu />
          <Menu label={<span class="wide-only">{signedInAs.value}</span>} icon="unit" quiet>
            <button type="button" onClick={() => (helpOpen.value = true)}>Keys <kbd>?</kbd></button>
            <a href="openapi.yaml" target="_blank" rel="noopener">Console API (openapi.yaml)</a>
            <button type="button" onClick={() => signOut()}>Sign out</button>
          </Menu>
        </div>
        <main id="main" tabIndex={-1}>{children}</main>
      </div>
      {navOpen.value && <div class="veil" onClick={() => (navOpen.value = false)} />}
      {paletteOpen.value && <Palette />}
      {helpOpen.value && <Help />}
      <Toast />
    </div>
  );
}

const Mark = () => (
  <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true"><rect width="32" height="32" rx="8" /><path d="M5 18h5l3-9 5 15 3-9h6" /></svg>
);

function NavLink({ page: p }: { page: (typeof pages)[0] }) {
  useKey(p.keys, p.text, () => go(p.href));
  return (
    <a href={p.href} aria-current={segments.value[0] === p.at ? "page" : p.with?.includes(segments.value[0]) ? "true" : undefined}>
      <Icon name={p.icon} /><span>{p.text}</span><kbd aria-hidden="true">{shown(p.keys)}</kbd>
    </a>
  );
}

/** "complete to": every number on the pages contains everything received before. */
function Watermark() {
  if (away.value) return <a class="watermark" href={to(["system"])}><Badge tone="bad">no answer</Badge></a>;
  const s = system.value;
  if (!s) return null;
  const failing = s.checks.filter((c) => !c.ok);
  const w = s.watermark;
  const text = w.completeTo ? `Everything received before ${moment(w.completeTo)} is in the numbers.` : "Nothing has been rolled up yet.";
  return (
    <a class="watermark" href={to(["system"])} title={text}>
      {failing.length > 0
        ? <Badge tone="bad">{failing.map((c) => c.name).join(", ")}</Badge>
        : w.lagMs !== null && w.lagMs > 60_000 ? <Badge tone="warn">{span(w.lagMs)} behind</Badge> : <span class="dot ok" aria-hidden="true" />}
      <span class="wide-only">{w.completeTo === null ? "no data yet" : w.waitingLoads === 0 ? `complete, last data ${ago(w.completeTo)}` : `complete to ${moment(w.completeTo).slice(11)}`}</span>
    </a>
  );
}

const ThemeMenu = () => (
  <Menu label={<span class="hidden">Theme</span>} icon={theme.value === "dark" ? "moon" : "sun"} quiet>
    {(["system", "light", "dark"] as const).map((c) => (
      <button type="button" aria-pressed={choice.value === c} onClick={() => choose(c)}>{c === "system" ? "As the system" : c === "light" ? "Light" : "Dark"}{choice.value === c && <Icon name="check" />}</button>
    ))}
  </Menu>
);

const Help = () => (
  <Dialog title="Keys" onClose={() => (helpOpen.value = false)}>
    <dl class="keys">
      {boundKeys().filter((k, i, list) => list.findIndex((o) => o.keys === k.keys) === i).map((k) => (
        <div><dt><kbd>{shown(k.keys)}</kbd></dt><dd>{k.text}</dd></div>
      ))}
      <div><dt><kbd>Enter</kbd></dt><dd>open the row in focus</dd></div>
      <div><dt><kbd>Esc</kbd></dt><dd>close what is open</dd></div>
    </dl>
  </Dialog>
);
