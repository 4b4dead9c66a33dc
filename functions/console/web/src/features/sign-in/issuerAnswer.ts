import { CONSOLE_PATH } from "@/app/base";

/** Below the console: where an issuer sends the viewer back to. */
export const CALLBACK_PATH = "sign-in/callback";

/** What an issuer says in the URL that it sends the viewer back to. */
export type IssuerAnswer = { state: string | null; code: string | null; error: string | null };

// As soon as this module is read: a code must stand in no URL that is shown, logged, or in the history.
let answer = takenFrom(window.location, window.history);

/** The issuer's answer, once; null if the page wasn't opened by an issuer. */
export function takeAnswer(): IssuerAnswer | null {
  const taken = answer;
  answer = null;
  return taken;
}

/** Reads the answer in a URL, and takes it out of there. */
export function takenFrom(
  location: Pick<Location, "pathname" | "search">,
  history: Pick<History, "replaceState">,
): IssuerAnswer | null {
  if (location.pathname !== `${CONSOLE_PATH}/${CALLBACK_PATH}` || location.search === "") return null;
  const query = new URLSearchParams(location.search);
  history.replaceState(null, "", location.pathname);
  return {
    state: query.get("state"),
    code: query.get("code"),
    error: query.get("error_description") ?? query.get("error"),
  };
}
