import type { QueryClient } from "@tanstack/react-query";
import { admin, answered, type Schemas } from "@/api/client";
import { type Listed, type ListPage, useList } from "@/api/pages";
import type { KeyFilters } from "../filters";

export type ListedKey = Schemas["ListedKeyView"];

/** Keys that a page of a list has at most. */
const PAGE = 50;
export const MOST = 100;

type Query = KeyFilters & { roots?: boolean; limit?: number };

/** The keys without a parent. */
export function useRoots(): Listed<ListedKey> {
  return useList(["keys", "roots"], (cursor) => fetchKeys({ roots: true }, cursor));
}

export function useChildren(parentId: string): Listed<ListedKey> {
  return useList(["keys", "children", parentId], (cursor) => fetchKeys({ parentId }, cursor));
}

/** The keys that filters leave, from all of the tree. */
export function useFound(filters: KeyFilters): Listed<ListedKey> {
  return useList(["keys", "found", filters], (cursor) => fetchKeys(filters, cursor));
}

export async function fetchKeys(
  query: Query,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<ListPage<ListedKey>> {
  const { data, nextCursor } = await answered(
    admin.GET("/apiKey", { params: { query: { limit: PAGE, ...query, cursor } }, signal }),
  );
  return { items: data, nextCursor };
}

export function forgetKeys(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: ["keys"] });
}
