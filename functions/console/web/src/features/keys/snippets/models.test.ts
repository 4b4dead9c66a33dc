import { expect, test } from "vitest";
import { catalogModels, keysOwnModels } from "./models";

const providers = [
  { id: "prv_o", type: "openai" as const },
  { id: "prv_a", type: "anthropic" as const },
];

function model(systemName: string, price: string | null, over: { modelType?: "embedding"; providerId?: string } = {}) {
  return {
    systemName,
    modelType: "chat" as "chat" | "embedding",
    providerId: "prv_o",
    inputPrice: price,
    outputPrice: price,
    ...over,
  };
}

const models = [
  model("dear", "15"),
  model("cheap", "0.5"),
  model("unpriced", null),
  model("vectors", "0.1", { modelType: "embedding" }),
  model("claude", "3", { providerId: "prv_a" }),
  model("orphan", "1", { providerId: "prv_gone" }),
];

test("the catalog's chat models are offered, the cheapest first, with the API that calls them", () => {
  expect(catalogModels(models, providers, null).map(({ name, api }) => [name, api])).toEqual([
    ["cheap", "openai"],
    ["claude", "anthropic"],
    ["dear", "openai"],
    ["unpriced", "openai"],
  ]);
});

test("a key that may not use all models is offered those that it may", () => {
  expect(catalogModels(models, providers, ["dear", "vectors"]).map(({ name }) => name)).toEqual(["dear"]);
});

test("what the gateway lists to a key is ranked by the catalog's prices, and cleared of embeddings", () => {
  const listed = { openai: ["dear", "elsewhere", "vectors", "cheap"], anthropic: ["claude"] };
  expect(keysOwnModels(listed, models).map(({ name }) => name)).toEqual(["cheap", "claude", "dear", "elsewhere"]);
});
