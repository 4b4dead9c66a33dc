"""Decisions on budget requests, as bodies ask for them. They raise `ProblemError`."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts import alerts
from tollgate.budget_requests import announcements
from tollgate.budget_requests.announcements import AN_HOUR, MAX_ASKED_AN_HOUR
from tollgate.budget_requests.budget_requests import (
    BudgetRequest,
    Decision,
    NotPendingError,
    NotRaisableError,
    RequestState,
)
from tollgate.budget_requests.store.request_decisions import RequestDecisions
from tollgate.keys.families import HierarchyError
from tollgate_admin.audit import recorder
from tollgate_admin.keys import key_audit
from tollgate_admin.web import problems, revisions
from tollgate_admin.web.access import Actor
from tollgate_admin.web.change_requests import ChangeRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tollgate.audit.entry import Change
    from tollgate.ledger.scopes import Scope
    from tollgate_admin.budget_requests.schemas import Approval
    from tollgate_admin.composition import Services

_KEY = "key_"
# What the audit calls a request's end, where that is no edit of the key.
_ACTIONS = {RequestState.DENIED: "increase.deny", RequestState.WITHDRAWN: "increase.withdraw"}


def decisions_of(services: Services, change: ChangeRequest) -> RequestDecisions:
    return RequestDecisions(
        table=services.budget_requests,
        hierarchy=services.hierarchy,
        audit=services.audit,
        describe=_approval,
        announce=lambda request: _announced(services, request),
        clock=change.now,
    )


def present(services: Services, change: ChangeRequest, request_id: str) -> BudgetRequest:
    """A request as it is now, an approval that had begun taken to its end; raises `ProblemError`."""
    found = services.budget_requests.get(request_id)
    if found is None:
        raise problems.not_found("budget request", request_id)
    return revisions.retry_on_conflict(lambda: decisions_of(services, change).settled(found))


def approve(
    services: Services,
    change: ChangeRequest,
    request_id: str,
    body: Approval,
    told: Callable[[HierarchyError], str] = lambda error: error.message,
) -> BudgetRequest:
    """Raises the limit; who sends the same approval again gets the request as it is.

    `told` is what of the hierarchy may be told to whoever approves.
    """

    def attempt() -> BudgetRequest:
        request = present(services, change, request_id)
        decision = _decision(change, request, body)
        if _was_so_decided(request, decision, RequestState.APPROVED):
            return request
        try:
            return decisions_of(services, change).approve(request, decision)
        except NotPendingError as error:
            raise problems.conflict(str(error)) from error
        except NotRaisableError as error:
            raise _not_approvable(request, f"{error.field or ''} {error.message}") from error
        except HierarchyError as error:
            raise _not_approvable(request, f"{error.field} {told(error)}") from error

    return revisions.retry_on_conflict(attempt)


def deny(services: Services, change: ChangeRequest, request_id: str, reason: str) -> BudgetRequest:
    def attempt() -> BudgetRequest:
        request = present(services, change, request_id)
        decision = Decision(change.actor.id, change.actor.name, change.now(), reason)
        if _was_so_decided(request, decision, RequestState.DENIED):
            return request
        noted = services.audit.put_write(_ending(change, request, RequestState.DENIED, reason))
        try:
            return decisions_of(services, change).deny(request, decision, noted)
        except NotPendingError as error:
            raise problems.conflict(str(error)) from error

    return revisions.retry_on_conflict(attempt)


def withdraw(services: Services, change: ChangeRequest, request_id: str) -> BudgetRequest:
    def attempt() -> BudgetRequest:
        request = present(services, change, request_id)
        decision = Decision(change.actor.id, change.actor.name, change.now())
        if _was_so_decided(request, decision, RequestState.WITHDRAWN):
            return request
        noted = services.audit.put_write(_ending(change, request, RequestState.WITHDRAWN))
        try:
            return decisions_of(services, change).withdraw(request, decision, noted)
        except NotPendingError as error:
            raise problems.conflict(str(error)) from error

    return revisions.retry_on_conflict(attempt)


def _decision(change: ChangeRequest, request: BudgetRequest, body: Approval) -> Decision:
    return Decision(
        by=change.actor.id,
        by_name=change.actor.name,
        at=change.now(),
        note=body.note or "",
        limit=request.wanted if body.limit is None else body.limit,
        until=body.until if "until" in body.model_fields_set else request.until,
        change_id=f"chg_{secrets.token_hex(10)}",
        request_id=change.request_id,
    )


def _was_so_decided(request: BudgetRequest, decision: Decision, state: RequestState) -> bool:
    return (
        request.state_at(decision.at) is state
        and request.decision is not None
        and request.decision.says_the_same_as(decision)
    )


def _not_approvable(request: BudgetRequest, reason: str) -> problems.ProblemError:
    return problems.conflict(f"Budget request {request.id} can't be approved: {reason.strip()}.")


def _approval(request: BudgetRequest, before: Scope, after: Scope) -> Change:
    """The change of the key: by whoever approved it, when they did, whoever takes it to its end."""
    decision = request.decision
    if decision is None:
        message = f"{request.id} is not decided."
        raise RuntimeError(message)
    by = ChangeRequest(Actor(decision.by, decision.by_name), decision.request_id, lambda: decision.at)
    edit = key_audit.of_edit(by, before, after)
    return replace(
        edit,
        id=decision.change_id,
        actions=(*edit.actions, "increase.approve"),
        after={**edit.after, "budgetRequest": request.id},
    )


def _ending(
    change: ChangeRequest, request: BudgetRequest, state: RequestState, reason: str | None = None
) -> Change:
    before = {"requestState": RequestState.PENDING.value}
    after = {
        "budgetRequest": request.id,
        "requestState": state.value,
        "window": request.window,
        "limit": money.to_string(request.wanted),
        **({} if reason is None else {"reason": reason}),
    }
    return recorder.audit_change(change, request.key_id, (_ACTIONS[state],), before, after)


def _is_flood(services: Services, scope: Scope, at: datetime) -> bool:
    """Whether more than a few requests for keys beside a key, itself among them, were made of late."""
    if scope.parent_id is None:
        return False
    asked = services.budget_requests.asked_below_since(scope.parent_id, at - AN_HOUR, MAX_ASKED_AN_HOUR + 1)
    return asked > MAX_ASKED_AN_HOUR


def _announced(services: Services, request: BudgetRequest) -> list[object]:
    """The alert that tells the asker, to be sent by the alerts function, which also watches for the end.

    Nothing if askers have heard enough: who holds a key and one above it could go on asking and approving.
    """
    scope, decision = services.keys.get(request.key_id), request.decision
    if scope is None or decision is None or _is_flood(services, scope, decision.at):
        return []
    by = "the holder of a key above it" if decision.by.startswith(_KEY) else "an administrator"
    asker = None
    if request.asked_by != request.key_id and (above := services.keys.get(request.asked_by)) is not None:
        asker = above.owner_email
    content = announcements.decided(request, decision, scope, by, asker)
    policy = services.alert_policy.alert_policy()
    alert = alerts.new_alert(scope, content, policy.admin_emails, decision.at)
    watched = services.grants.begin_writes(request) if decision.limit is not None else []
    return [services.alerts.put_write(alert), *watched]
