"""What follows from a limit that was granted until a time: its end is told before, and when it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.budget_requests import announcements
from tollgate.budget_requests.budget_requests import balance_in
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.alerts.alerts import AlertContent
    from tollgate.budget_requests.budget_requests import BudgetRequest
    from tollgate.ledger.scopes import Scope


@dataclass(frozen=True, slots=True)
class GrantWatch:
    """`is_told`: that its end is near was told. To be looked at again at `due_at`, None once it is over."""

    key_id: str
    request_id: str
    due_at: datetime | None
    is_told: bool = False
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Following:
    """What follows from a look at a grant: when to look again, and maybe something to tell."""

    due_at: datetime | None
    is_told: bool
    content: AlertContent | None = None


def watched_from(request: BudgetRequest) -> datetime | None:
    """When an approved request is to be looked at first; None if its limit is for good."""
    decision = request.decision
    return None if decision is None else announcements.notice_at(request) or decision.until


def following(
    request: BudgetRequest | None,
    scope: Scope | None,
    seen: GrantWatch,
    asker_email: str | None,
    now: datetime,
) -> Following:
    """`scope` is the key as it is by now: a limit that somebody has edited meanwhile has ended, too."""
    if request is None or scope is None:
        return Following(None, seen.is_told)
    noted = scope.raises.get(request.window)
    balance = balance_in(scope, request.window, now)
    if noted is None or noted.reference != request.id or noted.until <= now:
        return Following(None, seen.is_told, announcements.ended(request, balance, asker_email))
    notice = announcements.notice_at(request)
    if seen.is_told or notice is None:
        return Following(noted.until, seen.is_told)
    if now < notice:
        return Following(notice, is_told=False)
    ending = announcements.ending(request, balance, noted.base, asker_email)
    return Following(noted.until, is_told=True, content=ending)
