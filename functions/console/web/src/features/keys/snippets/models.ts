/** The chat models that a key may call, and by which API. */
import type { Schemas } from "@/api/client";
import { toNumber } from "@/ui/money";
import type { Api } from "./clients";

export type CallableModel = {
  name: string;
  api: Api;
  /** USD per 1M tokens of input and of output, added up to rank models; null if unknown. */
  price: number | null;
};

type CatalogModel = Pick<
  Schemas["ModelView"],
  "systemName" | "modelType" | "inputPrice" | "outputPrice" | "providerId"
>;
type CatalogProvider = Pick<Schemas["ProviderView"], "id" | "type">;

/** The catalog's chat models, the cheapest first; those alone that are allowed, unless `allowed` is null: then all. */
export function catalogModels(
  models: readonly CatalogModel[],
  providers: readonly CatalogProvider[],
  allowed: readonly string[] | null,
): CallableModel[] {
  const apis = new Map(providers.map(({ id, type }) => [id, type]));
  return models
    .filter(({ modelType, systemName }) => modelType === "chat" && (allowed?.includes(systemName) ?? true))
    .flatMap((model) => {
      const api = apis.get(model.providerId);
      return api === undefined ? [] : [{ name: model.systemName, api, price: priceOf(model) }];
    })
    .toSorted(cheapestFirst);
}

/**
 * What a key itself is told that it may call, the cheapest first.
 *
 * The gateway's lists know neither prices nor which models are for embeddings: the catalog does, as far as it is given.
 */
export function keysOwnModels(
  listed: Readonly<Record<Api, readonly string[]>>,
  catalog: readonly CatalogModel[],
): CallableModel[] {
  const known = new Map(catalog.map((model) => [model.systemName, model]));
  const of = (api: Api) =>
    listed[api].flatMap((name) => {
      const model = known.get(name);
      if (model !== undefined && model.modelType !== "chat") return [];
      return [{ name, api, price: model === undefined ? null : priceOf(model) }];
    });
  return [...of("openai"), ...of("anthropic")].toSorted(cheapestFirst);
}

function priceOf({ inputPrice, outputPrice }: CatalogModel): number | null {
  return inputPrice === null || outputPrice === null ? null : toNumber(inputPrice) + toNumber(outputPrice);
}

function cheapestFirst(a: CallableModel, b: CallableModel): number {
  const [left, right] = [a.price ?? Number.POSITIVE_INFINITY, b.price ?? Number.POSITIVE_INFINITY];
  return left === right ? a.name.localeCompare(b.name) : left - right;
}
