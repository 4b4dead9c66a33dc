import type { Schemas } from "@/api/client";
import type { KeyView, Settings } from "./draft";

/** What a key has without settings of its own, and from whom. */
export type Surroundings = {
  /** The keys above, the nearest first. */
  ancestors: readonly KeyView[];
  settings: Settings;
  alertDefaults: Schemas["AlertDefaultsView"];
};

export type Inherited<T> = { value: T; from: KeyView } | null;

/** The nearest key above that sets a field. */
export function nearest<Field extends "billingMode" | "costCentre">(
  { ancestors }: Surroundings,
  field: Field,
): Inherited<NonNullable<KeyView[Field]>> {
  const from = ancestors.find((each) => each[field] !== null);
  return from === undefined ? null : { value: from[field] as NonNullable<KeyView[Field]>, from };
}

/** The lowest safety level of the keys above, which no model may be above whatever the key itself says. */
export function lowestSafetyLevel({ ancestors }: Surroundings): Inherited<number> {
  let lowest: Inherited<number> = null;
  for (const from of ancestors) {
    if (from.safetyLevel !== null && (lowest === null || from.safetyLevel < lowest.value)) {
      lowest = { value: from.safetyLevel, from };
    }
  }
  return lowest;
}

/** The keys above that allow only some models: a call needs to be allowed by each. */
export function restrictingModels({ ancestors }: Surroundings): KeyView[] {
  return ancestors.filter(({ allowedModels }) => allowedModels !== null);
}

/** The factor or fee that a key without its own is charged by, and which key above says so, if any does. */
export function inheritedTerm(
  { ancestors }: Surroundings,
  term: "priceFactor" | "minimumFee",
): { value: string; from: KeyView | null } {
  const terms = ancestors[0]?.priceTermsInEffect;
  if (terms === undefined) return { value: term === "priceFactor" ? "1" : "0", from: null };
  const source = term === "priceFactor" ? terms.priceFactorFrom : terms.minimumFeeFrom;
  return { value: terms[term], from: ancestors.find(({ id }) => id === source) ?? null };
}
