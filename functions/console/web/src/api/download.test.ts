// @vitest-environment jsdom
import { expect, it } from "vitest";
import { nameOf } from "./download";

it("names a download as the API does, and never as a path", () => {
  expect(nameOf('attachment; filename="costs-by-key-2026-11-01-2026-11-29.csv"')).toBe(
    "costs-by-key-2026-11-01-2026-11-29.csv",
  );
  expect(nameOf('attachment; filename="../etc/passwd"')).toBeUndefined();
  expect(nameOf(null)).toBeUndefined();
});
