import { admin, answered, type Schemas } from "@/api/client";
import type { ListedKey } from "../list/queries";
import { type Change, type Skipped, stepOf } from "./changes";

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
