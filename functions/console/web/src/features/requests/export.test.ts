// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { formatBytes, formatDuration } from "./durations";
import { exportPath, rowCounter } from "./export";

const pieces = (...texts: string[]) => texts.map((text) => new TextEncoder().encode(text));

describe("an export", () => {
  it("counts rows over pieces, without a CSV's head and the lines within its quotes", () => {
    const count = rowCounter("csv");
    const counts = pieces('id,name\nreq_1,"two', '\nlines"\nreq_2,', "x\n").map(count);
    expect(counts).toEqual([0, 1, 2]);
  });

  it("counts each line of JSON lines, whatever quotes it has", () => {
    const count = rowCounter("jsonl");
    expect(pieces('{"a":"b"}\n{"a', '":"c\\""}\n').map(count)).toEqual([1, 2]);
  });

  it("asks for what the page shows", () => {
    const now = new Date("2026-11-29T12:00:00Z");
    expect(exportPath({ from: "2026-11-01", model: "a+b", streamed: "true" }, "jsonl", now)).toBe(
      "/requests/export?format=jsonl&from=2026-11-01&model=a%2Bb&streamed=true",
    );
  });
});

describe("figures", () => {
  it.each([
    [84, "84 ms"],
    [1440, "1.4 s"],
    [12_400, "12 s"],
    [120_000, "2 min"],
    [200_000, "3 min 20 s"],
  ])("of %i ms read %s", (milliseconds, shown) => expect(formatDuration(milliseconds)).toBe(shown));

  it.each([
    [12, "12 B"],
    [1500, "1.5 kB"],
    [2_340_000, "2.3 MB"],
  ])("of %i bytes read %s", (bytes, shown) => expect(formatBytes(bytes)).toBe(shown));
});
