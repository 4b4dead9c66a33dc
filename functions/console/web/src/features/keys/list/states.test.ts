import { expect, test } from "vitest";
import { statesOf } from "./states";

const key = { status: "active", budgetState: "fine", downgrading: false } as const;

test("a key of which nothing is to be told has no state", () => {
  expect(statesOf(key)).toEqual([]);
});

test("a key that no call can be made with says that alone", () => {
  expect(statesOf({ status: "revoked", budgetState: "exhausted", downgrading: true })).toEqual(["revoked"]);
  expect(statesOf({ status: "expired", budgetState: "unlimited", downgrading: false })).toEqual(["expired"]);
});

test("the state of its budgets comes with whether it downgrades", () => {
  expect(statesOf({ ...key, budgetState: "exhausted" })).toEqual(["blocked"]);
  expect(statesOf({ ...key, budgetState: "near", downgrading: true })).toEqual(["near", "downgrading"]);
  expect(statesOf({ ...key, budgetState: "unlimited" })).toEqual(["unlimited"]);
});
