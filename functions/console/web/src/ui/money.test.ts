import { describe, expect, test } from "vitest";
import { formatUsd, shareOf } from "./money";

describe("formatUsd", () => {
  test.each([
    ["0", "$0.00"],
    ["12", "$12.00"],
    ["1234567.5", "$1,234,567.50"],
    ["1.005", "$1.01"],
    ["0.5", "$0.50"],
    ["0.0449", "$0.045"],
    ["0.000000213", "$0.00000021"],
    ["0.0000002", "$0.0000002"],
    ["0.999", "$1.00"],
    ["9.999", "$10.00"],
    ["-3.2", "−$3.20"],
    ["99999999999999999999.994", "$99,999,999,999,999,999,999.99"],
  ])("%s as %s", (amount, shown) => expect(formatUsd(amount)).toBe(shown));
});

describe("shareOf", () => {
  test("is within 0 and 1, also where more was used than there is", () => {
    expect(shareOf("5", "20")).toBe(0.25);
    expect(shareOf("30", "20")).toBe(1);
    expect(shareOf("1", "0")).toBe(0);
  });
});
