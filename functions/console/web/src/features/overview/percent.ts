/** By how many percent an amount is more than another, to a tenth, as text; "0" where there was nothing. */
export function percentOf(amount: string, before: string): string {
  const base = Number(before);
  return base === 0 ? "0" : String(Math.round((Number(amount) / base - 1) * 1000) / 10);
}

/** `+12%`, `−3.4%`: to a whole percent from ten on. */
export function signedPercent(percent: string, locale: string): string {
  const number = Number(percent);
  const digits = Math.abs(number) >= 10 ? 0 : 1;
  const format = new Intl.NumberFormat(locale, {
    maximumFractionDigits: digits,
    signDisplay: "exceptZero",
  });
  return `${format.format(number).replace("-", "−")}%`;
}

/** What share of all something is: `0.4%`, `<0.1%`. */
export function sharePercent(part: number, whole: number, locale: string): string {
  const share = whole === 0 ? 0 : (part / whole) * 100;
  if (share > 0 && share < 0.1) return "<0.1%";
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(share)}%`;
}
