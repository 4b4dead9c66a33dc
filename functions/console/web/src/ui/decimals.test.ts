import { expect, test } from "vitest";
import { compare, minus } from "./decimals";

test.each([
  ["0.3", "0.1", "0.2"],
  ["10", "0.000000000000000001", "9.999999999999999999"],
  ["1", "1.00", "0"],
  ["5", "7.5", "-2.5"],
  ["1000000000", "0", "1000000000"],
  ["-1.5", "1", "-2.5"],
])("%s less %s is %s", (a, b, difference) => expect(minus(a, b)).toBe(difference));

test.each([
  ["9", "10", -1],
  ["2.50", "2.5", 0],
  ["0.000000000000000002", "0.000000000000000001", 1],
  ["-3", "2", -1],
])("%s and %s compare as %d", (a, b, order) => expect(compare(a, b)).toBe(order));
