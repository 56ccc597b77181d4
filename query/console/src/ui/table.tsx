// The table of every list: sorted and searched by the URL, walked with the keyboard, exported as it is shown.
import type { ComponentChildren } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { cli, csv, curl, download, json, type Cell } from "../core/export";
import { useKey } from "../core/keys";
import { go, here, param, set } from "../core/router";
import { plural } from "../core/format";
import { copyText, Empty, Menu } from "./basics";
import { Icon } from "./icon";

export interface Column<R> {
  key: string;
  head: string;
  /** What is sorted by and exported. */
  value: (row: R) => Cell;
  /** What is shown, if more than the value. */
  show?: (row: R) => ComponentChildren;
  num?: boolean;
  fixed?: boolean; // not sortable
  hint?: string;
  wide?: boolean;
}

export interface Source { api?: string; cli?: string[]; sql?: () => void }

interface Props<R> {
  name: string;
  label: string;
  rows: R[];
  columns: Column<R>[];
  id: (row: R) => string;
  href?: (row: R) => string;
  open?: (row: R) => void;
  sort?: string;
  search?: string;
  empty: ComponentChildren;
  tools?: ComponentChildren;
  source?: Source;
  /** Tables of a page that has several keep their own parameters. */
  own?: string;
  plain?: boolean;
}

export function CopyMenu({ source, children }: { source?: Source; children?: ComponentChildren }) {
  const commands: [string, string][] = [];
  if (source?.api) commands.push(["curl", curl(source.api)]);
  if (source?.cli) commands.push(["CLI", cli(...source.cli)]);
  return (
    <Menu label="Export" quiet>
      {children}
      {commands.map(([name, text]) => (<button type="button" onClick={() => copyText(text, `Copied as ${name}`)}>Copy as {name}</button>))}
      {source?.sql && <button type="button" onClick={source.sql}>Show as SQL…</button>}
      <button type="button" onClick={() => copyText(location.href, "Link copied")}>Copy link to this view <kbd>C</kbd></button>
    </Menu>
  );
}

const compare = (a: Cell, b: Cell) => {
  // Unknown values stand last, however the table is sorted.
  if (a === null || a === undefined || a === "") return b === null || b === undefined || b === "" ? 0 : Infinity;
  if (b === null || b === undefined || b === "") return -Infinity;
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
};

export function sorted<R>(rows: R[], columns: Column<R>[], order: string): R[] {
  const column = columns.find((c) => c.key === order.replace(/^-/, ""));
  if (!column) return rows;
  const sign = order.startsWith("-") ? -1 : 1;
  return [...rows].sort((a, b) => {
    const d = compare(column.value(a), column.value(b));
    return Number.isFinite(d) ? sign * d : Math.sign(d);
  });
}

