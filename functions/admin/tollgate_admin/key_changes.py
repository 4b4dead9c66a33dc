"""Changes of keys, as bodies ask for them: created, edited, moved, set back, revoked and reinstated.

Each reads, changes and stores until no one else has come between, and notes in the audit what it did. They
raise `ProblemError`, and `HierarchyError` for what a key's ancestors don't allow.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate import api_keys, key_edits, money
from tollgate.clock import utc_now
from tollgate.scopes import KeyStatus, Priority, Scope
from tollgate_admin import changes, edits, preconditions, problems, quota_edits, services
from tollgate_admin.key_schemas import BudgetEdit, BudgetReset, KeyCreation, KeyEdit, QuotaBody
from tollgate_admin.threshold_schemas import from_bodies

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tollgate.api_keys import ApiKey
    from tollgate.key_defaults import KeyDefaults


def existing(key_id: str) -> Scope:
    scope = services.get().keys.get(key_id)
    if scope is None:
        raise problems.not_found("API key", key_id)
    return scope


def create(body: KeyCreation) -> tuple[ApiKey, Scope]:
    """A new key below the parent that the body names, and its secret."""
    key = api_keys.issue()
    scope = _new_scope(key, body, utc_now())
    edits.repeat(lambda: services.get().hierarchy.add(scope, changes.of_creation(scope)))
    return key, scope


def edit(key_id: str, body: KeyEdit | BudgetEdit) -> Scope:
    """Gives a key the settings that a body names, all but its parent: that is `move`."""
    given = _settings(body)
    given.pop("parent_id", None)
    return _change(key_id, lambda scope: replace(scope, quota=quota_edits.edited(scope.quota, body), **given))


def move(key_id: str, parent_id: str | None) -> Scope:
    """Gives a key another parent, or none."""

    def attempt() -> Scope:
        before = _to_edit(key_id)
        change = changes.of_edit(before, replace(before, parent_id=parent_id))
        return services.get().hierarchy.move(before, parent_id, change)

    return edits.repeat(attempt)


def reset(key_id: str, chosen: BudgetReset) -> Scope:
    """Sets back what was used until now; requests in flight count from here on."""

    def attempt() -> Scope:
        before, now = _to_edit(key_id), utc_now()
        wanted = key_edits.reset(before, now, budget=chosen.budget, quota=chosen.quota)
        return services.get().keys.reset_used(
            before, now, changes.of_reset(wanted), budget=chosen.budget, quota=chosen.quota
        )

    return edits.repeat(attempt)


def revoke(key_id: str) -> Scope:
    return _change(key_id, lambda scope: replace(scope, status=KeyStatus.REVOKED))


def reinstate(key_id: str) -> Scope:
    return _change(key_id, lambda scope: replace(scope, status=KeyStatus.ACTIVE))


def _change(key_id: str, change: Callable[[Scope], Scope]) -> Scope:
    def attempt() -> Scope:
        before = _to_edit(key_id)
        after = replace(change(before), updated_at=utc_now())
        return services.get().hierarchy.edit(before, after, changes.of_edit(before, after))

    return edits.repeat(attempt)


def _to_edit(key_id: str) -> Scope:
    """The key as it is now, if that is what the request asks to edit."""
    scope = existing(key_id)
    preconditions.require(scope.revision)
    return scope


def _new_scope(key: ApiKey, body: KeyCreation, now: datetime) -> Scope:
    defaults = services.get().key_defaults.read().in_force
    quota = quota_edits.created(body, defaults.monthly_quota if body.parent_id is None else None, now)
    return replace(
        Scope(
            key_id=key.key_id,
            name=body.name,
            secret_hash=key.secret_hash,
            status=KeyStatus.ACTIVE,
            enforcement=defaults.enforcement,
            budget_limit=body.budget_limit,
            budget_used=money.ZERO,
            budget_available=body.budget_limit or money.ZERO,
            quota=quota,
            holds={},
            created_at=now,
            updated_at=now,
        ),
        **{**_unnamed(defaults, body, now), **_settings(body)},
    )


def _unnamed(defaults: KeyDefaults, body: KeyCreation, now: datetime) -> dict[str, Any]:
    """What a new key has unless its body names it."""
    days = defaults.expiry_days
    return {
        "rpm_limit": defaults.rpm_limit,
        "tpm_limit": defaults.tpm_limit,
        "max_parallel": defaults.max_parallel,
        "expires_at": None if days is None else now + timedelta(days=days),
        "priority": _usual_priority(body.parent_id),
    }


def _usual_priority(parent_id: str | None) -> Priority:
    """Normal, or below a parent that has less, as much as that."""
    parent = services.get().keys.get(parent_id) if parent_id else None
    return min((Priority.NORMAL, parent.priority if parent else Priority.NORMAL), key=lambda each: each.rank)


def _settings(body: KeyCreation | KeyEdit | BudgetEdit) -> dict[str, Any]:
    """The settings that a body names, as a scope has them; the quota apart."""
    given = {name: value for name, value in body.changes().items() if name not in QuotaBody.model_fields}
    if given.get("allowed_models"):
        given["allowed_models"] = frozenset(given["allowed_models"])
    if "budget_alert_thresholds" in given:
        chosen = given.pop("budget_alert_thresholds")
        given["thresholds"] = None if chosen is None else from_bodies(chosen)
    return given
