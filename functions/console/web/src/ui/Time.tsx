import { useLocale } from "@/app/preferences";

type TimeProps = {
  /** RFC 3339. */
  value: string;
  /** `relative`: how long ago, or in how long. */
  as?: "time" | "date" | "relative";
};

/** A moment in the viewer's zone; its title has the zone, and UTC. */
export function Time({ value, as = "time" }: TimeProps) {
  const locale = useLocale();
  const moment = new Date(value);
  if (Number.isNaN(moment.getTime())) return <>{value}</>;
  return (
    <time dateTime={value} title={titleOf(moment, locale)} className="whitespace-nowrap">
      {shown(moment, as, locale)}
    </time>
  );
}

function shown(moment: Date, as: NonNullable<TimeProps["as"]>, locale: string): string {
  if (as === "relative") return relative(moment, new Date(), locale);
  const options: Intl.DateTimeFormatOptions =
    as === "date" ? { dateStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(locale, options).format(moment);
}

function titleOf(moment: Date, locale: string): string {
  const local = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long" }).format(moment);
  return `${local}\n${moment.toISOString()}`;
}

const UNITS: ReadonlyArray<readonly [Intl.RelativeTimeFormatUnit, number]> = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** `in 3 days`, `5 minutes ago`. */
export function relative(moment: Date, now: Date, locale: string): string {
  const seconds = (moment.getTime() - now.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  return unit === undefined
    ? format.format(Math.trunc(seconds), "second")
    : format.format(Math.trunc(seconds / unit[1]), unit[0]);
}
