/** Prices as the API has them: what there is of them, and what a version changes. */
import type { Schemas } from "@/api/client";
import { type Difference, differences } from "@/ui/differences";
import { DAYS } from "./hours";

export type Prices = Schemas["PriceView"];
export type PriceWindow = Schemas["WindowBody-Output"];

/** The classes of tokens that have a rate, in the order in which they are shown. */
export const RATES = [
  "inputPrice",
  "cachedInputPrice",
  "cacheWritePrice",
  "cacheWrite1hPrice",
  "inputAudioPrice",
  "inputImagePrice",
  "outputPrice",
  "reasoningPrice",
  "outputAudioPrice",
  "outputImagePrice",
] as const;

export type RateName = (typeof RATES)[number];
export type RateTable = Record<RateName, string | null>;

/** A column of rates: the usual ones, or those from a prompt's length on, or of a tier of service. */
export type RateColumn =
  | { kind: "usual"; rates: RateTable }
  | { kind: "above"; tokens: number; rates: RateTable }
  | { kind: "tier"; name: string; rates: RateTable };

export function rateColumns(prices: Prices): RateColumn[] {
  return [
    { kind: "usual", rates: prices },
    ...prices.tiers.map((tier): RateColumn => ({ kind: "above", tokens: tier.abovePromptTokens, rates: tier })),
    ...Object.entries(prices.serviceTierPrices).map(([name, rates]): RateColumn => ({ kind: "tier", name, rates })),
  ];
}

/** Those classes that have a rate in one of the columns. */
export function ratesOf(columns: readonly RateColumn[]): RateName[] {
  return RATES.filter((name) => columns.some(({ rates }) => rates[name] !== null));
}

export function isFree(prices: Prices): boolean {
  const tables: RateTable[] = [prices, ...prices.tiers, ...Object.values(prices.serviceTierPrices)];
  const amounts = tables.flatMap((rates) => RATES.map((name) => rates[name]));
  return [...amounts, prices.requestPrice, ...Object.values(prices.toolPrices)].every(
    (amount) => amount === null || Number(amount) === 0,
  );
}

/** What of a version costs something or changes what it costs, to be compared with another's: without its marks. */
function figuresOf(prices: Prices): Record<string, unknown> {
  const figures: Record<string, unknown> = {
    ...Object.fromEntries(RATES.map((name) => [name, prices[name]])),
    requestPrice: Number(prices.requestPrice) === 0 ? null : prices.requestPrice,
    toolPrices: prices.toolPrices,
    tiers: Object.fromEntries(prices.tiers.map(({ abovePromptTokens, ...rates }) => [`>${abovePromptTokens}`, rates])),
    serviceTiers: factors(prices.serviceTiers),
    serviceTierPrices: prices.serviceTierPrices,
    inferenceGeos: factors(prices.inferenceGeos),
    windows: Object.fromEntries(
      prices.windows.map(({ multiplier, ...window }) => [windowName(window), `×${multiplier}`]),
    ),
  };
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== null && !isEmpty(figure)));
}

function isEmpty(figure: unknown): boolean {
  return typeof figure === "object" && figure !== null && Object.keys(figure).length === 0;
}

/** The figures that differ, in the order in which prices are shown; from no price at all, every one. */
export function priceChanges(before: Prices | null, after: Prices): Difference[] {
  const order = [...RATES, "requestPrice"] as string[];
  const place = ({ path }: Difference) => (order.includes(path) ? order.indexOf(path) : order.length);
  return differences(before === null ? {} : figuresOf(before), figuresOf(after)).toSorted(
    (a, b) => place(a) - place(b),
  );
}

function factors(values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, factor]) => [name, `×${factor}`]));
}

function windowName({ days, start, end, zone }: Omit<PriceWindow, "multiplier">): string {
  const [first, last] = [days[0], days.at(-1)];
  const isRun = days.length > 2 && days.length === DAYS.indexOf(last ?? "mon") - DAYS.indexOf(first ?? "mon") + 1;
  return `${isRun ? `${first}–${last}` : days.join(" ")} ${start}–${end} ${zone}`;
}

export type Version = Schemas["VersionView"];
export type VersionState = "past" | "current" | "scheduled";
export type VersionStep = { version: Version; before: Version | null; state: VersionState };

/** The versions of each target, newest first, each with the one that it follows and whether it counts at `now`. */
export function versionSteps(versions: readonly Version[], now: Date): VersionStep[] {
  const targets = [...new Set(versions.map(targetOf))];
  return targets
    .flatMap((target) =>
      stepsOf(
        versions.filter((version) => targetOf(version) === target),
        now,
      ),
    )
    .toSorted(newestFirst);
}

function targetOf({ providerId, remoteId }: Version): string {
  return `${providerId} ${remoteId}`;
}

/** The API lists the oldest first; of two from the same moment, the later one counts. */
function stepsOf(versions: readonly Version[], now: Date): VersionStep[] {
  const current = versions.findLastIndex(({ effectiveAt }) => effectiveAt !== null && new Date(effectiveAt) <= now);
  return versions.map((version, at) => ({
    version,
    before: versions[at - 1] ?? null,
    state: at < current ? "past" : at === current ? "current" : "scheduled",
  }));
}

function newestFirst(a: VersionStep, b: VersionStep): number {
  return (b.version.effectiveAt ?? "").localeCompare(a.version.effectiveAt ?? "");
}

/** How many of a hundred requests a target is asked for first, among those of the lowest priority. */
export function firstShares(targets: ReadonlyArray<{ weight: number; priority: number }>): number[] {
  const lowest = Math.min(...targets.map(({ priority }) => priority));
  const total = targets.reduce((sum, { weight, priority }) => (priority === lowest ? sum + weight : sum), 0);
  return targets.map(({ weight, priority }) => (priority === lowest ? (100 * weight) / total : 0));
}

/** A price with all its digits, at least cents: `$1.5625`, `$0.075`, `$10.00`. */
export function formatPrice(amount: string): string {
  const [whole = "0", fraction = ""] = amount.split(".");
  return `$${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction.replace(/0+$/, "").padEnd(2, "0")}`;
}
