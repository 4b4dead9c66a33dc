import { admin, answered, type Schemas } from "@/api/client";
import { plus, plusPercent } from "../decimals";
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

/** Makes a change, provided that the key still is as it was seen. Returns why not, if there was nothing to do. Raises ApiError. */
export async function carryOut(change: Change, key: ListedKey): Promise<Skipped | null> {
  const step = stepOf(change, key);
  const params = { path: { key_id: key.id }, header: { "If-Match": `"${key.revision}"` } };
  switch (step.do) {
    case "skip":
      return step.why;
    case "revoke":
      await answered(admin.POST("/apiKey/{key_id}/revoke", { params }));
      return null;
    case "reinstate":
      await answered(admin.POST("/apiKey/{key_id}/reinstate", { params }));
      return null;
    case "edit":
      // Fields that are left out keep their values: the document's type says that only of those without a default.
      await answered(admin.PATCH("/apiKey/{key_id}", { params, body: step.body as Schemas["KeyEdit"] }));
      return null;
    case "budget": {
      const body = { budgetLimit: step.budgetLimit } as Schemas["BudgetEdit"];
      await answered(admin.PUT("/apiKey/{key_id}/budget", { params, body }));
      return null;
    }
  }
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
