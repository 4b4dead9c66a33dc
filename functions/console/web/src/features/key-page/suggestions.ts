import type { Schemas } from "@/api/client";
import { ceilToCents, compare, minus, plus, plusPercent, times } from "@/ui/decimals";

export type BudgetStanding = Schemas["BudgetStanding"];

export type Suggestion = {
  /** Ten or fifty percent more, or enough: to the window's end, or for thirty days where there are no windows. */
  kind: "tenth" | "half" | "enough";
  limit: string;
};

const DAYS_AHEAD = 30;

/**
 * Higher limits to choose from, the lowest first, without those at which calls would still be refused.
 *
 * What is carried over into a window stays on top of its limit, so that a limit counts by what it is raised by.
 */
export function suggestions(budget: BudgetStanding, costPerDay: string | null): Suggestion[] {
  const { limit } = budget;
  const found: Suggestion[] = [
    { kind: "tenth", limit: ceilToCents(plusPercent(limit, "10")) },
    { kind: "half", limit: ceilToCents(plusPercent(limit, "50")) },
  ];
  const needed = neededLimit(budget, costPerDay);
  if (needed !== null) found.push({ kind: "enough", limit: needed });
  const helping = found.filter((each) => compare(each.limit, limit) > 0 && letsCallsIn(budget, each.limit));
  const distinct = helping.filter(({ limit: each }, at) => helping.findIndex((other) => other.limit === each) === at);
  return distinct.toSorted((a, b) => compare(a.limit, b.limit));
}

/** Whether anything is left of a budget with another limit. */
export function letsCallsIn(budget: BudgetStanding, limit: string): boolean {
  return compare(plus(budget.allowance, minus(limit, budget.limit)), budget.used) > 0;
}

function neededLimit(budget: BudgetStanding, costPerDay: string | null): string | null {
  const expected = budget.forecast?.projectedUsed ?? expectedIn(DAYS_AHEAD, budget, costPerDay);
  return expected === null ? null : ceilToCents(plus(budget.limit, minus(expected, budget.allowance)));
}

function expectedIn(days: number, budget: BudgetStanding, costPerDay: string | null): string | null {
  return costPerDay === null || budget.resetsAt !== null ? null : plus(budget.used, times(costPerDay, days, 1));
}
