/** How figures are written: amounts in USD and counts, as text from the API's own text. */
import { formatUsd } from "@/ui/money";
import { isMoney, type Metric } from "./search";

const THOUSAND = 1000;

/** A value of the metric, whole. */
export function formatOf(metric: Metric, locale: string): (value: string) => string {
  return isMoney(metric) ? formatUsd : (value) => new Intl.NumberFormat(locale).format(BigInt(value));
}

/** A round value of the metric beside an axis: short. */
export function tickOf(metric: Metric, locale: string): (value: string) => string {
  const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumSignificantDigits: 3 });
  const unit = isMoney(metric) ? "$" : "";
  return (value) => {
    const number = Number(value);
    const sign = number < 0 ? "−" : "";
    if (Math.abs(number) >= THOUSAND) return `${sign}${unit}${compact.format(Math.abs(number))}`;
    return isMoney(metric) ? formatUsd(value).replace(/\.00$/, "") : value;
  };
}

/** What share of the whole a part is, in whole percent, `<1%` for what is less but something. */
export function shareText(part: string, whole: string): string {
  const share = Number(whole) === 0 ? 0 : (Number(part) / Number(whole)) * 100;
  if (share > 0 && share < 1) return "<1%";
  return `${Math.round(share)}%`;
}
