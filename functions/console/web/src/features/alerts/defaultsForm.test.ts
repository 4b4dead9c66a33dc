import { expect, it } from "vitest";
import { defaultsOf, draftOf, listOf } from "./defaultsForm";
import type { AlertDefaults } from "./queries";

const DEFAULTS: AlertDefaults = {
  budgetAlertThresholds: [
    { percent: 80, level: "warning", notify: ["owner"] },
    { percent: 100, level: "limit", notify: ["owner", "admin"] },
  ],
  debounceSeconds: 5400,
  remindAfterSeconds: null,
  forecastDays: 7,
  notifyRecovery: true,
  adminEmails: ["ops@example.com", "oncall@example.com"],
  consoleUrl: null,
  revision: 3,
};

it("what is shown for editing is what is stored again if nothing is edited", () => {
  expect(defaultsOf(draftOf(DEFAULTS), 3)).toEqual(DEFAULTS);
});

it("thresholds are stored in ascending order, however they were typed", () => {
  const draft = draftOf(DEFAULTS);
  draft.thresholds.push({ percent: "50", level: "warning", notify: "owner" });
  expect(defaultsOf(draft, 3).budgetAlertThresholds.map(({ percent }) => percent)).toEqual([50, 80, 100]);
});

it("no reminder and no link are none, and not empty", () => {
  const draft = { ...draftOf(DEFAULTS), remindHours: " ", consoleUrl: "" };
  expect(defaultsOf(draft, 3)).toMatchObject({ remindAfterSeconds: null, consoleUrl: null });
});

it("addresses may stand between commas, semicolons, spaces or lines", () => {
  expect(listOf(" a@example.com; b@example.com,\nc@example.com ")).toEqual([
    "a@example.com",
    "b@example.com",
    "c@example.com",
  ]);
});
