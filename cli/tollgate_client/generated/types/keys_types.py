"""Types of keys. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from tollgate_client.generated.types.shared_types import (
    AutomaticIncreaseView,
    BillingMode,
    BudgetState,
    BudgetView,
    ChildCreation,
    ChildEdit,
    DowngradeView,
    Enforcement,
    KeyRow,
    KeyStatus,
    ModelRow,
    Overage,
    OwnPackView,
    PaceView,
    PackCategory,
    PackState,
    Period,
    Priority,
    PriorityReservesView,
    TallyView,
    TemporaryLimit,
    ThresholdBody,
)

Reason = Literal[
    "invalid_api_key",
    "key_expired",
    "key_revoked",
    "model_not_allowed",
    "model_not_found",
    "model_not_priced",
    "tier_not_priced",
    "tool_not_priced",
    "model_wrong_type",
    "model_wrong_provider",
    "missing_model",
    "invalid_json",
    "unknown_member",
    "invalid_parameter",
    "untranslatable",
    "thread_unsupported_request",
    "unknown_route",
    "upgrade_required",
    "unsupported_encoding",
    "method_not_allowed",
    "request_too_large",
    "response_not_found",
    "file_not_found",
    "batch_not_found",
    "batch_not_settled",
    "batch_unconfirmed",
    "previous_response_not_found",
    "idempotency_key_in_use",
    "idempotency_key_reused",
    "idempotent_answer_not_kept",
    "budget_exhausted",
    "quota_exhausted",
    "parent_budget_exhausted",
    "request_exceeds_budget",
    "downgrade_required",
    "budget_held",
    "budget_reserved",
    "rate_limit_exceeded",
    "request_exceeds_rate_limit",
    "too_many_parallel_requests",
    "provider_unavailable",
    "provider_authentication",
    "provider_timeout",
    "all_providers_failed",
    "response_too_large",
    "internal_error",
    "key_not_found",
    "budget_request_not_found",
    "key_management_not_allowed",
    "conflict",
    "precondition_failed",
]


class AdmissionView(TypedDict):
    """What the gateway would decide `at` this moment; nothing is held or changed.

    `maxCost` is what would be held. `servedBy` is the model that would serve the call, where a policy
    puts it in the place of the `model`.
    """

    at: str
    model: str | None
    servedBy: str | None
    admitted: bool
    maxCost: str
    refusal: RefusalView | None


class AncestorStanding(TypedDict):
    """A key above, with its budgets. Their forecast is not looked into."""

    keyId: str
    name: str
    status: KeyStatus
    overcommit: bool
    budgets: list[BudgetView]


_BillView = TypedDict("_BillView", {"from": str})


class BillView(_BillView):
    """A month's usage of a key (`own`), and of the key with all its descendants at the time (`tree`).

    `byModel` adds up to `tree`, and so do `byKey` and `moved`. `byKey` has a row for the key itself and
    one for each of its present children with their descendants. `moved` accounts for keys that were
    moved: what those that left had used here, less what those that arrived had used elsewhere.

    `packs` has the key's own packs that paid in the month, were added in it or still had something left
    in it. What they have `drawn` adds up to `charges.packs`, and `tree.cost` is `charges.total`.
    `billingMode` and `costCentre` are those that are in force for the key now. For the customer, each
    `providerCost` and `margin` is left out.
    """

    keyId: str
    name: str
    month: str
    to: str
    zone: str
    billingMode: BillingMode
    costCentre: str | None
    charges: ChargesView
    packs: list[PackLine]
    tree: TallyView
    own: TallyView
    byModel: list[ModelRow]
    byKey: list[KeyRow]
    moved: TallyView


class BudgetReset(TypedDict, total=False):
    """Which of the used amounts to reset."""

    budget: bool
    quota: bool


class BudgetStanding(BudgetView):
    """A budget with its course since `startsAt`, the beginning of its window or of the key, at most 92
    days.

    The course is worked out backwards from what is used now, by the cost of each day. A reset in
    between shows as zero before it.
    """

    startsAt: str
    course: list[CoursePoint]


class ChargesView(TypedDict):
    """How the month's costs come about, USD: `total` = `packs` + `included` + `metered` + `other`.

    `packs` is what the key's own packs paid, `included` and `metered` are of requests that are billed
    at this key as a hybrid one, `other` is what is left: all that no pack paid where the key isn't
    hybrid, and what keys below it with a billing mode of their own used. `due` = `metered` + `other` is
    what an invoice of the month's usage comes to; `purchases`, the prices of the key's own packs that
    were bought in the month, is beside that. `overage` is a part of `metered`, and `fees` of `total`.
    `margin` = `total` - `providerCost`.
    """

    total: str
    packs: str
    included: str
    metered: str
    other: str
    due: str
    purchases: str
    overage: str
    fees: str
    providerCost: str
    margin: str


class CoursePoint(TypedDict):
    """What of a budget was used at the end of a day of the reporting zone; on the last one, by now."""

    date: str
    used: str


_FactorInEffect = TypedDict("_FactorInEffect", {"from": "str | None"})


class FactorInEffect(_FactorInEffect):
    """A factor, and the key that sets it; null if none does."""

    priceFactor: str


class KeyCreation(ChildCreation, total=False):
    """Omitted fields get the default settings; the priority is then at most the parent's."""

    externalId: str | None
    managedBy: str | None
    priceFactor: str | None
    modelPriceFactors: dict[str, str]
    scheduledPriceFactors: list[ScheduledFactorBody]
    minimumFee: str | None
    keepBodies: bool
    billingMode: BillingMode | None
    costCentre: str | None
    overage: Overage
    overageLimit: str | None
    overageFactor: str


