/** Whose bill of which month, as the URL says it. */
export type BillSearch = { keyId?: string; month?: string };

export function parseBillSearch(raw: Record<string, unknown>): BillSearch {
  const { keyId, month } = raw;
  return {
    ...(typeof keyId === "string" && /^key_[0-9A-Za-z]{16}$/.test(keyId) ? { keyId } : {}),
    ...(typeof month === "string" && /^20\d\d-(0[1-9]|1[0-2])$/.test(month) ? { month } : {}),
  };
}
