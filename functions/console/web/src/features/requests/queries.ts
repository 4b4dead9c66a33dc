import { useQuery } from "@tanstack/react-query";
import { admin, answered, type Schemas } from "@/api/client";
import { type Listed, useList } from "@/api/pages";
import { queryOf, type RequestFilters } from "./filters";

export type LoggedRequest = Omit<Schemas["SingleRequestView"], "keyNames">;
export type ListedRequest = Schemas["ListedRequestView"];
export type SingleRequest = Schemas["SingleRequestView"];
export type Admission = Schemas["AdmissionView"];

const PAGE = 50;
/** For how long a name that was looked up is taken for the same. */
const NAMES_MS = 300_000;

export function useRequests(filters: RequestFilters): Listed<ListedRequest> {
  return useList(["requests", filters], async (cursor) => {
    const query = { ...queryOf(filters, new Date()), limit: PAGE, cursor };
    const { data, nextCursor } = await answered(admin.GET("/requests", { params: { query } }));
    return { items: data, nextCursor: nextCursor ?? null };
  });
}

export function useRequest(requestId: string) {
  return useQuery({
    queryKey: ["requests", "one", requestId],
    queryFn: () => answered(admin.GET("/requests/{request_id}", { params: { path: { request_id: requestId } } })),
    retry: false,
  });
}

/** Bodies are only fetched when they are asked for: the audit notes each reading. */
export function useBodies(requestId: string, isAsked: boolean) {
  return useQuery({
    queryKey: ["requests", "bodies", requestId],
    queryFn: () =>
      answered(admin.GET("/requests/{request_id}/bodies", { params: { path: { request_id: requestId } } })),
    enabled: isAsked,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Providers by id: there are few. */
export function useProviderNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({
    queryKey: ["provider-names"],
    queryFn: async () => (await answered(admin.GET("/providers", { params: { query: { limit: 100 } } }))).data,
    staleTime: NAMES_MS,
  });
  return new Map(data?.map(({ id, name }) => [id, name]));
}

/** The catalog's first hundred models: their names by id. */
export function useModelNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({
    queryKey: ["model-names"],
    queryFn: async () => (await answered(admin.GET("/models", { params: { query: { limit: 100 } } }))).data,
    staleTime: NAMES_MS,
  });
  return new Map(data?.map(({ id, systemName }) => [id, systemName]));
}

export type AdmissionAsked = { keyId: string; model?: string; inputTokens?: number; outputTokens?: number };

/** Whether a call would be let in at this moment; asked anew each time. */
export function useAdmission(asked: AdmissionAsked | null) {
  return useQuery({
    queryKey: ["admission", asked],
    queryFn: () => {
      const { keyId, ...query } = asked as AdmissionAsked;
      return answered(admin.GET("/apiKey/{key_id}/admission", { params: { path: { key_id: keyId }, query } }));
    },
    enabled: asked !== null,
    staleTime: 0,
    gcTime: 0,
  });
}
