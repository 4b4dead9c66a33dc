/** A day of the reporting zone, short, such as `29 Nov`: it is a date, and belongs to no zone of the viewer's. */
export function dayLabel(day: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" }).format(
    new Date(`${day}T00:00:00Z`),
  );
}

/** The last `count` days up to and with today, by the clocks of the reporting zone. */
export function lastDays(count: number, now: Date, zone: string): { from: string; to: string } {
  // Sweden writes dates as ISO 8601 does.
  const to = new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(now);
  const first = new Date(`${to}T00:00:00Z`);
  first.setUTCDate(first.getUTCDate() - count + 1);
  return { from: first.toISOString().slice(0, 10), to };
}
