"""How a key stands, and whether its calls would be let in."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate.alerts.store.recent_spending import RecentSpending
from tollgate_admin.composition import services_of
from tollgate_admin.keys import commands
from tollgate_admin.standing import budget_course, rehearsals
from tollgate_admin.standing.budget_views import BudgetView, PaceView
from tollgate_admin.standing.standing_schemas import (
    AncestorStanding,
    BudgetStanding,
    KeyStanding,
    Rehearsal,
    RehearsalQuery,
)
from tollgate_admin.web import field_errors, problems

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
        refusals=rehearsals.refusals(services, chain, now),
    )


@router.get("/apiKey/<key_id>/rehearsal")
def rehearse_call(request: Request, key_id: KeyId, query: Annotated[RehearsalQuery, Query()]) -> Rehearsal:
    """Tell whether a call of a model would be let in now, and what is in its way. It makes no call."""
    services = services_of(request)
    scope = commands.existing(services.keys, key_id)
    model = services.catalog.model(query.model)
    if model is None:
        raise problems.invalid("model", "is not the name of a model")
    chain = services.keys.chains([scope])[key_id]
    return rehearsals.rehearse(services, chain, model, query, services.clock())
