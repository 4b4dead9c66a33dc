import type { Messages } from "@/messages/en";
import { formatUsd } from "@/ui/money";
import type { KeyDraft } from "./draft";
import { durationText } from "./durationText";
import { inheritedTerm, lowestSafetyLevel, nearest, type Surroundings } from "./inherited";
import type { GroupId } from "./useKeyForm";

type Told = Messages["keySettings"];
type Context = { draft: KeyDraft; surroundings: Surroundings; m: Told; locale: string };

/** What is set in a group, in a line; also what the key has from above or by default, where that matters. */
export function summaryOf(group: GroupId, context: Context): string {
  return SUMMARIES[group](context)
    .filter((part) => part !== undefined)
    .join(context.m.summary.separator);
}

const SUMMARIES: Record<GroupId, (context: Context) => Array<string | undefined>> = {
  identity: ({ draft, surroundings, m }) => {
    const parent = surroundings.ancestors[0];
    const above = nearest(surroundings, "costCentre");
    return [
      set(draft.ownerEmail) ?? m.summary.noOwner,
      parent === undefined ? m.summary.top : m.summary.below(parent.name),
      set(draft.costCentre) ?? (above === null ? undefined : m.summary.inheritedFrom(above.value, above.from.name)),
      draft.tags.length === 0 ? undefined : m.summary.tags(draft.tags.length),
    ];
  },
  limits: ({ draft, m }) => {
    const budget = set(draft.budgetLimit);
    const quota = set(draft.quotaLimit);
    return [
      budget === undefined ? undefined : m.summary.budget(formatUsd(budget)),
      quota === undefined ? undefined : m.summary.quota(formatUsd(quota), m.choices.perPeriod[draft.quotaPeriod]),
      budget === undefined && quota === undefined ? m.summary.noLimit : undefined,
      m.choices.enforcement[draft.enforcement],
      draft.overcommit ? undefined : m.summary.noOvercommit,
    ];
  },
  rates: ({ draft, m, locale }) => {
    const grouped = (typed: string, shown: (value: string) => string) => {
      const value = set(typed);
      return value === undefined ? undefined : shown(groupedCount(value, locale));
    };
    const parts = [
      grouped(draft.rpmLimit, m.summary.rpm),
      grouped(draft.tpmLimit, m.summary.tpm),
      grouped(draft.maxParallel, m.summary.parallel),
    ];
    return parts.every((part) => part === undefined) ? [m.summary.noRates] : parts;
  },
  models: ({ draft, surroundings, m }) => {
    const above = lowestSafetyLevel(surroundings);
    const level = set(draft.safetyLevel);
    return [
      draft.allowedModels === null ? m.summary.allModels : m.summary.someModels(draft.allowedModels.length),
      level !== undefined
        ? m.summary.safety(level)
        : above === null
          ? undefined
          : m.summary.inheritedFrom(m.summary.safety(String(above.value)), above.from.name),
    ];
  },
  alerts: ({ draft, surroundings, m }) => {
    const own = draft.budgetAlertThresholds;
    const percents = (own ?? surroundings.alertDefaults.budgetAlertThresholds)
      .map(({ percent }) => `${percent} %`)
      .join(", ");
    const pause = Number(set(draft.alertDebounceSeconds) ?? surroundings.alertDefaults.debounceSeconds);
    return [
      own === null
        ? m.summary.inheritedThresholds(percents)
        : own.length === 0
          ? m.summary.noAlerts
          : m.summary.thresholds(percents),
      Number.isNaN(pause) ? undefined : m.summary.debounce(durationText(pause, m.units)),
    ];
  },
  expiry: ({ draft, m, locale }) => [
    draft.expiresAt === null
      ? m.summary.never
      : m.summary.expires(
          new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(
            new Date(draft.expiresAt),
          ),
        ),
  ],
  billing: ({ draft, surroundings, m }) => {
    const above = nearest(surroundings, "billingMode");
    const names = m.choices.billingMode;
    if (draft.billingMode !== "") {
      const isMetered = draft.billingMode === "hybrid" && draft.overage === "metered";
      return [names[draft.billingMode], isMetered ? m.summary.metered : undefined];
    }
    return [
      above === null
        ? m.summary.byDefault(names.internal)
        : m.summary.inheritedFrom(names[above.value], above.from.name),
    ];
  },
  prices: ({ draft, surroundings, m }) => {
    const factor = set(draft.priceFactor);
    const fee = set(draft.minimumFee);
    const above = inheritedTerm(surroundings, "priceFactor");
    return [
      factor !== undefined
        ? m.summary.factor(factor)
        : above.from === null
          ? m.summary.byDefault(m.summary.factor(above.value))
          : m.summary.inheritedFrom(m.summary.factor(above.value), above.from.name),
      draft.modelPriceFactors.length === 0 ? undefined : m.summary.models(draft.modelPriceFactors.length),
      draft.scheduledPriceFactors.length === 0 ? undefined : m.summary.scheduled(draft.scheduledPriceFactors.length),
      fee === undefined ? undefined : m.summary.fee(formatUsd(fee)),
    ];
  },
  policies: ({ draft, m }) => [
    m.summary.priority(m.choices.priority[draft.priority]),
    draft.priorityReserves === null ? undefined : m.summary.reserves,
    draft.automaticIncrease === null ? undefined : m.summary.increase,
    draft.downgrade === null ? undefined : m.summary.downgrade(draft.downgrade.rules.length),
  ],
  holder: ({ draft, m }) => [
    draft.manageChildren ? m.summary.manages : m.summary.managesNot,
    draft.keepBodies ? m.summary.keeps : m.summary.keepsNot,
  ],
};

function set(typed: string): string | undefined {
  return typed.trim() === "" ? undefined : typed.trim();
}

function groupedCount(typed: string, locale: string): string {
  return /^\d+$/.test(typed) ? new Intl.NumberFormat(locale).format(Number(typed)) : typed;
}
