// Answers of the API as signals. What was shown stays while the next answer is on its way, marked as stale.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";

export interface Answer<T> {
  data?: T;
  error?: ApiError;
  loading: boolean;
  /** When data came, in ms. */
  at: number;
  reload: () => void;
}

/** useAnswer asks when key changes, again every `every` ms while the tab is visible, and on reload. An undefined key asks nothing. */
export function useAnswer<T>(key: string | undefined, ask: (signal: AbortSignal) => Promise<T>, every = 0): Answer<T> {
  const [state, setState] = useState<{ key?: string; data?: T; error?: ApiError; loading: boolean; at: number }>({ loading: true, at: 0 });
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (key === undefined) return setState({ loading: false, at: 0 });
    const stop = new AbortController();
    setState((s) => (s.key === key ? { ...s, loading: true } : { ...s, key, loading: true, error: undefined }));
    latest.current(stop.signal).then(
      (data) => stop.signal.aborted || setState({ key, data, loading: false, at: Date.now() }),
      (e) => stop.signal.aborted || setState((s) => ({ ...s, loading: false, error: e instanceof ApiError ? e : new ApiError(0, "bug", String(e)) })),
    );
    return () => stop.abort();
  }, [key, turn]);
  const reload = () => setTurn((n) => n + 1);
  useEffect(() => {
    if (!every) return;
    const timer = setInterval(() => document.hidden || reload(), every);
    return () => clearInterval(timer);
  }, [every, key]);
  return { ...state, reload };
}
