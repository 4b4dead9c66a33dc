"""Budget health: which keys' budgets are running out, from stored summaries of the keys."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field

from tollgate.budget_health.states import BudgetState
from tollgate.ledger.scopes import Priority
from tollgate_admin.composition import services_of
from tollgate_admin.web.wire_types import Moment, QueryModel, View

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.budget_health.store.summaries_table import SummariesTable
    from tollgate.budget_health.summaries import WindowSummary
    from tollgate.keys.store.keys_table import KeysTable

router = APIGatewayRouter()

_WORST = 20


class BudgetEntry(View):
    """A key with the worst of its budgets; `window` is `total` or the quota's period, null without one.

    `percentUsed` is also null if the budget is 0. The most recent usage may be missing.
    """

    key_id: str
    name: str | None
    window: str | None
    percent_used: int | None
    resets_at: Moment | None


class StateHealth(View):
    """How many keys are in a state, and which of them have used the most."""

    count: int
    worst: list[BudgetEntry]


class StateCounts(View):
    """How many keys are in each state."""

    exhausted: int
    near: int
    fine: int
    unlimited: int


class PriorityCounts(View):
    """How many keys of each priority are in each state."""

    critical: StateCounts
    high: StateCounts
    normal: StateCounts
    low: StateCounts


class BudgetHealth(View):
    """Active keys by the state of their own budgets."""

    exhausted: StateHealth
    near: StateHealth
    fine: StateHealth
    unlimited: StateHealth
    by_priority: PriorityCounts


class HealthQuery(QueryModel):
    limit: int = Field(default=_WORST, ge=1, le=1000)


@router.get("/costs/budget-health")
def budget_health(request: Request, query: Annotated[HealthQuery, Query()]) -> BudgetHealth:
    services = services_of(request)
    return view(services.budget_summaries, services.keys, services.clock(), query.limit)


def view(summaries: SummariesTable, keys: KeysTable, now: datetime, worst: int = _WORST) -> BudgetHealth:
    """One Query's page or two for 5,000 keys, and a read of the names of those that are listed."""
    by_state: dict[BudgetState, list[tuple[WindowSummary, str]]] = {state: [] for state in BudgetState}
    counts: Counter[tuple[Priority, BudgetState]] = Counter()
    for key_id, summary in summaries.all().items():
        if summary.is_in_use(now):
            budget = summary.worst(now)
            by_state[budget.state].append((budget, key_id))
            counts[summary.priority, budget.state] += 1
    listed = {
        state: heapq.nsmallest(worst, found, key=lambda each: (-each[0].severity[1], each[1]))
        for state, found in by_state.items()
    }
    names = keys.names([key_id for found in listed.values() for _, key_id in found])
    states = {
        state.value: StateHealth(
            count=len(by_state[state]),
            worst=[_entry(key_id, names.get(key_id), budget) for budget, key_id in found],
        )
        for state, found in listed.items()
    }
    by_priority = {
        priority.value: StateCounts(**{state.value: counts[priority, state] for state in BudgetState})
        for priority in Priority
    }
    return BudgetHealth(**states, by_priority=PriorityCounts(**by_priority))


def _entry(key_id: str, name: str | None, budget: WindowSummary) -> BudgetEntry:
    return BudgetEntry(
        key_id=key_id,
        name=name,
        window=budget.window or None,
        percent_used=budget.percent,
        resets_at=budget.resets_at,
    )
