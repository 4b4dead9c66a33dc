"""Changes of keys, as bodies ask for them, from creation to deletion.

Each reads, changes and stores until no one else has come between, and notes in the audit what it did. They
raise `ProblemError`, and `HierarchyError` for what a key's ancestors don't allow.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.conflicts import EditConflictError, ExternalIdTakenError, InUseError
from tollgate.keys import api_keys, rotations, settings_edit
from tollgate.keys.rotations import TooManySecretsError
from tollgate.ledger.policies import temporary_limits
from tollgate.ledger.scopes import KeyStatus, Priority, Scope
from tollgate_admin.keys import key_audit, quota_edit, setting_fields
from tollgate_admin.keys.schemas import BudgetEdit, BudgetReset, KeyCreation, KeyEdit, QuotaBody, Rotation
from tollgate_admin.web import problems, revisions

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tollgate.keys.api_keys import ApiKey
    from tollgate.keys.key_defaults import KeyDefaults
    from tollgate.keys.store.hierarchy import Hierarchy
    from tollgate.keys.store.keys_table import KeysTable
    from tollgate_admin.composition import Services
    from tollgate_admin.web.change_requests import ChangeRequest


def existing(keys: KeysTable, key_id: str) -> Scope:
    scope = keys.get(key_id)
    if scope is None:
        raise problems.not_found("API key", key_id)
    return scope


def create(
    services: Services, request: ChangeRequest, body: KeyCreation, *, by_holder: bool = False
) -> tuple[ApiKey | None, Scope]:
    """A new key below the parent that the body names, and its secret.

    `by_holder`: a key's holder creates it, not an admin.

    If a key has the body's external id already, that key, with nothing of its secret: whoever asks again,
    for an answer was lost, gets no second key. Its settings must be those that the body names.
    """
    key = api_keys.issue()

    def attempt() -> tuple[ApiKey | None, Scope]:
        scope = replace(_new_scope(services, key, body, request.now()), self_named=by_holder)
        if scope.external_id is not None:
            found = services.keys.by_external_id(scope.external_id)
            if found is not None:
                _require_alike(found, scope, body)
                return None, found
        try:
            services.hierarchy.add(scope, key_audit.of_creation(request, scope))
        except ExternalIdTakenError as error:
            raise EditConflictError from error
        return key, scope

    return revisions.retry_on_conflict(attempt)


def edit(
    hierarchy: Hierarchy,
    request: ChangeRequest,
    key_id: str,
    body: KeyEdit | BudgetEdit,
    *,
    by_holder: bool = False,
) -> Scope:
    """Gives a key the settings that a body names, all but its parent: that is `move`.

    `by_holder`: a key's holder does so, not an admin, who by naming a key vouches for its name.
    """
    given = _settings(body)
    given.pop("parent_id", None)

    def edited(scope: Scope) -> Scope:
        after = replace(scope, quota=quota_edit.edited(scope.quota, body), **given)
        after = _with_raises(after, body)
        if "name" not in given or (by_holder and after.name == scope.name):
            return after
        return replace(after, self_named=by_holder)

    return _change(hierarchy, request, key_id, edited)


def _with_raises(after: Scope, body: KeyEdit | BudgetEdit) -> Scope:
    """With the raises that an edit leaves: whatever limit its body names is a lasting one."""
    named = {temporary_limits.TOTAL} if "budget_limit" in body.model_fields_set else set()
    if "quota_limit" in body.model_fields_set:
        named |= after.raises.keys() - {temporary_limits.TOTAL}
    for window in named & after.raises.keys():
        after = temporary_limits.without(after, window)
    return temporary_limits.kept(after)


def move(hierarchy: Hierarchy, request: ChangeRequest, key_id: str, parent_id: str | None) -> Scope:
    """Gives a key another parent, or none."""

    def attempt() -> Scope:
        before = _to_edit(hierarchy.keys, request, key_id)
        change = key_audit.of_edit(request, before, replace(before, parent_id=parent_id))
        return hierarchy.move(before, parent_id, change)

    return revisions.retry_on_conflict(attempt)


def reset(keys: KeysTable, request: ChangeRequest, key_id: str, chosen: BudgetReset) -> Scope:
    """Sets back what was used until now; requests in flight count from here on."""

    def attempt() -> Scope:
        before, now = _to_edit(keys, request, key_id), request.now()
        wanted = settings_edit.reset(before, now, budget=chosen.budget, quota=chosen.quota)
        return keys.reset_used(
            before, now, key_audit.of_reset(request, wanted), budget=chosen.budget, quota=chosen.quota
        )

    return revisions.retry_on_conflict(attempt)


def rotate(
    services: Services, request: ChangeRequest, key_id: str, rotation: Rotation
) -> tuple[ApiKey, Scope]:
    """Gives a key another secret; those that it has now stay valid for the grace."""
    usual = services.key_defaults.read().in_force.rotation_grace_seconds
    grace = timedelta(seconds=usual if rotation.grace_seconds is None else rotation.grace_seconds)

    def attempt() -> tuple[ApiKey, Scope]:
        # Each try has a secret of its own: an earlier one may have been stored after all.
        before, key = _to_edit(services.keys, request, key_id), api_keys.issue(key_id)
        try:
            after = rotations.rotated(before, key.secret_hash, request.now(), grace)
        except TooManySecretsError as error:
            message = (
                f"API key {key_id} already has {rotations.MAX_OLD_SECRETS} valid old secrets, the maximum. "
                "Wait until one expires, or rotate with graceSeconds 0 to end them all."
            )
            raise problems.conflict(message) from error
        change = key_audit.of_rotation(request, before, after)
        return key, services.hierarchy.edit(before, after, change)

    return revisions.retry_on_conflict(attempt)


def delete(hierarchy: Hierarchy, request: ChangeRequest, key_id: str) -> Scope:
    """Takes away a key that has never been used; returns it as it was."""

    def attempt() -> Scope:
        before = _to_edit(hierarchy.keys, request, key_id)
        try:
            hierarchy.delete(before, key_audit.of_deletion(request, before))
        except InUseError as error:
            raise problems.conflict(
                f"API key {key_id} can't be deleted: {error}. Revoke it instead."
            ) from error
        return before

    return revisions.retry_on_conflict(attempt)


def revoke(hierarchy: Hierarchy, request: ChangeRequest, key_id: str) -> Scope:
    return _change(hierarchy, request, key_id, lambda scope: replace(scope, status=KeyStatus.REVOKED))


def reinstate(hierarchy: Hierarchy, request: ChangeRequest, key_id: str) -> Scope:
    return _change(hierarchy, request, key_id, lambda scope: replace(scope, status=KeyStatus.ACTIVE))


def _change(
    hierarchy: Hierarchy, request: ChangeRequest, key_id: str, change: Callable[[Scope], Scope]
) -> Scope:
    def attempt() -> Scope:
        before = _to_edit(hierarchy.keys, request, key_id)
        after = replace(change(before), updated_at=request.now())
        try:
            return hierarchy.edit(before, after, key_audit.of_edit(request, before, after))
        except ExternalIdTakenError as error:
            raise problems.conflict(
                str(error), ("externalId", f"is already used by API key {error.key_id}")
            ) from error

    return revisions.retry_on_conflict(attempt)


def _require_alike(found: Scope, wanted: Scope, body: KeyCreation) -> None:
    """Raises `ProblemError` if a key has other settings than those that a body names.

    While a limit of the key is raised for a time, the one counts that it falls back to.
    """
    has, asked = key_audit.settings_of(temporary_limits.lasting(found)), key_audit.settings_of(wanted)
    named = body.model_dump(by_alias=True, include=body.model_fields_set)
    others = [
        (field, f"differs from that of API key {found.key_id}")
        for field in named
        if has[field] != asked[field]
    ]
    if others:
        message = f"API key {found.key_id} has this external id, but other settings. Use PATCH to edit it."
        raise problems.conflict(message, *others)


def _to_edit(keys: KeysTable, request: ChangeRequest, key_id: str) -> Scope:
    """The key as it is now, if that is what the request asks to edit."""
    scope = existing(keys, key_id)
    request.require(scope.revision)
    return scope


def _new_scope(services: Services, key: ApiKey, body: KeyCreation, now: datetime) -> Scope:
    defaults = services.key_defaults.read().in_force
    quota = quota_edit.created(body, defaults.monthly_quota if body.parent_id is None else None, now)
    scope = replace(
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
        **{**_unnamed(services, defaults, body, now), **_settings(body)},
    )
    # What may be metered is known once the billing is.
    return replace(scope, quota=scope.quota.with_available(scope.beyond_quota))


def _unnamed(services: Services, defaults: KeyDefaults, body: KeyCreation, now: datetime) -> dict[str, Any]:
    """What a new key has unless its body names it."""
    days = defaults.expiry_days
    return {
        "rpm_limit": defaults.rpm_limit,
        "tpm_limit": defaults.tpm_limit,
        "max_parallel": defaults.max_parallel,
        "expires_at": None if days is None else now + timedelta(days=days),
        "priority": _usual_priority(services, body.parent_id),
    }


def _usual_priority(services: Services, parent_id: str | None) -> Priority:
    """Normal, or below a parent that has less, as much as that."""
    parent = services.keys.get(parent_id) if parent_id else None
    return min((Priority.NORMAL, parent.priority if parent else Priority.NORMAL), key=lambda each: each.rank)


def _settings(body: KeyCreation | KeyEdit | BudgetEdit) -> dict[str, Any]:
    """The settings that a body names, as a scope has them; the quota apart."""
    given = {name: value for name, value in body.changes().items() if name not in QuotaBody.model_fields}
    return setting_fields.of_scope(given)
