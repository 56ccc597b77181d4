// Keys that work everywhere but while typing. Each has a name, so that menus and the help can show it.
import { useEffect } from "preact/hooks";

interface Binding { keys: string; text: string; run: (e: KeyboardEvent) => void }
const bindings: Binding[] = [];
let pending = "";
let pendingAt = 0;

const typing = (e: KeyboardEvent) => {
  const t = e.target as HTMLElement;
  return t.isContentEditable || /^(TEXTAREA|SELECT)$/.test(t.tagName) || (t.tagName === "INPUT" && !/^(checkbox|radio|button|range)$/.test((t as HTMLInputElement).type));
};

addEventListener("keydown", (e) => {
  const command = (e.ctrlKey || e.metaKey) && !e.altKey;
  if (!command && (typing(e) || e.altKey) && e.key !== "Escape") return;
  const name = (command ? "mod+" : "") + (e.key === " " ? "space" : e.key.length === 1 ? e.key.toLowerCase() : e.key);
  const sequence = Date.now() - pendingAt < 1000 && pending ? pending + " " + name : "";
  const inDialog = document.querySelector("dialog[open]");
  const bound = (keys: string) => [...bindings].reverse().find((b) => b.keys === keys && (!inDialog || command));
  const found = bound(sequence) ?? bound(name); // "g c" before "c"
  if (found) {
    e.preventDefault();
    pending = "";
    return found.run(e);
  }
  pending = name;
  pendingAt = Date.now();
});

/** Binds a key ("/", "g m", "mod+k") while the component is there. */
export function useKey(keys: string, text: string, run: (e: KeyboardEvent) => void, on = true) {
  useEffect(() => {
    if (!on) return;
    const binding = { keys, text, run };
    bindings.push(binding);
    return () => void bindings.splice(bindings.indexOf(binding), 1);
  });
}

export const boundKeys = () => bindings.filter((b) => b.text).map(({ keys, text }) => ({ keys, text }));
export const shown = (keys: string) => keys.replace("mod+", /Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl ").replace("space", "Space").split(" ").map((k) => (k.length === 1 ? k.toUpperCase() : k)).join(" ");
