"""How a key stands: its budgets, those above it, and what refuses its calls."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate.alerts.store.recent_spending import RecentSpending
from tollgate_admin.composition import services_of
from tollgate_admin.keys import commands
from tollgate_admin.standing import budget_course, standing_refusals
from tollgate_admin.standing.budget_views import BudgetView, PaceView
from tollgate_admin.standing.standing_schemas import (
    AncestorStanding,
    BudgetStanding,
    KeyStanding,
)
from tollgate_admin.web import field_errors

router = APIGatewayRouter()

KeyId = Annotated[str, Path(pattern=field_errors.pattern(r"^key_[0-9A-Za-z]{16}$", "is not the id of a key"))]


@router.get("/apiKey/<key_id>/standing")
def key_standing(request: Request, key_id: KeyId) -> KeyStanding:
    """Show how a key's budgets and those above it stand, how long they will last, and what refuses calls."""
    services = services_of(request)
    scope = commands.existing(services.keys, key_id)
    chain, now = services.keys.chains([scope])[key_id], services.clock()
    zone = services.settings.reporting_zone
    burn_rate = RecentSpending(services.costs, zone).burn_rate(scope, now)
    present = scope.advanced(now)
    balances = present.balances()
    spent = budget_course.spent_by_day(services.costs, present, balances, zone, now)
    budgets = [
        BudgetStanding(
            **BudgetView.of(balance, burn_rate, now).model_dump(),
            starts_at=budget_course.starts_at(present, balance),
            course=budget_course.course(present, balance, spent, zone, now),
        )
        for balance in balances
    ]
    return KeyStanding(
        key_id=key_id,
        at=now,
        zone=zone.key,
        pace=None if burn_rate is None else PaceView.of(burn_rate),
        budgets=budgets,
        above=[AncestorStanding.of(each, now) for each in chain[1:]],
        refusals=standing_refusals.refusals(services, chain, now),
    )
