// What a table shows, as files; and the view as commands.
export type Cell = string | number | boolean | null | undefined;
export interface Sheet { name: string; head: string[]; rows: Cell[][] }

// A spreadsheet runs cells that begin like a formula; a quote before them keeps event names harmless.
const quoted = (c: Cell) => {
  let text = c === null || c === undefined ? "" : String(c);
  if (typeof c === "string" && /^[=+@\t\r]|^-[^\d.]/.test(text)) text = "'" + text;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export const csv = (s: Sheet) => [s.head, ...s.rows].map((row) => row.map(quoted).join(",") + "\r\n").join("");
export const json = (s: Sheet) => JSON.stringify(s.rows.map((row) => Object.fromEntries(row.map((c, i) => [s.head[i], c ?? null]))), null, 2) + "\n";

export function download(name: string, type: string, content: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const shell = (text: string) => "'" + text.replaceAll("'", `'\\''`) + "'";

/** The request behind a view, for a terminal. */
export function curl(path: string, method = "GET", body?: unknown): string {
  const url = new URL(path, location.href.split("#")[0]).href;
  const parts = ["curl", '-H "STATSIG-API-KEY: $PULSEHOUSE_CONSOLE_KEY"'];
  if (method !== "GET") parts.push("-X " + method);
  if (body !== undefined) parts.push("-H 'Content-Type: application/json' -d " + shell(JSON.stringify(body)));
  return [...parts, shell(url)].join(" ");
}
export const cli = (...words: string[]) => ["pulsehouse", ...words.map((w) => (/^[\w./:@=-]+$/.test(w) ? w : shell(w))), "--url", shell(new URL(".", location.href.split("#")[0]).href.replace(/\/$/, ""))].join(" ");
