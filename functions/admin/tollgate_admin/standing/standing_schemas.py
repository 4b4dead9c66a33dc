"""How a key stands, on the wire."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from pydantic import Field

from tollgate.ledger.scopes import KeyStatus
from tollgate.refusals import Reason
from tollgate_admin.standing.budget_views import BudgetView, PaceView
from tollgate_admin.web.wire_types import Moment, Usd, View

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.ledger.scopes import Scope


class StandingRefusal(View):
    """What refuses calls: the key itself, or one above it.

    `reason` and `message` are what calls get. `window` is the budget in question. `since` is when it was
    first noticed, null if nobody has noted that; `until` is when it ends by itself, null if it doesn't, or
    if that depends on requests in progress (`byOpenRequests`).
    """

    key_id: str
    name: str
    reason: Reason
    message: str
    window: str | None
    since: Moment | None
    until: Moment | None
    by_open_requests: bool


class CoursePoint(View):
    """What of a budget was used at the end of a day of the reporting zone; on the last one, by now."""

    day: date = Field(alias="date")
    used: Usd


class BudgetStanding(BudgetView):
    """A budget with its course since `startsAt`, the beginning of its window or of the key, at most 92 days.

    The course is worked out backwards from what is used now, by the cost of each day. A reset in between
    shows as zero before it.
    """

    starts_at: Moment
    course: list[CoursePoint]


class AncestorStanding(View):
    """A key above, with its budgets. Their forecast is not looked into."""

    key_id: str
    name: str
    status: KeyStatus
    overcommit: bool
    budgets: list[BudgetView]

    @classmethod
    def of(cls, scope: Scope, now: datetime) -> Self:
        return cls(
            key_id=scope.key_id,
            name=scope.name,
            status=scope.status_at(now),
            overcommit=scope.overcommit,
            budgets=[BudgetView.of(balance, None, now) for balance in scope.balances_at(now)],
        )


class KeyStanding(View):
    """How a key stands `at` a moment. `above` begins with its parent.

    `refusals` is what refuses calls that cost anything, whatever they ask for, from the key up: calls are
    answered with the first. A key that has none may still refuse a call for its model, its size or a rate.
    """

    key_id: str
    at: Moment
    zone: str
    pace: PaceView | None
    budgets: list[BudgetStanding]
    above: list[AncestorStanding]
    refusals: list[StandingRefusal]
