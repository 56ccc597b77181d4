// Signing in with a console key. The key goes to the server once; the browser keeps a cookie that pages cannot read.
import { useState } from "preact/hooks";
import { signIn } from "../core/api";
import { Form, Refusal, TextField, useAction } from "../ui/form";

export function SignIn() {
  const [key, setKey] = useState("");
  const { run, busy, error } = useAction();
  return (
    <main class="signin" id="main">
      <div class="card">
        <svg class="mark" viewBox="0 0 32 32" width="44" height="44" aria-hidden="true"><rect width="32" height="32" rx="8" /><path d="M5 18h5l3-9 5 15 3-9h6" /></svg>
        <h1>PulseHouse</h1>
        <p class="muted">Sign in with a console key. <code>pulsehouse serve</code> printed one at its first start and left it in <code>data/console.key</code>.</p>
        <Form text="Sign in" busy={busy} disabled={!key.trim()} submit={() => run(() => signIn(key))}>
          <TextField label="Console key" type="password" value={key} set={setKey} autofocus placeholder="console-…" />
          <Refusal error={error} />
        </Form>
      </div>
    </main>
  );
}
