import type { Schemas } from "@/api/client";

type KeyView = Schemas["KeyView"];
type KeyStanding = Schemas["KeyStanding"];
export type Refusal = Schemas["StandingRefusal"];

/** How a key stands, in the order of urgency. */
export type KeyState =
  | { kind: "refusing"; refusals: Refusal[] }
  | { kind: "downgrading" }
  | { kind: "beyond"; window: string; isMetered: boolean }
  | { kind: "near"; window: string; percent: number; exhaustedAt: string | null }
  | { kind: "runsOut"; window: string; exhaustedAt: string }
  | { kind: "unlimited" }
  | { kind: "fine" };

/** What would make calls pass again, of what can be done here. */
export type Remedy = "raise" | "reinstate" | "unexpire" | "wait" | "look";

const BY_MONEY: ReadonlySet<string> = new Set([
  "budget_exhausted",
  "quota_exhausted",
  "parent_budget_exhausted",
  "request_exceeds_budget",
  "budget_reserved",
]);
const BY_TIME: ReadonlySet<string> = new Set(["budget_held", "rate_limit_exceeded", "too_many_parallel_requests"]);
const USUAL_NEAR = 80;
const ALL = 100;

export function stateOf(key: KeyView, standing: KeyStanding): KeyState {
  if (standing.refusals.length > 0) return { kind: "refusing", refusals: standing.refusals };
  if (key.downgrading) return { kind: "downgrading" };
  const fullest = standing.budgets
    .map((budget) => ({ budget, percent: percentUsed(budget) }))
    .toSorted((a, b) => b.percent - a.percent)[0];
  if (fullest === undefined) return { kind: "unlimited" };
  if (fullest.percent >= ALL) {
    // Calls pass nevertheless: by packs, or because what comes beyond a quota is metered.
    const isMetered = key.overage === "metered" && key.billingMode === "hybrid" && fullest.budget.resetsAt !== null;
    return { kind: "beyond", window: fullest.budget.window, isMetered };
  }
  if (fullest.percent >= nearFrom(key)) {
    const { window, forecast } = fullest.budget;
    return { kind: "near", window, percent: fullest.percent, exhaustedAt: forecast?.exhaustedAt ?? null };
  }
  return soonest(standing.budgets) ?? { kind: "fine" };
}

export function remedyOf({ reason, window, byOpenRequests }: Refusal): Remedy {
  if (reason === "key_revoked") return "reinstate";
  if (reason === "key_expired") return "unexpire";
  if (byOpenRequests || BY_TIME.has(reason)) return "wait";
  return BY_MONEY.has(reason) && window !== null ? "raise" : "look";
}

/** What a rehearsed call was refused for, as what refuses all calls is told. */
export function refusalOf(refused: Schemas["RefusalView"], at: string): Refusal {
  const { keyId, keyName, reason, message, shortage, retryAfter } = refused;
  const retryAt = retryAfter === null ? null : new Date(Date.parse(at) + retryAfter * 1000).toISOString();
  return {
    keyId,
    name: keyName,
    reason,
    message,
    window: shortage?.window ?? null,
    since: null,
    until: retryAt ?? shortage?.resetsAt ?? null,
    byOpenRequests: reason === "budget_held",
  };
}

/** The percent of its budgets from which a key is told to be near its end. */
export function nearFrom(key: KeyView): number {
  const percents = key.budgetAlertThresholds.map(({ percent }) => percent);
  return percents.length === 0 ? USUAL_NEAR : Math.min(...percents);
}

/** How much of what may be spent is used, in whole percent, for words and bars alone. */
export function percentUsed({ used, allowance }: { used: string; allowance: string }): number {
  const total = Number(allowance);
  return total > 0 ? Math.floor((Number(used) / total) * 100) : 100;
}

/** The budget that runs out first, if one does before its window ends. Ten years on is never. */
function soonest(budgets: KeyStanding["budgets"]): KeyState | null {
  const ends = budgets.flatMap(({ window, resetsAt, forecast }) =>
    forecast?.exhaustedAt && resetsAt !== null ? [{ window, exhaustedAt: forecast.exhaustedAt }] : [],
  );
  const first = ends.toSorted((a, b) => a.exhaustedAt.localeCompare(b.exhaustedAt))[0];
  return first === undefined ? null : { kind: "runsOut", ...first };
}
