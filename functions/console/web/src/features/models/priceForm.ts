/** A price as a form holds it: every figure the text that was typed, "" where there is none. */
import type { Schemas } from "@/api/client";
import type { Day } from "./hours";
import { type Prices, RATES, type RateName, type RateTable } from "./prices";

export type Rates = Record<RateName, string>;
export type Pair = { name: string; value: string };
export type TierDraft = { above: string; rates: Rates };
export type TierRatesDraft = { name: string; rates: Rates };
export type WindowDraft = { days: Day[]; start: string; end: string; zone: string; multiplier: string };

export type PriceDraft = {
  rates: Rates;
  requestPrice: string;
  toolPrices: Pair[];
  tiers: TierDraft[];
  serviceTiers: Pair[];
  serviceTierPrices: TierRatesDraft[];
  inferenceGeos: Pair[];
  windows: WindowDraft[];
};

export type PriceFields = Partial<Schemas["PriceBody"]>;

export const NO_RATES = Object.fromEntries(RATES.map((name) => [name, ""])) as Rates;
export const NO_PRICE: PriceDraft = {
  rates: NO_RATES,
  requestPrice: "",
  toolPrices: [],
  tiers: [],
  serviceTiers: [],
  serviceTierPrices: [],
  inferenceGeos: [],
  windows: [],
};

export function draftOf(prices: Prices): PriceDraft {
  return {
    rates: typed(prices),
    requestPrice: Number(prices.requestPrice) === 0 ? "" : prices.requestPrice,
    toolPrices: pairs(prices.toolPrices),
    tiers: prices.tiers.map((tier) => ({ above: String(tier.abovePromptTokens), rates: typed(tier) })),
    serviceTiers: pairs(prices.serviceTiers),
    serviceTierPrices: Object.entries(prices.serviceTierPrices).map(([name, rates]) => ({ name, rates: typed(rates) })),
    inferenceGeos: pairs(prices.inferenceGeos),
    windows: prices.windows.map((window) => ({ ...window })),
  };
}

/** What differs between two drafts, as an edit sends it: a rate that was taken away is null. */
export function changesOf(before: PriceDraft, after: PriceDraft): PriceFields {
  const changes: PriceFields = {};
  for (const name of RATES) {
    if (after.rates[name].trim() !== before.rates[name].trim()) changes[name] = sent(after.rates[name]);
  }
  if (after.requestPrice.trim() !== before.requestPrice.trim()) changes.requestPrice = sent(after.requestPrice) ?? "0";
  const lists = listsOf(after);
  const known = listsOf(before);
  for (const name of Object.keys(lists) as Array<keyof Lists>) {
    if (JSON.stringify(lists[name]) !== JSON.stringify(known[name])) Object.assign(changes, { [name]: lists[name] });
  }
  return changes;
}

type Lists = {
  toolPrices: Record<string, string>;
  tiers: Array<Partial<Rates> & { abovePromptTokens: number }>;
  serviceTiers: Record<string, string>;
  serviceTierPrices: Record<string, Partial<Rates>>;
  inferenceGeos: Record<string, string>;
  windows: WindowDraft[];
};

function listsOf(draft: PriceDraft): Lists {
  return {
    toolPrices: record(draft.toolPrices),
    tiers: draft.tiers.map(({ above, rates }) => ({ ...given(rates), abovePromptTokens: Number(above) })),
    serviceTiers: record(draft.serviceTiers),
    serviceTierPrices: Object.fromEntries(
      draft.serviceTierPrices.map(({ name, rates }) => [name.trim(), given(rates)]),
    ),
    inferenceGeos: record(draft.inferenceGeos),
    windows: draft.windows.map((window) => ({ ...window, multiplier: window.multiplier.trim() })),
  };
}

export type Fault = "price" | "factor" | "label" | "twice" | "tokens" | "ascending" | "days" | "clock" | "rates";
/** What is wrong, by the field's path in the request, as the API names it. */
export type Faults = Record<string, Fault>;

const PRICE = /^\d{1,5}(\.\d{1,8})?$/;
const FACTOR = /^\d{1,2}(\.\d{1,3})?$/;
const LABEL = /^[a-z0-9_]{1,64}$/;
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;
const PRICE_MAX = 99_999;

