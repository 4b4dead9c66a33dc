import { describe, expect, it } from "vitest";
import { type Preset, spanOf, spanOfPeriod, usualInterval } from "./spans";

describe("spans of days", () => {
  it.each<[Preset, string, string, string]>([
    ["thisMonth", "2026-03-01", "2026-03-01", "2026-03-01"],
    ["lastMonth", "2026-03-31", "2026-02-01", "2026-02-28"],
    ["lastMonth", "2026-01-15", "2025-12-01", "2025-12-31"],
    ["7d", "2026-03-03", "2026-02-25", "2026-03-03"],
    ["30d", "2026-11-29", "2026-10-31", "2026-11-29"],
    ["90d", "2026-11-29", "2026-09-01", "2026-11-29"],
    ["12m", "2026-11-29", "2025-12-01", "2026-11-29"],
  ])("%s on %s is from %s to %s", (preset, today, from, to) => {
    expect(spanOf(preset, today)).toEqual({ from, to });
  });

  it("are shown by month from some hundred days on", () => {
    expect(usualInterval({ from: "2026-09-01", to: "2026-11-29" })).toBe("day");
    expect(usualInterval({ from: "2026-01-01", to: "2026-11-29" })).toBe("month");
  });

  it("of a bar are its day, or what of its month lies within", () => {
    const span = { from: "2026-10-20", to: "2026-11-29" };
    expect(spanOfPeriod("2026-11-03", span)).toEqual({ from: "2026-11-03", to: "2026-11-03" });
    expect(spanOfPeriod("2026-10", span)).toEqual({ from: "2026-10-20", to: "2026-10-31" });
    expect(spanOfPeriod("2026-11", span)).toEqual({ from: "2026-11-01", to: "2026-11-29" });
  });
});
