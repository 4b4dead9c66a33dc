import { describe, expect, test } from "vitest";
import { budget } from "./samples";
import { letsCallsIn, suggestions } from "./suggestions";

const limits = (...given: Parameters<typeof suggestions>) => suggestions(...given).map(({ limit }) => limit);

describe("suggestions", () => {
  test("are a tenth and a half more, in full cents, where a budget lasts", () => {
    const lasting = budget({ limit: "11.58", allowance: "11.58", used: "1", forecast: null });
    expect(limits(lasting, null)).toEqual(["12.74", "17.37"]);
  });

  test("leave out what the forecast needs no more for", () => {
    expect(suggestions(budget(), "1").map(({ kind }) => kind)).toEqual(["tenth", "half"]);
  });

  test("have what is enough until the window ends, in order", () => {
    const found = suggestions(budget({ used: "95", forecast: { exhaustedAt: "x", projectedUsed: "130.001" } }), "5");
    expect(found).toEqual([
      { kind: "tenth", limit: "110" },
      { kind: "enough", limit: "130.01" },
      { kind: "half", limit: "150" },
    ]);
  });

  test("are enough for thirty days where a budget has no windows", () => {
    const total = budget({
      window: "total",
      resetsAt: null,
      used: "90",
      forecast: { exhaustedAt: "x", projectedUsed: null },
    });
    expect(suggestions(total, "1").find(({ kind }) => kind === "enough")?.limit).toBe("120");
  });

  test("leave out limits at which calls would still be refused", () => {
    const overspent = budget({ used: "120", exhausted: true, forecast: null });
    expect(limits(overspent, null)).toEqual(["150"]);
  });

  test("count what was carried over on top of the limit", () => {
    const carried = budget({ allowance: "130", used: "125", forecast: { exhaustedAt: "x", projectedUsed: "160" } });
    expect(suggestions(carried, "5").find(({ kind }) => kind === "enough")?.limit).toBe("130");
    expect(letsCallsIn(carried, "95")).toBe(false);
    expect(letsCallsIn(carried, "96")).toBe(true);
  });

  test("are none for a budget of nothing without a forecast", () => {
    expect(suggestions(budget({ limit: "0", allowance: "0", used: "0", forecast: null }), null)).toEqual([]);
  });
});
