"""Limits that an administrator raises for a time, as `commands` of keys edits them for good."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from tollgate.budget_requests.budget_requests import NotRaisableError, require_raisable
from tollgate.ledger.policies import temporary_limits
from tollgate.ledger.policies.temporary_limits import RaisedBy
from tollgate_admin.keys import commands, key_audit
from tollgate_admin.web import problems, revisions
from tollgate_admin.web.wire_types import Amount, Expiry, RequestModel

if TYPE_CHECKING:
    from tollgate.keys.store.hierarchy import Hierarchy
    from tollgate.ledger.scopes import Scope
    from tollgate_admin.web.change_requests import ChangeRequest


class TemporaryRaise(RequestModel):
    """A limit `until` a moment, within 365 days, of the budget that `window` names, as answers call it."""

    window: Literal["total", "day", "week", "month"]
    limit: Amount
    until: Expiry


def raise_until(hierarchy: Hierarchy, request: ChangeRequest, key_id: str, body: TemporaryRaise) -> Scope:
    """Raises a limit until a moment; raises `ProblemError`, and `HierarchyError`."""

    def attempt() -> Scope:
        before, now = commands.existing(hierarchy.keys, key_id), request.now()
        request.require(before.revision)
        try:
            require_raisable(before, body.window, body.limit, body.until, now)
        except NotRaisableError as error:
            raise _refusal(error) from error
        # No budget request stands behind it, so that nobody is told of its end.
        reference = f"raise_{secrets.token_hex(10)}"
        raised = temporary_limits.raised(
            before, body.window, body.limit, body.until, by=RaisedBy.APPROVAL, reference=reference
        )
        after = replace(raised, updated_at=now)
        return hierarchy.edit(before, after, key_audit.of_edit(request, before, after))

    return revisions.retry_on_conflict(attempt)


def _refusal(error: NotRaisableError) -> problems.ProblemError:
    return (
        problems.conflict(error.message)
        if error.field is None
        else problems.invalid(error.field, error.message)
    )
