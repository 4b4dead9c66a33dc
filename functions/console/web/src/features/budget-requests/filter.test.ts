import { expect, test } from "vitest";
import { nextQuery, queryOf, readFilter } from "./filter";

test("what is pending is shown unless the URL names another state", () => {
  expect(queryOf(readFilter({}))).toEqual({ state: "pending" });
  expect(queryOf(readFilter({ state: "pending" }))).toEqual({ state: "pending" });
  expect(queryOf(readFilter({ state: "denied", keyId: "key_1" }))).toEqual({ state: "denied", keyId: "key_1" });
  expect(queryOf(readFilter({ state: "all" }))).toEqual({});
});

test("what the URL says otherwise is left out", () => {
  expect(readFilter({ state: "lost", keyId: 5, other: "x" })).toEqual({});
});

test("a table's next page is where its link leads", () => {
  expect(nextQuery('<?limit=100&cursor=2026%23brq&format=csv>; rel="next"')).toBe(
    "limit=100&cursor=2026%23brq&format=csv",
  );
  expect(nextQuery(null)).toBeNull();
});
