import { admin, answered, type Schemas } from "@/api/client";
import { type Listed, useList } from "@/api/pages";
import type { AuditFilters } from "./filters";

export type Change = Schemas["ChangeView"];

export function useChanges(filters: AuditFilters): Listed<Change> {
  return useList(["audit", filters], async (cursor) => {
    const query = { ...filters, cursor, limit: 50 };
    const { data, nextCursor } = await answered(admin.GET("/audit", { params: { query } }));
    return { items: data, nextCursor: nextCursor ?? null };
  });
}
