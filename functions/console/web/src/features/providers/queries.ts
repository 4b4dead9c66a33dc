import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { admin, answered, type Schemas } from "@/api/client";
import { useList } from "@/api/pages";

export type Provider = Schemas["ProviderView"];
export type RemoteModel = Schemas["RemoteModelView"];

/** Providers by name, a page at a time. */
export function useProviderList(search: string) {
  const filter = search === "" ? {} : { search };
  return useList<Provider>(["providers", filter], async (cursor) => {
    const page = await answered(admin.GET("/providers", { params: { query: { ...filter, cursor } } }));
    return { items: page.data, nextCursor: page.nextCursor };
  });
}

const CHOICES = 100;

/** The providers to choose from, by name: as many as one answer holds. */
export function useProviders(): Provider[] {
  const { data } = useQuery({
    queryKey: ["providers", "choices"],
    queryFn: async () => (await answered(admin.GET("/providers", { params: { query: { limit: CHOICES } } }))).data,
  });
  return data ?? [];
}

/** The name of each provider by its id; an id that isn't known stands for itself. */
export function useProviderNames(): (id: string) => string {
  const names = new Map(useProviders().map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}

export function useProvider(id: string) {
  return useQuery({ queryKey: ["provider", id], queryFn: () => fetchProvider(id) });
}

export function fetchProvider(id: string): Promise<Provider> {
  return answered(admin.GET("/providers/{provider_id}", { params: { path: { provider_id: id } } }));
}

export type ProviderCreation = Partial<Schemas["ProviderCreation"]> &
  Pick<Schemas["ProviderCreation"], "name" | "type" | "baseUrl">;

export function useCreateProvider() {
  const changed = useChangedProviders();
  return useMutation({
    mutationFn: (provider: ProviderCreation) =>
      answered(admin.POST("/providers", { body: provider as Schemas["ProviderCreation"] })),
    onSuccess: changed,
  });
}

export type ProviderEdit = Partial<Schemas["ProviderEdit"]>;

export function useEditProvider(id: string) {
  const changed = useChangedProviders();
  return useMutation({
    mutationFn: ({ edit, revision }: { edit: ProviderEdit; revision: number }) =>
      answered(
        admin.PATCH("/providers/{provider_id}", {
          params: { path: { provider_id: id }, header: { "If-Match": `"${revision}"` } },
          body: edit as Schemas["ProviderEdit"],
        }),
      ),
    onSuccess: changed,
  });
}

export function useDeleteProvider(id: string) {
  const changed = useChangedProviders();
  return useMutation({
    mutationFn: (revision: number) =>
      answered(
        admin.DELETE("/providers/{provider_id}", {
          params: { path: { provider_id: id }, header: { "If-Match": `"${revision}"` } },
        }),
      ),
    onSuccess: changed,
  });
}

export function useTestProvider(id: string) {
  return useMutation({
    mutationFn: () => answered(admin.POST("/providers/{provider_id}/test", { params: { path: { provider_id: id } } })),
  });
}

/** The models that the provider itself lists: it is asked when `isWanted`. */
export function useRemoteModels(id: string, isWanted: boolean) {
  return useQuery({
    queryKey: ["remote-models", id],
    enabled: isWanted,
    retry: false,
    staleTime: 60_000,
    queryFn: async () =>
      (await answered(admin.GET("/providers/{provider_id}/remote-models", { params: { path: { provider_id: id } } })))
        .data,
  });
}

function useChangedProviders(): () => Promise<unknown> {
  const queries = useQueryClient();
  return () =>
    Promise.all(
      [["providers"], ["provider"], ["remote-models"]].map((queryKey) => queries.invalidateQueries({ queryKey })),
    );
}
