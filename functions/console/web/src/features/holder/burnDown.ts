/** How a quota burns down by day: what was left at each day's end, and what will be. For lines, not for sums. */
import { toNumber } from "@/ui/money";

type Quota = { window: string; allowance: string; remaining: string; resetsAt: string | null };
type Day = { date: string; cost: string };

export type BurnDown = {
  /** From the window's first day to its last. */
  days: string[];
  /** Left at the end of each day, up to today; "" for days to come. */
  left: string[];
  /** Left if it goes on like this, from today on; "" before. */
  expected: string[];
};

const DAY_MS = 86_400_000;

/** Null for windows that are no longer than a day, and for one-time budgets, which have no end. */
export function burnDown(quota: Quota, byDay: Day[], perDay: string | null, today: string): BurnDown | null {
  if (quota.resetsAt === null || (quota.window !== "week" && quota.window !== "month")) return null;
  const days = windowDays(quota.window, new Date(quota.resetsAt));
  const at = days.indexOf(today);
  if (at < 0) return null;
  const costs = new Map(byDay.map(({ date, cost }) => [date, toNumber(cost)]));
  const left = days.map(() => "");
  let amount = toNumber(quota.remaining);
  for (let day = at; day >= 0; day--) {
    left[day] = amount.toFixed(6);
    amount += costs.get(days[day] ?? "") ?? 0;
  }
  const pace = perDay === null ? null : toNumber(perDay);
  const expected = days.map((_, day) =>
    pace === null || day < at ? "" : Math.max(0, toNumber(quota.remaining) - pace * (day - at)).toFixed(6),
  );
  return { days, left, expected };
}

/** The days of a window that ends when `ends`, a midnight of some zone, begins. */
function windowDays(window: "week" | "month", ends: Date): string[] {
  // Half a day later it is the same day in UTC as in nearly every zone.
  const last = new Date(ends.getTime() + DAY_MS / 2);
  const first = new Date(last);
  if (window === "week") first.setUTCDate(first.getUTCDate() - 7);
  else first.setUTCMonth(first.getUTCMonth() - 1);
  const count = Math.round((last.getTime() - first.getTime()) / DAY_MS);
  return Array.from({ length: count }, (_, day) => dayOf(new Date(first.getTime() + day * DAY_MS)));
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}