export function Table<R>(p: Props<R>) {
  const own = p.own ?? "";
  const words = param(own + "q").toLowerCase().split(/\s+/).filter(Boolean);
  const order = param(own + "sort", p.sort ?? "");
  const body = useRef<HTMLTableSectionElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const rows = useMemo(() => {
    const found = words.length === 0 ? p.rows : p.rows.filter((r) => {
      const text = p.columns.map((c) => c.value(r)).join(" ").toLowerCase();
      return words.every((w) => text.includes(w));
    });
    return sorted(found, p.columns, order);
  }, [p.rows, order, words.join(" "), p.columns]);

  const step = (by: number) => {
    const all = [...(body.current?.querySelectorAll<HTMLElement>("tr[tabindex]") ?? [])];
    const now = all.indexOf(document.activeElement?.closest("tr") as HTMLElement);
    all[Math.min(Math.max(now + by, 0), all.length - 1)]?.focus();
  };
  const main = !own;
  useKey("j", "next row", () => step(1), main);
  useKey("k", "row before", () => step(-1), main);
  useKey("/", "search this list", () => field.current?.focus(), main && p.search !== undefined);
  const sheet = () => ({ name: p.name, head: p.columns.map((c) => c.head), rows: rows.map((r) => p.columns.map((c) => c.value(r))) });
  useKey("x", "export this table as CSV", () => save("csv"), main);
  const save = (form: "csv" | "json") =>
    form === "csv" ? download(p.name + ".csv", "text/csv", csv(sheet())) : download(p.name + ".json", "application/json", json(sheet()));
  const open = (r: R) => (p.open ? p.open(r) : p.href && go(p.href(r)));

  return (
    <div class="tablebox">
      {!p.plain && (
        <div class="toolbar">
          {p.search !== undefined && (
            <label class="search">
              <Icon name="search" />
              <span class="hidden">{p.search}</span>
              <input ref={field} type="search" placeholder={p.search} value={param(own + "q")} onInput={(e) => set({ [own + "q"]: e.currentTarget.value }, true)} onKeyDown={(e) => e.key === "Escape" && (set({ [own + "q"]: "" }, true), field.current?.blur())} />
              <kbd aria-hidden="true">/</kbd>
            </label>
          )}
          {p.tools}
          <span class="grow" />
          <span class="muted small" role="status">{rows.length < p.rows.length ? `${rows.length} of ${plural(p.rows.length, "row")}` : plural(p.rows.length, "row")}</span>
          <CopyMenu source={p.source}>
            <button type="button" onClick={() => save("csv")}>Save as CSV <kbd>X</kbd></button>
            <button type="button" onClick={() => save("json")}>Save as JSON</button>
          </CopyMenu>
        </div>
      )}
      {rows.length === 0 ? (p.rows.length > 0 ? <Empty title="Nothing matches the search">Clear it to see all {p.rows.length}.</Empty> : p.empty) : (
        <div class="scroll" tabIndex={0} role="region" aria-label={p.label}>
          <table>
            <caption class="hidden">{p.label}</caption>
            <thead>
              <tr>{p.columns.map((c) => <Head column={c} order={order} own={own} />)}</tr>
            </thead>
            <tbody ref={body}>
              {rows.map((r) => (
                <tr key={p.id(r)} tabIndex={p.href || p.open ? -1 : undefined} class={p.href || p.open ? "opens" : ""}
                  onKeyDown={(e) => e.key === "Enter" && e.target === e.currentTarget && open(r)}
                  onClick={(e) => (p.href || p.open) && !(e.target as Element).closest("a,button,input,label,select") && !getSelection()?.toString() && open(r)}>
                  {p.columns.map((c, i) => {
                    const content = c.show ? c.show(r) : shown(c.value(r));
                    const linked = i === 0 && p.href ? <a href={p.href(r)}>{content}</a> : i === 0 && p.open ? <button type="button" class="link" onClick={() => open(r)}>{content}</button> : content;
                    const cls = (c.num ? "num" : "") + (c.wide ? " wide" : "");
                    return i === 0 ? <th scope="row" class={cls}>{linked}</th> : <td class={cls}>{linked}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

const shown = (c: Cell) => (c === null || c === undefined || c === "" ? <span class="muted">–</span> : String(c));

function Head<R>({ column: c, order, own }: { column: Column<R>; order: string; own: string }) {
  const cls = (c.num ? "num" : "") + (c.wide ? " wide" : "");
  if (c.fixed) return <th scope="col" class={cls} title={c.hint}>{c.head}</th>;
  const key = order.replace(/^-/, "") === c.key ? (order.startsWith("-") ? "descending" : "ascending") : undefined;
  const next = key === undefined ? (c.num ? "-" + c.key : c.key) : key === "descending" ? c.key : "-" + c.key;
  return (
    <th scope="col" class={cls} aria-sort={key} title={c.hint}>
      <a class="sort" href={here({ [own + "sort"]: next })}>{c.head}{key && <Icon name={key === "ascending" ? "up" : "down"} />}</a>
    </th>
  );
}
