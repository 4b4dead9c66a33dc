import { expect, test } from "vitest";
import type { NO_RATES } from "./priceForm";
import {
  firstShares,
  formatPrice,
  isFree,
  type Prices,
  priceChanges,
  RATES,
  rateColumns,
  ratesOf,
  type Version,
  versionSteps,
} from "./prices";

const NONE = Object.fromEntries(RATES.map((name) => [name, null])) as Record<keyof typeof NO_RATES, null>;

function prices(changes: Partial<Prices>): Prices {
  return {
    ...NONE,
    priceVersion: "mdl_1:1",
    effectiveAt: "2026-11-01T00:00:00Z",
    tiers: [],
    serviceTiers: {},
    serviceTierPrices: {},
    inferenceGeos: {},
    windows: [],
    requestPrice: "0",
    toolPrices: {},
    fromCatalog: false,
    source: null,
    sourcedAt: null,
    ...changes,
  };
}

const LONG = prices({
  inputPrice: "1.25",
  outputPrice: "10",
  tiers: [{ ...NONE, abovePromptTokens: 200_000, inputPrice: "2.5" }],
  serviceTierPrices: { flex: { ...NONE, outputPrice: "5", reasoningPrice: "4" } },
});

test("a price has a column for each length and tier, and a row for each class that has a rate in one", () => {
  const columns = rateColumns(LONG);
  expect(columns.map(({ kind }) => kind)).toEqual(["usual", "above", "tier"]);
  expect(ratesOf(columns)).toEqual(["inputPrice", "outputPrice", "reasoningPrice"]);
});

test("a price is free if nothing of it can cost anything", () => {
  expect(isFree(prices({ inputPrice: "0", outputPrice: "0.00" }))).toBe(true);
  expect(isFree(prices({ inputPrice: "0", toolPrices: { web_search: "0.01" } }))).toBe(false);
  expect(isFree(LONG)).toBe(false);
});

test("a version changes what differs in its figures, not where it was read", () => {
  const after = { ...LONG, inputPrice: "1.5", serviceTiers: { batch: "0.5" }, source: "https://example.com/prices" };
  expect(priceChanges(LONG, after)).toEqual([
    { path: "inputPrice", before: "1.25", after: "1.5" },
    { path: "serviceTiers.batch", before: null, after: "×0.5" },
  ]);
  expect(priceChanges(LONG, { ...LONG, sourcedAt: "2026-11-20" })).toEqual([]);
});

test("a first version changes all that it has, the rates first, and nothing that is empty", () => {
  expect(priceChanges(null, LONG).map(({ path }) => path)).toEqual([
    "inputPrice",
    "outputPrice",
    "serviceTierPrices.flex.outputPrice",
    "serviceTierPrices.flex.reasoningPrice",
    "tiers.>200000.inputPrice",
  ]);
});

test("hours are told by their days, which follow each other", () => {
  const window = { start: "01:00", end: "04:00", zone: "UTC", multiplier: "2" };
  const after = prices({
    windows: [
      { ...window, days: ["mon", "tue", "wed"] },
      { ...window, days: ["mon", "fri"], multiplier: "3" },
    ],
  });
  expect(priceChanges(prices({}), after)).toEqual(
    [
      { path: "windows.mon–wed 01:00–04:00 UTC", before: null, after: "×2" },
      { path: "windows.mon fri 01:00–04:00 UTC", before: null, after: "×3" },
    ].toSorted((a, b) => a.path.localeCompare(b.path, "en", { numeric: true })),
  );
});

function version(id: string, effectiveAt: string, providerId = "prv_1"): Version {
  return { ...prices({ priceVersion: id, effectiveAt }), providerId, remoteId: "gpt" };
}

test("of each target's versions the last one that is in effect counts, and the newest stands first", () => {
  const steps = versionSteps(
    [
      version("a:1", "2026-01-01T00:00:00Z"),
      version("b:1", "2026-02-01T00:00:00Z", "prv_2"),
      version("a:2", "2026-03-01T00:00:00Z"),
      version("a:3", "2027-01-01T00:00:00Z"),
    ],
    new Date("2026-11-29T00:00:00Z"),
  );
  expect(
    steps.map(({ version: { priceVersion }, before, state }) => [priceVersion, before?.priceVersion, state]),
  ).toEqual([
    ["a:3", "a:2", "scheduled"],
    ["a:2", "a:1", "current"],
    ["b:1", undefined, "current"],
    ["a:1", undefined, "past"],
  ]);
});

test.each([
  ["0.075", "$0.075"],
  ["1.5625", "$1.5625"],
  ["10", "$10.00"],
  ["0.50", "$0.50"],
  ["12345.1", "$12,345.10"],
  ["0.00000001", "$0.00000001"],
])("the price %s is shown with all its digits: %s", (amount, shown) => expect(formatPrice(amount)).toBe(shown));

test("targets of the lowest priority share the requests by weight", () => {
  const targets = [
    { weight: 3, priority: 0 },
    { weight: 1, priority: 0 },
    { weight: 9, priority: 1 },
  ];
  expect(firstShares(targets)).toEqual([75, 25, 0]);
});
