import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { admin, answered, type Schemas } from "@/api/client";
import { useList } from "@/api/pages";
import { keyQuery, searchModels } from "@/features/key-settings/queries";

/** What is used and held moves while calls run; what isn't seen isn't asked for. */
const REFRESH_MS = 10_000;
const COSTS_REFRESH_MS = 60_000;

export function useKey(keyId: string) {
  return useQuery({ ...keyQuery(keyId), refetchInterval: REFRESH_MS });
}

export function useStanding(keyId: string) {
  return useQuery({
    queryKey: ["key-standing", keyId],
    queryFn: () => answered(admin.GET("/apiKey/{key_id}/standing", { params: { path: { key_id: keyId } } })),
    refetchInterval: REFRESH_MS,
  });
}

/** Whether a call of the model would pass now; not asked while no model is named. */
export function useAdmission(keyId: string, model: string | null) {
  return useQuery({
    queryKey: ["key-admission", keyId, model],
    queryFn: () =>
      answered(
        admin.GET("/apiKey/{key_id}/admission", { params: { path: { key_id: keyId }, query: { model: model ?? "" } } }),
      ),
    enabled: model !== null,
    refetchInterval: REFRESH_MS,
    retry: false,
  });
}

/** Models whose name contains the text, a few of them. */
export function useModelNames(search: string) {
  return useQuery({ queryKey: ["models", "names", search], queryFn: () => searchModels(search) });
}

export type Span = { from: string; to: string; tree: boolean };

/** Cost queries answer CSV as well, where that is asked for. */
function rowsOf<Row>(answer: string | { data: Row[] }): Row[] {
  return typeof answer === "string" ? [] : answer.data;
}

export function useCostsByDay(keyId: string, span: Span) {
  return useQuery({
    queryKey: ["key-by-day", keyId, span],
    queryFn: async () =>
      rowsOf(await answered(admin.GET("/costs/by-day", { params: { query: { keyId, ...span, limit: 400 } } }))),
    placeholderData: (before) => before,
    refetchInterval: COSTS_REFRESH_MS,
  });
}

export function useCostsByModel(keyId: string, span: Span) {
  return useQuery({
    queryKey: ["key-by-model", keyId, span],
    queryFn: async () =>
      rowsOf(await answered(admin.GET("/costs/by-model", { params: { query: { keyId, ...span, limit: 12 } } }))),
    placeholderData: (before) => before,
    refetchInterval: COSTS_REFRESH_MS,
  });
}

const paged = <Item>({ data, nextCursor }: { data: Item[]; nextCursor: string | null }) => ({
  items: data,
  nextCursor,
});

export function useChildren(keyId: string) {
  return useList(["key-children", keyId], async (cursor) =>
    paged(
      await answered(
        admin.GET("/apiKey/{key_id}/children", { params: { path: { key_id: keyId }, query: { limit: 50, cursor } } }),
      ),
    ),
  );
}

export function useAlerts(keyId: string) {
  return useList(["key-alerts", keyId], async (cursor) =>
    paged(await answered(admin.GET("/alerts", { params: { query: { keyId, limit: 25, cursor } } }))),
  );
}

export function useChanges(keyId: string) {
  return useList(["key-audit", keyId], async (cursor) =>
    paged(await answered(admin.GET("/audit", { params: { query: { entity: keyId, limit: 20, cursor } } }))),
  );
}

export function useLatestRequests(keyId: string) {
  return useQuery({
    queryKey: ["key-requests", keyId],
    queryFn: () => answered(admin.GET("/requests", { params: { query: { keyId, limit: 25 } } })),
    refetchInterval: REFRESH_MS,
  });
}

/** Has all that is shown of keys asked for anew, after a change of one: those below and above change with it. */
export function useRefreshKeys(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(
    () =>
      queries.invalidateQueries({
        predicate: ({ queryKey: [name] }) => typeof name === "string" && name.startsWith("key"),
      }),
    [queries],
  );
}

export type KeyView = Schemas["KeyView"];
export type KeyStanding = Schemas["KeyStanding"];
