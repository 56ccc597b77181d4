// Several of a list: what is chosen stands as chips, the rest is offered while typing.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "./basics";
import { TextField } from "./form";

interface Props { label: string; hint?: string; placeholder?: string; chosen: string[]; known: string[]; set: (chosen: string[]) => void; show?: (id: string) => ComponentChildren }

export function Pick({ label, hint, placeholder = "Choose one", chosen, known, set, show = (id) => id }: Props) {
  const [text, setText] = useState("");
  const left = known.filter((k) => !chosen.includes(k));
  // Also when what is known comes only after something was typed.
  useEffect(() => {
    if (!left.includes(text)) return;
    setText("");
    set([...chosen, text]);
  }, [text, known.length]);
  return (
    <fieldset>
      <legend>{label}</legend>
      {chosen.length > 0 && <div class="chips">{chosen.map((id) => <span class="chip" key={id}>{show(id)}<Button kind="quiet" icon="close" label={`Remove ${id}`} onClick={() => set(chosen.filter((o) => o !== id))} /></span>)}</div>}
      <TextField unseen label={"Add to " + label.toLowerCase()} value={text} set={setText} list={left} hint={hint} placeholder={left.length > 0 ? placeholder : "None is left"} invalid={text && "Choose one of the list, or clear the field."} />
    </fieldset>
  );
}
