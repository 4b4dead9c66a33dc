import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { admin, answered, type Schemas } from "@/api/client";
import { useList } from "@/api/pages";

export type Model = Schemas["ModelView"];
export type CatalogEntry = Schemas["CatalogEntryView"];
type ModelFilters = { search?: string; providerId?: string; priced?: boolean };

export function useModels(filters: ModelFilters) {
  return useList<Model>(["models", filters], async (cursor) => {
    const page = await answered(admin.GET("/models", { params: { query: { ...filters, cursor } } }));
    return { items: page.data, nextCursor: page.nextCursor };
  });
}

export function useModel(id: string) {
  return useQuery({ queryKey: ["model", id], queryFn: () => fetchModel(id) });
}

export function fetchModel(id: string): Promise<Model> {
  return answered(admin.GET("/models/{model_id}", { params: { path: { model_id: id } } }));
}

export function useVersions(id: string) {
  return useQuery({
    queryKey: ["model", id, "prices"],
    queryFn: async () =>
      (await answered(admin.GET("/models/{model_id}/prices", { params: { path: { model_id: id } } }))).data,
  });
}

export type ModelEdit = Partial<Schemas["ModelEdit"]>;

/** `revision`: the one that the edit was made on; undefined to make it on whatever there is by now. */
export function useEditModel(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ edit, revision }: { edit: ModelEdit; revision?: number }) =>
      answered(
        admin.PATCH("/models/{model_id}", {
          params: {
            path: { model_id: id },
            header: revision === undefined ? {} : { "If-Match": `"${revision}"` },
          },
          body: edit as Schemas["ModelEdit"],
        }),
      ),
    onSuccess: async (model) => {
      queries.setQueryData(["model", id], model);
      await Promise.all([
        queries.invalidateQueries({ queryKey: ["model", id, "prices"] }),
        queries.invalidateQueries({ queryKey: ["models"] }),
        queries.invalidateQueries({ queryKey: ["catalog"] }),
      ]);
    },
  });
}

export type ModelCreation = Partial<Schemas["ModelCreation"]> &
  Pick<Schemas["ModelCreation"], "systemName" | "providerId" | "modelType">;

export function useCreateModel() {
  const changed = useChangedModels();
  return useMutation({
    mutationFn: (model: ModelCreation) => answered(admin.POST("/models", { body: model as Schemas["ModelCreation"] })),
    onSuccess: changed,
  });
}

export function useDeleteModel(id: string) {
  const changed = useChangedModels();
  return useMutation({
    mutationFn: (revision: number) =>
      answered(
        admin.DELETE("/models/{model_id}", {
          params: { path: { model_id: id }, header: { "If-Match": `"${revision}"` } },
        }),
      ),
    onSuccess: changed,
  });
}

type CatalogFilters = { search?: string; vendor?: string; state?: CatalogEntry["state"] };

/** The shipped catalog, and what importing each entry as a model of the provider would change. */
export function useCatalog(providerId: string, filters: CatalogFilters) {
  return useList<CatalogEntry>(["catalog", providerId, filters], async (cursor) => {
    const params = { path: { provider_id: providerId }, query: { ...filters, cursor, limit: 100 } };
    const page = await answered(admin.GET("/providers/{provider_id}/catalog", { params }));
    return { items: page.data, nextCursor: page.nextCursor };
  });
}

export type Import = { systemNames: string[]; existing: Schemas["Existing"] };

export function useImportModels(providerId: string) {
  const changed = useChangedModels();
  return useMutation({
    mutationFn: ({ systemNames, existing }: Import) =>
      answered(
        admin.POST("/providers/{provider_id}/catalog/import", {
          params: { path: { provider_id: providerId } },
          body: { systemNames, existing, entries: null },
        }),
      ),
    onSuccess: changed,
  });
}

/** After a change of the list of models: whatever shows it is asked for anew. */
function useChangedModels(): () => Promise<unknown> {
  const queries = useQueryClient();
  return () =>
    Promise.all(
      [["models"], ["model"], ["catalog"], ["remote-models"]].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );
}

export type WhatIfQuestion = Partial<Schemas["WhatIf"]>;

/** Asked once the question is known; null for none. */
export function useWhatIf(question: WhatIfQuestion | null) {
  return useQuery({
    queryKey: ["what-if", question],
    enabled: question !== null,
    staleTime: 60_000,
    retry: false,
    queryFn: () => answered(admin.POST("/costs/what-if", { body: question as Schemas["WhatIf"] })),
  });
}
