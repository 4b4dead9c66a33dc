import { addDays } from "@/ui/days";
import { atLeastZero, compare, minus, times } from "@/ui/decimals";
import type { BudgetStanding } from "./suggestions";

export type BurnDown = {
  /** Days of the reporting zone, past ones and those to come. */
  days: string[];
  /** What was left at the end of each day, by now today; "" from tomorrow on. */
  left: string[];
  /** What will be left if spending goes on as it does, from today on; "" before. */
  projected: string[];
};

const MINUTES_A_DAY = 1440;
const MAX_PAST = 45;
const MAX_AHEAD = 31;

/** How a budget burns down, at `costPerDay` (USD) from now on; null where a day says no more than a bar does. */
export function burnDown(budget: BudgetStanding, costPerDay: string | null, now: Date, zone: string): BurnDown | null {
  const course = budget.course.slice(-MAX_PAST);
  const today = course.at(-1)?.date;
  if (today === undefined) return null;
  const past = course.map(({ used }) => atLeastZero(minus(budget.allowance, used)));
  const isUsedUp = compare(budget.used, budget.allowance) >= 0;
  const pace = isUsedUp ? null : costPerDay;
  const ahead = pace === null || Number(pace) === 0 ? [] : projectedDays(budget, pace, now, zone);
  if (course.length + ahead.length < 3) return null;
  const before = Array<string>(course.length - 1).fill("");
  return {
    days: [...course.map(({ date }) => date), ...ahead.map((_, at) => addDays(today, at + 1))],
    left: [...past, ...ahead.map(() => "")],
    projected: ahead.length === 0 ? [] : [...before, past.at(-1) ?? "0", ...ahead],
  };
}

/** What will be left at the end of each day from tomorrow on: to the window's end, or until nothing is. */
function projectedDays(budget: BudgetStanding, costPerDay: string, now: Date, zone: string): string[] {
  const left = minus(budget.allowance, budget.used);
  const untilTomorrow = MINUTES_A_DAY - minuteOfDay(now, zone);
  const end =
    budget.resetsAt === null ? Number.POSITIVE_INFINITY : (Date.parse(budget.resetsAt) - now.getTime()) / 60_000;
  const found: string[] = [];
  for (let day = 1; day <= MAX_AHEAD; day += 1) {
    const dayBegins = untilTomorrow + (day - 1) * MINUTES_A_DAY;
    if (dayBegins >= end) break;
    const minutes = Math.round(Math.min(dayBegins + MINUTES_A_DAY, end));
    const value = atLeastZero(minus(left, times(costPerDay, minutes, MINUTES_A_DAY)));
    found.push(value);
    if (value === "0") break;
  }
  return found;
}

function minuteOfDay(moment: Date, zone: string): number {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  const [hours = 0, minutes = 0] = format.format(moment).split(":").map(Number);
  return hours * 60 + minutes;
}
