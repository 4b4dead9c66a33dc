import { useQuery } from "@tanstack/react-query";
import { admin, answered, fetchAs } from "@/api/client";
import type { Api } from "./clients";
import { catalogModels, keysOwnModels } from "./models";

/** How many models and providers are looked at: a snippet names one of them. */
const LOOKED_AT = 100;

/** For admins: the chat models of the catalog that `allowed` names (null: all), the cheapest first. */
export function useCatalogModels(allowed: readonly string[] | null) {
  const query = useQuery({ queryKey: ["snippets", "catalog"], queryFn: catalog });
  const { data, ...rest } = query;
  return { ...rest, models: data && catalogModels(data.models, data.providers, allowed) };
}

/**
 * The chat models that a key itself may call, the cheapest first if that is known.
 *
 * `secret`: of a key that was just made, asked with its own secret; without it, of the key that is signed in.
 */
export function useKeysOwnModels(keyId: string, secret?: string) {
  const isAdmins = secret !== undefined;
  const query = useQuery({
    queryKey: ["snippets", "own", keyId],
    queryFn: async () => {
      const [openai, anthropic, known] = await Promise.all([
        listed("openai", secret),
        listed("anthropic", secret),
        isAdmins ? catalog() : undefined,
      ]);
      return keysOwnModels({ openai, anthropic }, known?.models ?? []);
    },
  });
  const { data, ...rest } = query;
  return { ...rest, models: data };
}

async function catalog() {
  const query = { limit: LOOKED_AT };
  const [models, providers] = await Promise.all([
    answered(admin.GET("/models", { params: { query } })),
    answered(admin.GET("/providers", { params: { query } })),
  ]);
  return { models: models.data, providers: providers.data };
}

async function listed(api: Api, secret: string | undefined): Promise<string[]> {
  const headers: Record<string, string> = api === "anthropic" ? { "anthropic-version": "2023-06-01" } : {};
  if (secret !== undefined) headers.authorization = `Bearer ${secret}`;
  const response = await fetchAs("client:/models", { headers });
  const { data } = (await response.json()) as { data: { id: string }[] };
  return data.map(({ id }) => id);
}
