import { describe, expect, test } from "vitest";
import { atLeastZero, ceilToCents, compare, isAmount, minus, percentOf, plus, times } from "./amounts";

test("amounts are added and subtracted to the last digit, however small or large", () => {
  expect(plus("0.1", "0.2")).toBe("0.3");
  expect(plus("999999999.999999999999999999", "0.000000000000000001")).toBe("1000000000");
  expect(minus("11.58", "11.63055315")).toBe("-0.05055315");
  expect(minus("5", "5.00")).toBe("0");
});

test.each([
  ["0.3", "0.30", 0],
  ["0.29999999999999999", "0.3", -1],
  ["10", "9.99", 1],
])("%s compared with %s", (a, b, expected) => expect(compare(a, b)).toBe(expected));

test("a percent of an amount is exact", () => {
  expect(percentOf("11.58", 110)).toBe("12.738");
  expect(percentOf("0.000000000000000003", 150)).toBe("0.0000000000000000045");
});

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

describe("isAmount", () => {
  test.each(["0", "12.5", "1000000000", "0.000000000000000001"])("takes %s", (text) =>
    expect(isAmount(text)).toBe(true),
  );
  test.each(["", "-1", "1e3", "1,5", ".5", "5.", "$5", "0.0000000000000000001"])("refuses %s", (text) =>
    expect(isAmount(text)).toBe(false),
  );
});
