import { describe, expect, test } from "vitest";
import { burnDown } from "./projection";
import { budget } from "./samples";

const NOW = new Date("2026-11-28T12:00:00Z");
const COURSE = [
  { date: "2026-11-26", used: "20" },
  { date: "2026-11-27", used: "30" },
  { date: "2026-11-28", used: "40" },
];

describe("burnDown", () => {
  test("shows what was left, and from today on what will be, to the window's end", () => {
    const found = burnDown(budget({ course: COURSE }), "10", NOW, "UTC");
    expect(found).toEqual({
      days: ["2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29", "2026-11-30"],
      left: ["80", "70", "60", "", ""],
      // Half of today is still to come.
      projected: ["", "", "60", "45", "35"],
    });
  });

  test("ends at zero, on the day on which a budget is used up", () => {
    const found = burnDown(budget({ course: COURSE, resetsAt: null }), "30", NOW, "UTC");
    expect(found?.projected).toEqual(["", "", "60", "15", "0"]);
  });

  test("goes by the reporting zone's days", () => {
    const found = burnDown(budget({ course: COURSE }), "24", NOW, "Asia/Shanghai");
    // It is 20:00 there: 28 hours to the end of tomorrow.
    expect(found?.projected.slice(2, 4)).toEqual(["60", "32"]);
  });

  test("has no projection where nothing is spent or nothing is left", () => {
    expect(burnDown(budget({ course: COURSE }), "0", NOW, "UTC")?.projected).toEqual([]);
    expect(burnDown(budget({ course: COURSE, used: "100" }), "10", NOW, "UTC")?.projected).toEqual([]);
  });

  test("is none for a window of a day", () => {
    expect(
      burnDown(budget({ course: COURSE.slice(2), resetsAt: "2026-11-29T00:00:00Z" }), "10", NOW, "UTC"),
    ).toBeNull();
  });

  test("overspent is nothing left", () => {
    const course = [...COURSE, { date: "2026-11-29", used: "101" }];
    expect(burnDown(budget({ course, used: "101" }), null, NOW, "UTC")?.left.at(-1)).toBe("0");
  });
});
