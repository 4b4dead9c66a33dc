import { expect, test } from "vitest";
import { changesOf, creationOf, editsOf } from "./bodies";
import { draftOf, type KeyDraft, newDraft } from "./draft";
import { KEY, PARENT, SURROUNDINGS } from "./examples";

const BASE = draftOf(KEY);

test("a key that nobody has edited has nothing to send", () => {
  expect(changesOf(BASE, BASE)).toEqual({});
  expect(editsOf({})).toEqual({ budget: null, rest: null });
});

test.each<[string, Partial<KeyDraft>, object]>([
  ["an amount to its last digit", { minimumFee: "0.000000000000000001" }, { minimumFee: "0.000000000000000001" }],
  ["a limit that is taken away", { budgetLimit: " " }, { budgetLimit: null }],
  ["a number", { rpmLimit: "60" }, { rpmLimit: 60 }],
  ["a number that is taken away", { tpmLimit: "" }, { tpmLimit: null }],
  ["what is to be inherited again", { modelPriceFactors: [] }, { modelPriceFactors: {} }],
  ["a mode", { billingMode: "hybrid" }, { billingMode: "hybrid" }],
  ["models in any order", { allowedModels: ["b", "a"] }, { allowedModels: ["a", "b"] }],
  ["no alerts at all", { budgetAlertThresholds: [] }, { budgetAlertThresholds: [] }],
  ["a policy that is taken away", { automaticIncrease: null }, { automaticIncrease: null }],
  ["a tag", { tags: [{ name: " team ", value: "ads" }] }, { tags: { team: "ads" } }],
])("only what was changed is sent: %s", (_, edits, sent) => {
  expect(changesOf(BASE, { ...BASE, ...edits })).toEqual(sent);
});

test("thresholds are sent in ascending order, as the API wants them", () => {
  const budgetAlertThresholds = [
    { percent: "95", level: "urgent", notify: ["admin"] },
    { percent: "50", level: "warning", notify: ["owner"] },
  ] satisfies KeyDraft["budgetAlertThresholds"];
  expect(changesOf(BASE, { ...BASE, budgetAlertThresholds })).toEqual({
    budgetAlertThresholds: [
      { percent: 50, level: "warning", notify: ["owner"] },
      { percent: 95, level: "urgent", notify: ["admin"] },
    ],
  });
});

test("a new quota goes with all that belongs to it, and no quota without any of that", () => {
  const weekly = { ...BASE, quotaLimit: "5", quotaPeriod: "week", quotaStartDay: "3" } as const;
  expect(changesOf(BASE, weekly)).toEqual({
    quotaLimit: "5",
    quotaPeriod: "week",
    quotaZone: "UTC",
    quotaStartDay: 3,
    quotaCarryUnused: false,
    quotaCarryOverspend: false,
  });
  expect(changesOf(weekly, { ...weekly, quotaLimit: "" })).toEqual({ quotaLimit: null });
});

test("a step in percent takes the place of one in USD", () => {
  if (BASE.automaticIncrease === null) throw new Error("The example has a policy.");
  const edited = { ...BASE.automaticIncrease, unit: "percent", by: "10" } as const;
  expect(changesOf(BASE, { ...BASE, automaticIncrease: edited }).automaticIncrease).toEqual({
    by: { usd: null, percent: 10 },
    maxTotal: "100",
    atPercent: 95,
    times: 2,
    ttlSeconds: 86_400,
    cooldownSeconds: 3600,
  });
});

test("a budget's limit is sent where it is taken, with what belongs to budgets; all else to the key", () => {
  const changes = { budgetLimit: "5", quotaLimit: "1", enforcement: "hard", name: "b", parentId: null } as const;
  expect(editsOf(changes)).toEqual({
    budget: { budgetLimit: "5", quotaLimit: "1", enforcement: "hard" },
    rest: { name: "b" },
  });
  expect(editsOf({ quotaLimit: "1", rpmLimit: 5 })).toEqual({ budget: null, rest: { quotaLimit: "1", rpmLimit: 5 } });
});

test("a new key names itself, its parent and what is other than the defaults", () => {
  const atTop = newDraft(SURROUNDINGS.settings, undefined);
  expect([atTop.quotaLimit, atTop.enforcement, atTop.rpmLimit, atTop.maxParallel]).toEqual([
    "20.5",
    "hard",
    "60",
    "100",
  ]);
  expect(creationOf(atTop, { ...atTop, name: " a " })).toEqual({ name: "a" });
  expect(creationOf(atTop, { ...atTop, name: "a", rpmLimit: "" })).toEqual({ name: "a", rpmLimit: null });

  const below = newDraft(SURROUNDINGS.settings, PARENT);
  expect(below.quotaLimit).toBe("");
  expect(creationOf(below, { ...below, name: "a", budgetLimit: "3" })).toEqual({
    name: "a",
    parentId: PARENT.id,
    budgetLimit: "3",
  });
  expect(newDraft(SURROUNDINGS.settings, { ...PARENT, priority: "low" }).priority).toBe("low");
});
