/** Budgets for tests: a month's quota of 100 USD, 40 of them used. */
import type { BudgetStanding } from "./suggestions";

export function budget(changes: Partial<BudgetStanding> = {}): BudgetStanding {
  return {
    window: "month",
    limit: "100",
    allowance: "100",
    used: "40",
    held: "0",
    packs: "0",
    remaining: "60",
    enforcement: "soft",
    resetsAt: "2026-12-01T00:00:00.000Z",
    exhausted: false,
    forecast: { exhaustedAt: null, projectedUsed: "60" },
    startsAt: "2026-11-01T00:00:00.000Z",
    course: [],
    ...changes,
  };
}
