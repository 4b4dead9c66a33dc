"""Types of costs. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from tollgate_client.generated.types.shared_types import KeyRow, ModelRow, PriceBody, TallyView, TokenClass

FocusExportFormat = Literal["focus"]
Granularity = Literal["day", "month"]
Group = Literal["key", "model", "provider", "owner", "tag", "costCentre"]
Interval = Literal["day", "month"]
Metric = Literal[
    "cost",
    "providerCost",
    "margin",
    "requests",
    "failed",
    "abandoned",
    "totalTokens",
    "promptTokens",
    "completionTokens",
    "packs",
    "included",
    "metered",
    "overage",
    "fees",
]
Sort = Literal[
    "name",
    "-name",
    "requests",
    "-requests",
    "failed",
    "-failed",
    "abandoned",
    "-abandoned",
    "promptTokens",
    "-promptTokens",
    "completionTokens",
    "-completionTokens",
    "totalTokens",
    "-totalTokens",
    "cost",
    "-cost",
    "providerCost",
    "-providerCost",
    "margin",
    "-margin",
    "packs",
    "-packs",
    "included",
    "-included",
    "metered",
    "-metered",
    "overage",
    "-overage",
    "fees",
    "-fees",
]


class BudgetEntry(TypedDict):
    """A key with the worst of its budgets; `window` is `total` or the quota's period, null without one.

    `percentUsed` is also null if the budget is 0. The most recent usage may be missing.
    """

    keyId: str
    name: str | None
    window: str | None
    percentUsed: int | None
    resetsAt: str | None


class BudgetHealth(TypedDict):
    """Active keys by the state of their own budgets."""

    exhausted: StateHealth
    near: StateHealth
    fine: StateHealth
    unlimited: StateHealth
    byPriority: PriorityCounts


class Change(TypedDict):
    requests: CountChange
    totalTokens: CountChange
    cost: CostChange


class CostCentreRow(TallyView):
    """`costCentre` is null for usage of keys that had none."""

    costCentre: str | None


class CostChange(TypedDict):
    """Like `CountChange`, in USD."""

    absolute: str
    percent: str | None


class CountChange(TypedDict):
    """`percent` is relative to the previous figure, to two decimals; null if that was 0."""

    absolute: int
    percent: str | None


class DayRow(TallyView):
    date: str


class LatencyView(TypedDict):
    """From admission to completion, in ms; null without requests. Percentiles may be up to 50% too high."""

    mean: int | None
    p50: int | None
    p95: int | None
    p99: int | None


_MonthOutlookForecastView = TypedDict("_MonthOutlookForecastView", {"from": str})


class MonthOutlookForecastView(_MonthOutlookForecastView):
    """`cost` is what the whole month comes to, USD, if each day to come costs what that day of the week
    did on average in the last four weeks. It is no bound. `days` is how many whole days it rests on, at
    most 28, the first of them `from`: the fewer, the less it says.
    """

    cost: str
    days: int


class MonthRow(TallyView):
    """A month, or the part of it that lies within the span."""

    month: str


class OtherTally(TallyView):
    """What groups leave of a whole. `count` is of how many others: requests without a tag or cost centre
    are none.
    """

    count: int


class Outlook(TypedDict):
    """`thisMonth` is up to today, `lastMonth` all of the month before, and `lastMonthToDate` its days up
    to the same one, or to its last; `change` is from the latter to the former. `forecast` is null
    before there was a whole day of use.
    """

    month: str
    zone: str
    today: str
    lastDay: str
    thisMonth: SpanTally
    lastMonth: SpanTally
    lastMonthToDate: SpanTally
    change: Change
    forecast: MonthOutlookForecastView | None


_Overview = TypedDict("_Overview", {"from": str})


class Overview(_Overview):
    """`previous` is the preceding span of the same length, `change` the difference to it.

    `budgetHealth` is the present state of budgets, whatever the span.
    """

    to: str
    zone: str
    totals: TotalsView
    previous: SpanTally
    change: Change
    byDay: list[OverviewDay]
    topKeys: list[KeyRow]
    topModels: list[ModelRow]
    topOwners: list[OwnerRow]
    topCostCentres: list[CostCentreRow]
    budgetHealth: BudgetHealth


class OwnerRow(TallyView):
    """`owner` is null for usage while the key had no owner."""

    owner: str | None


class Parts(TypedDict):
    """What a group is made of: the largest, and the others together."""

    groups: list[GroupTally]
    other: OtherTally


class PriorityCounts(TypedDict):
    """How many keys of each priority are in each state."""

    critical: StateCounts
    high: StateCounts
    normal: StateCounts
    low: StateCounts


class ProviderRow(TallyView):
    """`providerId` is null if the provider of a request is unknown, `name` also if it was deleted."""

    providerId: str | None
    name: str | None


class RepricedDay(TypedDict):
    """Of a day of the reporting zone."""

    requests: int
    cost: str
    whatIfCost: str
    day: str


class RepricedModel(TypedDict):
    """Of the requests for a model."""

    requests: int
    cost: str
    whatIfCost: str
    model: str


_Series = TypedDict("_Series", {"from": str})


class Series(_Series):
    """The largest groups by the metric, each with its values by day or month.

    In each period, and in all, the groups' values and that of `other` add up to `total`'s.
    """

    to: str
    zone: str
    metric: Metric
    group: Group | None
    subgroup: Group | None
    interval: Interval
    periods: list[str]
    groups: list[SeriesGroup]
    other: SeriesRest
    total: SeriesTotal


class SeriesTotal(TallyView):
    values: list[str]


_SpanTally = TypedDict("_SpanTally", {"from": str})


class SpanTally(TallyView, _SpanTally):
    to: str


class StateCounts(TypedDict):
    """How many keys are in each state."""

    exhausted: int
    near: int
    fine: int
    unlimited: int


class StateHealth(TypedDict):
    """How many keys are in a state, and which of them have used the most."""

    count: int
    worst: list[BudgetEntry]


class TagRow(TallyView):
    """`value` is null for usage of keys without the tag."""

    value: str | None


class TotalsView(TallyView):
    """`tokens` breaks `promptTokens` and `completionTokens` down by class."""

    tokens: dict[TokenClass, int]
    latencyMs: LatencyView


_WhatIf = TypedDict("_WhatIf", {"from": "NotRequired[str | None]"})


class WhatIf(_WhatIf, total=False):
    """A span of charged requests, of one key or model or of all, to price differently.

    The prices are those of exactly one of `asModel` (its present prices), `priceVersion` and `prices`:
    what an edit of `model` with these would make of its present ones.
    """

    to: str | None
    zone: str | None
    keyId: str | None
    model: str | None
    asModel: str | None
    priceVersion: str | None
    prices: PriceBody | None


_WhatIfView = TypedDict("_WhatIfView", {"from": str})


class WhatIfView(_WhatIfView):
    """`difference` is how much more the other prices would have cost, negative if less.

    `priceVersion` is null for `prices` that no version has. Days and models without requests are left
    out.
    """

    requests: int
    cost: str
    whatIfCost: str
    to: str
    priceVersion: str | None
    difference: str
    days: list[RepricedDay]
    models: list[RepricedModel]


class GroupTally(TagRow):
    """`value` is what the group's sums are kept by: a key's or provider's id, a model's name, an owner's
    address, a tag's value; null for requests without such a thing. `id` is what the key, model or
    provider is found by, null of others. `name` is what it is called now, null if it was deleted.
    """

    id: str | None
    name: str | None


class OverviewDay(DayRow):
    latencyMs: LatencyView


class SeriesRest(SeriesTotal):
    """All that is in no group that is shown."""

    count: int


class SeriesGroup(GroupTally):
    """`values` is the metric in each period, in USD or as a number; `parts` is null without a subgroup."""

    values: list[str]
    parts: Parts | None
