"""Types of several modules' operations. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Audience = Literal["operator", "customer"]
BillingMode = Literal["internal", "external", "hybrid"]
BudgetState = Literal["unlimited", "fine", "near", "exhausted"]
Enforcement = Literal["soft", "hard"]
KeyStatus = Literal["active", "revoked", "expired"]
Level = Literal["warning", "urgent", "limit"]
ModelType = Literal["chat", "embedding", "image"]
Overage = Literal["stop", "metered"]
PackCategory = Literal["paid", "promotional"]
PackState = Literal["scheduled", "live", "used", "expired", "voided"]
Period = Literal["day", "week", "month"]
Priority = Literal["low", "normal", "high", "critical"]
RaisedBy = Literal["policy", "approval"]
RequestState = Literal["pending", "approved", "denied", "withdrawn", "expired"]
ReservePolicy = Literal["pass", "downgrade", "shed"]
TokenClass = Literal[
    "input",
    "cached_input",
    "cache_write",
    "cache_write_1h",
    "input_audio",
    "input_image",
    "output",
    "reasoning",
    "output_audio",
    "output_image",
]
Window = Literal["total", "day", "week", "month"]


class Approval(TypedDict, total=False):
    """Omitted fields are as the request has them. With a null `until`, the limit stays for good."""

    limit: str | None
    until: str | None
    note: str | None


class AutomaticIncreaseBody(TypedDict):
    """By how much, how often and for how long a key's limits are raised when `atPercent` of one is used.

    In effect while the key's priority is `high` or `critical`.
    """

    atPercent: NotRequired[int]
    by: IncreaseStepBody
    maxTotal: str
    times: NotRequired[int]
    ttlSeconds: NotRequired[int]
    cooldownSeconds: NotRequired[int]


class AutomaticIncreaseView(TypedDict):
    """By how much, how often and for how long a key's limits are raised when `atPercent` of one is used.

    In effect while the key's priority is `high` or `critical`.
    """

    atPercent: int
    by: IncreaseStepView
    maxTotal: str
    times: int
    ttlSeconds: int
    cooldownSeconds: int


class BudgetEdit(TypedDict):
    """Omitted fields keep their values. A null `budgetLimit` removes the limit."""

    quotaLimit: NotRequired[str | None]
    quotaPeriod: NotRequired[Period | None]
    quotaZone: NotRequired[str | None]
    quotaStartDay: NotRequired[int | None]
    quotaCarryUnused: NotRequired[bool]
    quotaCarryOverspend: NotRequired[bool]
    budgetLimit: str | None
    budgetAlertThresholds: NotRequired[list[ThresholdBody] | None]
    ownerEmail: NotRequired[str | None]
    enforcement: NotRequired[Enforcement]
    overcommit: NotRequired[bool]


class BudgetViewsForecastView(TypedDict):
    """`exhaustedAt` is null if a quota lasts to its window's end, or the one-time budget for ten years,
    and if it is used up already.

    `projectedUsed` is the expected usage at the window's end, null for the one-time budget.
    """

    exhaustedAt: str | None
    projectedUsed: str | None


class ChargedView(TypedDict):
    """What a key's holder may see of a sum. `requests` includes `failed` and `abandoned` ones.

    `cost` is what is charged. Of it, `packs` was paid by packs of the scope that requests are billed
    at, `included` by a hybrid scope's quota, and `metered` came beyond that. `overage`, a part of
    `metered`, is what the overage factor added, `fees` what least fees added to the cost.
    """

    requests: int
    failed: int
    abandoned: int
    promptTokens: int
    completionTokens: int
    totalTokens: int
    cost: str
    packs: str
    included: str
    metered: str
    overage: str
    fees: str


class ChildCreation(TypedDict):
    """A new child of the acting key or, with `parentId`, of one of its descendants."""

    quotaLimit: NotRequired[str | None]
    quotaPeriod: NotRequired[Period | None]
    quotaZone: NotRequired[str | None]
    quotaStartDay: NotRequired[int | None]
    quotaCarryUnused: NotRequired[bool]
    quotaCarryOverspend: NotRequired[bool]
    ownerEmail: NotRequired[str | None]
    budgetAlertThresholds: NotRequired[list[ThresholdBody] | None]
    alertDebounceSeconds: NotRequired[int | None]
    enforcement: NotRequired[Enforcement]
    rpmLimit: NotRequired[int | None]
    tpmLimit: NotRequired[int | None]
    maxParallel: NotRequired[int | None]
    overcommit: NotRequired[bool]
    allowedModels: NotRequired[list[str] | None]
    expiresAt: NotRequired[str | None]
    tags: NotRequired[dict[str, str]]
    safetyLevel: NotRequired[int | None]
    priority: NotRequired[Priority]
    manageChildren: NotRequired[bool]
    budgetRefusalStatus: NotRequired[Literal[400, 402, 429] | None]
    downgrade: NotRequired[DowngradeBody | None]
    priorityReserves: NotRequired[PriorityReservesBody | None]
    automaticIncrease: NotRequired[AutomaticIncreaseBody | None]
    name: str
    budgetLimit: NotRequired[str | None]
    parentId: NotRequired[str | None]


class ChildEdit(TypedDict, total=False):
    """Omitted fields keep their values."""

    quotaLimit: str | None
    quotaPeriod: Period | None
    quotaZone: str | None
    quotaStartDay: int | None
    quotaCarryUnused: bool
    quotaCarryOverspend: bool
    ownerEmail: str | None
    budgetAlertThresholds: list[ThresholdBody] | None
    alertDebounceSeconds: int | None
    enforcement: Enforcement
    rpmLimit: int | None
    tpmLimit: int | None
    maxParallel: int | None
    overcommit: bool
    allowedModels: list[str] | None
    expiresAt: str | None
    tags: dict[str, str]
    safetyLevel: int | None
    priority: Priority
    manageChildren: bool
    budgetRefusalStatus: Literal[400, 402, 429] | None
    downgrade: DowngradeBody | None
    priorityReserves: PriorityReservesBody | None
    automaticIncrease: AutomaticIncreaseBody | None
    name: str


class ClassReserveBody(TypedDict):
    """Up to which percent of each budget a priority is let in, and what becomes of it beyond that.

    `shed` refuses it, `downgrade` has a cheaper model serve it, or refuses it where no rule of
    `downgrade` names one, `pass` lets it in.
    """

    upToPercent: int
    policy: NotRequired[ReservePolicy]


class ClassReserveView(TypedDict):
    """Up to which percent of each budget a priority is let in, and what becomes of it beyond that.

    `shed` refuses it, `downgrade` has a cheaper model serve it, or refuses it where no rule of
    `downgrade` names one, `pass` lets it in.
    """

    upToPercent: int
    policy: ReservePolicy


class Denial(TypedDict):
    """`reason` is told to whoever asked."""

    reason: str


class DowngradeBody(TypedDict):
    """Cheaper models for calls of a key, and of keys below it, while one of its budgets is tight.

    It is tight from `enterPercent` of a budget on, until less than `exitPercent` of each is used.
    """

    rules: list[DowngradeRuleBody]
    enterPercent: NotRequired[int]
    exitPercent: NotRequired[int]
    switchConversations: NotRequired[bool]


_DowngradeRuleBody = TypedDict("_DowngradeRuleBody", {"from": str})


class DowngradeRuleBody(_DowngradeRuleBody):
    """Calls of the model `from` are served by the first of `to` that can serve them."""

    to: list[str]


class DowngradeView(TypedDict):
    """Cheaper models for calls of a key, and of keys below it, while one of its budgets is tight.

    It is tight from `enterPercent` of a budget on, until less than `exitPercent` of each is used.
    """

    rules: list[DowngradeRuleBody]
    enterPercent: int
    exitPercent: int
    switchConversations: bool


class IncreaseStepBody(TypedDict, total=False):
    """A step's amount, in USD or in percent of the limit as it is without a raise: one of the two."""

    usd: str | None
    percent: int | None


