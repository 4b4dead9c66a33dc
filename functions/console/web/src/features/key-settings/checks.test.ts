import { expect, test } from "vitest";
import en from "@/messages/en";
import { problemsOf, withoutMissing } from "./checks";
import { draftOf, type KeyDraft, NEW_DOWNGRADE, NEW_INCREASE, NEW_RESERVES } from "./draft";
import { KEY } from "./examples";

const m = en.keySettings.checks;
const BASE = draftOf(KEY);

function problems(edits: Partial<KeyDraft>) {
  return problemsOf({ ...BASE, ...edits }, m);
}

test("a key as the API shows it is in order", () => expect(problems({})).toEqual({}));

test.each<[Partial<KeyDraft>, object]>([
  [{ name: " " }, { name: m.required }],
  [{ ownerEmail: "nobody" }, { ownerEmail: m.email }],
  [{ budgetLimit: "1,000" }, { budgetLimit: m.amount }],
  [{ budgetLimit: "2e-7" }, { budgetLimit: m.amount }],
  [{ budgetLimit: "-1" }, { budgetLimit: m.amount }],
  [{ quotaLimit: "1000000001" }, { quotaLimit: m.atMost(1_000_000_000) }],
  [{ minimumFee: "0.0000000000000000001" }, { minimumFee: m.decimals(18) }],
  [{ quotaLimit: "1", quotaPeriod: "week", quotaStartDay: "8" }, { quotaStartDay: m.between(1, 7) }],
  [{ rpmLimit: "0" }, { rpmLimit: m.between(1, 1_000_000_000) }],
  [{ maxParallel: "1.5" }, { maxParallel: m.whole }],
  [{ priceFactor: "1.1234" }, { priceFactor: m.decimals(3) }],
  [{ overageFactor: "0.5" }, { overageFactor: m.atLeastOne }],
  [{ tags: [{ name: "a=b", value: "" }] }, { "tags.0": m.tagName }],
  [
    {
      tags: [
        { name: "a", value: "1" },
        { name: "a", value: "2" },
      ],
    },
    { "tags.1": m.twice },
  ],
  [
    {
      scheduledPriceFactors: [
        { factor: "1", from: "2027-01-01T00:00:00Z", until: "2026-01-01T00:00:00Z", models: null },
      ],
    },
    { "scheduledPriceFactors.0.until": m.untilBeforeFrom },
  ],
  [
    { priorityReserves: { ...NEW_RESERVES, low: { upToPercent: "96", policy: "shed" } } },
    { priorityReserves: m.reservesOrder },
  ],
  [
    { downgrade: { ...NEW_DOWNGRADE, rules: [{ from: "a", to: ["b", "a"] }], exitPercent: "90" } },
    { "downgrade.rules.0.to": m.itself, "downgrade.exitPercent": m.exitBelow },
  ],
])("%j is told at its field", (edits, told) => expect(problems(edits)).toEqual(told));

test("what isn't filled in yet is a problem, but none to tell at once", () => {
  const begun = problems({ automaticIncrease: NEW_INCREASE, downgrade: NEW_DOWNGRADE, allowedModels: [] });
  expect(Object.keys(begun).toSorted()).toEqual([
    "allowedModels",
    "automaticIncrease.by",
    "automaticIncrease.maxTotal",
    "downgrade.rules.0.from",
    "downgrade.rules.0.to",
  ]);
  expect(withoutMissing(begun, m)).toEqual({});
});
