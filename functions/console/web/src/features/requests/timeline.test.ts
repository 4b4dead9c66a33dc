import { describe, expect, it } from "vitest";
import { isOfTokens } from "./Bill";
import { prettyBody } from "./bodies";
import type { LoggedRequest } from "./queries";
import { stepsOf } from "./timeline";

const REQUEST = {
  providerId: "prv_b",
  remoteModel: "large",
  httpStatus: 200,
  createdAt: "2026-11-29T12:00:00.000Z",
  completedAt: "2026-11-29T12:00:04.500Z",
  attempts: [
    {
      providerId: "prv_a",
      remoteModel: "large",
      fault: "status",
      httpStatus: 503,
      durationMs: 1500,
      promptTokens: 0,
      cost: "0",
    },
  ],
} as unknown as LoggedRequest;

describe("a request's timeline", () => {
  it("has the failed tries first, and the last one for the rest of the time", () => {
    expect(stepsOf(REQUEST).map(({ start, milliseconds, fault }) => [start, milliseconds, fault])).toEqual([
      [0, 1500, "status"],
      [1500, 3000, null],
    ]);
  });

  it("never has a try of less than no time, whatever the clocks say", () => {
    const short = { ...REQUEST, completedAt: "2026-11-29T12:00:01.000Z" } as LoggedRequest;
    expect(stepsOf(short)[1]?.milliseconds).toBe(0);
  });
});

describe("a bill's lines", () => {
  it.each([
    ["cached_input", true],
    ["model:other:output", true],
    ["request", false],
    ["tool:web_search", false],
    ["minimum_fee", false],
  ])("of %s are priced by the million: %s", (item, expected) => expect(isOfTokens(item)).toBe(expected));
});

describe("a body", () => {
  it("is indented if it is JSON, and left alone if it isn't, or has big numbers", () => {
    expect(prettyBody('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(prettyBody("data: {}\n\n")).toBe("data: {}\n\n");
    expect(prettyBody('{"id":12345678901234567890}')).toBe('{"id":12345678901234567890}');
  });
});
