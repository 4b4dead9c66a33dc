import type { Schemas } from "@/api/client";

export type KeyView = Schemas["KeyView"];
export type Settings = Schemas["SettingsView"];
type Level = Schemas["Level"];
type Reserve = { upToPercent: string; policy: Schemas["ReservePolicy"] };

type TagDraft = { name: string; value: string };
export type ThresholdDraft = { percent: string; level: Level; notify: string[] };
export type FactorDraft = { model: string; factor: string };
/** Moments are RFC 3339; null is open, and null models are all. */
export type ScheduledDraft = { factor: string; from: string | null; until: string | null; models: string[] | null };
export type RuleDraft = { from: string; to: string[] };
export type ReservesDraft = { low: Reserve; normal: Reserve; high: Reserve; pacingSlackPercent: string };
export type IncreaseDraft = {
  unit: "usd" | "percent";
  by: string;
  maxTotal: string;
  atPercent: string;
  times: string;
  ttlSeconds: string;
  cooldownSeconds: string;
};
export type DowngradeDraft = {
  rules: RuleDraft[];
  enterPercent: string;
  exitPercent: string;
  switchConversations: boolean;
};

/**
 * All settings of a key as a form has them. Amounts and numbers are the text that was typed; an empty one is none, or,
 * where a key above or a default can have it, theirs. So is null.
 */
export type KeyDraft = {
  name: string;
  parentId: string | null;
  ownerEmail: string;
  costCentre: string;
  externalId: string;
  tags: TagDraft[];
  budgetLimit: string;
  quotaLimit: string;
  quotaPeriod: Schemas["Period"];
  quotaZone: string;
  quotaStartDay: string;
  quotaCarryUnused: boolean;
  quotaCarryOverspend: boolean;
  enforcement: Schemas["Enforcement"];
  overcommit: boolean;
  budgetRefusalStatus: "" | "400" | "402" | "429";
  rpmLimit: string;
  tpmLimit: string;
  maxParallel: string;
  allowedModels: string[] | null;
  safetyLevel: string;
  budgetAlertThresholds: ThresholdDraft[] | null;
  alertDebounceSeconds: string;
  expiresAt: string | null;
  billingMode: Schemas["BillingMode"] | "";
  overage: Schemas["Overage"];
  overageLimit: string;
  overageFactor: string;
  priceFactor: string;
  modelPriceFactors: FactorDraft[];
  scheduledPriceFactors: ScheduledDraft[];
  minimumFee: string;
  priority: Schemas["Priority"];
  priorityReserves: ReservesDraft | null;
  automaticIncrease: IncreaseDraft | null;
  downgrade: DowngradeDraft | null;
  keepBodies: boolean;
  manageChildren: boolean;
};

export type DraftField = keyof KeyDraft;

export const NEW_RESERVES: ReservesDraft = {
  low: { upToPercent: "80", policy: "shed" },
  normal: { upToPercent: "95", policy: "shed" },
  high: { upToPercent: "100", policy: "shed" },
  pacingSlackPercent: "",
};

export const NEW_INCREASE: IncreaseDraft = {
  unit: "usd",
  by: "",
  maxTotal: "",
  atPercent: "100",
  times: "1",
  ttlSeconds: "86400",
  cooldownSeconds: "3600",
};

export const NEW_DOWNGRADE: DowngradeDraft = {
  rules: [{ from: "", to: [] }],
  enterPercent: "90",
  exitPercent: "80",
  switchConversations: false,
};

/** A new key's draft before anything is typed: what it would be created with, as far as the settings are known. */
export function newDraft(settings: Settings | undefined, parent: KeyView | undefined): KeyDraft {
  return {
    name: "",
    parentId: parent?.id ?? null,
    ownerEmail: "",
    costCentre: "",
    externalId: "",
    tags: [],
    budgetLimit: "",
    quotaLimit: parent === undefined ? (settings?.defaultMonthlyQuota.value ?? "") : "",
    quotaPeriod: "month",
    quotaZone: "UTC",
    quotaStartDay: "1",
    quotaCarryUnused: false,
    quotaCarryOverspend: false,
    enforcement: settings?.defaultEnforcement.value ?? "soft",
    overcommit: true,
    budgetRefusalStatus: "",
    rpmLimit: textOf(settings?.defaultRpmLimit.value),
    tpmLimit: textOf(settings?.defaultTpmLimit.value),
    maxParallel: textOf(settings?.defaultMaxParallel.value),
    allowedModels: null,
    safetyLevel: "",
    budgetAlertThresholds: null,
    alertDebounceSeconds: "",
    expiresAt: null,
    billingMode: "",
    overage: "stop",
    overageLimit: "",
    overageFactor: "1",
    priceFactor: "",
    modelPriceFactors: [],
    scheduledPriceFactors: [],
    minimumFee: "",
    priority: parent?.priority === "low" ? "low" : "normal",
    priorityReserves: null,
    automaticIncrease: null,
    downgrade: null,
    keepBodies: false,
    manageChildren: false,
  };
}

