/** Spans of days of the reporting zone, as ISO dates: both ends are included. */

export type Span = { from: string; to: string };

export const PRESETS = ["thisMonth", "lastMonth", "7d", "30d", "90d", "12m"] as const;
export type Preset = (typeof PRESETS)[number];

const DAY_MS = 86_400_000;
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

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The first day of the day's month, or of the one so many months from it. */
export function monthStart(day: string, months = 0): string {
  const [year = 0, month = 1] = day.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10);
}

export function monthEnd(day: string): string {
  return addDays(monthStart(day, 1), -1);
}

/** How many days a span has. */
export function lengthOf({ from, to }: Span): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS) + 1;
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

/** Whether it is a day that there is, written as the API has them. */
export function isDay(text: unknown): text is string {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const parsed = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
}
