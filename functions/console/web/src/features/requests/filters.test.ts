import { describe, expect, it } from "vitest";
import { countOf, filtersOf, queryOf } from "./filters";

const NOW = new Date("2026-11-29T12:00:00Z");

describe("filters of a URL", () => {
  it("keep what can be one, whatever type the URL's parser made of it", () => {
    const search = { span: "7d", status: 429, streamed: true, model: "gpt-4.1", keyId: "key_0123456789abcdef" };
    expect(filtersOf(search)).toEqual({ ...search, status: "429", streamed: "true" });
  });

  it("leave out what can't be one", () => {
    const search = { span: "1y", status: "9xx", from: "yesterday", keyId: "<b>", outcome: "lost", streamed: 1 };
    expect(filtersOf(search)).toEqual({});
  });

  it("are those of days where there are any, and else of a week before now", () => {
    expect(queryOf({ from: "2026-11-01", to: "2026-11-03", span: "24h" }, NOW)).toEqual({
      from: "2026-11-01",
      to: "2026-11-03",
    });
    expect(queryOf({}, NOW)).toEqual({ from: "2026-11-22T12:00:00.000Z" });
    expect(queryOf({ streamed: "false", span: "24h" }, NOW)).toEqual({
      from: "2026-11-28T12:00:00.000Z",
      streamed: false,
    });
  });

  it("are counted without the time", () => {
    expect(countOf({ span: "7d", from: "2026-11-01", model: "a", outcome: "failed" })).toBe(2);
  });
});
