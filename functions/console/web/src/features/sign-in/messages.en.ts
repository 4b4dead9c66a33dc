import type { SignOutReason } from "@/app/session";

export default {
  title: "Sign in to Tollgate",
  purpose: "See what calls of language models cost, what is blocked, and raise budgets.",
  token: "Admin token or client key",
  tokenHint: "With a client key (sk-tg-…) you see that key: its budgets, its spending, the keys below it.",
  keep: "Stay signed in until this tab is closed",
  keepHint: "Otherwise a reload signs you out.",
  submit: "Sign in",
  atIssuer: (name: string) => `Sign in with ${name}`,
  or: "or with a token",
  completing: "Signing you in…",
  back: "Back to the sign-in page",
  refused: "Tollgate doesn't know this token. It may be mistyped, replaced or cut off.",
  refusals: {
    invalid_api_key: "Tollgate doesn't know this key. It may be mistyped, replaced or cut off.",
    key_expired: "This key, or one above it, has expired. Ask the person who gave it to you.",
    key_revoked: "This key, or one above it, has been revoked. Ask the person who gave it to you.",
  } as Record<string, string>,
  unreachable: "Tollgate could not be reached. Check your connection and try again.",
  issuer: {
    denied: (said: string) => `The identity provider did not sign you in${said === "" ? "." : `: ${said}`}`,
    stale: () => "This sign-in was begun in another tab, or too long ago. Sign in again.",
    unreachable: () => "The identity provider could not be reached. Try again, or sign in with a token.",
    wrong: (said: string) =>
      `The identity provider's answer can't be used${said === "" ? "" : ` (${said})`}. Tell who runs Tollgate.`,
  },
  expiry: { near: "Your session ends soon. Save what you are doing. It ends:", again: "Sign in again" },
  where: {
    title: "Where do I find a token?",
    callers: "You call models",
    callersHint:
      "Sign in with the key that your program uses. Whoever runs Tollgate, or your team's key, gives you one.",
    admins: "You administer Tollgate with others",
    adminsHint: "Ask an owner for a token of your own: under Admins they create one with the role that you need.",
    local: "You try it on your machine",
    localHint: "make local prints a way in, and keeps the stack's own token in a file:",
    aws: "You have deployed it to AWS",
    awsHint: "The stack's own token is in Secrets Manager. Use it to begin with, then give everybody their own.",
  },
  reasons: {
    expired: "You were signed out, because your session has ended. Sign in to go on where you were.",
  } as Record<NonNullable<SignOutReason>, string>,
};
