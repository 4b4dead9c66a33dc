import { describe, expect, it } from "vitest";
import { filtersOf, pageOf } from "./filters";

describe("the audit's filters", () => {
  it("keep what can be one", () => {
    const search = { entity: "key_0123456789abcdef", action: "budget.raise", actor: "adm_x", from: "2026-11-01" };
    expect(filtersOf(search)).toEqual(search);
  });

  it("leave out what can't be one", () => {
    expect(filtersOf({ entity: "<b>", action: "raise", from: "today", actor: 7 })).toEqual({});
  });
});

describe("what was changed", () => {
  it.each([
    ["key_0123456789abcdef", "/keys/$keyId"],
    ["mdl_0123456789abcdef0123", "/models/$modelId"],
    ["prv_0123456789abcdef0123", "/providers"],
    ["adm_0123456789abcdef", "/admins"],
    ["alerts", "/alerts"],
  ])("%s is looked at on %s", (entity, page) => expect(pageOf(entity)?.to).toBe(page));

  it("has no page if it is something unknown", () => expect(pageOf("something")).toBeNull());
});
