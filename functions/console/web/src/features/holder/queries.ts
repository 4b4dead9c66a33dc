import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, type ClientSchemas, client } from "@/api/client";
import { useList } from "@/api/pages";

export type Usage = ClientSchemas["UsageView"];
export type Budget = ClientSchemas["BudgetView"];
export type OwnKey = ClientSchemas["OwnKeyView"];
export type OwnRequest = ClientSchemas["OwnRequestView"];
export type OwnPack = ClientSchemas["OwnPackView"];
export type ChildCreation = ClientSchemas["ChildCreation"];
export type BudgetEdit = ClientSchemas["BudgetEdit"];

const ME = ["me"] as const;

/** How the viewer's key stands, and what it and the keys below have spent in the last days. */
export function useUsage(days: number) {
  return useQuery({
    queryKey: [...ME, "usage", days],
    queryFn: () => {
      const from = new Date(Date.now() - (days - 1) * 86_400_000).toISOString().slice(0, 10);
      return answered(client.GET("/usage", { params: { query: { tree: true, ...(days === 30 ? {} : { from }) } } }));
    },
    refetchInterval: 30_000,
  });
}

export function useOwnKey(keyId: string) {
  return useQuery({
    queryKey: [...ME, "key", keyId],
    queryFn: () => answered(client.GET("/keys/{key_id}", { params: { path: { key_id: keyId } } })),
  });
}

export function useChildren(parentId: string) {
  return useList<OwnKey>([...ME, "children", parentId], async (cursor) => {
    const { data, nextCursor } = await answered(client.GET("/keys", { params: { query: { parentId, cursor } } }));
    return { items: data, nextCursor };
  });
}

export function usePacks() {
  return useList<OwnPack>([...ME, "packs"], async (cursor) => {
    const { data, nextCursor } = await answered(client.GET("/packs", { params: { query: { cursor } } }));
    return { items: data, nextCursor };
  });
}

/** Requests for higher limits: of the viewer's key, or of all keys below it. */
export function useRequests(side: "own" | "below") {
  return useList<OwnRequest>([...ME, "requests", side], async (cursor) => {
    const query = side === "below" ? { below: true, cursor } : { cursor };
    const { data, nextCursor } = await answered(client.GET("/budget-requests", { params: { query } }));
    return { items: data, nextCursor };
  });
}

/** A change, after which whatever is shown of the viewer's key is read again. */
function useChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => void queries.invalidateQueries({ queryKey: ME }) });
}

export function useAsking() {
  return useChange((body: ClientSchemas["Asking"]) => answered(client.POST("/budget-requests", { body })));
}

const requestAt = (request_id: string) => ({ path: { request_id } });

export function useWithdrawal() {
  return useChange((id: string) =>
    answered(client.POST("/budget-requests/{request_id}/withdraw", { params: requestAt(id) })),
  );
}

export function useApproval() {
  return useChange(({ id, body }: { id: string; body: ClientSchemas["Approval"] }) =>
    answered(client.POST("/budget-requests/{request_id}/approve", { params: requestAt(id), body })),
  );
}

export function useDenial() {
  return useChange(({ id, reason }: { id: string; reason: string }) =>
    answered(client.POST("/budget-requests/{request_id}/deny", { params: requestAt(id), body: { reason } })),
  );
}

const keyAt = (key_id: string) => ({ path: { key_id } });

export function useCreation() {
  return useChange((body: ChildCreation) => answered(client.POST("/keys", { body })));
}

/** What is asked for of a key below: settings, limits, or both, at the revision that the viewer has seen. */
export type ChildChange = { key: OwnKey; settings: ClientSchemas["ChildEdit"]; budget: BudgetEdit | null };

export function useEdit() {
  return useChange(async ({ key, settings, budget }: ChildChange) => {
    let revision = key.revision;
    if (Object.keys(settings).length > 0) {
      const edited = await answered(
        client.PATCH("/keys/{key_id}", { params: { ...keyAt(key.id), header: ifMatch(revision) }, body: settings }),
      );
      revision = edited.revision;
    }
    if (budget !== null) {
      await answered(
        client.PUT("/keys/{key_id}/budget", { params: { ...keyAt(key.id), header: ifMatch(revision) }, body: budget }),
      );
    }
  });
}

export function useRotation() {
  return useChange(({ id, graceSeconds }: { id: string; graceSeconds: number }) =>
    answered(client.POST("/keys/{key_id}/rotate", { params: keyAt(id), body: { graceSeconds } })),
  );
}

export function useRevocation() {
  return useChange((id: string) => answered(client.POST("/keys/{key_id}/revoke", { params: keyAt(id) })));
}

export function useReinstatement() {
  return useChange((id: string) => answered(client.POST("/keys/{key_id}/reinstate", { params: keyAt(id) })));
}

/** The body is that of a call; without an endpoint it decides which call it is. */
export function useEstimate() {
  return useMutation({
    mutationFn: (body: Record<string, unknown>) => answered(client.POST("/estimate", { body })),
  });
}

function ifMatch(revision: number) {
  return { "If-Match": `"${revision}"` };
}
