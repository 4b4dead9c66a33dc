import { describe, expect, test } from "vitest";
import { isAmount, plus, plusPercent } from "./decimals";

describe("plus", () => {
  test.each([
    ["0.1", "0.2", "0.3"],
    ["99999999999999999999.99", "0.01", "100000000000000000000"],
    ["5", "0.0000000001", "5.0000000001"],
    ["-3.5", "1.25", "-2.25"],
  ])("%s and %s are %s", (a, b, sum) => expect(plus(a, b)).toBe(sum));
});

describe("plusPercent", () => {
  test.each([
    ["100", "10", "110"],
    ["12.34", "10", "13.574"],
    ["0.07", "12.5", "0.07875"],
    ["0", "50", "0"],
  ])("%s and %s %% more are %s", (amount, percent, raised) => expect(plusPercent(amount, percent)).toBe(raised));
});

test("an amount is digits and decimals alone", () => {
  expect(["5", "5.25", "0.0000001"].every(isAmount)).toBe(true);
  expect(["", "-5", "1e3", "5,2", ".5", "5.", " 5"].some(isAmount)).toBe(false);
});
