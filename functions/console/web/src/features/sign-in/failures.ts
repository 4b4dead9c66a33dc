import { ApiError } from "@/api/errors";
import { useMessages } from "@/messages";
import { OidcError } from "./oidc";

/** Why nobody was signed in, as a sentence for the viewer. */
export function useFailureText(): (failure: unknown) => string {
  const m = useMessages().signIn;
  return (failure) => {
    if (failure instanceof OidcError) return m.issuer[failure.kind](failure.said);
    if (!(failure instanceof ApiError)) return m.unreachable;
    const refusal = failure.code === null ? undefined : m.refusals[failure.code];
    if (refusal !== undefined) return refusal;
    if (failure.status === 0) return m.unreachable;
    // That nobody has such a token the API says to programs; what has become of one it says to its holder.
    return failure.status === 401 && /^Send /.test(failure.message) ? m.refused : failure.message || m.unreachable;
  };
}
