import { createContext, useContext, useMemo, useState } from "react";
import { ApiError } from "@/api/errors";
import { useMessages } from "@/messages";
import { changesOf, type KeyBody } from "./bodies";
import { problemsOf, withoutMissing } from "./checks";
import type { DraftField, KeyDraft } from "./draft";
import type { Surroundings } from "./inherited";

/** A key's settings as they are being edited. */
export type KeyForm = {
  draft: KeyDraft;
  set: (edits: Partial<KeyDraft>) => void;
  /** The fields of the body that are other than what it began with, and their values. */
  changes: KeyBody;
  /** Those that were edited. (With a quota's limit the body has more, such as its period.) */
  changedFields: DraftField[];
  /** What is wrong at a field, or anywhere within it for `within`, by the page or the API. */
  errorAt: (path: string) => string | undefined;
  errorWithin: (path: string) => string | undefined;
  /** Whether something wrong is shown. */
  isFaulty: boolean;
  /** Tells, from now on, also of what is missing; before that, it isn't held against someone who only began. */
  check: () => boolean;
  /** Shows what the API refused, at the fields that it names. */
  tell: (error: unknown) => void;
  reset: () => void;
};

/** Edits are kept apart from what they are made on: `base` may become another one under them. */
export function useKeyForm(base: KeyDraft): KeyForm {
  const m = useMessages().keySettings.checks;
  const [edits, setEdits] = useState<Partial<KeyDraft>>({});
  const [isChecked, setIsChecked] = useState(false);
  const [refused, setRefused] = useState<Readonly<Record<string, string>>>({});

  return useMemo(() => {
    const draft = { ...base, ...edits };
    const problems = problemsOf(draft, m);
    const shown: Record<string, string> = { ...(isChecked ? problems : withoutMissing(problems, m)), ...refused };
    const changes = changesOf(base, draft);
    return {
      draft,
      changes,
      changedFields: (Object.keys(changes) as DraftField[]).filter((field) => draft[field] !== base[field]),
      isFaulty: Object.keys(shown).length > 0,
      set: (more) => {
        setEdits((before) => ({ ...before, ...more }));
        setRefused((before) => withoutFields(before, Object.keys(more)));
      },
      errorAt: (path) => shown[path],
      errorWithin: (path) => shown[path] ?? Object.entries(shown).find(([each]) => each.startsWith(`${path}.`))?.[1],
      check: () => {
        setIsChecked(true);
        return Object.keys(problems).length === 0;
      },
      tell: (error) => {
        if (error instanceof ApiError) {
          setRefused(Object.fromEntries(error.fields.map(({ field, message }) => [field, message])));
        }
      },
      reset: () => {
        setEdits({});
        setRefused({});
        setIsChecked(false);
      },
    };
  }, [base, edits, isChecked, refused, m]);
}

function withoutFields(problems: Readonly<Record<string, string>>, fields: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(problems).filter(([path]) => !fields.includes(path.split(".")[0] ?? "")));
}

/** What the form's parts share. */
type FormContext = { form: KeyForm; surroundings: Surroundings; isNew: boolean };

export const KeyFormContext = createContext<FormContext | null>(null);

export function useForm(): FormContext {
  const context = useContext(KeyFormContext);
  if (context === null) throw new Error("There is no KeySettingsFields above.");
  return context;
}

/** The groups of settings, in the order in which they are shown, and the fields of each. */
export const GROUPS = {
  identity: ["name", "parentId", "ownerEmail", "costCentre", "externalId", "tags"],
  limits: [
    "budgetLimit",
    "quotaLimit",
    "quotaPeriod",
    "quotaZone",
    "quotaStartDay",
    "quotaCarryUnused",
    "quotaCarryOverspend",
    "enforcement",
    "overcommit",
    "budgetRefusalStatus",
  ],
  rates: ["rpmLimit", "tpmLimit", "maxParallel"],
  models: ["allowedModels", "safetyLevel"],
  alerts: ["budgetAlertThresholds", "alertDebounceSeconds"],
  expiry: ["expiresAt"],
  billing: ["billingMode", "overage", "overageLimit", "overageFactor"],
  prices: ["priceFactor", "modelPriceFactors", "scheduledPriceFactors", "minimumFee"],
  policies: ["priority", "priorityReserves", "automaticIncrease", "downgrade"],
  holder: ["manageChildren", "keepBodies"],
} as const satisfies Record<string, readonly DraftField[]>;

export type GroupId = keyof typeof GROUPS;
