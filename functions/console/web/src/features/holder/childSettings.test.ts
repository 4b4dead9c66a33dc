import { expect, test } from "vitest";
import { changeOf, creationOf, draftOf } from "./childSettings";
import type { OwnKey } from "./queries";

const KEY = {
  id: "key_0123456789abcdef",
  name: "ann",
  budgetLimit: "20",
  quotaLimit: null,
  quotaPeriod: null,
  enforcement: "hard",
  rpmLimit: 60,
  allowedModels: ["small", "large"],
  manageChildren: false,
  revision: 3,
} as unknown as OwnKey;

test("an edit that changes nothing asks for nothing", () => {
  expect(changeOf(draftOf(KEY), KEY)).toEqual({ key: KEY, settings: {}, budget: null });
});

test("an edit names what was changed, and an emptied field is no limit", () => {
  const draft = { ...draftOf(KEY), name: " bob ", rpmLimit: "", allowedModels: "" };
  expect(changeOf(draft, KEY).settings).toEqual({ name: "bob", rpmLimit: null, allowedModels: null });
  expect(changeOf(draft, KEY).budget).toBeNull();
});

test("limits are sent together, as they were typed", () => {
  const draft = { ...draftOf(KEY), budgetLimit: "20.50", quotaLimit: "5", quotaPeriod: "week" as const };
  const limits = { budgetLimit: "20.50", quotaLimit: "5", quotaPeriod: "week", enforcement: "hard" };
  expect(changeOf(draft, KEY).budget).toEqual(limits);
});

test("a new key has the limits of its form, and none that are empty", () => {
  const draft = { ...draftOf(undefined), name: "ann", budgetLimit: "1", allowedModels: "small,  large" };
  expect(creationOf(draft, "key_1")).toEqual({
    name: "ann",
    parentId: "key_1",
    budgetLimit: "1",
    quotaLimit: null,
    enforcement: "hard",
    rpmLimit: null,
    allowedModels: ["small", "large"],
    manageChildren: false,
  });
});
