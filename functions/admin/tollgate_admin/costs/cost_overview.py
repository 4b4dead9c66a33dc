"""What a span came to, at a glance."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tollgate.costs.aggregates import ALL, Dimension, Tally
from tollgate_admin.costs import budget_health, cost_rows, cost_sums
from tollgate_admin.costs.cost_filters import Axis, Filters, One
from tollgate_admin.costs.cost_queries import Sort
from tollgate_admin.costs.schemas import Change, DayRow, Overview, SpanTally, TallyView, TotalsView, fields

if TYPE_CHECKING:
    from tollgate_admin.composition import Services
    from tollgate_admin.costs.cost_rows import Listing, RowT
    from tollgate_admin.web.date_ranges import Span

_ALL = One(Dimension.TOTAL, ALL)


def of(services: Services, span: Span, top: int) -> Overview:
    """`top` is how many keys, models and owners are named, and how many keys of each state of budgets."""
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
        by_day=[
            DayRow(day=date.fromisoformat(day), **fields(by_day.get(day, Tally()))) for day in span.days()
        ],
        top_keys=_top(services, cost_rows.KEYS, Axis.KEY, span, top),
        top_models=_top(services, cost_rows.MODELS, Axis.MODEL, span, top),
        top_owners=_top(services, cost_rows.OWNERS, Axis.OWNER, span, top),
        budget_health=budget_health.view(services, top),
    )


def _top(services: Services, listing: Listing[RowT], axis: Axis, span: Span, top: int) -> list[RowT]:
    sums = cost_sums.by(services.costs, axis, Filters({}), span)
    return listing.rows(services, listing.ordered(services, sums, Sort.COST_DOWN)[:top])