class IncreaseStepView(TypedDict):
    """A step's amount, in USD or in percent of the limit as it is without a raise: one of the two."""

    usd: str | None
    percent: int | None


class LiveBudget(TypedDict):
    """How the budget stands now, USD. `allowance` is the limit, for a quota with what was carried over."""

    limit: str
    allowance: str
    used: str
    held: str
    remaining: str
    resetsAt: str | None


class OwnPackView(TypedDict):
    """A pack as the key's holder sees it. `used`, `left` and `voided` add up to `amount`.

    What is `left` of a pack that has expired is lost.
    """

    id: str
    name: str | None
    amount: str
    used: str
    left: str
    voided: str
    state: PackState
    category: PackCategory
    priority: int
    effectiveAt: str
    expiresAt: str | None
    models: list[str] | None
    createdAt: str


class PaceView(TypedDict):
    """What the key with its descendants spent per day, from `since` until just before `until`."""

    costPerDay: str
    since: str
    until: str


class PriorityReservesBody(TypedDict, total=False):
    """What a key keeps of its budgets for calls of higher priority; `critical` is let in to the end.

    With `pacingSlackPercent`, `low` is let in only while the quota's used share is at most that much
    ahead of its window's elapsed share.
    """

    low: ClassReserveBody
    normal: ClassReserveBody
    high: ClassReserveBody
    pacingSlackPercent: int | None


