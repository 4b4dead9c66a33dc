import { expect, test } from "vitest";
import { inSeconds, inUnit, unitOf } from "./durations";
import { fromLocal, toLocal } from "./moments";

test.each([
  ["86400", "days", "1"],
  ["5400", "minutes", "90"],
  ["90", "seconds", "90"],
  ["7200", "hours", "2"],
  ["", "hours", ""],
  ["0", "hours", "0"],
])("%s seconds are shown in %s", (seconds, unit, shown) => {
  expect(unitOf(seconds)).toBe(unit);
  expect(inUnit(seconds, unitOf(seconds))).toBe(shown);
  expect(inSeconds(shown, unitOf(seconds))).toBe(seconds);
});

test("what is no number stays as it was typed", () => expect(inSeconds("two", "hours")).toBe("two"));

test("a moment goes through a local input and back, whatever the browser's zone", () => {
  for (const moment of ["2026-12-05T18:00:00Z", "2027-02-28T23:59:07Z"]) {
    expect(fromLocal(toLocal(moment))).toBe(moment);
  }
  expect([toLocal(null), toLocal("?"), fromLocal("")]).toEqual(["", "", null]);
});
