import { type FormEvent, useState } from "react";
import { ApiError } from "@/api/errors";
import { useSession } from "@/app/session";
import { PreferenceSelects } from "@/app/ViewerMenu";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Checkbox, Field, Input } from "@/ui/Field";
import { viewerOf } from "./viewers";

/** Where one pastes a token. It goes nowhere but into the requests that check it. */
export function SignInPage() {
  const m = useMessages().signIn;
  const { signIn, reason } = useSession();
  const [token, setToken] = useState("");
  const [keep, setKeep] = useState(true);
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setIsBusy(true);
    setFailure(null);
    try {
      const sent = token.trim();
      signIn(await viewerOf(sent), sent, keep);
    } catch (error) {
      setFailure(error instanceof ApiError && error.status !== 0 ? m.refused : m.unreachable);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center px-4">
      <h1 className="mb-5 flex items-center gap-2 text-xl font-semibold">
        <img src="icon.svg" alt="" width={28} height={28} />
        {m.title}
      </h1>
      {reason !== null && <p className="mb-3 text-sm text-warn">{m.reasons[reason]}</p>}
      <form onSubmit={(event) => void submit(event)} className="space-y-4">
        <Field label={m.token} error={failure ?? undefined}>
          <Input
            type="password"
            autoComplete="off"
            spellCheck={false}
            required
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </Field>
        <Checkbox label={m.keep} checked={keep} onChange={(event) => setKeep(event.target.checked)} />
        <Button type="submit" kind="primary" isBusy={isBusy} className="w-full justify-center">
          {m.submit}
        </Button>
      </form>
      <PreferenceSelects />
    </main>
  );
}
