import { expect, test } from "vitest";
import { changesOf, inOrder } from "./adminDraft";

const ADMIN = { name: "On call", role: "operator", expiresAt: null } as const;

test("an edit names only what was changed, and null takes an expiry away", () => {
  expect(changesOf(ADMIN, { ...ADMIN, name: " On call " })).toEqual({});
  expect(changesOf(ADMIN, { ...ADMIN, role: "owner" })).toEqual({ role: "owner" });
  expect(changesOf({ ...ADMIN, expiresAt: "2027-01-01T00:00:00Z" }, ADMIN)).toEqual({ expiresAt: null });
});

test("those who may sign in come first", () => {
  const admins = [
    { name: "b", status: "revoked" },
    { name: "c", status: "active" },
    { name: "a", status: "expired" },
    { name: "a", status: "active" },
  ] as const;
  expect(inOrder(admins).map(({ name, status }) => `${name} ${status}`)).toEqual([
    "a active",
    "c active",
    "a expired",
    "b revoked",
  ]);
});
