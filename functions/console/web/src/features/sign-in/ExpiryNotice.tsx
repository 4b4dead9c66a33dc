import { Clock } from "lucide-react";
import { useEffect, useState } from "react";
import { useSession, type Viewer } from "@/app/session";
import { useMessages } from "@/messages";
import { Button } from "@/ui/Button";
import { Time } from "@/ui/Time";
import { useOidc } from "./consoleConfig";
import { expiryAt, nextLook } from "./expiry";
import { useIssuerSignIn } from "./issuerSignIn";
import { isIssuers } from "./signingOut";

/** Says that the session is about to end, and ends it then, so that nobody's work is lost to a surprise. */
export function ExpiryNotice({ viewer, expiresAt }: { viewer: Viewer & { kind: "admin" }; expiresAt: string }) {
  const m = useMessages().signIn.expiry;
  const { signOut, isKept } = useSession();
  const oidc = useOidc();
  const { begin, isBusy } = useIssuerSignIn();
  const ends = new Date(expiresAt).getTime();
  const [now, setNow] = useState(Date.now);
  const expiry = expiryAt(ends, now);

  useEffect(() => {
    if (expiry === "over") {
      signOut("expired");
      return;
    }
    const timer = setTimeout(() => setNow(Date.now()), nextLook(ends, now));
    return () => clearTimeout(timer);
  }, [ends, expiry, now, signOut]);

  if (expiry !== "near") return null;
  return (
    <div
      role="status"
      className="mb-5 flex flex-wrap items-center gap-x-3 gap-y-2 rounded border border-warn/40 bg-warn-soft px-3 py-2"
    >
      <Clock size={16} aria-hidden className="shrink-0 text-warn" />
      <p className="min-w-0 flex-1">
        {m.near} <Time value={expiresAt} />
      </p>
      {oidc && isIssuers(viewer.id) && (
        <Button size="small" isBusy={isBusy} onClick={() => begin(oidc, isKept)}>
          {m.again}
        </Button>
      )}
    </div>
  );
}
