import type { Schemas } from "@/api/client";
import type { DraftField, KeyDraft } from "./draft";

/** A key's settings as the API takes them. */
export type KeyBody = Partial<Schemas["KeyCreation"]>;

/** The settings that `PUT …/budget` takes beside the limit, so that they are changed with it, at once. */
const WITH_BUDGET = [
  "budgetLimit",
  "quotaLimit",
  "quotaPeriod",
  "quotaZone",
  "quotaStartDay",
  "quotaCarryUnused",
  "quotaCarryOverspend",
  "enforcement",
  "overcommit",
] as const satisfies ReadonlyArray<keyof Schemas["BudgetEdit"]>;

/** The whole draft as a body. Without a quota, what belongs to one is left out: the API refuses it. */
export function bodyOf(draft: KeyDraft): KeyBody {
  const quota: KeyBody = {
    quotaLimit: amount(draft.quotaLimit),
    quotaPeriod: draft.quotaPeriod,
    quotaZone: draft.quotaZone.trim(),
    quotaStartDay: draft.quotaPeriod === "day" ? 1 : Number(draft.quotaStartDay),
    quotaCarryUnused: draft.quotaCarryUnused,
    quotaCarryOverspend: draft.quotaCarryOverspend,
  };
  return {
    name: draft.name.trim(),
    parentId: draft.parentId,
    ownerEmail: text(draft.ownerEmail),
    costCentre: text(draft.costCentre),
    externalId: text(draft.externalId),
    tags: Object.fromEntries(draft.tags.map(({ name, value }) => [name.trim(), value.trim()])),
    budgetLimit: amount(draft.budgetLimit),
    ...(quota.quotaLimit === null ? { quotaLimit: null } : quota),
    enforcement: draft.enforcement,
    overcommit: draft.overcommit,
    budgetRefusalStatus: count(draft.budgetRefusalStatus) as KeyBody["budgetRefusalStatus"],
    rpmLimit: count(draft.rpmLimit),
    tpmLimit: count(draft.tpmLimit),
    maxParallel: count(draft.maxParallel),
    allowedModels: draft.allowedModels?.toSorted() ?? null,
    safetyLevel: count(draft.safetyLevel),
    budgetAlertThresholds:
      draft.budgetAlertThresholds
        ?.map((each) => ({ ...each, percent: Number(each.percent) }))
        .toSorted((a, b) => a.percent - b.percent) ?? null,
    alertDebounceSeconds: count(draft.alertDebounceSeconds),
    expiresAt: draft.expiresAt,
    billingMode: draft.billingMode === "" ? null : draft.billingMode,
    overage: draft.overage,
    overageLimit: amount(draft.overageLimit),
    overageFactor: amount(draft.overageFactor) ?? "1",
    priceFactor: amount(draft.priceFactor),
    modelPriceFactors: Object.fromEntries(draft.modelPriceFactors.map(({ model, factor }) => [model, factor.trim()])),
    scheduledPriceFactors: draft.scheduledPriceFactors.map((each) => ({ ...each, factor: each.factor.trim() })),
    minimumFee: amount(draft.minimumFee),
    priority: draft.priority,
    ...policiesOf(draft),
    keepBodies: draft.keepBodies,
    manageChildren: draft.manageChildren,
  };
}

function policiesOf({ priorityReserves, automaticIncrease, downgrade }: KeyDraft): KeyBody {
  const reserve = ({ upToPercent, policy }: { upToPercent: string; policy: Schemas["ReservePolicy"] }) => ({
    upToPercent: Number(upToPercent),
    policy,
  });
  return {
    priorityReserves: priorityReserves && {
      low: reserve(priorityReserves.low),
      normal: reserve(priorityReserves.normal),
      high: reserve(priorityReserves.high),
      pacingSlackPercent: count(priorityReserves.pacingSlackPercent),
    },
    automaticIncrease: automaticIncrease && {
      by:
        automaticIncrease.unit === "usd"
          ? { usd: automaticIncrease.by.trim(), percent: null }
          : { usd: null, percent: Number(automaticIncrease.by) },
      maxTotal: automaticIncrease.maxTotal.trim(),
      atPercent: Number(automaticIncrease.atPercent),
      times: Number(automaticIncrease.times),
      ttlSeconds: Number(automaticIncrease.ttlSeconds),
      cooldownSeconds: Number(automaticIncrease.cooldownSeconds),
    },
    downgrade: downgrade && {
      rules: downgrade.rules,
      enterPercent: Number(downgrade.enterPercent),
      exitPercent: Number(downgrade.exitPercent),
      switchConversations: downgrade.switchConversations,
    },
  };
}

/** What a draft changes of what it began with: these fields of its body, and no others. */
export function changesOf(base: KeyDraft, draft: KeyDraft): KeyBody {
  const [before, after] = [bodyOf(base), bodyOf(draft)];
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => !isSame(before[name as DraftField], value)),
  ) as KeyBody;
}

/** What a new key is created with: its name, its parent, and what was changed of the defaults. */
export function creationOf(base: KeyDraft, draft: KeyDraft): Schemas["KeyCreation"] {
  const parent = draft.parentId === null ? {} : { parentId: draft.parentId };
  return { ...changesOf(base, draft), ...parent, name: draft.name.trim() } as Schemas["KeyCreation"];
}

export type KeyEdits = { budget: Schemas["BudgetEdit"] | null; rest: Schemas["KeyEdit"] | null };

/**
 * The requests that a change of a key takes: `PATCH` changes all but the budget's limit, and `PUT …/budget` that, with
 * all that belongs to it. A new parent is asked for apart.
 */
export function editsOf({ parentId: _, ...changes }: KeyBody): KeyEdits {
  const isBudget = (name: string) =>
    changes.budgetLimit !== undefined && (WITH_BUDGET as readonly string[]).includes(name);
  const entries = Object.entries(changes);
  const budget = Object.fromEntries(entries.filter(([name]) => isBudget(name)));
  const rest = Object.fromEntries(entries.filter(([name]) => !isBudget(name)));
  return {
    budget: Object.keys(budget).length > 0 ? (budget as Schemas["BudgetEdit"]) : null,
    rest: Object.keys(rest).length > 0 ? (rest as Schemas["KeyEdit"]) : null,
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/** With the names of objects in order, which says nothing; that of lists does. What is no number yet is no null. */
function sorted(value: unknown): unknown {
  if (Number.isNaN(value)) return "NaN";
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => [name, sorted(each)]),
  );
}

function text(typed: string): string | null {
  return typed.trim() === "" ? null : typed.trim();
}

/** An amount stays the text that it is: no digit of it is lost. */
const amount = text;

function count(typed: string): number | null {
  return typed.trim() === "" ? null : Number(typed);
}
