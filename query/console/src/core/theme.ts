// Light or dark: the system's choice until the user makes one. Charts read the tokens, so they are drawn again on a change.
import { effect, signal } from "@preact/signals";

export type Choice = "system" | "light" | "dark";
const dark = matchMedia("(prefers-color-scheme: dark)");
const saved = () => {
  try {
    return (localStorage.getItem("theme") as Choice) || "system";
  } catch {
    return "system";
  }
};

export const choice = signal<Choice>(saved());
const system = signal(dark.matches);
dark.addEventListener("change", () => (system.value = dark.matches));
export const theme = signal<"light" | "dark">("light");

effect(() => {
  theme.value = choice.value === "system" ? (system.value ? "dark" : "light") : choice.value;
  document.documentElement.dataset.theme = theme.value;
});

export function choose(next: Choice) {
  choice.value = next;
  try {
    localStorage.setItem("theme", next);
  } catch {
    // A browser that keeps nothing still shows what was chosen.
  }
}

export const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
