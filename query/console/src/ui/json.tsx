// JSON, pretty with its types told apart, or raw as it came.
import { useState } from "preact/hooks";
import { Button, copyText } from "./basics";

const Value = ({ value, indent }: { value: unknown; indent: number }) => {
  const pad = "  ".repeat(indent + 1);
  if (value === null) return <span class="j-null">null</span>;
  if (typeof value === "string") return <span class="j-text">{JSON.stringify(value)}</span>;
  if (typeof value !== "object") return <span class="j-other">{String(value)}</span>;
  const list = Array.isArray(value);
  const entries = Object.entries(value as object);
  if (entries.length === 0) return <>{list ? "[]" : "{}"}</>;
  return (
    <>
      {list ? "[" : "{"}
      {entries.map(([k, v], i) => (
        <>
          {"\n" + pad}
          {!list && <><span class="j-key">{JSON.stringify(k)}</span>: </>}
          <Value value={v} indent={indent + 1} />
          {i < entries.length - 1 ? "," : ""}
        </>
      ))}
      {"\n" + "  ".repeat(indent) + (list ? "]" : "}")}
    </>
  );
};

export function Json({ value, raw, label }: { value: unknown; raw?: string; label: string }) {
  const [pretty, setPretty] = useState(true);
  const text = raw ?? JSON.stringify(value);
  return (
    <div class="json">
      <div class="tools">
        <Button kind="quiet" pressed={pretty} onClick={() => setPretty(true)}>Pretty</Button>
        <Button kind="quiet" pressed={!pretty} onClick={() => setPretty(false)}>Raw</Button>
        <Button kind="quiet" icon="copy" onClick={() => copyText(pretty ? JSON.stringify(value, null, 2) : text, "JSON copied")}>Copy</Button>
      </div>
      <pre tabIndex={0} aria-label={label}><code>{pretty ? <Value value={value} indent={0} /> : text}</code></pre>
    </div>
  );
}