export function draftOf(view: KeyView): KeyDraft {
  return {
    name: view.name,
    parentId: view.parentId,
    ownerEmail: view.ownerEmail ?? "",
    costCentre: view.costCentre ?? "",
    externalId: view.externalId ?? "",
    tags: Object.entries(view.tags).map(([name, value]) => ({ name, value })),
    budgetLimit: view.budgetLimit ?? "",
    quotaLimit: view.quotaLimit ?? "",
    quotaPeriod: view.quotaPeriod ?? "month",
    quotaZone: view.quotaZone ?? "UTC",
    quotaStartDay: textOf(view.quotaStartDay ?? 1),
    quotaCarryUnused: view.quotaCarryUnused,
    quotaCarryOverspend: view.quotaCarryOverspend,
    enforcement: view.enforcement,
    overcommit: view.overcommit,
    budgetRefusalStatus: textOf(view.budgetRefusalStatus) as KeyDraft["budgetRefusalStatus"],
    rpmLimit: textOf(view.rpmLimit),
    tpmLimit: textOf(view.tpmLimit),
    maxParallel: textOf(view.maxParallel),
    allowedModels: view.allowedModels,
    safetyLevel: textOf(view.safetyLevel),
    budgetAlertThresholds: view.budgetAlertThresholdsInherited
      ? null
      : view.budgetAlertThresholds.map((each) => ({ ...each, percent: textOf(each.percent) })),
    alertDebounceSeconds: view.alertDebounceSecondsInherited ? "" : textOf(view.alertDebounceSeconds),
    expiresAt: view.expiresAt,
    billingMode: view.billingMode ?? "",
    overage: view.overage,
    overageLimit: view.overageLimit ?? "",
    overageFactor: view.overageFactor,
    priceFactor: view.priceFactor ?? "",
    modelPriceFactors: Object.entries(view.modelPriceFactors).map(([model, factor]) => ({ model, factor })),
    scheduledPriceFactors: view.scheduledPriceFactors.map(({ factor, from, until, models }) => ({
      factor,
      from,
      until,
      models,
    })),
    minimumFee: view.minimumFee ?? "",
    priority: view.priority,
    priorityReserves: view.priorityReserves && reservesOf(view.priorityReserves),
    automaticIncrease: view.automaticIncrease && increaseOf(view.automaticIncrease),
    downgrade: view.downgrade && {
      ...view.downgrade,
      enterPercent: textOf(view.downgrade.enterPercent),
      exitPercent: textOf(view.downgrade.exitPercent),
    },
    keepBodies: view.keepBodies,
    manageChildren: view.manageChildren,
  };
}

function reservesOf(view: Schemas["PriorityReservesBody-Output"]): ReservesDraft {
  const reserve = ({ upToPercent, policy }: Schemas["ClassReserveBody-Output"]): Reserve => ({
    upToPercent: textOf(upToPercent),
    policy,
  });
  return {
    low: reserve(view.low),
    normal: reserve(view.normal),
    high: reserve(view.high),
    pacingSlackPercent: textOf(view.pacingSlackPercent),
  };
}

function increaseOf(view: Schemas["AutomaticIncreaseBody-Output"]): IncreaseDraft {
  return {
    unit: view.by.usd === null ? "percent" : "usd",
    by: view.by.usd ?? textOf(view.by.percent),
    maxTotal: view.maxTotal,
    atPercent: textOf(view.atPercent),
    times: textOf(view.times),
    ttlSeconds: textOf(view.ttlSeconds),
    cooldownSeconds: textOf(view.cooldownSeconds),
  };
}

function textOf(value: number | null | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}
