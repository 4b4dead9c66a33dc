"""Limits that were granted until a time: their owners hear before it comes, and when it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.alerts.alerts import new_alert
from tollgate.budget_requests import grants
from tollgate.budget_requests.store.budget_requests_table import BudgetRequestsTable
from tollgate.budget_requests.store.grants_table import GrantsTable
from tollgate.conflicts import EditConflictError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tollgate.alerts.alerts import Alert
    from tollgate.alerts.decisions import AlertPolicy
    from tollgate.alerts.store.alerts_table import AlertsTable
    from tollgate.ledger.scopes import Scope

_TRIES = 10


def follow_up(
    table: AlertsTable,
    find: Callable[[str], Scope | None],
    policy: AlertPolicy,
    watched: tuple[str, str],
    now: datetime,
) -> Alert | None:
    """Moves on what is known of a grant, by the ids of its key and request; returns what is to be told.

    As with budgets, what is to be told is put together with that, once whoever else looks. `find` shows a key
    as it is by now. It is read after the watch: whoever comes second sees no older a state of the key.
    """
    key_id, request_id = watched
    watches = GrantsTable(table.client, table.table)
    for _ in range(_TRIES):
        seen = watches.get(key_id, request_id)
        if seen is None or seen.due_at is None:
            return None
        request = BudgetRequestsTable(table.client, table.table).get(request_id)
        scope, asker = find(key_id), None
        if request is not None and request.asked_by != key_id and (above := find(request.asked_by)):
            asker = above.owner_email
        following = grants.following(request, scope, seen, asker, now)
        if (following.due_at, following.is_told, following.content) == (seen.due_at, seen.is_told, None):
            return None
        alert = None
        if scope is not None and following.content is not None:
            alert = new_alert(scope, following.content, policy.admin_emails, now)
        try:
            watches.advance(seen, following, now, *([] if alert is None else [table.put_write(alert)]))
        except EditConflictError:
            continue
        return alert
    message = f"The grant of {request_id} changed {_TRIES} times in between."
    raise RuntimeError(message)