/** What the API would refuse; it has the last word. */
export function faultsOf(draft: PriceDraft): Faults {
  return {
    ...rateFaults("", draft.rates),
    ...(isPrice(draft.requestPrice) ? {} : { requestPrice: "price" }),
    ...pairFaults("toolPrices", draft.toolPrices, isPrice, "price"),
    ...tierFaults(draft.tiers),
    ...pairFaults("serviceTiers", draft.serviceTiers, isFactor, "factor"),
    ...tierRateFaults(draft.serviceTierPrices),
    ...pairFaults("inferenceGeos", draft.inferenceGeos, isFactor, "factor"),
    ...windowFaults(draft.windows),
  } as Faults;
}

function rateFaults(within: string, rates: Rates): Faults {
  const wrong = RATES.filter((name) => !isPrice(rates[name]));
  return Object.fromEntries(wrong.map((name) => [`${within}${name}`, "price"]));
}

function pairFaults(field: string, list: Pair[], isValue: (text: string) => boolean, fault: Fault): Faults {
  const faults: Faults = {};
  const names = list.map(({ name }) => name.trim());
  for (const [at, { name, value }] of list.entries()) {
    const path = pairPath(field, list, at);
    if (!LABEL.test(name.trim())) faults[path] = "label";
    else if (names.indexOf(name.trim()) !== at) faults[path] = "twice";
    else if (value.trim() === "" || !isValue(value)) faults[path] = fault;
  }
  return faults;
}

function tierFaults(tiers: TierDraft[]): Faults {
  const faults: Faults = {};
  for (const [at, { above, rates }] of tiers.entries()) {
    const path = `tiers.${at}`;
    Object.assign(faults, rateFaults(`${path}.`, rates));
    const before = tiers[at - 1];
    if (!/^[1-9]\d{0,7}$/.test(above.trim())) faults[`${path}.abovePromptTokens`] = "tokens";
    else if (before !== undefined && Number(before.above) >= Number(above)) {
      faults[`${path}.abovePromptTokens`] = "ascending";
    } else if (Object.keys(given(rates)).length === 0) faults[`${path}.abovePromptTokens`] = "rates";
  }
  return faults;
}

function tierRateFaults(tiers: TierRatesDraft[]): Faults {
  const faults: Faults = {};
  const names = tiers.map(({ name }) => name.trim());
  for (const [at, { name, rates }] of tiers.entries()) {
    Object.assign(faults, rateFaults(`serviceTierPrices.${name.trim()}.`, rates));
    const path = `serviceTierPrices.#${at}`;
    if (!LABEL.test(name.trim())) faults[path] = "label";
    else if (names.indexOf(name.trim()) !== at) faults[path] = "twice";
  }
  return faults;
}

function windowFaults(windows: WindowDraft[]): Faults {
  const faults: Faults = {};
  for (const [at, { days, start, end, multiplier }] of windows.entries()) {
    if (days.length === 0) faults[`windows.${at}.days`] = "days";
    if (!CLOCK.test(start)) faults[`windows.${at}.start`] = "clock";
    if (!CLOCK.test(end)) faults[`windows.${at}.end`] = "clock";
    if (multiplier.trim() === "" || !isFactor(multiplier)) faults[`windows.${at}.multiplier`] = "factor";
  }
  return faults;
}

/** The path of a named figure as the API has it; of one that has no name yet, its place. */
export function pairPath(field: string, list: ReadonlyArray<{ name: string }>, at: number): string {
  const name = list[at]?.name.trim() ?? "";
  const isFirst = list.findIndex((each) => each.name.trim() === name) === at;
  return name === "" || !isFirst ? `${field}.#${at}` : `${field}.${name}`;
}

export function isPrice(text: string): boolean {
  const amount = text.trim();
  return amount === "" || (PRICE.test(amount) && Number(amount) <= PRICE_MAX);
}

function isFactor(text: string): boolean {
  return FACTOR.test(text.trim());
}

function typed(rates: RateTable): Rates {
  return Object.fromEntries(RATES.map((name) => [name, rates[name] ?? ""])) as Rates;
}

function given(rates: Rates): Partial<Rates> {
  const there = RATES.filter((name) => rates[name].trim() !== "");
  return Object.fromEntries(there.map((name) => [name, rates[name].trim()]));
}

function sent(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

function pairs(values: Record<string, string>): Pair[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

function record(list: Pair[]): Record<string, string> {
  return Object.fromEntries(list.map(({ name, value }) => [name.trim(), value.trim()]));
}
