import { useEffect, useState } from "react";
import { useMessages } from "@/messages";
import { cx } from "@/ui/cx";
import { clockOf, DAYS, type Day, nowIn, type Segment, segmentsOf } from "./hours";
import type { PriceWindow } from "./prices";

const MINUTES = 24 * 60;
const TICKS = [0, 6, 12, 18, 24];

/** The days of a week as strips of 24 hours, by the clocks of each zone that windows name, with what counts now. */
export function HoursStrip({ windows }: { windows: readonly PriceWindow[] }) {
  const zones = [...new Set(windows.map(({ zone }) => zone))];
  return (
    <div className="space-y-5">
      {zones.map((zone) => (
        <Week key={zone} zone={zone} windows={windows.filter((window) => window.zone === zone)} />
      ))}
    </div>
  );
}

function Week({ zone, windows }: { zone: string; windows: readonly PriceWindow[] }) {
  const m = useMessages().models;
  const now = nowIn(zone, useMinutes());
  const weeks = groupedDays(windows);
  const current = segmentsOf(windows, now.day).find(({ from, to }) => from <= now.minute && now.minute < to);
  return (
    <div>
      <p className="mb-2 text-sm text-muted">
        {m.hours.hint(zone)} {m.hours.now(clockOf(now.minute), current?.multiplier ?? "1")}
      </p>
      <div className="space-y-1.5">
        {weeks.map(({ days, segments }) => (
          <div key={days.join()} className="grid grid-cols-[5.5rem_minmax(0,1fr)] items-center gap-2">
            <span className="text-sm">{daysName(days, m.days)}</span>
            <div className="relative flex h-7 overflow-hidden rounded border border-line">
              {segments.map((segment) => (
                <Part key={segment.from} segment={segment} />
              ))}
              {days.includes(now.day) && (
                <span
                  aria-hidden
                  className="absolute inset-y-0 w-0.5 bg-ink"
                  style={{ left: `${(100 * now.minute) / MINUTES}%` }}
                />
              )}
            </div>
          </div>
        ))}
        <div aria-hidden className="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-2 text-xs text-muted">
          <span />
          <div className="flex justify-between">
            {TICKS.map((hour) => (
              <span key={hour}>{clockOf(hour * 60)}</span>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

function Part({ segment: { from, to, multiplier } }: { segment: Segment }) {
  const m = useMessages().models.hours;
  const factor = Number(multiplier);
  const title = m.segment(clockOf(from), clockOf(to), multiplier);
  return (
    <span
      role="img"
      aria-label={title}
      title={title}
      className={cx(
        "flex items-center justify-center overflow-hidden border-r border-line text-xs whitespace-nowrap last:border-0",
        factor > 1 && "bg-warn-soft font-semibold text-warn",
        factor < 1 && "bg-good-soft font-semibold text-good",
        factor === 1 && "text-muted",
      )}
      style={{ width: `${(100 * (to - from)) / MINUTES}%` }}
    >
      {to - from >= 60 && `×${multiplier}`}
    </span>
  );
}

type Group = { days: Day[]; segments: Segment[] };

/** Days that follow each other with the same hours in one row. */
function groupedDays(windows: readonly PriceWindow[]): Group[] {
  const groups: Group[] = [];
  for (const day of DAYS) {
    const segments = segmentsOf(windows, day);
    const last = groups.at(-1);
    if (JSON.stringify(last?.segments) === JSON.stringify(segments)) last?.days.push(day);
    else groups.push({ days: [day], segments });
  }
  return groups;
}

function daysName(days: Day[], names: Record<Day, string>): string {
  const [first, last] = [days[0] ?? "mon", days.at(-1) ?? "mon"];
  return first === last ? names[first] : `${names[first]}–${names[last]}`;
}

/** The time, moving on by the minute. */
function useMinutes(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const ticking = setInterval(() => setNow(new Date()), 60_000);
    return () => clearInterval(ticking);
  }, []);
  return now;
}
