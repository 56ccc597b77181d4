// Small things that every page uses.
import type { ComponentChildren } from "preact";
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ApiError } from "../core/api";
import { sentence } from "../core/format";
import { Icon, type IconName } from "./icon";

export function PageHead({ title, crumbs, tools, children }: { title: ComponentChildren; crumbs?: [string, string][]; tools?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <header class="pagehead">
      {crumbs && (
        <nav class="crumbs" aria-label="Breadcrumbs">
          {crumbs.map(([text, href]) => (<span><a href={href}>{text}</a></span>))}
        </nav>
      )}
      <div class="titlerow">
        <h1>{title}</h1>
        {tools && <div class="tools">{tools}</div>}
      </div>
      {children}
    </header>
  );
}

export function Tabs({ label, items }: { label: string; items: { text: ComponentChildren; href: string; on: boolean }[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {items.map((i) => (<a href={i.href} aria-current={i.on ? "page" : undefined}>{i.text}</a>))}
    </nav>
  );
}

export function Card({ title, tools, note, children, flush }: { title?: ComponentChildren; tools?: ComponentChildren; note?: ComponentChildren; children: ComponentChildren; flush?: boolean }) {
  return (
    <section class={flush ? "card flush" : "card"}>
      {(title || tools) && (
        <div class="cardhead">
          <div>{title && <h2>{title}</h2>}{note && <p class="muted">{note}</p>}</div>
          {tools && <div class="tools">{tools}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

export type Tone = "ok" | "warn" | "bad" | "info" | "plain" | "better" | "worse";
const marks: Partial<Record<Tone, string>> = { ok: "✓", warn: "!", bad: "✕", better: "▲", worse: "▼", info: "●" };

/** A word with a sign before it: colour only repeats what both say. */
export const Badge = ({ tone = "plain", children, title }: { tone?: Tone; children: ComponentChildren; title?: string }) => (
  <span class={"badge " + tone} title={title}>
    {marks[tone] && <span aria-hidden="true">{marks[tone]} </span>}
    {children}
  </span>
);

export const Tag = ({ text }: { text: string }) => <span class="tag">{text}</span>;

export function Button({ children, icon, kind = "", ...rest }: { children?: ComponentChildren; icon?: IconName; kind?: "" | "primary" | "quiet" | "danger"; onClick?: (e: MouseEvent) => void; disabled?: boolean; type?: "submit" | "button"; label?: string; title?: string; pressed?: boolean }) {
  const { label, pressed, ...attributes } = rest;
  return (
    <button type="button" {...attributes} class={"button " + kind} aria-label={label} aria-pressed={pressed}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export const Key = ({ keys }: { keys: string }) => <kbd>{keys}</kbd>;

/** A menu under a button; closes by itself on Escape, on a choice, and on a click elsewhere. */
export function Menu({ label, icon, children, quiet, align = "right" }: { label: ComponentChildren; icon?: IconName; children: ComponentChildren; quiet?: boolean; align?: "left" | "right" }) {
  const box = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (e: Event) => {
      const d = box.current;
      if (!d?.open) return;
      if (e instanceof KeyboardEvent) {
        if (e.key !== "Escape") return;
        d.querySelector("summary")?.focus();
        e.stopPropagation();
      } else if (d.contains(e.target as Node) && !(e.target as Element).closest(".menu-list button, .menu-list a")) return;
      d.open = false;
    };
    addEventListener("click", close);
    addEventListener("keydown", close, true);
    return () => (removeEventListener("click", close), removeEventListener("keydown", close, true));
  }, []);
  return (
    <details class="menu" ref={box}>
      <summary class={"button" + (quiet ? " quiet" : "")}>{icon && <Icon name={icon} />}{label}<Icon name="more" /></summary>
      <div class={"menu-list " + align}>{children}</div>
    </details>
  );
}

/** Tells, once, what an action did. */
const toastText = signal<{ text: string; bad: boolean } | undefined>(undefined);
let toastTimer = 0;
export function toast(text: string, bad = false) {
  toastText.value = { text, bad };
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toastText.value = undefined), bad ? 10_000 : 4_000) as unknown as number;
}
export const Toast = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toastText.value && <div class={toastText.value.bad ? "toast bad" : "toast"}>{toastText.value.text}</div>}
  </div>
);

export async function copyText(text: string, what = "Copied") {
  try {
    await navigator.clipboard.writeText(text);
    toast(what);
  } catch {
    toast("The browser did not allow copying; select the text instead", true);
  }
}

export const Code = ({ text, label }: { text: string; label: string }) => (
  <div class="code">
    <pre tabIndex={0} aria-label={label}><code>{text}</code></pre>
    <Button kind="quiet" icon="copy" label={"Copy " + label} onClick={() => copyText(text, "Copied: " + label)} />
  </div>
);

const titles: Record<string, string> = { timeout: "Timed out", engine_away: "The engine is away" };

/** What went wrong, in the server's words, and the way on. */
export function Problem({ error, retry, children }: { error: ApiError; retry?: () => void; children?: ComponentChildren }) {
  return (
    <div class="problem" role="alert">
      <strong>{titles[error.code] ?? (error.status === 404 ? "Not found" : error.status === 0 ? "No answer" : "This did not work")}</strong>
      <p>{sentence(error.message)}</p>
      <p class="muted">{error.status > 0 && `Status ${error.status}, code ${error.code}`}{error.attr && `, field ${error.attr}`}{error.requestId && !error.message.includes(error.requestId) && `, request ${error.requestId}`}</p>
      {children}
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty"><strong>{title}</strong>{children && <div>{children}</div>}</div>
);
export const Loading = ({ what = "Loading" }: { what?: string }) => <div class="loading" role="status">{what}…</div>;

export function Facts({ items }: { items: ([string, ComponentChildren] | false | undefined | null)[] }) {
  return (
    <dl class="facts">
      {items.map((i) => i && (<div><dt>{i[0]}</dt><dd>{i[1]}</dd></div>))}
    </dl>
  );
}

export const Stat = ({ label, value, note }: { label: string; value: ComponentChildren; note?: ComponentChildren }) => (
  <div class="stat"><span class="muted">{label}</span><b>{value}</b>{note && <span class="muted small">{note}</span>}</div>
);
