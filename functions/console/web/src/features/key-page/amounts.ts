/** Exact arithmetic with amounts as the API has them: decimal strings, which no floating point ever touches. */

type Decimal = { digits: bigint; scale: number };

export function plus(a: string, b: string): string {
  return added(a, b, 1n);
}

export function minus(a: string, b: string): string {
  return added(a, b, -1n);
}

/** Below zero if `a` is less than `b`, above it if it is more. */
export function compare(a: string, b: string): number {
  const { digits } = read(minus(a, b));
  return digits < 0n ? -1 : digits > 0n ? 1 : 0;
}

/** `percent` of an amount; 110 is a tenth more. */
export function percentOf(amount: string, percent: number): string {
  const { digits, scale } = read(amount);
  return written({ digits: digits * BigInt(percent), scale: scale + 2 });
}

/** An amount times a fraction of whole numbers, rounded half up to a millionth: forecasts are no exact amounts. */
export function times(amount: string, numerator: number, denominator: number): string {
  const { digits, scale } = read(amount);
  const [top, bottom] = [digits * BigInt(numerator) * 10n ** 6n, 10n ** BigInt(scale) * BigInt(denominator)];
  return written({ digits: (2n * top + bottom) / (2n * bottom), scale: 6 });
}

/** The next full cent: what is enough, in figures that one would type. */
export function ceilToCents(amount: string): string {
  const { digits, scale } = read(amount);
  if (scale <= 2) return written({ digits, scale });
  const cut = 10n ** BigInt(scale - 2);
  return written({ digits: digits / cut + (digits % cut > 0n ? 1n : 0n), scale: 2 });
}

/** Zero instead of less than that. */
export function atLeastZero(amount: string): string {
  return compare(amount, "0") < 0 ? "0" : amount;
}

/** Whether a text is an amount that the API takes: plain digits, at most 18 decimals. */
export function isAmount(text: string): boolean {
  return /^\d{1,10}(\.\d{1,18})?$/.test(text);
}

function added(a: string, b: string, sign: bigint): string {
  const [left, right] = [read(a), read(b)];
  const scale = Math.max(left.scale, right.scale);
  return written({ digits: raised(left, scale) + sign * raised(right, scale), scale });
}

function raised({ digits, scale }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(to - scale);
}

function read(amount: string): Decimal {
  const [whole = "0", fraction = ""] = amount.split(".");
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

function written({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? "-" : "";
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const [whole, fraction] = [text.slice(0, text.length - scale), text.slice(text.length - scale).replace(/0+$/, "")];
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
