// Archiving: what others refer to is only taken out by force, after it was said who they are.
import { useState } from "preact/hooks";
import { put } from "../core/api";
import { sentence } from "../core/format";
import { Dialog } from "./dialog";
import { Form, Refusal, TextField, useAction } from "./form";

export function Archive({ name, path, close, done }: { name: string; path: string; close: () => void; done: () => void }) {
  const [reason, setReason] = useState("");
  const { run, busy, error } = useAction();
  const used = error?.status === 409 && error.code.endsWith("_in_use");
  const archive = () => run(() => put(path, { archiveReason: reason, forceArchive: used }), "Archived").then((ok) => ok && (close(), done()));
  return (
    <Dialog title={`Archive ${name}`} onClose={close}>
      <p>SDKs do not get it any more. Its definition, history and results stay, and it can be brought back.</p>
      <Form text={used ? "Archive anyway" : "Archive"} busy={busy} cancel={close} submit={archive}>
        <TextField label="Why" value={reason} set={setReason} hint="Kept with it." />
        {used && <p class="notice warn" role="alert">{sentence(error.message)}. Or archive it anyway: whoever asks for it is then answered as if it did not exist.</p>}
        {!used && <Refusal error={error} />}
      </Form>
    </Dialog>
  );
}