class KeyEdit(ChildEdit, total=False):
    """Omitted fields keep their values. `parentId` can't be combined with other fields."""

    parentId: str | None
    externalId: str | None
    managedBy: str | None
    priceFactor: str | None
    modelPriceFactors: dict[str, str]
    scheduledPriceFactors: list[ScheduledFactorBody]
    minimumFee: str | None
    keepBodies: bool
    billingMode: BillingMode | None
    costCentre: str | None
    overage: Overage
    overageLimit: str | None
    overageFactor: str


class KeyStanding(TypedDict):
    """How a key stands `at` a moment. `above` begins with its parent.

    `refusals` is what refuses calls that cost anything, whatever they ask for, from the key up: calls
    are answered with the first. A key that has none may still refuse a call for its model, its size or
    a rate.
    """

    keyId: str
    at: str
    zone: str
    pace: PaceView | None
    budgets: list[BudgetStanding]
    above: list[AncestorStanding]
    refusals: list[StandingRefusal]


class KeyView(TypedDict):
    """`path` is the ids from the root down to the key itself. The quota is shown for the present window.

    `priceTermsInEffect` are the key's own or those that it has from keys above it. `packsLeft` is what
    is left of the packs that pay for calls of all models now.

    Thresholds and debounce are those in effect, the key's own or the alert defaults.
    """

    name: str
    parentId: str | None
    ownerEmail: str | None
    enforcement: Enforcement
    budgetLimit: str | None
    quotaLimit: str | None
    quotaPeriod: Period | None
    quotaZone: str | None
    quotaStartDay: int | None
    quotaCarryUnused: bool
    quotaCarryOverspend: bool
    rpmLimit: int | None
    tpmLimit: int | None
    maxParallel: int | None
    overcommit: bool
    budgetAlertThresholds: list[ThresholdBody]
    alertDebounceSeconds: int
    allowedModels: list[str] | None
    expiresAt: str | None
    externalId: str | None
    managedBy: str | None
    tags: dict[str, str]
    billingMode: BillingMode | None
    costCentre: str | None
    overage: Overage
    overageLimit: str | None
    overageFactor: str
    priceFactor: str | None
    modelPriceFactors: dict[str, str]
    scheduledPriceFactors: list[ScheduledFactorView]
    minimumFee: str | None
    safetyLevel: int | None
    priority: Priority
    downgrade: DowngradeView | None
    priorityReserves: PriorityReservesView | None
    automaticIncrease: AutomaticIncreaseView | None
    keepBodies: bool
    manageChildren: bool
    budgetRefusalStatus: int | None
    selfNamed: bool
    status: KeyStatus
    id: str
    path: list[str]
    budgetAlertThresholdsInherited: bool
    alertDebounceSecondsInherited: bool
    priceTermsInEffect: PriceTermsInEffect
    budgetUsed: str
    budgetHeld: str
    budgetRemaining: str | None
    budgetState: BudgetState
    packsLeft: str
    quotaUsed: str | None
    quotaHeld: str | None
    quotaAllowance: str | None
    quotaRemaining: str | None
    quotaResetsAt: str | None
    temporaryLimits: list[TemporaryLimit]
    requestsOpen: int
    downgrading: bool
    previousSecretsValidUntil: str | None
    revision: int
    createdAt: str
    updatedAt: str
    lastUsedAt: str | None


