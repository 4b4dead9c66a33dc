"""Types of self service. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from tollgate_client.generated.types.shared_types import (
    AutomaticIncreaseView,
    BillingMode,
    BudgetState,
    BudgetView,
    ChargedView,
    DowngradeView,
    Enforcement,
    KeyStatus,
    LiveBudget,
    Overage,
    PaceView,
    Period,
    Priority,
    PriorityReservesView,
    RequestState,
    TemporaryLimit,
    ThresholdBody,
    Window,
)


class Asking(TypedDict):
    """A higher limit, USD, for one of a key's budgets, maybe only until a time.

    `window` is `total`, or the period of the key's quota. `keyId` is the key that asks, or one below
    it.
    """

    window: Window
    limit: str
    reason: str
    until: NotRequired[str | None]
    keyId: NotRequired[str | None]


class BlockView(TypedDict):
    """An exhausted budget of an ancestor, as refusals name it."""

    scope: str
    window: str
    resetsAt: str | None


class DecisionView(TypedDict):
    """What was decided; `limit` and `until` are null unless it was approved."""

    limit: str | None
    until: str | None
    note: str | None
    at: str


class ErrorBody(TypedDict):
    """`code` says which error it is, `param` which field or parameter is wrong, if one is.

    `details` say which budget refuses, and how it stands. Other errors have none.
    """

    message: str
    type: str
    code: str
    param: str | None
    details: NotRequired[dict[str, Any]]


class Estimate(TypedDict):
    """What a call would cost at most, and whether it would be let through.

    `maxCost` is what it would hold. Without `outputLimited` an answer can be longer than
    `outputTokens`. `downgradedFrom` is the model that was asked for, if another one would serve the
    call; `phase` is out of what it would be paid, null without packs and hybrid billing.
    """

    object: Literal["estimate"]
    endpoint: str
    model: str
    downgradedFrom: str | None
    maxCost: str
    inputTokens: int
    outputTokens: int
    outputLimited: bool
    priceVersions: list[str]
    admitted: bool
    refusal: EstimateRefusal | None
    phase: str | None
    budgets: list[EstimateBudget]


class EstimateBudget(LiveBudget):
    """How a budget stands, and what remains of it if the call costs as much as it can."""

    window: str
    packs: str
    remainingAfter: str
    enforcement: Enforcement


class EstimateRefusal(TypedDict):
    """What the call would be answered at this moment; `retryAfter` is in seconds."""

    error: ErrorBody
    status: int
    retryAfter: float | None


class OwnDayRow(ChargedView):
    date: str


class OwnKeyView(TypedDict):
    """A key as holders of it or of its ancestors see it, without the settings for administrators alone.

    `path` is the ids from the acting key down to this one; ancestors of the acting key aren't shown.
    Null thresholds and debounce mean the deployment's.
    """

    id: str
    name: str
    parentId: str | None
    path: list[str]
    status: KeyStatus
    ownerEmail: str | None
    tags: dict[str, str]
    enforcement: Enforcement
    budgetLimit: str | None
    budgetUsed: str
    budgetHeld: str
    budgetRemaining: str | None
    budgetState: BudgetState
    packsLeft: str
    quotaLimit: str | None
    quotaPeriod: Period | None
    quotaZone: str | None
    quotaStartDay: int | None
    quotaCarryUnused: bool
    quotaCarryOverspend: bool
    quotaUsed: str | None
    quotaHeld: str | None
    quotaAllowance: str | None
    quotaRemaining: str | None
    quotaResetsAt: str | None
    rpmLimit: int | None
    tpmLimit: int | None
    maxParallel: int | None
    temporaryLimits: list[TemporaryLimit]
    requestsOpen: int
    overcommit: bool
    allowedModels: list[str] | None
    safetyLevel: int | None
    priority: Priority
    keepBodies: bool
    manageChildren: bool
    billingMode: BillingMode | None
    costCentre: str | None
    overage: Overage
    overageLimit: str | None
    overageFactor: str
    budgetRefusalStatus: int | None
    expiresAt: str | None
    budgetAlertThresholds: list[ThresholdBody] | None
    alertDebounceSeconds: int | None
    previousSecretsValidUntil: str | None
    revision: int
    createdAt: str
    updatedAt: str
    lastUsedAt: str | None
    downgrade: DowngradeView | None
    priorityReserves: PriorityReservesView | None
    automaticIncrease: AutomaticIncreaseView | None


class OwnModelRow(ChargedView):
    model: str


class OwnRequestView(TypedDict):
    """A request, as holders see it. `budget` is null if the key has no such limit any more.

    `askedBy` is null for a key above the acting one.
    """

    id: str
    keyId: str
    keyName: str | None
    window: Window
    state: RequestState
    limit: str
    limitWhenAsked: str
    reason: str
    until: str | None
    askedBy: str | None
    askedAt: str
    expiresAt: str
    decision: DecisionView | None
    budget: LiveBudget | None


class RateView(TypedDict):
    limit: int
    remaining: int


class RatesView(TypedDict):
    """What is left in the present minute, and how many more requests may run at once; null is no limit."""

    requests: RateView | None
    tokens: RateView | None
    parallel: RateView | None
    resetsAt: str


_UsageView = TypedDict("_UsageView", {"from": str})


class UsageView(_UsageView):
    """With `tree`, the figures include those of the descendants at the time.

    Budgets always count what descendants spend. Days are those of `zone`, the deployment's reporting
    zone.
    """

    keyId: str
    name: str
    status: KeyStatus
    to: str
    zone: str
    tree: bool
    budgets: list[BudgetView]
    blockedBy: list[BlockView]
    rateLimits: RatesView
    pace: PaceView | None
    totals: ChargedView
    byDay: list[OwnDayRow]
    byModel: list[OwnModelRow]


class IssuedOwnKeyView(OwnKeyView):
    """A key with its new secret, which is shown only in this response."""

    key: str