class PriorityReservesView(TypedDict):
    """What a key keeps of its budgets for calls of higher priority; `critical` is let in to the end.

    With `pacingSlackPercent`, `low` is let in only while the quota's used share is at most that much
    ahead of its window's elapsed share.
    """

    low: ClassReserveView
    normal: ClassReserveView
    high: ClassReserveView
    pacingSlackPercent: int | None


class Rotation(TypedDict, total=False):
    """How long the present secrets stay valid, up to 30 days; by default as the settings say."""

    graceSeconds: int | None


class TemporaryLimit(TypedDict):
    """A limit that is raised `until` a moment, at which it falls back to `falls_back_to`."""

    window: str
    limit: str
    fallsBackTo: str
    until: str
    by: RaisedBy


class ThresholdBody(TypedDict):
    """`notify` contains `owner`, `admin` or e-mail addresses."""

    percent: int
    level: Level
    notify: list[str]


class TokenPrices(TypedDict, total=False):
    """USD per 1M tokens, by token class; a class without a rate is null."""

    inputPrice: str | None
    cachedInputPrice: str | None
    cacheWritePrice: str | None
    cacheWrite1hPrice: str | None
    inputAudioPrice: str | None
    inputImagePrice: str | None
    outputPrice: str | None
    reasoningPrice: str | None
    outputAudioPrice: str | None
    outputImagePrice: str | None


class TokenPricesView(TypedDict):
    """USD per 1M tokens, by token class; a class without a rate is null."""

    inputPrice: str | None
    cachedInputPrice: str | None
    cacheWritePrice: str | None
    cacheWrite1hPrice: str | None
    inputAudioPrice: str | None
    inputImagePrice: str | None
    outputPrice: str | None
    reasoningPrice: str | None
    outputAudioPrice: str | None
    outputImagePrice: str | None


class WindowBody(TypedDict):
    """Hours in which tokens cost `multiplier` times their rate, up to but not including `end`."""

    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]]
    start: str
    end: str
    zone: str
    multiplier: str


class BudgetView(LiveBudget):
    """A budget: `total`, or the quota by its period. `allowance` is the limit plus what was carried over.

    `packs` is what is left of packs that pay before it; `remaining` has it in it.

    The forecast is null if the daily spending is unknown.
    """

    window: str
    packs: str
    enforcement: Enforcement
    exhausted: bool
    forecast: BudgetViewsForecastView | None


class PriceBody(TokenPrices, total=False):
    """`effectiveAt` defaults to now. `source` and `sourcedAt` say where prices from a catalog come from.

    `serviceTiers` and `serviceTierPrices` also apply to speeds (`fast`).
    """

    tiers: list[TierRates]
    serviceTiers: dict[str, str]
    serviceTierPrices: dict[str, TokenPrices]
    inferenceGeos: dict[str, str]
    windows: list[WindowBody]
    requestPrice: str
    toolPrices: dict[str, str]
    effectiveAt: str | None
    source: str | None
    sourcedAt: str | None


class PriceView(TokenPricesView):
    """A price version; its fields are null without one. `fromCatalog` says whether it has a source."""

    priceVersion: str | None
    effectiveAt: str | None
    tiers: list[TierRatesView]
    serviceTiers: dict[str, str]
    serviceTierPrices: dict[str, TokenPricesView]
    inferenceGeos: dict[str, str]
    windows: list[WindowView]
    requestPrice: str
    toolPrices: dict[str, str]
    fromCatalog: bool
    source: str | None
    sourcedAt: str | None


class TallyView(ChargedView):
    """In addition, for administrators alone, the provider's price (`providerCost`), which `cost` is less
    `margin`.
    """

    providerCost: str
    margin: str


class TierRates(TokenPrices):
    """Rates for requests whose whole prompt is longer than `abovePromptTokens`."""

    abovePromptTokens: int


class TierRatesView(TokenPricesView):
    """Rates for requests whose whole prompt is longer than `abovePromptTokens`."""

    abovePromptTokens: int


class WindowView(WindowBody):
    """Hours in which tokens cost `multiplier` times their rate, up to but not including `end`."""


class KeyRow(TallyView):
    """`name` is null for a deleted key."""

    keyId: str
    name: str | None


class ModelRow(TallyView):
    model: str
    modelId: str
