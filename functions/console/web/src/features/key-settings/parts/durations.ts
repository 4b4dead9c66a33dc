export const UNITS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;
export type Unit = keyof typeof UNITS;

/** The largest unit in which a number of seconds is whole. */
export function unitOf(seconds: string): Unit {
  const value = Number(seconds);
  if (seconds.trim() === "" || !Number.isInteger(value) || value === 0) return "hours";
  const names: Unit[] = ["days", "hours", "minutes"];
  return names.find((name) => value % UNITS[name] === 0) ?? "seconds";
}

/** Seconds as a number of a unit. What is no whole number stays as it is, for its check to tell. */
export function inUnit(seconds: string, unit: Unit): string {
  const value = Number(seconds);
  return seconds.trim() === "" || Number.isNaN(value) ? seconds : String(value / UNITS[unit]);
}

/** A number of a unit as seconds. */
export function inSeconds(typed: string, unit: Unit): string {
  const value = Number(typed);
  return typed.trim() === "" || Number.isNaN(value) ? typed : String(value * UNITS[unit]);
}
