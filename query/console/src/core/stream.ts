// The live log. One stream a page; it is closed while the tab is hidden and goes on where it was when the tab comes back.
import { address, checkSession, type Query } from "./api";

export interface Entry {
  id: string; receivedAt: string; time: string; fate: string; reason?: string; message?: string; provisional?: boolean; source: string; sourceKind?: string; kind?: string; name: string; event?: string;
  messageID?: string; userID?: string; anonymousID?: string; unitIDs?: Record<string, string>; environment?: string; value?: number; library?: string; raw?: unknown; rawText?: string;
  /** Set here: the order of arrival in this page, and when. */
  n: number; at: number;
}
export interface StreamState { dropped: number; skipped: number; sampleRate: number; next: string }
export type Status = "connecting" | "open" | "hidden" | "lost";

export interface Filter { event?: string[]; exclude?: string[]; fate?: string[]; id?: string; text?: string; source?: string; environment?: string }

/** The address of the stream; a list becomes a parameter that comes several times. */
export function streamAddress(f: Filter, after = ""): string {
  const { event = [], exclude = [], fate = [], ...rest } = f;
  const lists = [["event", event], ["exclude", exclude], ["fate", fate]].flatMap(([name, values]) => (values as string[]).map((v) => `${name}=${encodeURIComponent(v)}`));
  const path = address("stream", { ...rest, lastEventId: after } as Query);
  return path + (lists.length > 0 ? (path.includes("?") ? "&" : "?") + lists.join("&") : "");
}

let arrivals = 0;

/** Opens the stream until the returned function is called. Entries come in bundles of at most four a second. */
export function watch(f: Filter, on: { entries: (e: Entry[]) => void; state?: (s: StreamState) => void; status?: (s: Status) => void }): () => void {
  let source: EventSource | undefined, next = "", waiting: Entry[] = [], timer = 0;
  const flush = () => {
    timer = 0;
    const bundle = waiting;
    waiting = [];
    if (bundle.length > 0) on.entries(bundle);
  };
  const open = () => {
    if (source || document.hidden) return;
    on.status?.("connecting");
    source = new EventSource(streamAddress(f, next));
    source.onopen = () => on.status?.("open");
    source.onmessage = (m) => {
      next = m.lastEventId;
      waiting.push({ ...JSON.parse(m.data), n: ++arrivals, at: Date.now() });
      timer ||= setTimeout(flush, 250) as unknown as number;
    };
    source.addEventListener("state", (m) => {
      const s = JSON.parse((m as MessageEvent).data) as StreamState;
      next = s.next || next;
      on.state?.(s);
    });
    source.onerror = () => {
      on.status?.("lost");
      if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      close();
      checkSession().catch(() => undefined);
      setTimeout(() => stopped || open(), 2000);
    };
  };
  const close = () => (source?.close(), (source = undefined));
  const visibility = () => {
    if (!document.hidden) return open();
    close();
    on.status?.("hidden");
  };
  let stopped = false;
  document.addEventListener("visibilitychange", visibility);
  open();
  return () => {
    stopped = true;
    document.removeEventListener("visibilitychange", visibility);
    clearTimeout(timer);
    close();
  };
}
