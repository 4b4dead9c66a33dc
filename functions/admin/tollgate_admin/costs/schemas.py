"""What cost queries answer with: figures, and rows of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from typing import Any, Self

from pydantic import Field

from tollgate import money
from tollgate.costs.aggregates import Latency, Tally
from tollgate.pricing.usage import TokenClass
from tollgate_admin.costs.budget_health import BudgetHealth
from tollgate_admin.web.wire_types import Usd, View

_HUNDREDTH = Decimal("0.01")
# Enough for the largest change there can be of the smallest amount.
_PERCENT_DIGITS = 60


class ChargedView(View):
    """What a key's holder may see of a sum. `requests` includes `failed` and `abandoned` ones.

    `cost` is what is charged. Of it, `packs` was paid by packs of the scope that requests are billed at,
    `included` by a hybrid scope's quota, and `metered` came beyond that. `overage`, a part of `metered`, is
    what the overage factor added, `fees` what least fees added to the cost.
    """

    requests: int
    failed: int
    abandoned: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost: Usd
    packs: Usd
    included: Usd
    metered: Usd
    overage: Usd
    fees: Usd

    @classmethod
    def of(cls, tally: Tally) -> Self:
        return cls(**charged_fields(tally))


class TallyView(ChargedView):
    """In addition, for administrators alone, the provider's price (`providerCost`), which `cost` is less
    `margin`.
    """

    provider_cost: Usd
    margin: Usd

    @classmethod
    def of(cls, tally: Tally) -> Self:
        return cls(**fields(tally))


FIGURES = set(TallyView.model_fields)


class DayRow(TallyView):
    day: date = Field(alias="date")


class MonthRow(TallyView):
    """A month, or the part of it that lies within the span."""

    month: str


class KeyRow(TallyView):
    """`name` is null for a deleted key."""

    key_id: str
    name: str | None


class ModelRow(TallyView):
    model: str
    model_id: str


class OwnerRow(TallyView):
    """`owner` is null for usage while the key had no owner."""

    owner: str | None


class ProviderRow(TallyView):
    """`providerId` is null if the provider of a request is unknown, `name` also if it was deleted."""

    provider_id: str | None
    name: str | None


class CostCentreRow(TallyView):
    """`costCentre` is null for usage of keys that had none."""

    cost_centre: str | None


class TagRow(TallyView):
    """`value` is null for usage of keys without the tag."""

    value: str | None


class SpanTally(TallyView):
    first: date = Field(alias="from")
    to: date


class LatencyView(View):
    """From admission to completion, in ms; null without requests. Percentiles may be up to 50% too high."""

    mean: int | None
    p50: int | None
    p95: int | None
    p99: int | None

    @classmethod
    def of(cls, latency: Latency) -> Self:
        return cls(
            mean=latency.mean_ms,
            p50=latency.percentile_ms(50),
            p95=latency.percentile_ms(95),
            p99=latency.percentile_ms(99),
        )


class TotalsView(TallyView):
    """`tokens` breaks `promptTokens` and `completionTokens` down by class."""

    tokens: dict[TokenClass, int]
    latency_ms: LatencyView

    @classmethod
    def of(cls, tally: Tally) -> Self:
        return cls(
            tokens=dict(sorted(tally.tokens.items())),
            latency_ms=LatencyView.of(tally.latency),
            **fields(tally),
        )


class OverviewDay(DayRow):
    latency_ms: LatencyView


class CountChange(View):
    """`percent` is relative to the previous figure, to two decimals; null if that was 0."""

    absolute: int
    percent: Usd | None

    @classmethod
    def between(cls, previous: int, present: int) -> Self:
        absolute = present - previous
        return cls(absolute=absolute, percent=_percent(Decimal(absolute), Decimal(previous)))


class CostChange(View):
    """Like `CountChange`, in USD."""

    absolute: Usd
    percent: Usd | None

    @classmethod
    def between(cls, previous: Decimal, present: Decimal) -> Self:
        absolute = money.difference(present, previous)
        return cls(absolute=absolute, percent=_percent(absolute, previous))


class Change(View):
    requests: CountChange
    total_tokens: CountChange
    cost: CostChange

    @classmethod
    def between(cls, previous: TallyView, present: TallyView) -> Self:
        return cls(
            requests=CountChange.between(previous.requests, present.requests),
            total_tokens=CountChange.between(previous.total_tokens, present.total_tokens),
            cost=CostChange.between(previous.cost, present.cost),
        )


class Overview(View):
    """`previous` is the preceding span of the same length, `change` the difference to it.

    `budgetHealth` is the present state of budgets, whatever the span.
    """

    first: date = Field(alias="from")
    to: date
    zone: str
    totals: TotalsView
    previous: SpanTally
    change: Change
    by_day: list[OverviewDay]
    top_keys: list[KeyRow]
    top_models: list[ModelRow]
    top_owners: list[OwnerRow]
    top_cost_centres: list[CostCentreRow]
    budget_health: BudgetHealth


def fields(tally: Tally) -> dict[str, Any]:
    """Of a `TallyView`."""
    return charged_fields(tally) | {"provider_cost": tally.provider_cost, "margin": tally.parts.margin}


def charged_fields(tally: Tally) -> dict[str, Any]:
    """Of a `ChargedView`."""
    return {
        "requests": tally.requests,
        "failed": tally.failed,
        "abandoned": tally.abandoned,
        "prompt_tokens": tally.prompt_tokens,
        "completion_tokens": tally.completion_tokens,
        "total_tokens": tally.prompt_tokens + tally.completion_tokens,
        "cost": tally.cost,
        "packs": tally.parts.packs,
        "included": tally.parts.included,
        "metered": tally.parts.metered,
        "overage": tally.parts.overage,
        "fees": tally.parts.fees,
    }


def _percent(change: Decimal, previous: Decimal) -> Decimal | None:
    if not previous:
        return None
    with localcontext(prec=_PERCENT_DIGITS):
        return (change * 100 / previous).quantize(_HUNDREDTH)
