"""How a key stands and what it has spent, on the wire."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from pydantic import Field

from tollgate.ledger import rate_limits as rates
from tollgate.ledger.scopes import KeyStatus
from tollgate_admin.costs.schemas import ChargedView
from tollgate_admin.standing.budget_views import BudgetView, PaceView
from tollgate_admin.web.wire_types import Moment, View

if TYPE_CHECKING:
    from tollgate.ledger.scopes import Scope


class RateView(View):
    limit: int
    remaining: int


class RatesView(View):
    """What is left in the present minute, and how many more requests may run at once; null is no limit."""

    requests: RateView | None
    tokens: RateView | None
    parallel: RateView | None
    resets_at: Moment

    @classmethod
    def of(cls, scope: Scope, now: datetime) -> Self:
        open_left = None if scope.max_parallel is None else scope.max_parallel - len(scope.holds)
        return cls(
            requests=_rate(scope.rpm_limit, scope.requests_left(now)),
            tokens=_rate(scope.tpm_limit, scope.tokens_left(now)),
            parallel=_rate(scope.max_parallel, open_left),
            resets_at=now + timedelta(seconds=rates.seconds_left(now)),
        )


class BlockView(View):
    """An exhausted budget of an ancestor, as refusals name it."""

    scope: str
    window: str
    resets_at: Moment | None


class OwnDayRow(ChargedView):
    day: date = Field(alias="date")


class OwnModelRow(ChargedView):
    model: str


class UsageView(View):
    """With `tree`, the figures include those of the descendants at the time.

    Budgets always count what descendants spend. Days are those of `zone`, the deployment's reporting zone.
    """

    key_id: str
    name: str
    status: KeyStatus
    first: date = Field(alias="from")
    to: date
    zone: str
    tree: bool
    budgets: list[BudgetView]
    blocked_by: list[BlockView]
    rate_limits: RatesView
    pace: PaceView | None
    totals: ChargedView
    by_day: list[OwnDayRow]
    by_model: list[OwnModelRow]


def _rate(limit: int | None, left: int | None) -> RateView | None:
    return None if limit is None or left is None else RateView(limit=limit, remaining=max(left, 0))
