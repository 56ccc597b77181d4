// Dialogs are the browser's own: focus is kept inside and given back by it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "./basics";

export function Dialog({ title, kind = "box", onClose, children, foot }: { title: ComponentChildren; kind?: "box" | "drawer" | "palette"; onClose: () => void; children: ComponentChildren; foot?: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  const before = useRef<Element | null>(null);
  useEffect(() => {
    before.current = document.activeElement;
    box.current?.showModal();
    return () => (before.current as HTMLElement | null)?.focus?.();
  }, []);
  return (
    <dialog ref={box} class={kind} aria-labelledby="dialog-title" onCancel={(e) => { e.preventDefault(); onClose(); }} onClick={(e) => e.target === box.current && onClose()}>
      <div class="dialog-in">
        <div class="dialog-head">
          <h2 id="dialog-title">{title}</h2>
          <Button kind="quiet" icon="close" label="Close" onClick={onClose} />
        </div>
        <div class="dialog-body">{children}</div>
        {foot && <div class="dialog-foot">{foot}</div>}
      </div>
    </dialog>
  );
}
