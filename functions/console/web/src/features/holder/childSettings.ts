import type { BudgetEdit, ChildChange, ChildCreation, OwnKey } from "./queries";

/** What the form of a key below holds, as text: empty is no limit. */
export type ChildDraft = {
  name: string;
  budgetLimit: string;
  quotaLimit: string;
  quotaPeriod: "day" | "week" | "month";
  isHard: boolean;
  rpmLimit: string;
  allowedModels: string;
  manageChildren: boolean;
};

export function draftOf(key: OwnKey | undefined): ChildDraft {
  return {
    name: key?.name ?? "",
    budgetLimit: key?.budgetLimit ?? "",
    quotaLimit: key?.quotaLimit ?? "",
    quotaPeriod: key?.quotaPeriod ?? "month",
    isHard: key === undefined || key.enforcement === "hard",
    rpmLimit: key?.rpmLimit?.toString() ?? "",
    allowedModels: key?.allowedModels?.join(", ") ?? "",
    manageChildren: key?.manageChildren ?? false,
  };
}

export function creationOf(draft: ChildDraft, parentId: string): ChildCreation {
  const { name, rpmLimit, allowedModels, manageChildren } = settingsOf(draft);
  return { name, parentId, ...limitsOf(draft), rpmLimit, allowedModels, manageChildren };
}

/** What differs from the key as it was shown. */
export function changeOf(draft: ChildDraft, key: OwnKey): ChildChange {
  const before = draftOf(key);
  const differs = (fields: Array<keyof ChildDraft>) => fields.some((field) => draft[field] !== before[field]);
  const wanted = settingsOf(draft);
  return {
    key,
    settings: {
      ...(differs(["name"]) && { name: wanted.name }),
      ...(differs(["rpmLimit"]) && { rpmLimit: wanted.rpmLimit }),
      ...(differs(["allowedModels"]) && { allowedModels: wanted.allowedModels }),
      ...(differs(["manageChildren"]) && { manageChildren: wanted.manageChildren }),
    },
    budget: differs(["budgetLimit", "quotaLimit", "quotaPeriod", "isHard"]) ? limitsOf(draft) : null,
  };
}

function settingsOf({ name, rpmLimit, allowedModels, manageChildren }: ChildDraft) {
  const models = allowedModels.split(/[\s,]+/).filter((each) => each !== "");
  return {
    name: name.trim(),
    rpmLimit: rpmLimit.trim() === "" ? null : Number(rpmLimit),
    allowedModels: models.length === 0 ? null : models,
    manageChildren,
  };
}

function limitsOf({ budgetLimit, quotaLimit, quotaPeriod, isHard }: ChildDraft) {
  return {
    budgetLimit: amountOf(budgetLimit),
    quotaLimit: amountOf(quotaLimit),
    ...(amountOf(quotaLimit) !== null && { quotaPeriod }),
    enforcement: isHard ? "hard" : "soft",
  } satisfies BudgetEdit;
}

function amountOf(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}
