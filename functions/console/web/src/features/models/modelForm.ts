/** A model's settings as a form holds them: every figure the text that was typed. */
import type { Schemas } from "@/api/client";
import { lines } from "@/features/providers/providerForm";
import { isPrice } from "./priceForm";
import type { Model, ModelEdit } from "./queries";

type Alternative = Schemas["AlternativeView"];

/** The rates that an alternative may have of its own, as far as this form sets them. */
export const OWN_RATES = ["inputPrice", "cachedInputPrice", "outputPrice"] as const;
export type OwnRates = Record<(typeof OWN_RATES)[number], string>;
export type TargetDraft = {
  providerId: string;
  remoteId: string;
  weight: string;
  priority: string;
  /** All empty: the model's prices count. */
  rates: OwnRates;
};

export type SettingsDraft = {
  main: TargetDraft;
  alternatives: TargetDraft[];
  contextLimit: string;
  outputLimit: string;
  /** Models that serve calls where this one fails, one a line. */
  fallbacks: string;
  safetyLevel: string;
  promptOverhead: string;
  allowUnpriced: boolean;
  allowUnpricedOptions: boolean;
  strictTranslation: boolean;
};

const NO_OWN_RATES: OwnRates = { inputPrice: "", cachedInputPrice: "", outputPrice: "" };

export function newTarget(providerId: string, priority = "0"): TargetDraft {
  return { providerId, remoteId: "", weight: "1", priority, rates: NO_OWN_RATES };
}

export function settingsOf(model: Model): SettingsDraft {
  return {
    main: targetOf(model),
    alternatives: model.alternatives.map(alternativeOf),
    contextLimit: text(model.contextLimit),
    outputLimit: text(model.outputLimit),
    fallbacks: model.fallbacks.join("\n"),
    safetyLevel: String(model.safetyLevel),
    promptOverhead: text(model.promptOverhead),
    allowUnpriced: model.allowUnpriced,
    allowUnpricedOptions: model.allowUnpricedOptions,
    strictTranslation: model.strictTranslation,
  };
}

/** What differs, as an edit sends it. Alternatives go as a whole; those that stay keep prices that aren't sent. */
export function settingsChanges(model: Model, draft: SettingsDraft): ModelEdit {
  const wanted: ModelEdit = {
    providerId: draft.main.providerId,
    remoteId: draft.main.remoteId.trim() || model.systemName,
    weight: Number(draft.main.weight),
    priority: Number(draft.main.priority),
    contextLimit: count(draft.contextLimit),
    outputLimit: count(draft.outputLimit),
    safetyLevel: Number(draft.safetyLevel),
    promptOverhead: count(draft.promptOverhead),
    allowUnpriced: draft.allowUnpriced,
    allowUnpricedOptions: draft.allowUnpricedOptions,
    strictTranslation: draft.strictTranslation,
  };
  const changed = Object.entries(wanted).filter(([name, value]) => model[name as keyof Model] !== value);
  const alternatives = draft.alternatives.map((target) => sentAlternative(target, model));
  const known = model.alternatives.map((target) => sentAlternative(alternativeOf(target), model));
  const isSame = JSON.stringify(alternatives) === JSON.stringify(known);
  const fallbacks = lines(draft.fallbacks);
  const sameFallbacks = JSON.stringify(fallbacks) === JSON.stringify(model.fallbacks);
  return {
    ...Object.fromEntries(changed),
    ...(sameFallbacks ? {} : { fallbacks }),
    ...(isSame ? {} : { alternatives: alternatives as Schemas["AlternativeBody"][] }),
  };
}

export type SettingFault = "integer" | "weight" | "priority" | "level" | "price";

/** What the API would refuse, by the field's path in the request. */
export function settingFaults(draft: SettingsDraft): Record<string, SettingFault> {
  const faults: Record<string, SettingFault> = {};
  for (const name of ["contextLimit", "outputLimit"] as const) {
    if (draft[name].trim() !== "" && !isWhole(draft[name], 1, 100_000_000)) faults[name] = "integer";
  }
  if (draft.promptOverhead.trim() !== "" && !isWhole(draft.promptOverhead, 0, 1_000_000)) {
    faults.promptOverhead = "integer";
  }
  if (!isWhole(draft.safetyLevel, 0, 100)) faults.safetyLevel = "level";
  const targets = [
    ["", draft.main] as const,
    ...draft.alternatives.map((each, at) => [`alternatives.${at}.`, each] as const),
  ];
  for (const [within, { weight, priority, rates }] of targets) {
    if (!isWhole(weight, 1, 1000)) faults[`${within}weight`] = "weight";
    if (!isWhole(priority, 0, 100)) faults[`${within}priority`] = "priority";
    for (const name of OWN_RATES) if (!isPrice(rates[name])) faults[`${within}${name}`] = "price";
  }
  return faults;
}

export function isWhole(typed: string, least: number, most: number): boolean {
  return /^\d{1,9}$/.test(typed.trim()) && Number(typed) >= least && Number(typed) <= most;
}

export function count(typed: string): number | null {
  return typed.trim() === "" ? null : Number(typed);
}

function targetOf(target: { providerId: string; remoteId: string; weight: number; priority: number }): TargetDraft {
  const { providerId, remoteId, weight, priority } = target;
  return { providerId, remoteId, weight: String(weight), priority: String(priority), rates: NO_OWN_RATES };
}

function alternativeOf(target: Alternative): TargetDraft {
  const own = OWN_RATES.map((name) => [name, (target.ownPrices ? target[name] : null) ?? ""]);
  return { ...targetOf(target), rates: Object.fromEntries(own) as OwnRates };
}

/** With the rates that differ from those that it has: one that was taken away is null. */
function sentAlternative(target: TargetDraft, model: Model) {
  const sent = sentTarget(target, model.systemName);
  const before = model.alternatives.find(
    ({ providerId, remoteId }) => providerId === sent.providerId && remoteId === sent.remoteId,
  );
  const known = before === undefined ? NO_OWN_RATES : alternativeOf(before).rates;
  const changed = OWN_RATES.filter((name) => target.rates[name].trim() !== known[name]);
  return { ...sent, ...Object.fromEntries(changed.map((name) => [name, target.rates[name].trim() || null])) };
}

function sentTarget({ providerId, remoteId, weight, priority }: TargetDraft, systemName: string) {
  return {
    providerId,
    remoteId: remoteId.trim() || systemName,
    weight: Number(weight),
    priority: Number(priority),
  };
}

function text(value: number | null): string {
  return value === null ? "" : String(value);
}
