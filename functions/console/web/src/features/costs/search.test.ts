import { describe, expect, it } from "vitest";
import { filterOf, groupIn, groupsFor, parseSearch, queryOf, spanIn, subgroupsFor } from "./search";

const TODAY = "2026-11-29";
const KEY = "key_0123456789abcdef";

describe("the explorer's URL", () => {
  it("keeps what is valid and leaves out the rest", () => {
    const valid = { preset: "30d", metric: "margin", group: "model", subgroup: "key", interval: "day", model: "small" };
    expect(parseSearch({ ...valid, junk: 1 })).toEqual(valid);
    expect(
      parseSearch({
        preset: "forever",
        metric: "profit",
        group: ["key"],
        interval: "week",
        keyId: "<script>",
        tag: "team",
        from: "2026-02-30",
        to: "2026-03-01",
        tree: true,
      }),
    ).toEqual({});
  });

  it("takes a span of its own before a preset, but not one that ends before it begins or is too long", () => {
    expect(parseSearch({ from: "2026-11-03", to: "2026-11-03", preset: "7d" })).toEqual({
      from: "2026-11-03",
      to: "2026-11-03",
    });
    expect(parseSearch({ from: "2026-11-04", to: "2026-11-03", preset: "7d" })).toEqual({ preset: "7d" });
    expect(parseSearch({ from: "2020-01-01", to: "2026-11-03" })).toEqual({});
  });

  it("reads names that look like numbers as names", () => {
    expect(parseSearch({ model: 4711, costCentre: 7 })).toEqual({ model: "4711", costCentre: "7" });
  });

  it("shows this month by key unless it says otherwise", () => {
    expect(spanIn({}, TODAY)).toEqual({ from: "2026-11-01", to: TODAY });
    expect(queryOf({}, TODAY, 8)).toEqual({
      from: "2026-11-01",
      to: TODAY,
      metric: "cost",
      group: "key",
      interval: "day",
      top: 8,
    });
  });

  it("asks by month for a year, and for a tag once it is named", () => {
    expect(queryOf({ preset: "12m", group: "tag" }, TODAY, 8)).toMatchObject({ interval: "month", from: "2025-12-01" });
    expect(queryOf({ group: "tag" }, TODAY, 8)).not.toHaveProperty("group");
    expect(queryOf({ group: "tag", tagName: "team" }, TODAY, 8)).toMatchObject({ group: "tag", tagName: "team" });
  });
});

describe("groups under filters", () => {
  it("are those that sums are kept of", () => {
    expect(groupsFor({})).toEqual(["key", "model", "provider", "owner", "tag", "costCentre"]);
    expect(groupsFor({ keyId: KEY })).toEqual(["key", "model", "owner", "costCentre"]);
    expect(groupsFor({ keyId: KEY, model: "small" })).toEqual(["key", "model"]);
    expect(groupsFor({ provider: "prv_1" })).toEqual(["provider"]);
    expect(groupsFor({ tag: "team=red" })).toEqual([]);
  });

  it("give way where the one asked for isn't kept", () => {
    expect(groupIn({ group: "provider", model: "small" })).toBe("key");
    expect(groupIn({ group: "owner", tag: "team=red" })).toBeUndefined();
  });

  it("are told apart further only by themselves", () => {
    expect(subgroupsFor("key", {})).toEqual(["model"]);
    expect(subgroupsFor("key", { keyId: KEY })).toEqual(["model"]);
    expect(subgroupsFor("key", { owner: "a@b.example" })).toEqual([]);
    expect(subgroupsFor("provider", {})).toEqual([]);
  });

  it("have a filter each, but for those of nobody that the API can't leave alone", () => {
    expect(filterOf("key", KEY)).toEqual({ keyId: KEY });
    expect(filterOf("owner", null)).toEqual({ owner: "-" });
    expect(filterOf("costCentre", null)).toBeUndefined();
    expect(filterOf("tag", "red", "team")).toEqual({ tag: "team=red" });
  });
});
