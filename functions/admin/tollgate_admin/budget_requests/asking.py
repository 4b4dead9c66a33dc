"""Asking for a higher limit: what is stored, noted in the audit and told to approvers, all in one write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts import alerts
from tollgate.budget_requests import announcements
from tollgate.budget_requests.announcements import AN_HOUR, MAX_ASKED_AN_HOUR
from tollgate.budget_requests.budget_requests import (
    BudgetRequest,
    NotRaisableError,
    Place,
    RequestState,
    balance_in,
    require_raisable,
)
from tollgate.budget_requests.store.budget_request_items import OPERATORS
from tollgate.clock import rfc3339
from tollgate.conflicts import EditConflictError
from tollgate.ledger.scopes import KeyStatus
from tollgate.ledger.thresholds import Recipient
from tollgate_admin.audit import recorder
from tollgate_admin.budget_requests import deciding
from tollgate_admin.web import problems, revisions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from tollgate.audit.entry import Change
    from tollgate.ledger.scopes import Balance, Scope
    from tollgate_admin.budget_requests.schemas import Asking
    from tollgate_admin.composition import Services
    from tollgate_admin.web.change_requests import ChangeRequest


def ask(
    services: Services, change: ChangeRequest, key_id: str, body: Asking, above: Sequence[Scope]
) -> tuple[BudgetRequest, bool]:
    """The request that is pending for a key and window, and whether it is a new one.

    `above` are the key's ancestors, from its parent up. Raises `ProblemError`.
    """

    def attempt() -> tuple[BudgetRequest, bool]:
        now = change.now()
        last = services.budget_requests.last(key_id, body.window.value)
        if last is not None:
            last = deciding.decisions_of(services, change).settled(last)
            if last.state_at(now) is RequestState.PENDING:
                return last, False
        scope = services.keys.get(key_id)
        balance = _raisable(scope, body, now)
        if scope is None:
            raise EditConflictError
        asked = _new(key_id, body, balance, change.actor.id, now)
        if last is not None:
            _require_patience(last, now)
            asked = last.following(asked)
        services.budget_requests.add(
            asked,
            [each.key_id for each in above],
            services.audit.put_write(_audited(change, asked)),
            *_told(services, asked, [scope, *above], now),
        )
        return asked.at_revision(1), True

    return revisions.retry_on_conflict(attempt)


def _raisable(scope: Scope | None, body: Asking, now: datetime) -> Balance:
    try:
        return require_raisable(scope, body.window.value, body.limit, body.until, now)
    except NotRaisableError as error:
        if error.field is None:
            raise problems.conflict(error.message) from error
        raise problems.invalid(error.field, error.message) from error


def _require_patience(last: BudgetRequest, now: datetime) -> None:
    again = last.asked_again_from()
    if now < again:
        message = (
            f"Budget request {last.id} was {last.state_at(now).value}. "
            f"You can ask for this limit again from {rfc3339(again)}."
        )
        raise problems.conflict(message)


def _new(key_id: str, body: Asking, balance: Balance, asked_by: str, now: datetime) -> BudgetRequest:
    return BudgetRequest(
        place=Place(key_id, body.window.value, 1),
        wanted=body.limit,
        limit_then=balance.limit,
        reason=body.reason,
        until=body.until,
        asked_by=asked_by,
        asked_at=now,
    )


def _audited(change: ChangeRequest, asked: BudgetRequest) -> Change:
    shown = {
        "budgetRequest": asked.id,
        "window": asked.window,
        "limit": money.to_string(asked.wanted),
        "reason": asked.reason,
        "until": rfc3339(asked.until) if asked.until else None,
    }
    return recorder.audit_change(change, asked.key_id, ("increase.ask",), {}, shown)


def _told(
    services: Services, asked: BudgetRequest, chain: Sequence[Scope], now: datetime
) -> list[dict[str, Any]]:
    """The alert that asks approvers, to be sent by the alerts function; nothing if all have had enough.

    `chain` is the key and those above it.
    """
    table, lately = services.budget_requests, now - AN_HOUR

    def has_time(list_of: str) -> bool:
        return table.asked_below_since(list_of, lately, MAX_ASKED_AN_HOUR) < MAX_ASKED_AN_HOUR

    recipients = [
        each.owner_email
        for each in chain[1:]
        if each.owner_email is not None and _may_approve(each, asked, now) and has_time(each.key_id)
    ]
    admins = [Recipient.ADMIN] if has_time(OPERATORS) else []
    if not recipients and not admins:
        return []
    content = announcements.asked(asked, balance_in(chain[0], asked.window, now), [*admins, *recipients])
    policy = services.alert_policy.alert_policy()
    return [services.alerts.put_write(alerts.new_alert(chain[0], content, policy.admin_emails, now))]


def _may_approve(above: Scope, asked: BudgetRequest, now: datetime) -> bool:
    return (
        above.manage_children and above.key_id != asked.asked_by and above.status_at(now) is KeyStatus.ACTIVE
    )
