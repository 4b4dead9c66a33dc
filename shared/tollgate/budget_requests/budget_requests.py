"""Requests for a higher limit: their states, and who may do what to them when."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.policies.temporary_limits import TOTAL
from tollgate.ledger.scopes import KeyStatus
from tollgate.ledger.windows import Period

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.scopes import Balance, Scope

WINDOWS = (TOTAL, *(period.value for period in Period))
MAX_REASON = 500
# How long a request waits for an answer.
PENDING_FOR = timedelta(days=7)
# Whoever was told no asks for the same no sooner than that, and whoever takes a request back no sooner than
# the latter after asking: approvers are sent a mail each time.
_PAUSE_AFTER_DENIAL = timedelta(days=1)
_PAUSE_AFTER_ASKING = timedelta(hours=1)
# The longest that a limit is granted for, if it is to end.
_MAX_GRANT = timedelta(days=365)
_KEY_DIGITS = 16
_ID = re.compile(rf"brq_([0-9A-Za-z]{{{_KEY_DIGITS}}})([a-z])([1-9][0-9]*)")
_BY_LETTER = {window[0]: window for window in WINDOWS}


class RequestState(StrEnum):
    """What a request shows. `expired`: nobody has answered in time."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Stage(StrEnum):
    """What is stored of a request's state.

    `applying`: somebody has approved it, and the key is to be given its limit. `releasing`: that turned out
    to be impossible, and the request is on its way back to `pending`.
    """

    PENDING = "pending"
    APPLYING = "applying"
    RELEASING = "releasing"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class Place(NamedTuple):
    """Which of a key's requests for a window it is, from 1 on. A request's id says nothing else."""

    key_id: str
    window: str
    number: int

    @property
    def id(self) -> str:
        return f"brq_{self.key_id.removeprefix('key_')}{self.window[0]}{self.number}"


def place_of(request_id: str) -> Place | None:
    """None for what isn't the id of a request."""
    found = _ID.fullmatch(request_id)
    if found is None or found[2] not in _BY_LETTER:
        return None
    return Place(f"key_{found[1]}", _BY_LETTER[found[2]], int(found[3]))


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by whom, and why. An approval has a `limit`, USD, maybe another than was asked for,
    which holds until `until`, None for good. `change_id` is that of the change of the key.
    """

    by: str
    by_name: str
    at: datetime
    note: str = ""
    limit: Decimal | None = None
    until: datetime | None = None
    change_id: str = ""
    request_id: str | None = None

    def says_the_same_as(self, other: Decision) -> bool:
        """Whether it is the same person's same answer, sent again."""
        return (self.by, self.limit, self.until) == (other.by, other.limit, other.until)


@dataclass(frozen=True, slots=True)
class BudgetRequest:
    """A request for a higher limit of one of a key's budgets. Amounts are USD.

    `window` is `total` or the quota's period. `limit_then` is the limit that the key had when it was asked.
    `asked_by` is the key whose holder has asked: that key itself, or one above it. `revision` counts writes.
    """

    place: Place
    wanted: Decimal
    limit_then: Decimal
    reason: str
    until: datetime | None
    asked_by: str
    asked_at: datetime
    stage: Stage = Stage.PENDING
    decision: Decision | None = None
    revision: int = 0

    @property
    def id(self) -> str:
        return self.place.id

    @property
    def key_id(self) -> str:
        return self.place.key_id

    @property
    def window(self) -> str:
        return self.place.window

    @property
    def ends_at(self) -> datetime:
        """When it expires if nobody answers."""
        return self.asked_at + PENDING_FOR

    def state_at(self, at: datetime) -> RequestState:
        if self.is_under_way:
            return RequestState.PENDING
        if self.stage is Stage.PENDING and self.ends_at <= at:
            return RequestState.EXPIRED
        return RequestState(self.stage.value)

    @property
    def is_under_way(self) -> bool:
        """Whether an approval of it has begun and is not at its end."""
        return self.stage in {Stage.APPLYING, Stage.RELEASING}

    def asked_again_from(self) -> datetime:
        """From when the same may be asked for again, once this request has ended."""
        if self.stage is Stage.DENIED and self.decision is not None:
            return self.decision.at + _PAUSE_AFTER_DENIAL
        return self.asked_at + (_PAUSE_AFTER_ASKING if self.stage is Stage.WITHDRAWN else timedelta(0))

    def following(self, asked: BudgetRequest) -> BudgetRequest:
        """`asked` as the next request of the same key and window."""
        return replace(asked, place=self.place._replace(number=self.place.number + 1))

    def at_revision(self, revision: int) -> BudgetRequest:
        """As it is stored with that revision."""
        return replace(self, revision=revision)

    def withdrawn(self, decision: Decision) -> BudgetRequest:
        return self._ended(Stage.WITHDRAWN, decision)

    def denied(self, decision: Decision) -> BudgetRequest:
        return self._ended(Stage.DENIED, decision)

    def applying(self, decision: Decision) -> BudgetRequest:
        return self._ended(Stage.APPLYING, decision)

    def releasing(self) -> BudgetRequest:
        return replace(self, stage=Stage.RELEASING)

    def released(self) -> BudgetRequest:
        return replace(self, stage=Stage.PENDING, decision=None)

    def approved(self) -> BudgetRequest:
        return replace(self, stage=Stage.APPROVED)

    def _ended(self, stage: Stage, decision: Decision) -> BudgetRequest:
        """Raises `NotPendingError`: what has ended, or ends at that moment, stays as it is."""
        if self.stage is not Stage.PENDING or self.ends_at <= decision.at:
            raise NotPendingError(self, decision.at)
        return replace(self, stage=stage, decision=decision)


class NotPendingError(Exception):
    """A request that can't be decided any more."""

    def __init__(self, request: BudgetRequest, at: datetime) -> None:
        self.request = request
        self.state = request.state_at(at)
        super().__init__(f"Budget request {request.id} is {self.state}, not pending.")


class NotRaisableError(Exception):
    """A limit that can't be raised as is asked; `field` is what is wrong, None if it is the key."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def balance_in(scope: Scope, window: str, at: datetime) -> Balance | None:
    """How one of a key's budgets stands at a moment; None if it has no limit in that window."""
    return next((each for each in scope.balances_at(at) if each.window == window), None)


def require_raisable(
    scope: Scope | None, window: str, limit: Decimal, until: datetime | None, at: datetime
) -> Balance:
    """How the budget stands whose limit may be raised so; raises `NotRaisableError`."""
    if scope is None:
        raise NotRaisableError("The API key no longer exists.")
    if scope.status_at(at) is not KeyStatus.ACTIVE:
        raise NotRaisableError(f"API key {scope.key_id} is {scope.status_at(at).value}.")
    balance = balance_in(scope, window, at)
    if balance is None:
        raise NotRaisableError("names a budget for which the key has no limit of its own", "window")
    if limit <= balance.limit:
        present = money.to_string(balance.limit)
        raise NotRaisableError(f"must be above the present limit, {present} USD", "limit")
    if until is not None and not at < until <= at + _MAX_GRANT:
        raise NotRaisableError("must be in the future, and no more than 365 days away", "until")
    return balance
