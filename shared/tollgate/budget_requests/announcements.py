"""What is told of a budget request to whom: approvers are asked, and the asker learns what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts.alerts import AlertContent, AlertKind, IncreaseNote
from tollgate.budget_requests.budget_requests import balance_in
from tollgate.ledger.billing import phases
from tollgate.ledger.policies import temporary_limits
from tollgate.ledger.thresholds import Level, Recipient

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from tollgate.budget_requests.budget_requests import BudgetRequest, Decision
    from tollgate.ledger.scopes import Balance, Scope

# How long before its end a limit's end is told, where it was granted for at least twice as long.
NOTICE = timedelta(days=1)
# More mails an hour to one approver would be a flood: the list has what they would say.
MAX_ASKED_AN_HOUR = 20
AN_HOUR = timedelta(hours=1)


def asked(request: BudgetRequest, balance: Balance | None, recipients: Iterable[str]) -> AlertContent:
    """For approvers: `recipients` are addresses, and `admin`."""
    note = IncreaseNote(
        request.id, request.wanted, request.reason, until=request.until, answer_by=request.ends_at
    )
    return _content(AlertKind.INCREASE_ASKED, balance, request, note, tuple(recipients))


def decided(
    request: BudgetRequest, decision: Decision, scope: Scope, by: str, asker_email: str | None
) -> AlertContent:
    """For the key's owner, and for whoever owns the key above it that asked. `by` is who is named to them."""
    is_temporary = decision.until is not None
    note = IncreaseNote(
        request.id,
        request.wanted,
        limit=decision.limit,
        until=decision.until,
        by=by,
        note=decision.note,
        base=temporary_limits.lasting_limit_of(scope, request.window) if is_temporary else None,
    )
    balance = balance_in(scope, request.window, decision.at)
    kind = AlertKind.INCREASE_DENIED if note.limit is None else AlertKind.INCREASE_APPROVED
    return _content(kind, balance, request, note, _askers(asker_email))


def ending(
    request: BudgetRequest, balance: Balance | None, base: Decimal, asker_email: str | None
) -> AlertContent:
    """`base` is the limit that the granted one falls back to, USD."""
    note = replace(_granted(request), base=base)
    return _content(AlertKind.INCREASE_ENDING, balance, request, note, _askers(asker_email))


def ended(request: BudgetRequest, balance: Balance | None, asker_email: str | None) -> AlertContent:
    return _content(AlertKind.INCREASE_ENDED, balance, request, _granted(request), _askers(asker_email))


def notice_at(request: BudgetRequest) -> datetime | None:
    """When to tell that a granted limit ends soon; None for one that ends too soon for that, or never."""
    decision = request.decision
    if decision is None or decision.until is None or decision.until - decision.at < 2 * NOTICE:
        return None
    return decision.until - NOTICE


def _granted(request: BudgetRequest) -> IncreaseNote:
    decision = request.decision
    limit, until = (decision.limit, decision.until) if decision else (None, None)
    return IncreaseNote(request.id, request.wanted, limit=limit, until=until)


def _askers(asker_email: str | None) -> tuple[str, ...]:
    return (Recipient.OWNER,) if asker_email is None else (Recipient.OWNER, asker_email)


def _content(
    kind: AlertKind,
    balance: Balance | None,
    request: BudgetRequest,
    note: IncreaseNote,
    recipients: tuple[str, ...],
) -> AlertContent:
    return AlertContent(
        kind=kind,
        level=Level.WARNING,
        window=request.window,
        percent=None,
        also=(),
        limit=balance.allowance if balance else request.limit_then,
        used=balance.used if balance else money.ZERO,
        resets_at=balance.resets_at if balance else None,
        exhausted_at=None,
        recipients=recipients,
        increase=note,
        beyond=phases.beyond(balance) if balance else None,
    )
