import type { SignOutReason } from "@/app/session";

export default {
  title: "Sign in to Tollgate",
  token: "Admin token or client key",
  keep: "Stay signed in until this tab is closed",
  submit: "Sign in",
  refused: "Tollgate doesn't know this token. It may be mistyped, expired or revoked.",
  unreachable: "Tollgate could not be reached. Check your connection and try again.",
  reasons: { expired: "You were signed out, because your token is no longer accepted." } as Record<
    NonNullable<SignOutReason>,
    string
  >,
};
