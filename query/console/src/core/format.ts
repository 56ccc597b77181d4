// Numbers, times and names as people read them. What is unknown is a dash, never a zero.
export const NONE = "–";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

export const count = (n: number | null | undefined) => (n === null || n === undefined ? NONE : whole.format(n));
export const compact = (n: number | null | undefined) => (n === null || n === undefined ? NONE : Math.abs(n) < 10_000 ? number(n) : short.format(n));

/** A measured value with four significant digits. */
export function number(n: number | null | undefined): string {
  if (n === null || n === undefined || !Number.isFinite(n)) return NONE;
  if (Number.isInteger(n) && Math.abs(n) < 1e9) return whole.format(n);
  if (Math.abs(n) >= 1000) return new Intl.NumberFormat("en", { maximumFractionDigits: 1 }).format(n);
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 4 }).format(n);
}

/** A change in percent, always with its sign; the minus is a real one. */
export function percent(n: number | null | undefined, digits = 2, sign = true): string {
  if (n === null || n === undefined || !Number.isFinite(n)) return NONE;
  const text = Math.abs(n).toFixed(Math.abs(n) >= 100 ? 0 : digits);
  return (n < 0 && Number(text) !== 0 ? "−" : sign && Number(text) !== 0 ? "+" : "") + text + " %";
}

export function signed(n: number | null | undefined): string {
  if (n === null || n === undefined || !Number.isFinite(n)) return NONE;
  return (n > 0 ? "+" : n < 0 ? "−" : "") + number(Math.abs(n));
}

export function pValue(p: number | null | undefined): string {
  if (p === null || p === undefined) return NONE;
  return p < 0.0001 ? "< 0.0001" : p.toFixed(4);
}

export function bytes(n: number | null | undefined): string {
  if (n === null || n === undefined) return NONE;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let i = 0;
  for (; n >= 1000 && i < units.length - 1; i++) n /= 1000;
  return `${i === 0 ? n : n.toFixed(n >= 100 ? 0 : 1)} ${units[i]}`;
}

type Time = number | string | null | undefined;
const date = (t: Time) => (t === null || t === undefined || t === 0 || t === "" ? undefined : new Date(t));

/** 2026-11-24 14:03:20 UTC: one form everywhere. */
export function moment(t: Time): string {
  const d = date(t);
  return d ? d.toISOString().slice(0, 19).replace("T", " ") + " UTC" : NONE;
}
export const clock = (t: Time) => date(t)?.toISOString().slice(11, 23) ?? NONE;
export const day = (t: Time) => date(t)?.toISOString().slice(0, 10) ?? NONE;

/** "3 s", "5 min", "2 d": how long something takes or is ago. */
export function span(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 10) return s.toFixed(1) + " s";
  if (s < 100) return Math.round(s) + " s";
  if (s < 5400) return Math.round(s / 60) + " min";
  if (s < 129_600) return Math.round(s / 3600) + " h";
  return Math.round(s / 86_400) + " d";
}
export const ago = (t: Time, now = Date.now()) => {
  const d = date(t);
  return d ? span(now - d.getTime()) + " ago" : "never";
};

/** A sentence of the server at the beginning of one of ours. */
export const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** event_count_custom → event count. */
export const words = (name: string) => name.replace(/_custom$/, "").replace(/_/g, " ");
export const plural = (n: number, one: string, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;
