import { useState } from "react";
import { CONSOLE_PATH } from "@/app/base";
import { type Oidc, OidcError, signInUrl } from "./oidc";

/** Leads to the issuer, and from there back to the page that is shown now. */
export function useIssuerSignIn() {
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<OidcError | null>(null);

  async function go(oidc: Oidc, keep: boolean) {
    setIsBusy(true);
    setError(null);
    try {
      window.location.assign(await signInUrl(oidc, keep, placeOf(window.location)));
    } catch (failure) {
      setError(failure instanceof OidcError ? failure : new OidcError("wrong"));
      setIsBusy(false);
    }
  }

  return { begin: (oidc: Oidc, keep: boolean) => void go(oidc, keep), isBusy, error };
}

/** A page below the console, with its query: `/keys?search=a`. */
export function placeOf({ pathname, search }: Pick<Location, "pathname" | "search">): string {
  const below = pathname.startsWith(`${CONSOLE_PATH}/`) ? pathname.slice(CONSOLE_PATH.length) : "/";
  return below.startsWith("/sign-in/") ? "/" : below + search;
}
