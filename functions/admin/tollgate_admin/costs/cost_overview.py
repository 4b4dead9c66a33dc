"""What a span came to, at a glance."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tollgate.costs.aggregates import ALL, Dimension, Tally
from tollgate_admin.costs import budget_health, cost_rows, cost_sums
from tollgate_admin.costs.cost_filters import FilterField, Filters, SingleSum
from tollgate_admin.costs.cost_queries import Sort
from tollgate_admin.costs.schemas import (
    Change,
    LatencyView,
    Overview,
    OverviewDay,
    SpanTally,
    TallyView,
    TotalsView,
    fields,
)

if TYPE_CHECKING:
    from tollgate_admin.composition import Services
    from tollgate_admin.costs.cost_rows import Listing, RowT
    from tollgate_admin.web.date_ranges import DateRange

_ALL = SingleSum(Dimension.TOTAL, ALL)


def overview_of(services: Services, span: DateRange, top: int) -> Overview:
    """`top` is how many keys, models, ... are named, and how many keys of each state of budgets."""
    before = span.before()
    by_day = services.costs.by_period(Dimension.TOTAL, ALL, span.days(), detail=True)
    total = sum(by_day.values(), Tally())
    previous = cost_sums.total(services.costs, _ALL, before)
    return Overview(
        first=span.first,
        to=span.last,
        zone=str(span.zone),
        totals=TotalsView.of(total),
        previous=SpanTally(first=before.first, to=before.last, **fields(previous)),
        change=Change.between(TallyView.of(previous), TallyView.of(total)),
        by_day=[_day(day, by_day.get(day, Tally())) for day in span.days()],
        top_keys=_top(services, cost_rows.KEYS, FilterField.KEY, span, top),
        top_models=_top(services, cost_rows.MODELS, FilterField.MODEL, span, top),
        top_owners=_top(services, cost_rows.OWNERS, FilterField.OWNER, span, top),
        top_cost_centres=_top(services, cost_rows.COST_CENTRES, FilterField.COST_CENTRE, span, top),
        budget_health=budget_health.view(services.budget_summaries, services.keys, services.clock(), top),
    )


def _day(day: str, tally: Tally) -> OverviewDay:
    return OverviewDay(day=date.fromisoformat(day), latency_ms=LatencyView.of(tally.latency), **fields(tally))


def _top(
    services: Services, listing: Listing[RowT], field: FilterField, span: DateRange, top: int
) -> list[RowT]:
    sums = cost_sums.by_field(services.costs, field, Filters({}), span)
    return listing.rows(services, listing.ordered(services, sums, Sort.COST_DOWN)[:top])
