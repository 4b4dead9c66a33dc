import { expect, test } from "vitest";
import { byDay, byModel, percentOf, type WhatIfAnswer } from "./whatIfChart";

const ANSWER: WhatIfAnswer = {
  from: "2026-10-30",
  to: "2026-11-02",
  priceVersion: null,
  requests: 3,
  cost: "0.30",
  whatIfCost: "0.33",
  difference: "0.03",
  days: [
    { day: "2026-10-31", requests: 1, cost: "0.10", whatIfCost: "0.11" },
    { day: "2026-11-02", requests: 2, cost: "0.20", whatIfCost: "0.22" },
  ],
  models: [
    { model: "a", requests: 1, cost: "0.05", whatIfCost: "0.01" },
    { model: "b", requests: 2, cost: "0.25", whatIfCost: "0.32" },
  ],
};

test("every day of the span has its bars, also one without requests", () => {
  expect(byDay(ANSWER)).toEqual({
    positions: ["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"],
    charged: ["0", "0.10", "0", "0.20"],
    would: ["0", "0.11", "0", "0.22"],
  });
});

test("models stand by what they cost, the dearest first", () => {
  expect(byModel(ANSWER)).toEqual({ positions: ["b", "a"], charged: ["0.25", "0.05"], would: ["0.32", "0.01"] });
});

test.each([
  ["0.03", "+10"],
  ["0.001", "+0.3"],
  ["-0.15", "−50"],
  ["0", "0.0"],
])("a difference of %s is %s percent", (difference, percent) => {
  expect(percentOf({ ...ANSWER, difference })).toBe(percent);
});

test("of nothing there is no percentage", () => expect(percentOf({ ...ANSWER, cost: "0" })).toBeNull());
