/** The changes of a key that this page makes. */
import { admin, answered, type Schemas } from "@/api/client";
import type { KeyChange } from "./useKeyChange";

type KeyView = Schemas["KeyView"];

const pathOf = (key: KeyView) => ({ path: { key_id: key.id } });

/** Another limit for good, of the one-time budget (`total`) or of the quota. */
export function limitChange(key: KeyView, window: string, limit: string): KeyChange {
  // Naming the one-time budget ends a raise of it, so that a quota's limit is sent alone.
  return window === "total"
    ? {
        fields: { budgetLimit: limit },
        send: (headers) =>
          answered(
            admin.PUT("/apiKey/{key_id}/budget", {
              params: pathOf(key),
              headers,
              body: { budgetLimit: limit } as Schemas["BudgetEdit"],
            }),
          ),
      }
    : { fields: { quotaLimit: limit }, send: patch(key, { quotaLimit: limit }) };
}

/** Another limit until a moment, at which it falls back by itself. */
export function temporaryLimitChange(key: KeyView, window: string, limit: string, until: string): KeyChange {
  const body = { window: window as Schemas["TemporaryRaise"]["window"], limit, until };
  return {
    fields: window === "total" ? { budgetLimit: limit } : { quotaLimit: limit },
    send: (headers) => answered(admin.POST("/apiKey/{key_id}/budget/raise", { params: pathOf(key), headers, body })),
  };
}

export type BudgetSettings = Pick<KeyView, "budgetLimit" | "quotaLimit" | "enforcement"> & {
  quotaPeriod: Schemas["Period"];
};

/** Of budget settings only those that differ: whoever doesn't touch a limit ends no raise of it. */
export function budgetChange(key: KeyView, wanted: BudgetSettings): KeyChange {
  const { budgetLimit, quotaPeriod, ...others } = wanted;
  const asked = others.quotaLimit === null ? others : { ...others, quotaPeriod };
  const changed = Object.fromEntries(Object.entries(asked).filter(([name, value]) => Reflect.get(key, name) !== value));
  return budgetLimit === key.budgetLimit
    ? { fields: changed, send: patch(key, changed) }
    : {
        fields: { budgetLimit, ...changed },
        send: (headers) =>
          answered(
            admin.PUT("/apiKey/{key_id}/budget", {
              params: pathOf(key),
              headers,
              body: { budgetLimit, ...changed } as Schemas["BudgetEdit"],
            }),
          ),
      };
}

export function resetChange(key: KeyView, what: Schemas["BudgetReset"]): KeyChange {
  return {
    fields: { ...(what.budget ? { budgetUsed: "0" } : {}), ...(what.quota ? { quotaUsed: "0" } : {}) },
    send: (headers) =>
      answered(admin.POST("/apiKey/{key_id}/budget/reset", { params: pathOf(key), headers, body: what })),
  };
}

export function rotationChange(key: KeyView, graceSeconds: number): KeyChange<Schemas["IssuedKeyView"]> {
  return {
    fields: { previousSecretsValidUntil: null },
    send: (headers) =>
      answered(admin.POST("/apiKey/{key_id}/rotate", { params: pathOf(key), headers, body: { graceSeconds } })),
  };
}

export function revocation(key: KeyView): KeyChange {
  return {
    fields: { status: "revoked" },
    send: (headers) => answered(admin.POST("/apiKey/{key_id}/revoke", { params: pathOf(key), headers })),
  };
}

export function reinstatement(key: KeyView): KeyChange {
  return {
    fields: { status: "active" },
    send: (headers) => answered(admin.POST("/apiKey/{key_id}/reinstate", { params: pathOf(key), headers })),
  };
}

export function withoutExpiry(key: KeyView): KeyChange {
  return { fields: { expiresAt: null }, send: patch(key, { expiresAt: null }) };
}

export function deletion(key: KeyView): KeyChange {
  return {
    fields: { name: null },
    send: (headers) => answered(admin.DELETE("/apiKey/{key_id}", { params: pathOf(key), headers })),
  };
}

function patch(key: KeyView, body: object): KeyChange["send"] {
  // The document's type has the default of every field that isn't sent.
  return (headers) =>
    answered(admin.PATCH("/apiKey/{key_id}", { params: pathOf(key), headers, body: body as Schemas["KeyEdit"] }));
}
