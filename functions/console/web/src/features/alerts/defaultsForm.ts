import type { AlertDefaults } from "./queries";

export type ThresholdDraft = { percent: string; level: "warning" | "urgent" | "limit"; notify: string };

/** The defaults as they are typed: times in minutes and hours, addresses in one line. */
export type DefaultsDraft = {
  thresholds: ThresholdDraft[];
  debounceMinutes: string;
  remindHours: string;
  forecastDays: string;
  notifyRecovery: boolean;
  adminEmails: string;
  consoleUrl: string;
};

export function draftOf(defaults: AlertDefaults): DefaultsDraft {
  return {
    thresholds: defaults.budgetAlertThresholds.map(({ percent, level, notify }) => ({
      percent: String(percent),
      level,
      notify: notify.join(", "),
    })),
    debounceMinutes: String(defaults.debounceSeconds / 60),
    remindHours: defaults.remindAfterSeconds === null ? "" : String(defaults.remindAfterSeconds / 3600),
    forecastDays: String(defaults.forecastDays),
    notifyRecovery: defaults.notifyRecovery,
    adminEmails: defaults.adminEmails.join(", "),
    consoleUrl: defaults.consoleUrl ?? "",
  };
}

/** What the API is to store. What isn't a number goes there as it is typed, and comes back with what is wrong. */
export function defaultsOf(draft: DefaultsDraft, revision: number): AlertDefaults {
  return {
    budgetAlertThresholds: draft.thresholds
      .map(({ percent, level, notify }) => ({ percent: Number(percent), level, notify: listOf(notify) }))
      .toSorted((a, b) => a.percent - b.percent),
    debounceSeconds: Math.round(Number(draft.debounceMinutes) * 60),
    remindAfterSeconds: draft.remindHours.trim() === "" ? null : Math.round(Number(draft.remindHours) * 3600),
    forecastDays: Number(draft.forecastDays),
    notifyRecovery: draft.notifyRecovery,
    adminEmails: listOf(draft.adminEmails),
    consoleUrl: draft.consoleUrl.trim() === "" ? null : draft.consoleUrl.trim(),
    revision,
  };
}

/** Texts between commas, semicolons or spaces. */
export function listOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((each) => each !== "");
}
