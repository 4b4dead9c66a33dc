import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { admin, answered, type Schemas } from "@/api/client";
import type { KeyEdits } from "./bodies";
import type { KeyView } from "./draft";
import type { Surroundings } from "./inherited";

export function keyQuery(id: string) {
  return {
    queryKey: ["keys", "one", id],
    queryFn: () => answered(admin.GET("/apiKey/{key_id}", { params: { path: { key_id: id } } })),
  };
}

export const settingsQuery = {
  queryKey: ["settings"],
  queryFn: () => answered(admin.GET("/settings")),
};

const alertDefaultsQuery = {
  queryKey: ["alerts", "defaults"],
  queryFn: () => answered(admin.GET("/alerts/defaults")),
};

/** What a key below `parentId` has without settings of its own; undefined until it is known. */
export function useSurroundings(parentId: string | null): { surroundings?: Surroundings; error: unknown } {
  const settings = useQuery(settingsQuery);
  const alertDefaults = useQuery(alertDefaultsQuery);
  const above = useAncestors(parentId);
  const surroundings = useMemo(
    () =>
      above.data === undefined || settings.data === undefined || alertDefaults.data === undefined
        ? undefined
        : { ancestors: above.data, settings: settings.data, alertDefaults: alertDefaults.data },
    [above.data, settings.data, alertDefaults.data],
  );
  return { surroundings, error: settings.error ?? alertDefaults.error ?? above.error };
}

/** The key `parentId` and all above it, the nearest first. While another parent's are fetched, they stay. */
export function useAncestors(parentId: string | null) {
  const queries = useQueryClient();
  return useQuery({
    queryKey: ["keys", "above", parentId],
    queryFn: () => (parentId === null ? [] : keysFrom(parentId, (id) => queries.fetchQuery(keyQuery(id)))),
    placeholderData: keepPreviousData,
  });
}

/** A key and all above it, itself first. */
async function keysFrom(id: string, fetchKey: (id: string) => Promise<KeyView>): Promise<KeyView[]> {
  const key = await fetchKey(id);
  return [key, ...(await Promise.all(key.path.slice(0, -1).toReversed().map(fetchKey)))];
}

/** Keys whose name, id, owner or tags have a text in them. */
export async function searchKeys(search: string): Promise<KeyView[]> {
  const query = search === "" ? { limit: 20 } : { search, limit: 20 };
  return (await answered(admin.GET("/apiKey", { params: { query } }))).data;
}

/** The names of models that have a text in them. */
export async function searchModels(search: string): Promise<string[]> {
  const query = search === "" ? { limit: 20 } : { search, limit: 20 };
  const { data } = await answered(admin.GET("/models", { params: { query } }));
  return data.map(({ systemName }) => systemName);
}

export function createKey(body: Schemas["KeyCreation"]): Promise<Schemas["IssuedKeyView"]> {
  return answered(admin.POST("/apiKey", { body }));
}

/** A key with edits made, if it is still at `revision`. `onPart` is told of what is stored before the rest fails. */
export async function editKey(
  { id, revision }: Pick<KeyView, "id" | "revision">,
  { budget, rest }: KeyEdits,
  onPart: (stored: KeyView) => void,
): Promise<KeyView | null> {
  let stored: KeyView | null = null;
  if (rest !== null) {
    stored = await answered(admin.PATCH("/apiKey/{key_id}", { params: at(id, revision), body: rest }));
    if (budget !== null) onPart(stored);
  }
  if (budget === null) return stored;
  const seen = stored?.revision ?? revision;
  return answered(admin.PUT("/apiKey/{key_id}/budget", { params: at(id, seen), body: budget }));
}

export function moveKey({ id, revision }: Pick<KeyView, "id" | "revision">, parentId: string | null): Promise<KeyView> {
  const body = { parentId } as Schemas["KeyEdit"];
  return answered(admin.PATCH("/apiKey/{key_id}", { params: at(id, revision), body }));
}

function at(id: string, revision: number) {
  return { path: { key_id: id }, header: { "If-Match": `"${revision}"` } };
}
