import { describe, expect, test } from "vitest";
import type { ListedKey } from "../list/queries";
import { type Change, inTurn, stepOf } from "./changes";

const KEY = {
  id: "key_0123456789abcdef",
  status: "active",
  budgetLimit: "100",
  quotaLimit: "12.34",
  tags: { team: "search", env: "dev" },
  ownerEmail: "team@example.com",
  priority: "normal",
} as unknown as ListedKey;

const raise = (over: Partial<Change & { kind: "raise" }>): Change => ({
  kind: "raise",
  limit: "budget",
  unit: "usd",
  by: "0.1",
  ...over,
});

describe("a change is one request for a key", () => {
  test.each<[Change, Partial<ListedKey>, unknown]>([
    [{ kind: "revoke" }, {}, { do: "revoke" }],
    [{ kind: "revoke" }, { status: "expired" }, { do: "revoke" }],
    [{ kind: "reinstate" }, { status: "revoked" }, { do: "reinstate" }],
    [raise({}), {}, { do: "budget", budgetLimit: "100.1" }],
    [raise({ unit: "percent", by: "25" }), {}, { do: "budget", budgetLimit: "125" }],
    [raise({ limit: "quota", unit: "percent", by: "10" }), {}, { do: "edit", body: { quotaLimit: "13.574" } }],
    [{ kind: "tag", name: "env", value: "prod" }, {}, { do: "edit", body: { tags: { team: "search", env: "prod" } } }],
    [{ kind: "tag", name: "team", value: null }, {}, { do: "edit", body: { tags: { env: "dev" } } }],
    [{ kind: "owner", email: null }, {}, { do: "edit", body: { ownerEmail: null } }],
    [{ kind: "priority", priority: "high" }, {}, { do: "edit", body: { priority: "high" } }],
  ])("%j of %j", (change, over, step) => expect(stepOf(change, { ...KEY, ...over })).toEqual(step));
});

describe("a key is left alone", () => {
  test.each<[Change, Partial<ListedKey>, string]>([
    [{ kind: "revoke" }, { status: "revoked" }, "isSo"],
    [{ kind: "reinstate" }, {}, "isSo"],
    [raise({}), { budgetLimit: null }, "hasNoBudget"],
    [raise({ limit: "quota" }), { quotaLimit: null }, "hasNoQuota"],
    [{ kind: "tag", name: "team", value: "search" }, {}, "isSo"],
    [{ kind: "tag", name: "absent", value: null }, {}, "isSo"],
    [{ kind: "owner", email: "team@example.com" }, {}, "isSo"],
    [{ kind: "priority", priority: "normal" }, {}, "isSo"],
  ])("by %j, if it is %j", (change, over, why) =>
    expect(stepOf(change, { ...KEY, ...over })).toEqual({ do: "skip", why }),
  );
});

test("parents come before their children", () => {
  const at = (...path: string[]) => ({ id: path.at(-1), path }) as ListedKey;
  const order = inTurn([at("a", "b", "c"), at("a"), at("a", "b"), at("z")]).map(({ id }) => id);
  expect(order.indexOf("a")).toBeLessThan(order.indexOf("b"));
  expect(order.indexOf("b")).toBeLessThan(order.indexOf("c"));
});
