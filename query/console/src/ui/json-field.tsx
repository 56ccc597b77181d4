// A field for JSON: what is typed is kept as text, and handed on once it can be read.
import { useState } from "preact/hooks";
import { TextField } from "./form";

export function JsonField({ label, value, set, hint, error, object, rows = 4 }: { label: string; value: unknown; set: (v: unknown) => void; hint?: string; error?: string; object?: boolean; rows?: number }) {
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const [wrong, setWrong] = useState<string>();
  const read = (typed: string) => {
    setText(typed);
    try {
      const v: unknown = JSON.parse(typed);
      if (object && (typeof v !== "object" || v === null || Array.isArray(v))) return setWrong("An object is expected: {…}");
      setWrong(undefined);
      set(v);
    } catch (e) {
      setWrong((e as Error).message);
    }
  };
  return <TextField label={label} value={text} set={read} hint={hint} error={wrong ?? error} rows={rows} code />;
}
