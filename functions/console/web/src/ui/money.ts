/** Amounts in USD as the API sends them: decimal strings, which are never made numbers to be shown or added. */

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * `"1234.5"` as `$1,234.50`; small amounts with as many digits as it takes to see them: `$0.0000002`.
 *
 * From a dollar on, cents; below, at least two digits that aren't leading zeros. What was cut off is rounded half up.
 */
export function formatUsd(amount: string): string {
  const match = DECIMAL.exec(amount);
  if (match === null) return amount;
  const [, sign = "", whole = "0", fraction = ""] = match;
  const leadingZeros = /^0*/.exec(fraction)?.[0].length ?? 0;
  const isSmall = /^0+$/.test(whole) && leadingZeros < fraction.length;
  const [shownWhole, shownFraction] = rounded(whole, fraction, isSmall ? Math.max(2, leadingZeros + 2) : 2);
  const trimmed = shownFraction.replace(/0+$/, "").padEnd(2, "0");
  const isZero = /^0*$/.test(shownWhole + shownFraction);
  return `${sign !== "" && !isZero ? "−" : ""}$${grouped(shownWhole)}.${trimmed}`;
}

/** For scales, widths and sorting alone. */
export function toNumber(amount: string): number {
  return Number(amount);
}

/** `part` as a share of `whole`, for widths: 0 where there is no whole. */
export function shareOf(part: string, whole: string): number {
  const total = toNumber(whole);
  return total > 0 ? Math.min(1, Math.max(0, toNumber(part) / total)) : 0;
}

function rounded(whole: string, fraction: string, digits: number): [whole: string, fraction: string] {
  if (fraction.length <= digits) return [whole, fraction.padEnd(digits, "0")];
  const kept = BigInt(whole + fraction.slice(0, digits));
  const isUp = (fraction[digits] ?? "0") >= "5";
  const all = (isUp ? kept + 1n : kept).toString().padStart(digits + 1, "0");
  return [all.slice(0, -digits), all.slice(-digits)];
}

function grouped(whole: string): string {
  return whole.replace(/^0+(?=\d)/, "").replace(/\B(?=(\d{3})+$)/g, ",");
}
