import { expect, test } from "vitest";
import { filtersOf, isFiltered, keysSearch } from "./filters";

test("a URL's filters are those that there are, with values that they may have", () => {
  const given = { search: " team ", status: "revoked", budgetState: "over", priority: "high", unknown: "x", tag: "" };
  expect(keysSearch(given)).toEqual({ search: "team", status: "revoked", priority: "high" });
});

test("a search for digits is one for text", () => {
  expect(keysSearch({ search: 42, externalId: 7 })).toEqual({ search: "42", externalId: "7" });
});

test("that a key is being created narrows nothing", () => {
  const search = keysSearch({ create: true, under: "key_0123456789abcdef" });
  expect(search).toEqual({ create: true, under: "key_0123456789abcdef" });
  expect(isFiltered(filtersOf(search))).toBe(false);
  expect(isFiltered(filtersOf(keysSearch({ owner: "team@example.com" })))).toBe(true);
});
