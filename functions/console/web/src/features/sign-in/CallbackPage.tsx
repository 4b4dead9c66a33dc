import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { CONSOLE_PATH } from "@/app/base";
import { useSession, type Viewer } from "@/app/session";
import { useMessages } from "@/messages";
import { readConfig } from "./consoleConfig";
import { useFailureText } from "./failures";
import { type IssuerAnswer, takeAnswer } from "./issuerAnswer";
import { type IssuedToken, OidcError, redeem } from "./oidc";
import { SignInFrame } from "./SignInFrame";
import { viewerOf } from "./viewers";

/** Where the issuer sends the viewer back to: trades its answer for a token, and goes on where one was. */
export function CallbackPage() {
  const m = useMessages().signIn;
  const router = useRouter();
  const { signIn } = useSession();
  const [failure, setFailure] = useState<unknown>(null);
  const failureText = useFailureText();

  useEffect(() => {
    const go = (place: string) => router.history.replace(CONSOLE_PATH + place);
    completed()
      .then((done) => {
        if (done !== null) signIn(done.viewer, done.token, done.keep);
        go(done?.returnTo ?? "/");
      })
      .catch(setFailure);
  }, [router, signIn]);

  return (
    <SignInFrame>
      {failure === null ? (
        <p role="status">{m.completing}</p>
      ) : (
        <div className="space-y-4">
          <p role="alert" className="text-bad">
            {failureText(failure)}
          </p>
          <a href="./" className="text-accent underline">
            {m.back}
          </a>
        </div>
      )}
    </SignInFrame>
  );
}

type Done = IssuedToken & { viewer: Viewer };

let work: Promise<Done | null> | undefined;

/** Trades the answer for a token, once for each time that the page is opened; null if an issuer didn't open it. */
function completed(): Promise<Done | null> {
  work ??= complete(takeAnswer());
  return work;
}

async function complete(answer: IssuerAnswer | null): Promise<Done | null> {
  if (answer === null) return null;
  const { oidc } = await readConfig();
  if (oidc === null) throw new OidcError("stale");
  const issued = await redeem(oidc, answer);
  return { ...issued, viewer: await viewerOf(issued.token) };
}
