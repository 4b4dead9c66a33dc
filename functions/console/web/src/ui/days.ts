/** Days of the reporting zone, as ISO dates: they are dates, and belong to no zone of the viewer's. */

/** From a day to a day, both included. */
export type Span = { from: string; to: string };

const DAY_MS = 86_400_000;

/** The last `count` days up to and with today, by the clocks of the zone. */
export function lastDays(count: number, zone: string, now: Date): Span {
  // Sweden writes dates as ISO 8601 does.
  const to = new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(now);
  return { from: addDays(to, 1 - count), to };
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

/** Whether it is a day that there is, written as the API has them. */
export function isDay(text: unknown): text is string {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const parsed = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
}

/** A day or month as an axis has it: `5 Nov`, `Nov 2026`. Days are the reporting zone's: they aren't shifted. */
export function periodLabel(period: string, locale: string): string {
  return format(period, locale, { day: "numeric", month: "short" }, { month: "short", year: "2-digit" });
}

export function periodTitle(period: string, locale: string): string {
  return format(
    period,
    locale,
    { weekday: "short", day: "numeric", month: "short", year: "numeric" },
    { month: "long", year: "numeric" },
  );
}

function format(period: string, locale: string, day: Intl.DateTimeFormatOptions, month: Intl.DateTimeFormatOptions) {
  const isMonth = period.length === "2026-11".length;
  const moment = new Date(`${isMonth ? `${period}-01` : period}T00:00:00Z`);
  return new Intl.DateTimeFormat(locale, { ...(isMonth ? month : day), timeZone: "UTC" }).format(moment);
}

/** `1 Nov – 29 Nov 2026`. */
export function spanText({ from, to }: Span, locale: string): string {
  const style = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  return style.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));
}
