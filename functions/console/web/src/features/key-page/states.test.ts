import { describe, expect, test } from "vitest";
import type { Schemas } from "@/api/client";
import { budget } from "./samples";
import { nearFrom, percentUsed, type Refusal, remedyOf, stateOf } from "./states";

const KEY = { downgrading: false, budgetAlertThresholds: [{ percent: 90 }, { percent: 80 }] } as Schemas["KeyView"];

function standing(changes: Partial<Schemas["KeyStanding"]>): Schemas["KeyStanding"] {
  return { keyId: "key_0", at: "", zone: "UTC", pace: null, budgets: [], above: [], refusals: [], ...changes };
}

function refusal(changes: Partial<Refusal>): Refusal {
  return {
    keyId: "key_0",
    name: "a key",
    reason: "budget_exhausted",
    message: "",
    window: "total",
    since: null,
    until: null,
    byOpenRequests: false,
    ...changes,
  };
}

describe("stateOf", () => {
  test("a refusal comes before all else", () => {
    const refusals = [refusal({})];
    expect(stateOf({ ...KEY, downgrading: true }, standing({ refusals }))).toEqual({ kind: "refusing", refusals });
  });

  test("a key without budgets is unlimited", () => {
    expect(stateOf(KEY, standing({}))).toEqual({ kind: "unlimited" });
  });

  test("the fullest budget says whether it is near, from the lowest threshold on", () => {
    const budgets = [budget({ window: "total", used: "10" }), budget({ used: "80" })];
    expect(stateOf(KEY, standing({ budgets }))).toEqual({
      kind: "near",
      window: "month",
      percent: 80,
      exhaustedAt: null,
    });
  });

  test("what is used up and refuses nothing is paid for by packs, or metered", () => {
    const budgets = [budget({ used: "120" })];
    const metered = { ...KEY, overage: "metered", billingMode: "hybrid" } as const;
    expect(stateOf(KEY, standing({ budgets }))).toEqual({ kind: "beyond", window: "month", isMetered: false });
    expect(stateOf(metered, standing({ budgets }))).toEqual({ kind: "beyond", window: "month", isMetered: true });
  });

  test("a quota that won't last says so before it is near", () => {
    const forecast = { exhaustedAt: "2026-11-29T00:00:00Z", projectedUsed: "120" };
    expect(stateOf(KEY, standing({ budgets: [budget({ forecast })] }))).toEqual({
      kind: "runsOut",
      window: "month",
      exhaustedAt: "2026-11-29T00:00:00Z",
    });
  });

  test("a budget without windows that is used up one day is fine until then", () => {
    const forecast = { exhaustedAt: "2027-11-29T00:00:00Z", projectedUsed: null };
    expect(stateOf(KEY, standing({ budgets: [budget({ resetsAt: null, forecast })] }))).toEqual({ kind: "fine" });
  });
});

describe("remedyOf", () => {
  test.each<[Partial<Refusal>, string]>([
    [{}, "raise"],
    [{ reason: "parent_budget_exhausted" }, "raise"],
    [{ reason: "budget_reserved" }, "raise"],
    [{ reason: "budget_reserved", byOpenRequests: true }, "wait"],
    [{ reason: "key_revoked", window: null }, "reinstate"],
    [{ reason: "key_expired", window: null }, "unexpire"],
    [{ reason: "rate_limit_exceeded", window: null }, "wait"],
    [{ reason: "model_not_allowed", window: null }, "look"],
  ])("%o is mended by: %s", (given, expected) => expect(remedyOf(refusal(given))).toBe(expected));
});

test("percents are cut, so that only what is used up is at a hundred", () => {
  expect(percentUsed({ used: "99.999", allowance: "100" })).toBe(99);
  expect(percentUsed({ used: "0", allowance: "0" })).toBe(100);
});

test("without thresholds a key is near from 80 percent on", () => {
  expect(nearFrom({ ...KEY, budgetAlertThresholds: [] })).toBe(80);
});
