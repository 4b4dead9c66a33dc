/** Hours in which tokens cost a multiple of their rate, as segments of the days of a week. */
import type { PriceWindow } from "./prices";

export type Day = PriceWindow["days"][number];
export const DAYS: readonly Day[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES = 24 * 60;

/** A part of a day, in minutes from its midnight, at one multiple of the usual rates: "1" where no window is open. */
export type Segment = { from: number; to: number; multiplier: string };

/** A day of a zone, from midnight to midnight. Of windows that overlap, the dearest counts. */
export function segmentsOf(windows: readonly PriceWindow[], day: Day): Segment[] {
  const open = windows.flatMap((window) => openOn(window, day));
  const bounds = [...new Set([0, MINUTES, ...open.flatMap(({ from, to }) => [from, to])])].toSorted((a, b) => a - b);
  const segments = bounds.slice(0, -1).map((from, at): Segment => {
    const to = bounds[at + 1] ?? MINUTES;
    const multipliers = open.filter((each) => each.from <= from && to <= each.to).map(({ multiplier }) => multiplier);
    return { from, to, multiplier: multipliers.toSorted((a, b) => Number(b) - Number(a))[0] ?? "1" };
  });
  return segments.reduce(merged, []);
}

/** A window belongs to the day on which it starts, and may reach into the next one. */
function openOn({ days, start, end, multiplier }: PriceWindow, day: Day): Segment[] {
  const [from, to] = [minutesOf(start), minutesOf(end)];
  const isOvernight = to <= from;
  const yesterday = DAYS[(DAYS.indexOf(day) + 6) % 7] as Day;
  const parts: Segment[] = [];
  if (days.includes(day)) parts.push({ from, to: isOvernight ? MINUTES : to, multiplier });
  if (isOvernight && to > 0 && days.includes(yesterday)) parts.push({ from: 0, to, multiplier });
  return parts;
}

function merged(segments: Segment[], next: Segment): Segment[] {
  const last = segments.at(-1);
  if (last?.multiplier !== next.multiplier) return [...segments, next];
  return [...segments.slice(0, -1), { ...last, to: next.to }];
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

/** `90` as `01:30`; the end of a day as `24:00`. */
export function clockOf(minutes: number): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The day and the minute that it is in a zone. */
export function nowIn(zone: string, now: Date): { day: Day; minute: number } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const day = DAYS.find((each) => each === (parts.weekday ?? "").slice(0, 3).toLowerCase()) ?? "mon";
  return { day, minute: minutesOf(`${parts.hour}:${parts.minute}`) };
}
