/** The spans that costs are shown of. */
import { addDays, lengthOf, monthEnd, monthStart, type Span } from "@/ui/days";

export const PRESETS = ["thisMonth", "lastMonth", "7d", "30d", "90d", "12m"] as const;
export type Preset = (typeof PRESETS)[number];

const DAYS: Partial<Record<Preset, number>> = { "7d": 7, "30d": 30, "90d": 90 };
/** From so many days on a chart is by month: more bars than that nobody reads. */
const DAYS_BY_DAY = 100;

/** What a preset is on a day. */
export function spanOf(preset: Preset, today: string): Span {
  const days = DAYS[preset];
  if (days !== undefined) return { from: addDays(today, 1 - days), to: today };
  if (preset === "lastMonth") {
    const last = addDays(monthStart(today), -1);
    return { from: monthStart(last), to: last };
  }
  if (preset === "12m") return { from: monthStart(today, -11), to: today };
  return { from: monthStart(today), to: today };
}

export type Interval = "day" | "month";

export function usualInterval(span: Span): Interval {
  return lengthOf(span) > DAYS_BY_DAY ? "month" : "day";
}

/** What of the span a bar stands for: its day, or what lies in the span of its month. */
export function spanOfPeriod(period: string, within: Span): Span {
  if (period.length > "2026-11".length) return { from: period, to: period };
  const first = `${period}-01`;
  const [, from = first] = [first, within.from].sort();
  const [to = within.to] = [monthEnd(first), within.to].sort();
  return { from, to };
}
