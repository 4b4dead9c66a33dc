import { expect, test } from "vitest";
import { expiryAt, nextLook } from "./expiry";

const MINUTE = 60_000;
const ENDS = 1_000 * MINUTE;

test("a session's end is told five minutes before it", () => {
  expect(expiryAt(ENDS, ENDS - 6 * MINUTE)).toBe("far");
  expect(expiryAt(ENDS, ENDS - 5 * MINUTE)).toBe("near");
  expect(expiryAt(ENDS, ENDS - 1)).toBe("near");
  expect(expiryAt(ENDS, ENDS)).toBe("over");
});

test("it is looked at again when that changes, and each minute", () => {
  expect(nextLook(ENDS, ENDS - 5.5 * MINUTE)).toBe(MINUTE / 2);
  expect(nextLook(ENDS, ENDS - 10)).toBe(10);
  expect(nextLook(ENDS, ENDS - 3 * MINUTE)).toBe(MINUTE);
  // Further away than a timer can be set to.
  expect(nextLook(ENDS + 4_000_000_000, 0)).toBe(MINUTE);
  expect(nextLook(ENDS, ENDS + 5)).toBe(0);
});
