import { expect, test } from "vitest";
import { newTarget, settingFaults, settingsChanges, settingsOf } from "./modelForm";
import { type NewModelDraft, newModelBody, newModelFaults } from "./newModel";
import type { Model } from "./queries";

const MODEL = {
  systemName: "gpt-4.1",
  providerId: "prv_1",
  remoteId: "gpt-4.1",
  weight: 1,
  priority: 0,
  alternatives: [
    {
      providerId: "prv_2",
      remoteId: "eu",
      weight: 2,
      priority: 1,
      ownPrices: true,
      inputPrice: "3",
      cachedInputPrice: null,
      outputPrice: "9",
    },
  ],
  contextLimit: 128_000,
  outputLimit: null,
  fallbacks: ["gpt-4.1-mini"],
  safetyLevel: 0,
  promptOverhead: null,
  allowUnpriced: false,
  allowUnpricedOptions: false,
  strictTranslation: false,
} as unknown as Model;

test("settings that weren't changed send nothing", () => {
  expect(settingsChanges(MODEL, settingsOf(MODEL))).toEqual({});
});

test("changed settings are sent, and what was emptied as null", () => {
  const draft = { ...settingsOf(MODEL), contextLimit: "", outputLimit: "4096", allowUnpriced: true };
  expect(settingsChanges(MODEL, draft)).toEqual({ contextLimit: null, outputLimit: 4096, allowUnpriced: true });
});

test("fallbacks are sent as a whole, and only where they differ", () => {
  const draft = { ...settingsOf(MODEL), fallbacks: " claude-sonnet-4-5\n\ngpt-4.1-mini, " };
  expect(settingsChanges(MODEL, draft)).toEqual({ fallbacks: ["claude-sonnet-4-5", "gpt-4.1-mini"] });
  expect(settingsChanges(MODEL, { ...draft, fallbacks: "" })).toEqual({ fallbacks: [] });
});

test("alternatives are sent as a whole, without prices, which those that stay keep", () => {
  const draft = settingsOf(MODEL);
  draft.alternatives = [...draft.alternatives, newTarget("prv_3", "2")];
  expect(settingsChanges(MODEL, draft)).toEqual({
    alternatives: [
      { providerId: "prv_2", remoteId: "eu", weight: 2, priority: 1 },
      { providerId: "prv_3", remoteId: "gpt-4.1", weight: 1, priority: 2 },
    ],
  });
});

test("an alternative's own rates are sent where they differ, and null where they were taken away", () => {
  const draft = settingsOf(MODEL);
  const [first] = draft.alternatives;
  const rates = { inputPrice: "3", cachedInputPrice: "0.3", outputPrice: "" };
  draft.alternatives = draft.alternatives.map((each) => ({ ...each, rates }));
  expect(first?.rates).toEqual({ inputPrice: "3", cachedInputPrice: "", outputPrice: "9" });
  expect(settingsChanges(MODEL, draft)).toEqual({
    alternatives: [
      { providerId: "prv_2", remoteId: "eu", weight: 2, priority: 1, cachedInputPrice: "0.3", outputPrice: null },
    ],
  });
});

test("a setting that can't be is named as the API names it", () => {
  const draft = { ...settingsOf(MODEL), safetyLevel: "101", outputLimit: "0.5" };
  draft.alternatives = [{ ...newTarget("prv_2"), weight: "0" }];
  expect(settingFaults(draft)).toEqual({
    safetyLevel: "level",
    outputLimit: "integer",
    "alternatives.0.weight": "weight",
  });
});

const NEW: NewModelDraft = {
  systemName: " gpt-4.1 ",
  providerId: "prv_1",
  remoteId: "",
  modelType: "chat",
  inputPrice: "2",
  cachedInputPrice: "",
  outputPrice: "8",
  contextLimit: "",
  outputLimit: "32768",
};

test("a new model is sent without what was left empty", () => {
  expect(newModelBody(NEW)).toEqual({
    systemName: "gpt-4.1",
    providerId: "prv_1",
    modelType: "chat",
    inputPrice: "2",
    outputPrice: "8",
    outputLimit: 32_768,
  });
});

test("an embedding has no price of its output", () => {
  expect(newModelBody({ ...NEW, modelType: "embedding" })).not.toHaveProperty("outputPrice");
});

test("a new model needs a name and a provider", () => {
  expect(newModelFaults(NEW)).toEqual({});
  expect(newModelFaults({ ...NEW, systemName: "<b>", providerId: "", inputPrice: "free" })).toEqual({
    systemName: "name",
    providerId: "provider",
    inputPrice: "price",
  });
});
