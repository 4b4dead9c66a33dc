import { useQueryClient } from "@tanstack/react-query";
import { admin, answered, type Schemas } from "@/api/client";
import { useList } from "@/api/pages";

export function usePacks(keyId: string) {
  return useList(["packs", keyId], async (cursor) => {
    const params = { path: { key_id: keyId }, query: { cursor } };
    const { data, nextCursor } = await answered(admin.GET("/apiKey/{key_id}/packs", { params }));
    return { items: data, nextCursor };
  });
}

/** Adds a pack. `isNew` is false if the key had one of the same external id, which then is what is answered. */
export async function addPack(keyId: string, body: Schemas["PackCreation"]) {
  const { data, response } = await admin.POST("/apiKey/{key_id}/packs", { params: { path: { key_id: keyId } }, body });
  return { pack: data as Schemas["PackView"], isNew: response.status === 201 };
}

export function voidPack(keyId: string, packId: string): Promise<Schemas["PackView"]> {
  const params = { path: { key_id: keyId, pack_id: packId } };
  return answered(admin.POST("/apiKey/{key_id}/packs/{pack_id}/void", { params }));
}

/** What is to be read anew when a key's packs have changed: these, and what the key has left. */
export function usePacksChanged(keyId: string): () => void {
  const queries = useQueryClient();
  return () => {
    void queries.invalidateQueries({ queryKey: ["packs", keyId] });
    void queries.invalidateQueries({ queryKey: ["keys"] });
  };
}
