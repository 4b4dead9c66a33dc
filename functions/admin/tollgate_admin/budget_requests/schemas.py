"""Budget requests on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, StringConstraints

from tollgate.budget_requests import budget_requests
from tollgate.budget_requests.budget_requests import MAX_REASON, BudgetRequest, RequestState
from tollgate.ledger.policies import temporary_limits
from tollgate.ledger.windows import Period
from tollgate_admin.web import field_errors
from tollgate_admin.web.wire_types import Amount, Expiry, KeyId, Moment, RequestModel, Usd, View

if TYPE_CHECKING:
    from tollgate.ledger.scopes import Scope


class Window(StrEnum):
    """Which of a key's budgets: the one-time one, or its quota by its period."""

    TOTAL = temporary_limits.TOTAL
    DAY = Period.DAY.value
    WEEK = Period.WEEK.value
    MONTH = Period.MONTH.value


def _in_milliseconds(moment: datetime) -> datetime:
    """As moments are stored, so that what is read again is what was sent."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_REASON)]
Until = Annotated[Expiry, AfterValidator(_in_milliseconds)]
RequestId = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            r"^brq_[0-9A-Za-z]{16}[tdwm][1-9][0-9]{0,8}$", "is not the id of a budget request"
        )
    ),
]
ListPlace = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z#brq_[0-9A-Za-z]{17,32}$",
            "is not a cursor of this list",
        )
    ),
]


class Asking(RequestModel):
    """A higher limit, USD, for one of a key's budgets, maybe only until a time.

    `window` is `total`, or the period of the key's quota. `keyId` is the key that asks, or one below it.
    """

    window: Window
    limit: Amount
    reason: Reason
    until: Until | None = None
    key_id: KeyId | None = None


class Approval(RequestModel):
    """Omitted fields are as the request has them. With a null `until`, the limit stays for good."""

    limit: Amount | None = None
    until: Until | None = None
    note: Reason | None = None


class Denial(RequestModel):
    """`reason` is told to whoever asked."""

    reason: Reason


class LiveBudget(View):
    """How the budget stands now, USD. `allowance` is the limit, for a quota with what was carried over."""

    limit: Usd
    allowance: Usd
    used: Usd
    held: Usd
    remaining: Usd
    resets_at: Moment | None


class DecisionView(View):
    """What was decided; `limit` and `until` are null unless it was approved."""

    limit: Usd | None
    until: Moment | None
    note: str | None
    at: Moment


class OwnRequestView(View):
    """A request, as holders see it. `budget` is null if the key has no such limit any more.

    `askedBy` is null for a key above the acting one.
    """

    id: str
    key_id: str
    key_name: str | None
    window: Window
    state: RequestState
    limit: Usd
    limit_when_asked: Usd
    reason: str
    until: Moment | None
    asked_by: str | None
    asked_at: Moment
    expires_at: Moment
    decision: DecisionView | None
    budget: LiveBudget | None

    @classmethod
    def of(cls, request: BudgetRequest, scope: Scope | None, hidden: frozenset[str], now: datetime) -> Self:
        """Keys that are `hidden` aren't named."""
        shown = fields(request, scope, now)
        return cls(**{**shown, "asked_by": None if request.asked_by in hidden else request.asked_by})


class AdminDecisionView(DecisionView):
    """`by` is an admin or a key."""

    by: str
    by_name: str


class BudgetRequestView(OwnRequestView):
    """A request for a higher limit, with how its budget stands now: null if there is no such limit any more.

    `askedBy` is the key whose holder has asked, that key or one above it.
    """

    asked_by: str
    decision: AdminDecisionView | None

    @classmethod
    def for_admins(cls, request: BudgetRequest, scope: Scope | None, now: datetime) -> Self:
        return cls(**fields(request, scope, now))


def fields(request: BudgetRequest, scope: Scope | None, now: datetime) -> dict[str, Any]:
    return {
        "id": request.id,
        "key_id": request.key_id,
        "key_name": scope.name if scope else None,
        "window": Window(request.window),
        "state": request.state_at(now),
        "limit": request.wanted,
        "limit_when_asked": request.limit_then,
        "reason": request.reason,
        "until": request.until,
        "asked_by": request.asked_by,
        "asked_at": request.asked_at,
        "expires_at": request.ends_at,
        "decision": _decision(request, now),
        "budget": None if scope is None else _budget(request, scope, now),
    }


def _decision(request: BudgetRequest, now: datetime) -> dict[str, Any] | None:
    """None while a request is pending, an approval that is under way included."""
    found = request.decision
    if found is None or request.state_at(now) in {RequestState.PENDING, RequestState.WITHDRAWN}:
        return None
    return {
        "limit": found.limit,
        "until": found.until,
        "note": found.note or None,
        "at": found.at,
        "by": found.by,
        "by_name": found.by_name,
    }


def _budget(request: BudgetRequest, scope: Scope, now: datetime) -> LiveBudget | None:
    balance = budget_requests.balance_in(scope, request.window, now)
    if balance is None:
        return None
    return LiveBudget(
        limit=balance.limit,
        allowance=balance.allowance,
        used=balance.used,
        held=balance.held,
        remaining=balance.remaining,
        resets_at=balance.resets_at,
    )
