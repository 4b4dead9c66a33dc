/** Exact arithmetic on amounts as the API sends them: decimal strings. */

/** `a` less `b`, with no digit lost: `minus("0.3", "0.1")` is `"0.2"`. */
export function minus(a: string, b: string): string {
  const places = Math.max(decimalsOf(a), decimalsOf(b));
  return written(scaled(a, places) - scaled(b, places), places);
}

/** Negative, zero or positive, as `a` is less than, equal to or more than `b`. */
export function compare(a: string, b: string): number {
  const places = Math.max(decimalsOf(a), decimalsOf(b));
  const difference = scaled(a, places) - scaled(b, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function decimalsOf(amount: string): number {
  return amount.split(".")[1]?.length ?? 0;
}

function scaled(amount: string, places: number): bigint {
  const [whole = "0", fraction = ""] = amount.split(".");
  return BigInt(whole + fraction.padEnd(places, "0"));
}

function written(value: bigint, places: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const fraction = digits.slice(digits.length - places).replace(/0+$/, "");
  const isZero = value === 0n;
  return `${value < 0n && !isZero ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
