"""Since when calls are refused, and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate.alerts.decisions import WatchedBudget
from tollgate.audit.store.audit_table import AuditSearch
from tollgate.clock import rfc3339
from tollgate.ledger.policies.temporary_limits import TOTAL
from tollgate.refusals import Reason

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.ledger.scopes import Scope
    from tollgate.refusals import RefusedError
    from tollgate_admin.composition import Services

_ALL_PERCENT = 100
# What a budget that is used up is refused for, whoever has it.
_EXHAUSTED = {Reason.BUDGET_EXHAUSTED, Reason.QUOTA_EXHAUSTED, Reason.PARENT_BUDGET_EXHAUSTED}


def since(services: Services, scope: Scope, refused: RefusedError, now: datetime) -> datetime | None:
    """When a scope began to refuse, as far as anybody has noted it.

    Of a budget that is when it was seen to be used up, which is noted where it has a threshold of 100 %.
    """
    if refused.reason is Reason.KEY_EXPIRED:
        return scope.expires_at
    if refused.reason is Reason.KEY_REVOKED:
        return _revoked_at(services, scope, now)
    if refused.reason in _EXHAUSTED and refused.shortage is not None:
        return _used_up_at(services, scope, refused.shortage.window)
    return None


def until(refused: RefusedError, now: datetime) -> datetime | None:
    """When a refusal ends by itself; None if it doesn't, or if requests in progress decide."""
    if refused.is_by_open_requests:
        return None
    if refused.retry_after is not None:
        return now + timedelta(seconds=refused.retry_after)
    return None if refused.shortage is None else refused.shortage.resets_at


def _revoked_at(services: Services, scope: Scope, now: datetime) -> datetime | None:
    search = AuditSearch(scope.key_id, None, now + timedelta(minutes=1), None, "key.revoke")
    found, _ = services.audit.search(search, size=1, after=None)
    return found[0].at if found else None


def _used_up_at(services: Services, scope: Scope, window: str) -> datetime | None:
    is_total = window == TOTAL
    state = services.alerts.state(scope.key_id, WatchedBudget.TOTAL if is_total else WatchedBudget.QUOTA)
    present = window if is_total else f"{window}@{rfc3339(scope.quota.starts_at)}"
    if state.window != present or _ALL_PERCENT not in state.passed:
        return None
    return state.notified.get(_ALL_PERCENT)
