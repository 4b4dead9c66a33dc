import type { Schemas } from "@/api/client";
import { plus, plusPercent } from "@/ui/decimals";
import type { ListedKey } from "../list/queries";

/** What is to be done with each of several keys. */
export type Change =
  | { kind: "revoke" }
  | { kind: "reinstate" }
  | { kind: "raise"; limit: "budget" | "quota"; unit: "usd" | "percent"; by: string }
  | { kind: "tag"; name: string; value: string | null }
  | { kind: "owner"; email: string | null }
  | { kind: "priority"; priority: Schemas["Priority"] };

/** Why nothing is to be done with a key. */
export type Skipped = "isSo" | "hasNoBudget" | "hasNoQuota";

type KeyEdit = Partial<Schemas["KeyEdit"]>;

export type Step =
  | { do: "skip"; why: Skipped }
  | { do: "revoke" | "reinstate" }
  | { do: "edit"; body: KeyEdit }
  | { do: "budget"; budgetLimit: string };

/** The one request that a change is for a key as it was seen, or why there is none. */
export function stepOf(change: Change, key: ListedKey): Step {
  switch (change.kind) {
    case "revoke":
      return key.status === "revoked" ? IS_SO : { do: "revoke" };
    case "reinstate":
      return key.status === "revoked" ? { do: "reinstate" } : IS_SO;
    case "raise":
      return raised(change, key);
    case "tag":
      return tagged(change, key);
    case "owner":
      return key.ownerEmail === change.email ? IS_SO : { do: "edit", body: { ownerEmail: change.email } };
    case "priority":
      return key.priority === change.priority ? IS_SO : { do: "edit", body: { priority: change.priority } };
  }
}

/** Parents come before what is below them, because a limit is never above its parent's. */
export function inTurn(keys: Iterable<ListedKey>): ListedKey[] {
  return [...keys].toSorted((a, b) => a.path.length - b.path.length);
}

const IS_SO: Step = { do: "skip", why: "isSo" };

function raised({ limit, unit, by }: Change & { kind: "raise" }, key: ListedKey): Step {
  const more = unit === "usd" ? plus : plusPercent;
  if (limit === "budget") {
    if (key.budgetLimit === null) return { do: "skip", why: "hasNoBudget" };
    return { do: "budget", budgetLimit: more(key.budgetLimit, by) };
  }
  if (key.quotaLimit === null) return { do: "skip", why: "hasNoQuota" };
  return { do: "edit", body: { quotaLimit: more(key.quotaLimit, by) } };
}

function tagged({ name, value }: Change & { kind: "tag" }, { tags }: ListedKey): Step {
  if ((tags[name] ?? null) === value) return IS_SO;
  const { [name]: _former, ...others } = tags;
  return { do: "edit", body: { tags: value === null ? others : { ...others, [name]: value } } };
}
