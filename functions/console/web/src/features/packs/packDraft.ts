import type { Schemas } from "@/api/client";
import { amountProblem, type Problems, positiveProblem, wholeProblem } from "@/features/key-settings/checks";
import type { Messages } from "@/messages/en";

export type PackView = Schemas["PackView"];

/** A pack as a form has it: amounts as typed, moments in RFC 3339, no models for all. */
export type PackDraft = {
  name: string;
  amount: string;
  price: string;
  category: Schemas["PackCategory"];
  priority: string;
  effectiveAt: string | null;
  expiresAt: string | null;
  models: string[];
  externalId: string;
};

export const NEW_PACK: PackDraft = {
  name: "",
  amount: "",
  price: "",
  category: "paid",
  priority: "100",
  effectiveAt: null,
  expiresAt: null,
  models: [],
  externalId: "",
};

/** What is sent of a draft: what is left out has the API's own default, such as a beginning at once. */
export function packOf(draft: PackDraft): Schemas["PackCreation"] {
  const given = {
    name: draft.name.trim(),
    price: draft.price.trim(),
    externalId: draft.externalId.trim(),
    effectiveAt: draft.effectiveAt ?? "",
    expiresAt: draft.expiresAt ?? "",
  };
  return {
    amount: draft.amount.trim(),
    category: draft.category,
    priority: Number(draft.priority),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "")),
    ...(draft.models.length === 0 ? {} : { models: draft.models }),
  } as Schemas["PackCreation"];
}

export function packProblems(draft: PackDraft, m: Messages["keySettings"]["checks"]): Problems {
  const { price, effectiveAt, expiresAt } = draft;
  const isBackwards = expiresAt !== null && effectiveAt !== null && Date.parse(expiresAt) <= Date.parse(effectiveAt);
  const found = {
    amount: positiveProblem(draft.amount, m),
    price: price.trim() === "" ? undefined : amountProblem(price.trim(), m),
    priority: wholeProblem(draft.priority, 0, 1000, m),
    expiresAt: isBackwards ? m.untilBeforeFrom : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, problem]) => problem !== undefined)) as Problems;
}

const RANKS: Record<PackView["state"], number> = { live: 0, scheduled: 1, used: 2, expired: 3, voided: 4 };

/** Packs that pay, in the order in which they do; then those to come, then those that have ended. */
export function inOrder(packs: readonly PackView[]): PackView[] {
  const never = "9999";
  return packs.toSorted(
    (a, b) =>
      RANKS[a.state] - RANKS[b.state] ||
      a.priority - b.priority ||
      (a.expiresAt ?? never).localeCompare(b.expiresAt ?? never) ||
      a.createdAt.localeCompare(b.createdAt),
  );
}
