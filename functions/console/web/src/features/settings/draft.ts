import type { Schemas } from "@/api/client";
import { amountProblem, type Problems, wholeProblem } from "@/features/key-settings/checks";
import type { Messages } from "@/messages/en";

export type Settings = Schemas["SettingsView"];
export type SettingName = keyof Omit<Settings, "revision" | "deployment">;

/** The settings as a form has them, as typed. Empty or null is the default. */
export type SettingsDraft = Record<Exclude<SettingName, "selfServiceMailDomains">, string> & {
  selfServiceMailDomains: string[] | null;
};

export const NAMES = [
  "defaultMonthlyQuota",
  "defaultEnforcement",
  "defaultRpmLimit",
  "defaultTpmLimit",
  "defaultMaxParallel",
  "defaultExpiryDays",
  "rotationGraceSeconds",
  "selfServiceMailDomains",
  "selfServiceMinDebounceSeconds",
] as const satisfies readonly SettingName[];

const BOUNDS = {
  defaultRpmLimit: [1, 1_000_000_000],
  defaultTpmLimit: [1, 1_000_000_000],
  defaultMaxParallel: [1, 1000],
  defaultExpiryDays: [1, 3650],
  rotationGraceSeconds: [0, 2_592_000],
  selfServiceMinDebounceSeconds: [0, 31_536_000],
} as const;

/** What is set here; what comes from the template or from Tollgate itself is empty. */
export function draftOf(settings: Settings): SettingsDraft {
  return Object.fromEntries(
    NAMES.map((name) => {
      const { value, source } = settings[name];
      if (name === "selfServiceMailDomains") return [name, source === "settings" ? value : null];
      return [name, source === "settings" && value !== null ? String(value) : ""];
    }),
  ) as SettingsDraft;
}

/** What a draft changes of what it began with: the fields of an edit, null for the default. */
export function changesOf(before: SettingsDraft, draft: SettingsDraft): Partial<Schemas["SettingsEdit"]> {
  const changed = NAMES.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(draft[name]));
  return Object.fromEntries(changed.map((name) => [name, sentOf(name, draft)]));
}

function sentOf(name: SettingName, draft: SettingsDraft): string | number | string[] | null {
  if (name === "selfServiceMailDomains") return draft.selfServiceMailDomains;
  const typed = draft[name].trim();
  if (typed === "") return null;
  return name in BOUNDS ? Number(typed) : typed;
}

export function problemsOf(draft: SettingsDraft, m: Messages["keySettings"]["checks"]): Problems {
  const found: Record<string, string> = {};
  const quota = draft.defaultMonthlyQuota.trim();
  const told = quota === "" ? undefined : amountProblem(quota, m);
  if (told !== undefined) found.defaultMonthlyQuota = told;
  for (const [name, [least, most]] of Object.entries(BOUNDS)) {
    const typed = draft[name as keyof typeof BOUNDS];
    const problem = typed.trim() === "" ? undefined : wholeProblem(typed, least, most, m);
    if (problem !== undefined) found[name] = problem;
  }
  return found;
}
