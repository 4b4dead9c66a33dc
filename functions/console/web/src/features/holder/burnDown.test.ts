import { expect, test } from "vitest";
import { burnDown } from "./burnDown";

const WEEK = { window: "week", allowance: "70", remaining: "40", resetsAt: "2026-11-30T00:00:00.000Z" };
const BY_DAY = [
  { date: "2026-11-22", cost: "100" },
  { date: "2026-11-23", cost: "10" },
  { date: "2026-11-25", cost: "20" },
];

test("what was left each day is what is left now and was spent since", () => {
  const found = burnDown(WEEK, BY_DAY, "15", "2026-11-26");
  expect(found?.days).toEqual(["23", "24", "25", "26", "27", "28", "29"].map((day) => `2026-11-${day}`));
  expect(found?.left.map((each) => (each === "" ? "" : Number(each)))).toEqual([60, 60, 40, 40, "", "", ""]);
  expect(found?.expected.map((each) => (each === "" ? "" : Number(each)))).toEqual(["", "", "", 40, 25, 10, 0]);
});

test("without a pace nothing is foretold", () => {
  expect(burnDown(WEEK, BY_DAY, null, "2026-11-26")?.expected).toEqual(["", "", "", "", "", "", ""]);
});

test("a month has all its days", () => {
  const month = { ...WEEK, window: "month", resetsAt: "2027-03-01T00:00:00.000Z" };
  expect(burnDown(month, [], null, "2027-02-10")?.days).toHaveLength(28);
});

test("a month of Berlin or Los Angeles begins with its own first day", () => {
  for (const resetsAt of ["2026-11-30T23:00:00.000Z", "2026-12-01T08:00:00.000Z"]) {
    const days = burnDown({ ...WEEK, window: "month", resetsAt }, [], null, "2026-11-10")?.days;
    expect([days?.[0], days?.at(-1), days?.length]).toEqual(["2026-11-01", "2026-11-30", 30]);
  }
});

test("what lasts a day, or for good, has nothing to draw", () => {
  expect(burnDown({ ...WEEK, window: "day" }, BY_DAY, "1", "2026-11-29")).toBeNull();
  expect(burnDown({ ...WEEK, window: "total", resetsAt: null }, BY_DAY, "1", "2026-11-29")).toBeNull();
  expect(burnDown(WEEK, BY_DAY, "1", "2026-12-24")).toBeNull();
});
