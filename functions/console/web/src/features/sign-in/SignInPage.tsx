import { LogIn } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Checkbox, Field, Input } from "@/ui/Field";
import { useOidc } from "./consoleConfig";
import { useFailureText } from "./failures";
import { useIssuerSignIn } from "./issuerSignIn";
import type { Oidc } from "./oidc";
import { SignInFrame } from "./SignInFrame";
import { viewerOf } from "./viewers";
import { WhereToFind } from "./WhereToFind";

/** Where one signs in: at the issuer, if there is one, or by pasting a token. The page's own address stays. */
export function SignInPage() {
  const m = useMessages().signIn;
  const { reason } = useSession();
  const oidc = useOidc();
  const [keep, setKeep] = useState(true);
  useEffect(() => {
    document.title = `${m.title} · Tollgate`;
  }, [m.title]);

  return (
    <SignInFrame>
      {reason !== null && (
        <p role="status" className="rounded border border-warn/40 bg-warn-soft px-3 py-2">
          {m.reasons[reason]}
        </p>
      )}
      <div className="space-y-4 rounded-lg border border-line bg-surface p-4">
        {oidc && <AtIssuer oidc={oidc} keep={keep} />}
        <ByToken keep={keep} onKeep={setKeep} isSecond={Boolean(oidc)} />
      </div>
      <WhereToFind />
    </SignInFrame>
  );
}

function AtIssuer({ oidc, keep }: { oidc: Oidc; keep: boolean }) {
  const m = useMessages().signIn;
  const { begin, isBusy, error } = useIssuerSignIn();
  const failureText = useFailureText();
  const name = oidc.name === "" ? new URL(oidc.issuer).host : oidc.name;
  return (
    <div className="space-y-4">
      <Button
        kind="primary"
        icon={LogIn}
        isBusy={isBusy}
        className="w-full justify-center whitespace-normal"
        onClick={() => begin(oidc, keep)}
      >
        {m.atIssuer(name)}
      </Button>
      {error !== null && (
        <p role="alert" className="text-sm text-bad">
          {failureText(error)}
        </p>
      )}
      <p className="flex items-center gap-3 text-sm text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        {m.or}
      </p>
    </div>
  );
}

type ByTokenProps = { keep: boolean; onKeep: (keep: boolean) => void; isSecond: boolean };

/** Where one pastes a token. It goes nowhere but into the requests that check it. */
function ByToken({ keep, onKeep, isSecond }: ByTokenProps) {
  const m = useMessages().signIn;
  const { signIn } = useSession();
  const [token, setToken] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const failureText = useFailureText();

  async function submit(event: FormEvent) {
    event.preventDefault();
    setIsBusy(true);
    setFailure(null);
    try {
      const sent = token.trim();
      signIn(await viewerOf(sent), sent, keep);
    } catch (error) {
      setFailure(error);
      setIsBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} className="space-y-4">
      <Field label={m.token} hint={m.tokenHint} error={failure === null ? undefined : failureText(failure)}>
        <Input
          type="password"
          autoComplete="off"
          spellCheck={false}
          required
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
      </Field>
      <Checkbox label={m.keep} hint={m.keepHint} checked={keep} onChange={(event) => onKeep(event.target.checked)} />
      <Button type="submit" kind={isSecond ? "plain" : "primary"} isBusy={isBusy} className="w-full justify-center">
        {m.submit}
      </Button>
    </form>
  );
}
