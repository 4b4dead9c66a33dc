import type { Messages } from "@/messages/en";
import { inUnit, unitOf } from "./parts/durations";

/** `1 hour` and the like: a number of seconds in the largest unit that is whole. */
export function durationText(seconds: number, m: Messages["keySettings"]["units"]): string {
  const text = String(seconds);
  const unit = unitOf(text);
  return m.duration(Number(inUnit(text, unit)), unit);
}
