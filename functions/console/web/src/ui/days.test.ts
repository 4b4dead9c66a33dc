import { expect, test } from "vitest";
import { addDays, isDay, lastDays, lengthOf, monthEnd, monthStart } from "./days";

test("days are counted across leap days and changes of clocks", () => {
  expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
  expect(addDays("2026-03-29", 1)).toBe("2026-03-30");
  expect(lengthOf({ from: "2026-10-01", to: "2026-10-31" })).toBe(31);
  expect([monthStart("2026-11-29", 1), monthEnd("2026-02-10")]).toEqual(["2026-12-01", "2026-02-28"]);
});

test("a day is one that there is", () => {
  expect(["2026-02-29", "2026-13-01", "26-01-01", 20260101, null].some(isDay)).toBe(false);
  expect(isDay("2028-02-29")).toBe(true);
});

test("the last days end today, by the days of the reporting zone", () => {
  const now = new Date("2026-11-29T20:00:00Z");
  expect(lastDays(7, "UTC", now)).toEqual({ from: "2026-11-23", to: "2026-11-29" });
  expect(lastDays(1, "Asia/Tokyo", now)).toEqual({ from: "2026-11-30", to: "2026-11-30" });
});
