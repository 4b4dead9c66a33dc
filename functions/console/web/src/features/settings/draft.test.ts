import { expect, test } from "vitest";
import en from "@/messages/en";
import { changesOf, draftOf, problemsOf, type Settings } from "./draft";

function setting<T>(value: T, source: "settings" | "deployment" | "product") {
  return { value, default: value, source };
}

const SETTINGS: Settings = {
  defaultMonthlyQuota: setting("20.50", "settings"),
  defaultEnforcement: setting("soft", "product"),
  defaultRpmLimit: setting(60, "settings"),
  defaultTpmLimit: setting(null, "product"),
  defaultMaxParallel: setting(100, "deployment"),
  defaultExpiryDays: setting(null, "product"),
  rotationGraceSeconds: setting(86_400, "product"),
  selfServiceMailDomains: setting(["example.com"], "settings"),
  selfServiceMinDebounceSeconds: setting(900, "product"),
  deployment: { version: "1.0.0", reportingZone: "UTC", maxKeyDepth: 5 },
  revision: 3,
};

test("only what is set here stands in the form, and nothing is changed at first", () => {
  const draft = draftOf(SETTINGS);
  expect(draft.defaultMonthlyQuota).toBe("20.50");
  expect(draft.defaultMaxParallel).toBe("");
  expect(draft.selfServiceMailDomains).toEqual(["example.com"]);
  expect(changesOf(draft, draft)).toEqual({});
});

test("an edit names what was changed, with amounts as typed and null for the default", () => {
  const before = draftOf(SETTINGS);
  const draft = {
    ...before,
    defaultMonthlyQuota: "0.000000000000000001",
    defaultRpmLimit: "",
    defaultMaxParallel: "7",
  };
  expect(changesOf(before, draft)).toEqual({
    defaultMonthlyQuota: "0.000000000000000001",
    defaultRpmLimit: null,
    defaultMaxParallel: 7,
  });
  expect(changesOf(before, { ...before, selfServiceMailDomains: [] })).toEqual({ selfServiceMailDomains: [] });
});

test("what the API would refuse is told before", () => {
  const m = en.keySettings.checks;
  const draft = { ...draftOf(SETTINGS), defaultMonthlyQuota: "1e3", defaultMaxParallel: "1001", defaultRpmLimit: "x" };
  expect(problemsOf(draft, m)).toEqual({
    defaultMonthlyQuota: m.amount,
    defaultMaxParallel: m.between(1, 1000),
    defaultRpmLimit: m.whole,
  });
});
