// Where we are. The whole state of a view is behind the #, so every view is a link and the page works below any path.
import { computed, signal } from "@preact/signals";

export type Params = Record<string, string | undefined>;

const read = () => location.hash.replace(/^#/, "") || "/";
const hash = signal(read());
addEventListener("hashchange", () => (hash.value = read()));

/** The path, decoded segment by segment: ["experiments", "demo"]. */
export const segments = computed(() => hash.value.split("?")[0].split("/").filter(Boolean).map(decodeURIComponent));
const query = computed(() => new URLSearchParams(hash.value.split("?")[1] ?? ""));

/** A link to a place: to(["experiments", id], {tab: "setup"}). Parameters that are empty are left out. */
export function to(path: (string | undefined)[], params: Params = {}): string {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value) q.set(name, value);
  const text = q.toString();
  return "#/" + path.filter((s) => s !== undefined).map((s) => encodeURIComponent(s!)).join("/") + (text ? "?" + text : "");
}

export function go(link: string, replace = false) {
  if (replace) history.replaceState(null, "", link);
  else history.pushState(null, "", link);
  hash.value = read();
}
addEventListener("popstate", () => (hash.value = read()));

/** One parameter of the view, reactive. */
export function param(name: string, otherwise = ""): string {
  return query.value.get(name) ?? otherwise;
}

/** The link to this view with some parameters changed. */
export function here(change: Params): string {
  const params = Object.fromEntries(query.value) as Params;
  return to(segments.value, { ...params, ...change });
}

/** Changes parameters of this view; typing replaces the entry of the history, choosing adds one. */
export const set = (change: Params, replace = false) => go(here(change), replace);
