import { describe, expect, test } from "vitest";
import { atLeastZero, ceilToCents, compare, isAmount, minus, plus, plusPercent, times } from "./decimals";

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

test("amounts are subtracted to the last digit, also where less than nothing is left", () => {
  expect(minus("11.58", "11.63055315")).toBe("-0.05055315");
  expect(minus("5", "5.00")).toBe("0");
  expect(minus("5", "-1")).toBe("6");
});

test.each([
  ["0.3", "0.30", 0],
  ["0.29999999999999999", "0.3", -1],
  ["10", "9.99", 1],
])("%s compared with %s", (a, b, expected) => expect(compare(a, b)).toBe(expected));

test("a share of a day's cost is rounded to a millionth", () => {
  expect(times("0.246978", 30, 1)).toBe("7.40934");
  expect(times("1", 1, 3)).toBe("0.333333");
  expect(times("2", 1, 3)).toBe("0.666667");
});

test.each([
  ["12.738", "12.74"],
  ["12.73", "12.73"],
  ["12.7300000001", "12.74"],
  ["12", "12"],
])("%s is %s in full cents", (amount, expected) => expect(ceilToCents(amount)).toBe(expected));

test("nothing is less than zero", () => {
  expect(atLeastZero("-0.01")).toBe("0");
  expect(atLeastZero("0.01")).toBe("0.01");
});
