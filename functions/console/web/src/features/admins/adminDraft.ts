import type { Schemas } from "@/api/client";

/** A named admin as a form has it; null never expires. */
export type AdminDraft = { name: string; role: Schemas["Role"]; expiresAt: string | null };

export const NEW_ADMIN: AdminDraft = { name: "", role: "viewer", expiresAt: null };

export function draftOf({ name, role, expiresAt }: AdminDraft): AdminDraft {
  return { name, role, expiresAt };
}

/** What a draft changes of what it began with, and nothing else. */
export function changesOf(before: AdminDraft, draft: AdminDraft): Partial<AdminDraft> {
  const trimmed = { ...draft, name: draft.name.trim() };
  return Object.fromEntries(
    Object.entries(trimmed).filter(([field, value]) => value !== before[field as keyof AdminDraft]),
  );
}

const RANKS: Record<Schemas["AdminStatus"], number> = { active: 0, expired: 1, revoked: 2 };

/** Those who may sign in first, by name; then those who no longer may. */
export function inOrder<A extends { name: string; status: Schemas["AdminStatus"] }>(admins: readonly A[]): A[] {
  return admins.toSorted((a, b) => RANKS[a.status] - RANKS[b.status] || a.name.localeCompare(b.name));
}
