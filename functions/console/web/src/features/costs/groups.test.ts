import { describe, expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import m from "@/messages/en";
import { OTHER } from "@/ui/charts/series";
import { chartSeries, legendOfParts, partsOf, requestsOf } from "./groups";

const NOTHING = { requests: 0, failed: 0, abandoned: 0, promptTokens: 0, completionTokens: 0, totalTokens: 0 };
const NO_AMOUNTS = { packs: "0", included: "0", metered: "0", overage: "0", fees: "0", providerCost: "0", margin: "0" };
const tally = (cost: string) => ({ ...NOTHING, ...NO_AMOUNTS, cost });
const group = (value: string | null, cost: string, values: string[], parts: Schemas["Parts"] | null = null) => ({
  ...tally(cost),
  value,
  id: null,
  name: value,
  values,
  parts,
});

function series(changes: Partial<Schemas["Series"]>): Schemas["Series"] {
  return {
    from: "2026-11-01",
    to: "2026-11-02",
    zone: "UTC",
    metric: "cost",
    group: "model",
    subgroup: null,
    interval: "day",
    periods: ["2026-11-01", "2026-11-02"],
    groups: [group("small", "3", ["1", "2"]), group(null, "1", ["0", "1"])],
    other: { ...tally("0"), count: 0, values: ["0", "0"] },
    total: { ...tally("4"), values: ["1", "3"] },
    ...changes,
  };
}

describe("a series as a chart's", () => {
  it("leaves out an Other of nothing, and says how many others there are", () => {
    expect(chartSeries(series({}), m.costs).map(({ id, label }) => [id, label])).toEqual([
      ["=small", "small"],
      ["none", "No model"],
    ]);
    const more = series({ other: { ...tally("2"), count: 12, values: ["2", "0"] } });
    expect(chartSeries(more, m.costs).at(-1)).toEqual({ id: OTHER, label: "Other (12)", values: ["2", "0"] });
  });

  it("takes no group for Other, whatever it is called", () => {
    const named = series({ groups: [group("other", "3", ["1", "2"])] });
    expect(chartSeries(named, m.costs)[0]?.id).not.toBe(OTHER);
  });

  it("calls what is left of a tag what it is, where there are no other values", () => {
    const tags = series({ group: "tag", other: { ...tally("2"), count: 0, values: ["2", "0"] } });
    expect(chartSeries(tags, m.costs).at(-1)?.label).toBe("Without the tag");
  });

  it("is the total alone without a group", () => {
    expect(chartSeries(series({ group: null, groups: [] }), m.costs)).toEqual([
      { id: "total", label: "Cost", values: ["1", "3"] },
    ]);
  });
});

describe("parts of groups", () => {
  const parts = (costs: Record<string, string>, rest: string): Schemas["Parts"] => ({
    groups: Object.entries(costs).map(([value, cost]) => ({ ...tally(cost), value, id: null, name: value })),
    other: { ...tally(rest), count: 2 },
  });
  const split = series({
    subgroup: "key",
    groups: [group("a", "9", [], parts({ x: "2", y: "1" }, "6")), group("b", "5", [], parts({ y: "5", z: "0" }, "0"))],
  });

  it("have the same look in all bars: the largest of all first, then Other", () => {
    expect(legendOfParts(split, m.costs).map(({ id }) => id)).toEqual(["=y", "=x", OTHER]);
  });

  it("leave out what is nothing", () => {
    expect(split.groups.map((each) => partsOf(each, split, m.costs).map(({ id }) => id))).toEqual([
      ["=x", "=y", OTHER],
      ["=y"],
    ]);
  });
});

describe("the requests behind a bar", () => {
  const day = { from: "2026-11-03", to: "2026-11-03" };

  it("are those of its day, group and filters", () => {
    expect(requestsOf({ group: "model", keyId: "key_0123456789abcdef", metric: "failed" }, day, "=small")).toEqual({
      ...day,
      keyId: "key_0123456789abcdef",
      model: "small",
      outcome: "failed",
    });
    expect(requestsOf({}, day)).toEqual(day);
  });

  it("are not shown where the log can't be filtered so", () => {
    expect(requestsOf({ group: "owner" }, day, "=a@b.example")).toBeUndefined();
    expect(requestsOf({ group: "model" }, day, OTHER)).toBeUndefined();
    expect(requestsOf({ tag: "team=red" }, day)).toBeUndefined();
    expect(requestsOf({ group: "model", keyId: "key_0123456789abcdef", tree: true }, day)).toBeUndefined();
  });
});
