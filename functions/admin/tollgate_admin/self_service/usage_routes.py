"""GET /v1/usage: how a key's budgets stand, what was spent by day and model, and how long it will last.

It learns nothing of keys further up beyond what a refusal says: that a budget of theirs is used up. Nor does
it learn what providers charge for its requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field

from tollgate.alerts.store.recent_spending import RecentSpending
from tollgate.costs.aggregates import Dimension, Tally
from tollgate_admin.composition import services_of
from tollgate_admin.costs.schemas import ChargedView, charged_fields
from tollgate_admin.self_service.acting_key import acting_key_of
from tollgate_admin.self_service.usage_schemas import (
    BlockView,
    OwnDayRow,
    OwnModelRow,
    RatesView,
    UsageView,
)
from tollgate_admin.standing.budget_views import BudgetView, PaceView
from tollgate_admin.web.date_ranges import DateRange, DateRangeQuery

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.costs.store.costs_table import CostsTable
    from tollgate_admin.self_service.acting_key import Lineage

router = APIGatewayRouter()


class UsageQuery(DateRangeQuery):
    """Of what key, itself or one below it, by default the acting one; `tree` adds what is below that."""

    key_id: Annotated[str, Field(max_length=64)] | None = None
    tree: bool = False


@router.get("/usage")
def usage(request: Request, query: Annotated[UsageQuery, Query()]) -> UsageView:
    """Show how a key's budgets stand, what was spent by day and model, and how long it will last."""
    services, acting = services_of(request), acting_key_of(request)
    now = services.clock()
    lineage = acting.lineage if query.key_id is None else acting.find(query.key_id)
    costs, zone = services.costs, services.settings.reporting_zone
    span, scope = query.span(zone, now), lineage.scope
    burn_rate = RecentSpending(costs, zone).burn_rate(scope, now)
    by_day = _by_day(costs, scope.key_id, span, tree=query.tree)
    return UsageView(
        key_id=scope.key_id,
        name=scope.name,
        status=scope.status_at(now),
        first=span.first,
        to=span.last,
        zone=zone.key,
        tree=query.tree,
        budgets=[BudgetView.of(balance, burn_rate, now) for balance in scope.balances_at(now)],
        blocked_by=_blocks(lineage, now),
        rate_limits=RatesView.of(scope, now),
        pace=None if burn_rate is None else PaceView.of(burn_rate),
        totals=ChargedView.of(sum(by_day.values(), Tally())),
        by_day=[OwnDayRow(day=day, **charged_fields(tally)) for day, tally in by_day.items()],
        by_model=_by_model(costs, scope.key_id, span, tree=query.tree),
    )


def _by_day(costs: CostsTable, key_id: str, span: DateRange, *, tree: bool) -> dict[str, Tally]:
    """Every day of the span, read 100 days at a time."""
    dimension = Dimension.SCOPE if tree else Dimension.KEY
    found = costs.by_period(dimension, key_id, span.days())
    return {day: found.get(day, Tally()) for day in span.days()}


def _by_model(costs: CostsTable, key_id: str, span: DateRange, *, tree: bool) -> list[OwnModelRow]:
    """The dearest first, by one query a period, at most 55 for the longest span, and 4 of late."""
    dimension = Dimension.SCOPE_MODEL if tree else Dimension.KEY_MODEL
    found = costs.by_value(dimension, span.cover(), within=key_id)
    ordered = sorted(found.items(), key=lambda each: (-each[1].cost, each[0]))
    return [OwnModelRow(model=model, **charged_fields(tally)) for model, tally in ordered]


def _blocks(lineage: Lineage, now: datetime) -> list[BlockView]:
    return [
        BlockView(scope=scope.key_id, window=balance.window, resets_at=balance.resets_at)
        for scope in lineage.chain[1:]
        for balance in scope.balances_at(now)
        if balance.is_exhausted
    ]
