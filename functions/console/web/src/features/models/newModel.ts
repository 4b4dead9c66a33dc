/** A model that is to be created, as its form holds it. */
import type { Schemas } from "@/api/client";
import { count, isWhole } from "./modelForm";
import { isPrice } from "./priceForm";
import type { ModelCreation } from "./queries";

export type NewModelDraft = {
  systemName: string;
  providerId: string;
  remoteId: string;
  modelType: Schemas["ModelType"];
  inputPrice: string;
  cachedInputPrice: string;
  outputPrice: string;
  contextLimit: string;
  outputLimit: string;
};

export type NewModelFault = "name" | "provider" | "price" | "integer";
export type NewModelFaults = Partial<Record<keyof NewModelDraft, NewModelFault>>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/;

export function newModelFaults(draft: NewModelDraft): NewModelFaults {
  const faults: NewModelFaults = {};
  if (!NAME.test(draft.systemName.trim())) faults.systemName = "name";
  if (draft.providerId === "") faults.providerId = "provider";
  for (const name of ["inputPrice", "cachedInputPrice", "outputPrice"] as const) {
    if (!isPrice(draft[name])) faults[name] = "price";
  }
  for (const name of ["contextLimit", "outputLimit"] as const) {
    if (draft[name].trim() !== "" && !isWhole(draft[name], 1, 100_000_000)) faults[name] = "integer";
  }
  return faults;
}

/** What is left empty is left out: an embedding has no price of its output. */
export function newModelBody(draft: NewModelDraft): ModelCreation {
  const hasOutput = draft.modelType !== "embedding";
  const given = {
    remoteId: draft.remoteId.trim(),
    inputPrice: draft.inputPrice.trim(),
    cachedInputPrice: hasOutput ? draft.cachedInputPrice.trim() : "",
    outputPrice: hasOutput ? draft.outputPrice.trim() : "",
  };
  const limits = { contextLimit: count(draft.contextLimit), outputLimit: count(draft.outputLimit) };
  return {
    systemName: draft.systemName.trim(),
    providerId: draft.providerId,
    modelType: draft.modelType,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "")),
    ...Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== null)),
  };
}
