/** Exact sums of amounts in USD as the API has them: decimal strings, never numbers. */

type Scaled = { units: bigint; decimals: number };

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Whether a text is an amount: digits, and perhaps decimals; no sign, no exponent. */
export function isAmount(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}

export function plus(a: string, b: string): string {
  const [left, right] = [scaled(a), scaled(b)];
  const decimals = Math.max(left.decimals, right.decimals);
  return textOf({ units: unitsAt(left, decimals) + unitsAt(right, decimals), decimals });
}

/** `amount` and so many percent of it more. */
export function plusPercent(amount: string, percent: string): string {
  const [whole, share] = [scaled(amount), scaled(percent)];
  return plus(amount, textOf({ units: whole.units * share.units, decimals: whole.decimals + share.decimals + 2 }));
}

export function minus(a: string, b: string): string {
  return plus(a, b.startsWith("-") ? b.slice(1) : `-${b}`);
}

/** Below zero if `a` is less than `b`, above it if it is more. */
export function compare(a: string, b: string): number {
  const { units } = scaled(minus(a, b));
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

/** An amount times a fraction of whole numbers, rounded half up to a millionth: forecasts are no exact amounts. */
export function times(amount: string, numerator: number, denominator: number): string {
  const { units, decimals } = scaled(amount);
  const [top, bottom] = [units * BigInt(numerator) * 10n ** 6n, 10n ** BigInt(decimals) * BigInt(denominator)];
  return textOf({ units: (2n * top + bottom) / (2n * bottom), decimals: 6 });
}

/** The next full cent: what is enough, in figures that one would type. */
export function ceilToCents(amount: string): string {
  const { units, decimals } = scaled(amount);
  if (decimals <= 2) return textOf({ units, decimals });
  const cut = 10n ** BigInt(decimals - 2);
  return textOf({ units: units / cut + (units % cut > 0n ? 1n : 0n), decimals: 2 });
}

/** Zero instead of less than that. */
export function atLeastZero(amount: string): string {
  return compare(amount, "0") < 0 ? "0" : amount;
}

function scaled(text: string): Scaled {
  const match = DECIMAL.exec(text);
  if (match === null) throw new Error(`"${text}" is no decimal number.`);
  const [, sign = "", whole = "0", fraction = ""] = match;
  const units = BigInt(whole + fraction);
  return { units: sign === "" ? units : -units, decimals: fraction.length };
}

function unitsAt({ units, decimals }: Scaled, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - decimals);
}

function textOf({ units, decimals }: Scaled): string {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? "" : digits.slice(-decimals).replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
