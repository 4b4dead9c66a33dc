import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { CONSOLE_PATH } from "@/app/base";
import { useSession } from "@/app/session";
import { useMessages } from "@/messages";
import { readConfig } from "./consoleConfig";
import { useFailureText } from "./failures";
import { type IssuerAnswer, takeAnswer } from "./issuerAnswer";
import { OidcError, redeem } from "./oidc";
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
    const answer = takeAnswer();
    const go = (place: string) => router.history.replace(CONSOLE_PATH + place);
    if (answer === null) {
      go("/");
      return;
    }
    signedIn(answer)
      .then(({ viewer, token, keep, returnTo }) => {
        signIn(viewer, token, keep);
        go(returnTo);
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

async function signedIn(answer: IssuerAnswer) {
  const { oidc } = await readConfig();
  if (oidc === null) throw new OidcError("stale");
  const issued = await redeem(oidc, answer);
  return { ...issued, viewer: await viewerOf(issued.token) };
}
