import type { Schemas } from "@/api/client";
import type { Role } from "@/app/session";

export default {
  subtitle: "Who administers this stack, each with a token and a role of their own.",
  onlyOwners: "Only owners see and manage admins.",
  add: "Add an admin",
  addTitle: "Add an admin",
  create: "Create",
  edit: "Edit",
  editTitle: (name: string) => `Edit ${name}`,
  rotate: "Rotate the token",
  rotateTitle: (name: string) => `Rotate the token of ${name}`,
  rotateConsequence: "The present token is refused at once. The new one is shown next, this once.",
  rotateOwn:
    "This is your own token. It is refused at once wherever else it is in use; you stay signed in here with the new one, which is shown next, this once.",
  revoke: "Revoke",
  revokeTitle: (name: string) => `Revoke ${name}`,
  revokeConsequence: "The token is refused from now on. This is for good: to let them back in, add a new admin.",
  actionsOf: (name: string) => `Actions for ${name}`,
  you: "you",
  never: "never",
  empty: "There are no named admins yet",
  emptyHint: "Add one for each person and system, so that the audit log can say who did what, and each can be revoked.",
  columns: {
    name: "Name",
    role: "Role",
    status: "Status",
    expiry: "Expires",
    token: "Token issued",
    created: "Added",
    actions: "Actions",
  },
  statuses: { active: "Active", expired: "Expired", revoked: "Revoked" } as Record<Schemas["AdminStatus"], string>,
  fields: { name: "Name", role: "Role", expiresAt: "Expires" },
  hints: {
    name: "As the audit log calls them.",
    expiresAt: "From then on the token is refused. Empty is never.",
  },
  may: {
    viewer: "Sees everything but the bodies of requests and other admins. Changes nothing.",
    operator: "That, reads bodies, and changes everything but admins: keys, budgets, prices, providers, settings.",
    owner: "That, and manages admins.",
  } as Record<Role, string>,
  stacksOwn:
    "The stack's own token, which its deployment generated, isn't in this list. It is always an owner's, so nobody can be locked out here.",
  youAreStacksOwn:
    "You are signed in with the stack's own token, which its deployment generated. It is always an owner's and isn't in this list.",
  identityProvider:
    "Whoever signs in through an identity provider isn't in this list either: it says who they are, and their claims give their roles.",
  tokenTitle: (name: string) => `The token of ${name}`,
  tokenOnce: "Copy it now: it is shown this once, and Tollgate keeps only its hash.",
  tokenUse: "To sign in here, or to call the admin API as a bearer token. The console's address:",
  tokenDone: "I have copied it",
};