class PackCreation(TypedDict):
    """A pack of `amount` USD. `priority` orders packs, the lowest first.

    It pays for calls that are admitted from `effectiveAt`, by default now, until just before
    `expiresAt`, by default for good; with `models`, for those alone. `price` is what was paid for it.
    """

    amount: str
    price: NotRequired[str | None]
    category: NotRequired[PackCategory]
    priority: NotRequired[int]
    effectiveAt: NotRequired[str | None]
    expiresAt: NotRequired[str | None]
    models: NotRequired[list[str] | None]
    name: NotRequired[str | None]
    externalId: NotRequired[str | None]


class PackLine(TypedDict):
    """What a pack of the key has paid in the month (`drawn`), and for how many requests.

    The rest is how it stands now, as at `/apiKey/{keyId}/packs`: `used`, `left` and `voided` add up to
    `amount`, and what is `left` of one that has expired is lost.
    """

    packId: str
    name: str | None
    category: PackCategory | None
    state: PackState | None
    requests: int
    drawn: str
    amount: str | None
    price: str | None
    used: str | None
    left: str | None
    voided: str | None
    createdAt: str | None
    expiresAt: str | None


class PackView(OwnPackView):
    """A pack of a key. `used`, `left` and `voided` add up to `amount`.

    What is `left` of a pack that has expired is lost.
    """

    price: str | None
    externalId: str | None


class PriceTermsInEffect(TypedDict):
    """What a key's calls are charged by at present, and the keys that say so; null where none does.

    `models` are those that the key or one above it names in a factor.
    """

    priceFactor: str
    priceFactorFrom: str | None
    models: dict[str, FactorInEffect]
    minimumFee: str
    minimumFeeFrom: str | None


class RefusalView(TypedDict):
    """`keyId` is the key that refuses: the call's own, or one above it. `message` is what the caller is
    told.

    `retryAfter`, in seconds, is null where no time will help.
    """

    reason: Reason
    message: str
    keyId: str
    keyName: str
    retryAfter: float | None
    shortage: ShortageView | None


_ScheduledFactorBody = TypedDict("_ScheduledFactorBody", {"from": "NotRequired[str | None]"})


class ScheduledFactorBody(_ScheduledFactorBody):
    """A factor from a moment on and before another, open where null; of all models unless they are named."""

    factor: str
    until: NotRequired[str | None]
    models: NotRequired[list[str] | None]


_ScheduledFactorView = TypedDict("_ScheduledFactorView", {"from": "str | None"})


class ScheduledFactorView(_ScheduledFactorView):
    """A factor from a moment on and before another, open where null; of all models unless they are named."""

    factor: str
    until: str | None
    models: list[str] | None


class ShortageView(TypedDict):
    """The limit that is short, USD. `window` is `total`, or the quota's period; `cost` the least it takes."""

    window: str
    limit: str
    allowance: str
    used: str
    held: str
    cost: str | None
    resetsAt: str | None


class StandingRefusal(TypedDict):
    """What refuses calls: the key itself, or one above it.

    `reason` and `message` are what calls get. `window` is the budget in question. `since` is when it
    was first noticed, null if nobody has noted that; `until` is when it ends by itself, null if it
    doesn't, or if that depends on requests in progress (`byOpenRequests`).
    """

    keyId: str
    name: str
    reason: Reason
    message: str
    window: str | None
    since: str | None
    until: str | None
    byOpenRequests: bool


class TemporaryRaise(TypedDict):
    """A limit `until` a moment, within 365 days, of the budget that `window` names, as answers call it."""

    window: Literal["total", "day", "week", "month"]
    limit: str
    until: str


class IssuedKeyView(KeyView):
    """A key with its new secret, which is shown only in this response; null if there is none."""

    key: str | None


class ListedKeyView(KeyView):
    """A key and its place in the tree: `pathNames` are the names of the keys of `path`.

    `childCount` is how many keys are right below it. While one is created or moved, it may be one too
    many.
    """

    pathNames: list[str]
    childCount: int
