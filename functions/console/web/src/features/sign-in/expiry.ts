const NEAR_MS = 5 * 60_000;
const LONGEST_MS = 60_000;

export type Expiry = "far" | "near" | "over";

/** How far the end of a session is; all in milliseconds since the epoch. */
export function expiryAt(ends: number, now: number): Expiry {
  if (now >= ends) return "over";
  return now >= ends - NEAR_MS ? "near" : "far";
}

/** In how many milliseconds to look again: when the state changes, and now and then, as computers sleep. */
export function nextLook(ends: number, now: number): number {
  const change = expiryAt(ends, now) === "far" ? ends - NEAR_MS : ends;
  return Math.min(LONGEST_MS, Math.max(0, change - now));
}
