import { describe, expect, test } from "vitest";
import { changesOf, draftOf, faultsOf, NO_PRICE, NO_RATES, type PriceDraft, pairPath } from "./priceForm";
import type { Prices } from "./prices";

const DRAFT: PriceDraft = {
  ...NO_PRICE,
  rates: { ...NO_RATES, inputPrice: "1.25", outputPrice: "10", cachedInputPrice: "0.125" },
  toolPrices: [{ name: "web_search", value: "0.01" }],
  tiers: [{ above: "200000", rates: { ...NO_RATES, inputPrice: "2.5" } }],
  serviceTiers: [{ name: "batch", value: "0.5" }],
  windows: [{ days: ["mon"], start: "01:00", end: "04:00", zone: "UTC", multiplier: "2" }],
};

describe("what an edit sends", () => {
  test("is nothing if nothing differs, be it with spaces around it", () => {
    expect(changesOf(DRAFT, DRAFT)).toEqual({});
    expect(changesOf(DRAFT, { ...DRAFT, rates: { ...DRAFT.rates, inputPrice: " 1.25 " } })).toEqual({});
  });

  test("is what differs: a rate that was taken away is null, a fee 0", () => {
    const before = { ...DRAFT, requestPrice: "0.5" };
    const rates = { ...DRAFT.rates, cachedInputPrice: "", outputPrice: "12" };
    expect(changesOf(before, { ...before, rates, requestPrice: "" })).toEqual({
      cachedInputPrice: null,
      outputPrice: "12",
      requestPrice: "0",
    });
  });

  test("is a list as a whole, without rates that it has not", () => {
    const tiers = [...DRAFT.tiers, { above: "500000", rates: { ...NO_RATES, outputPrice: " 20" } }];
    expect(changesOf(DRAFT, { ...DRAFT, tiers, toolPrices: [] })).toEqual({
      toolPrices: {},
      tiers: [
        { abovePromptTokens: 200_000, inputPrice: "2.5" },
        { abovePromptTokens: 500_000, outputPrice: "20" },
      ],
    });
  });
});

test("a price of the API and back is no change", () => {
  const rates = Object.fromEntries(Object.keys(NO_RATES).map((name) => [name, null]));
  const shown = {
    ...rates,
    inputPrice: "1.25",
    requestPrice: "0",
    toolPrices: { web_search: "0.01" },
    tiers: [{ ...rates, abovePromptTokens: 200_000, inputPrice: "2.5" }],
    serviceTiers: { batch: "0.5" },
    serviceTierPrices: { flex: { ...rates, inputPrice: "0.7" } },
    inferenceGeos: {},
    windows: DRAFT.windows,
  } as unknown as Prices;
  expect(changesOf(draftOf(shown), draftOf(shown))).toEqual({});
  expect(draftOf(shown)).toMatchObject({ requestPrice: "", rates: { inputPrice: "1.25", outputPrice: "" } });
});

describe("what can't be", () => {
  const faults = (changes: Partial<PriceDraft>) => faultsOf({ ...DRAFT, ...changes });

  test("is told of no draft that the API takes", () => expect(faultsOf(DRAFT)).toEqual({}));

  test.each(["-1", "1e3", "100000", "99999.5", "0.123456789", "$1", "1,5"])("is a rate of %s", (typed) => {
    expect(faults({ rates: { ...DRAFT.rates, inputPrice: typed } })).toEqual({ inputPrice: "price" });
  });

  test("is a name twice, with capitals, or without a value", () => {
    const toolPrices = [
      { name: "web_search", value: "1" },
      { name: "web_search", value: "2" },
      { name: "Files", value: "1" },
      { name: "code", value: "" },
    ];
    expect(faults({ toolPrices })).toEqual({
      "toolPrices.#1": "twice",
      "toolPrices.Files": "label",
      "toolPrices.code": "price",
    });
  });

  test("is a length that doesn't ascend, isn't one, or changes nothing", () => {
    const rates = { ...NO_RATES, inputPrice: "1" };
    const tiers = [
      { above: "200", rates },
      { above: "100", rates },
      { above: "many", rates },
      { above: "900", rates: NO_RATES },
    ];
    expect(faults({ tiers })).toEqual({
      "tiers.1.abovePromptTokens": "ascending",
      "tiers.2.abovePromptTokens": "tokens",
      "tiers.3.abovePromptTokens": "rates",
    });
  });

  test("are hours of no day, at no time, at no multiple", () => {
    const windows = [{ days: [], start: "25:00", end: "", zone: "UTC", multiplier: "-1" }];
    expect(faults({ windows })).toEqual({
      "windows.0.days": "days",
      "windows.0.start": "clock",
      "windows.0.end": "clock",
      "windows.0.multiplier": "factor",
    });
  });
});

test("a figure is named as the API names it, and by its place until it has a name of its own", () => {
  const pairs = [{ name: "batch" }, { name: "" }, { name: "batch" }];
  expect(pairs.map((_, at) => pairPath("serviceTiers", pairs, at))).toEqual([
    "serviceTiers.batch",
    "serviceTiers.#1",
    "serviceTiers.#2",
  ]);
});
