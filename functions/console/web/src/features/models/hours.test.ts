import { expect, test } from "vitest";
import { clockOf, nowIn, segmentsOf } from "./hours";
import type { PriceWindow } from "./prices";

const NIGHT: PriceWindow = {
  days: ["mon", "tue", "wed", "thu", "fri"],
  start: "16:30",
  end: "00:30",
  zone: "UTC",
  multiplier: "0.5",
};

test("a day without windows costs the usual all day", () => {
  expect(segmentsOf([], "mon")).toEqual([{ from: 0, to: 1440, multiplier: "1" }]);
});

test("a window that goes over midnight belongs to the day that it starts on", () => {
  const evening = { from: 990, to: 1440, multiplier: "0.5" };
  const rest = { from: 0, to: 30, multiplier: "0.5" };
  expect(segmentsOf([NIGHT], "mon")).toEqual([{ from: 0, to: 990, multiplier: "1" }, evening]);
  expect(segmentsOf([NIGHT], "tue")).toEqual([rest, { from: 30, to: 990, multiplier: "1" }, evening]);
  expect(segmentsOf([NIGHT], "sat")).toEqual([rest, { from: 30, to: 1440, multiplier: "1" }]);
  expect(segmentsOf([NIGHT], "sun")).toEqual([{ from: 0, to: 1440, multiplier: "1" }]);
});

test("a window whose end is its start is all of a day", () => {
  const always = { ...NIGHT, start: "00:00", end: "00:00" };
  expect(segmentsOf([always], "wed")).toEqual([{ from: 0, to: 1440, multiplier: "0.5" }]);
});

test("of windows that overlap, the dearest counts", () => {
  const peak = { ...NIGHT, start: "18:00", end: "20:00", multiplier: "2" };
  expect(segmentsOf([NIGHT, peak], "mon").map(({ from, multiplier }) => [from, multiplier])).toEqual([
    [0, "1"],
    [990, "0.5"],
    [1080, "2"],
    [1200, "0.5"],
  ]);
});

test("the day and the minute are those of the zone", () => {
  const now = new Date("2026-11-29T20:15:00Z");
  expect(nowIn("Asia/Shanghai", now)).toEqual({ day: "mon", minute: 4 * 60 + 15 });
  expect(nowIn("America/New_York", now)).toEqual({ day: "sun", minute: 15 * 60 + 15 });
  expect(clockOf(4 * 60 + 5)).toBe("04:05");
});
