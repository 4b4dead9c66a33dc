"""Packs, added and voided as bodies and paths ask for it, with what the audit is told.

They raise `ProblemError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.clock import rfc3339
from tollgate.conflicts import PackConflictError
from tollgate.keys import pack_definitions
from tollgate.keys.pack_definitions import PackDefinition
from tollgate_admin.audit import recorder
from tollgate_admin.keys import commands
from tollgate_admin.packs.pack_schemas import PackCreation
from tollgate_admin.web import problems, revisions

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.audit.entry import Change
    from tollgate.keys.pack_definitions import PackStanding
    from tollgate.keys.store.resource_packs import AddedPack
    from tollgate_admin.composition import Services
    from tollgate_admin.web.change_requests import ChangeRequest


def existing(services: Services, key_id: str, pack_id: str) -> PackStanding:
    """The pack, as the key and what was agreed of it say, which are read in that order."""
    found = services.packs.get(commands.existing(services.keys, key_id), pack_id)
    if found is None:
        raise problems.not_found("pack", pack_id)
    return found


def add(services: Services, request: ChangeRequest, key_id: str, body: PackCreation) -> AddedPack:
    """A new pack, or the one of the body's external id, which must be what the body says.

    Whoever asks again, for an answer was lost, adds no second one.
    """
    pack_id = (
        pack_definitions.new_pack_id()
        if body.external_id is None
        else pack_definitions.pack_id_of(key_id, body.external_id)
    )

    def attempt() -> AddedPack:
        seen, now = commands.existing(services.keys, key_id), request.now()
        wanted = _definition(key_id, pack_id, body, now)
        try:
            added = services.packs.add(seen, wanted, now, _of_addition(request, wanted))
        except PackConflictError as error:
            raise problems.conflict(str(error)) from error
        if not added.is_new:
            _require_alike(added.standing.definition, wanted, body)
        return added

    return revisions.retry_on_conflict(attempt)


def void(services: Services, request: ChangeRequest, key_id: str, pack_id: str) -> PackStanding:
    """Takes what is left of a pack; what it has paid stays paid."""

    def attempt() -> PackStanding:
        seen, now = commands.existing(services.keys, key_id), request.now()
        try:
            found = services.packs.void(seen, pack_id, now, _of_voiding(request, key_id, pack_id))
        except PackConflictError as error:
            raise problems.conflict(str(error)) from error
        if found is None:
            raise problems.not_found("pack", pack_id)
        return found

    return revisions.retry_on_conflict(attempt)


def _definition(key_id: str, pack_id: str, body: PackCreation, now: datetime) -> PackDefinition:
    effective_at, expires_at = _as_stored(body.effective_at) or now, _as_stored(body.expires_at)
    if expires_at is not None and expires_at <= max(now, effective_at):
        raise problems.invalid("expiresAt", "must be in the future, and after `effectiveAt`")
    return PackDefinition(
        id=pack_id,
        key_id=key_id,
        amount=body.amount,
        category=body.category,
        priority=body.priority,
        effective_at=effective_at,
        created_at=now,
        expires_at=expires_at,
        models=None if body.models is None else frozenset(body.models),
        price=body.price,
        name=body.name,
        external_id=body.external_id,
    )


def _as_stored(at: datetime | None) -> datetime | None:
    """Moments are kept in whole milliseconds."""
    return None if at is None else at.replace(microsecond=at.microsecond // 1000 * 1000)


def _require_alike(found: PackDefinition, wanted: PackDefinition, body: PackCreation) -> None:
    """Raises `ProblemError` if a pack is another than the body says."""
    names = {name for name in body.model_fields_set if getattr(body, name) is not None}
    others = [
        (PackCreation.model_fields[name].alias or name, f"differs from that of pack {found.id}")
        for name in sorted(names)
        if getattr(found, name) != getattr(wanted, name)
    ]
    if others:
        message = f"Pack {found.id} of API key {found.key_id} has this external id, but is another one."
        raise problems.conflict(message, *others)


def _of_addition(request: ChangeRequest, definition: PackDefinition) -> Change:
    return recorder.audit_change(
        request, definition.key_id, ("pack.add",), {"pack": None}, {"pack": _shown(definition)}
    )


def _of_voiding(request: ChangeRequest, key_id: str, pack_id: str) -> Change:
    before, after = ({"pack": {"id": pack_id, "voided": voided}} for voided in (False, True))
    return recorder.audit_change(request, key_id, ("pack.void",), before, after)


def _shown(definition: PackDefinition) -> dict[str, Any]:
    """A pack as the API shows it, but for how it stands."""
    ends, price = definition.expires_at, definition.price
    return {
        "id": definition.id,
        "name": definition.name,
        "amount": money.to_string(definition.amount),
        "price": None if price is None else money.to_string(price),
        "category": definition.category.value,
        "priority": definition.priority,
        "effectiveAt": rfc3339(definition.effective_at),
        "expiresAt": None if ends is None else rfc3339(ends),
        "models": None if definition.models is None else sorted(definition.models),
        "externalId": definition.external_id,
    }
