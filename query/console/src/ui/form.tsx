// Fields with their label, hint and the server's refusal beside the field it names.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../core/api";
import { Button, toast } from "./basics";

let ids = 0;
const useID = () => useState(() => "f" + ++ids)[0];

export function Field({ label, unseen, hint, error, children }: { label: string; /** Said by what is around it. */ unseen?: boolean; hint?: ComponentChildren; error?: string; children: (id: string) => ComponentChildren }) {
  const id = useID();
  return (
    <div class={error ? "field wrong" : "field"}>
      <label for={id} class={unseen ? "hidden" : undefined}>{label}</label>
      {children(id)}
      {hint && <p class="hint">{hint}</p>}
      {error && <p class="wrong-text" role="alert">{error}</p>}
    </div>
  );
}

interface Text { label: string; value: string; set: (v: string) => void; hint?: ComponentChildren; error?: string; type?: "text" | "password" | "number" | "datetime-local" | "date"; list?: string[]; placeholder?: string; autofocus?: boolean; rows?: number; required?: boolean; code?: boolean; invalid?: string; unseen?: boolean }

export function TextField({ label, value, set, hint, error, type = "text", list, placeholder, autofocus, rows, required, code, invalid, unseen }: Text) {
  return (
    <Field label={label} unseen={unseen} hint={hint} error={error}>
      {(id) => rows
        ? <textarea id={id} class={code ? "mono" : undefined} spellcheck={code ? false : undefined} rows={rows} value={value} placeholder={placeholder} onInput={(e) => set(e.currentTarget.value)} />
        : (
          <>
            <input id={id} ref={(e) => e?.setCustomValidity(invalid ?? "")} {...({ type } as { type: "text" })} value={value} required={required} placeholder={placeholder} autocomplete="off" spellcheck={false} list={list && id + "-list"} autofocus={autofocus} onInput={(e) => set(e.currentTarget.value)} />
            {list && <datalist id={id + "-list"}>{list.map((o) => <option value={o} />)}</datalist>}
          </>
        )}
    </Field>
  );
}

export function SelectField({ label, value, set, options, hint, error }: { label: string; value: string; set: (v: string) => void; options: [string, string][]; hint?: ComponentChildren; error?: string }) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(id) => <Select id={id} value={value} set={set} options={options} />}
    </Field>
  );
}

export const Select = ({ id, label, value, set, options }: { id?: string; label?: string; value: string; set: (v: string) => void; options: [string, string][] }) => (
  <select id={id} aria-label={label} value={value} onChange={(e) => set(e.currentTarget.value)}>
    {options.map(([v, text]) => <option value={v} selected={v === value}>{text}</option>)}
  </select>
);

interface Typed { label: string; value: string; set: (v: string) => void; type?: "text" | "date" | "datetime-local"; placeholder?: string; required?: boolean }

/** A field that hands on what was typed once it is left. Whatever is shown anew meanwhile, an answer or an event that comes in, what is being typed stays. */
export function Typed({ label, value, set, type = "text", placeholder, required }: Typed) {
  const [typing, setTyping] = useState<string>();
  return (
    <input aria-label={label} {...({ type } as { type: "text" })} placeholder={placeholder} required={required} value={typing ?? value} onInput={(e) => setTyping(e.currentTarget.value)}
      onChange={(e) => { setTyping(undefined); set(e.currentTarget.value); }} onBlur={() => setTyping(undefined)} />
  );
}

export const Check = ({ label, on, set, hint }: { label: ComponentChildren; on: boolean; set: (on: boolean) => void; hint?: string }) => (
  <label class="check">
    <input type="checkbox" checked={on} onChange={(e) => set(e.currentTarget.checked)} />
    <span>{label}{hint && <span class="muted"> {hint}</span>}</span>
  </label>
);

/** One action with its progress and its refusal. */
export function useAction() {
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const run = async (f: () => Promise<unknown>, done?: string) => {
    setBusy(true);
    setError(undefined);
    try {
      await f();
      if (done) toast(done);
      return true;
    } catch (e) {
      setError(e instanceof ApiError ? e : new ApiError(0, "bug", String(e)));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { run, busy, error, at: (field: string) => (error?.attr === field ? error.message : undefined) };
}

export const Refusal = ({ error, fields = [] }: { error?: ApiError; fields?: string[] }) =>
  error && !fields.includes(error.attr) ? <p class="refusal" role="alert">{error.attr && <code>{error.attr}</code>} {error.message}</p> : null;

export function Form({ submit, busy, text, children, cancel, disabled }: { submit: () => void; busy?: boolean; text: string; children: ComponentChildren; cancel?: () => void; disabled?: boolean }) {
  return (
    <form onSubmit={(e) => { e.preventDefault(); submit(); }}>
      {children}
      <div class="formfoot">
        <Button kind="primary" type="submit" disabled={busy || disabled}>{busy ? "Working…" : text}</Button>
        {cancel && <Button onClick={cancel}>Cancel</Button>}
      </div>
    </form>
  );
}
