import { expect, test } from "vitest";
import { differences } from "./differences";

test("names the leaves that differ, and those that are on one side alone", () => {
  const before = { name: "a", tags: { team: "x" }, thresholds: [{ percent: 80 }], limit: "10" };
  const after = { name: "a", tags: { team: "y" }, thresholds: [{ percent: 80 }, { percent: 90 }], limit: null };
  expect(differences(before, after)).toEqual([
    { path: "limit", before: "10", after: null },
    { path: "tags.team", before: "x", after: "y" },
    { path: "thresholds[1].percent", before: null, after: "90" },
  ]);
});

test("an empty list differs from none, and from one with something in it", () => {
  expect(differences({ models: [] }, { models: null })).toEqual([{ path: "models", before: "[]", after: null }]);
  expect(differences({ models: [] }, { models: ["m"] })).toEqual([
    { path: "models", before: "[]", after: null },
    { path: "models[0]", before: null, after: "m" },
  ]);
});

test("nothing differs in equal values", () => {
  expect(differences({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
});
