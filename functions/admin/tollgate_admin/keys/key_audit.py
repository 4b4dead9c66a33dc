"""What the audit is told of changes to keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.audit.entry import Change
from tollgate.clock import rfc3339
from tollgate.keys import audit_actions
from tollgate_admin.audit import recorder
from tollgate_admin.keys.schemas import KeySettings, settings_fields

if TYPE_CHECKING:
    from tollgate.keys.settings_edit import Reset
    from tollgate.ledger.scopes import Scope
    from tollgate_admin.web.change_requests import ChangeRequest


def of_creation(request: ChangeRequest, scope: Scope) -> Change:
    return recorder.audit_change(request, scope.key_id, ("key.create",), {}, settings_of(scope))


def of_deletion(request: ChangeRequest, scope: Scope) -> Change:
    return recorder.audit_change(request, scope.key_id, ("key.delete",), settings_of(scope), {})


def of_edit(request: ChangeRequest, before: Scope, after: Scope) -> Change:
    return recorder.audit_change(
        request,
        before.key_id,
        audit_actions.key_actions(before, after),
        settings_of(before),
        settings_of(after),
    )


def of_rotation(request: ChangeRequest, before: Scope, after: Scope) -> Change:
    """Of the secrets nothing is kept but how long the old ones are valid."""
    found: list[dict[str, Any]] = []
    for scope in (before, after):
        until = scope.old_secrets_valid_until(after.updated_at)
        found.append({"previousSecretsValidUntil": rfc3339(until) if until else None})
    return recorder.audit_change(request, before.key_id, audit_actions.key_actions(before, after), *found)


def of_reset(request: ChangeRequest, reset: Reset) -> Change:
    """What the reset takes off; what is spent meanwhile stays."""
    taken = {"budget": reset.budget, "quota": reset.quota}
    used = {f"{what}Used": money.to_string(amount) for what, amount in taken.items() if amount}
    actions = tuple(f"{what}.reset" for what, amount in taken.items() if amount)
    return recorder.audit_change(request, reset.seen.key_id, actions, used, dict.fromkeys(used, "0"))


def settings_of(scope: Scope) -> dict[str, Any]:
    return KeySettings(**settings_fields(scope)).model_dump(mode="json", by_alias=True)
