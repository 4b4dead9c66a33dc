"""What makes models and changes them, each with its entry in the audit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tollgate.catalog import catalog, wildcards
from tollgate.catalog.catalog import Model
from tollgate.conflicts import AlreadyExistsError
from tollgate_admin.catalog import aliases, catalog_audit, model_targets, price_edits, wildcard_models
from tollgate_admin.catalog.shipped import listed_prices_update
from tollgate_admin.web import problems, revisions

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tollgate.catalog.store.audited_catalog import AuditedCatalog
    from tollgate_admin.catalog.model_schemas import ModelCreation, ModelEdit
    from tollgate_admin.web.change_requests import ChangeRequest

_SETTINGS = {
    "provider_id",
    "remote_id",
    "allow_unpriced",
    "allow_unpriced_options",
    "context_limit",
    "output_limit",
    "weight",
    "priority",
    "safety_level",
    "prompt_overhead",
    "strict_translation",
    "managed_by",
}
_TARGETS = {"provider_id", "remote_id", "alternatives"}


def create(stored: AuditedCatalog, asked: ChangeRequest, body: ModelCreation) -> Model:
    """Raises `ProblemError`."""

    def created() -> Model:
        model = _new(stored, body, asked.now())
        aliases.require_free(stored, None, model)
        model_targets.require_sound(stored, model, body.model_fields_set)
        _prepare_wildcard(stored, model, asked.now())
        _require_fallbacks(model)
        audited = stored.with_audit(catalog_audit.of_model(asked, None, model))
        try:
            audited.with_provider_references(_providers(model)).with_names(None, model).add_model(model)
        except AlreadyExistsError as error:
            message = f"A model named {body.system_name} already exists."
            raise problems.conflict(message, ("systemName", "is already taken")) from error
        return model

    return revisions.retry_on_conflict(created)


def edit(
    stored: AuditedCatalog,
    asked: ChangeRequest,
    model_id: str,
    body: ModelEdit,
    require: Callable[[Model], None] = lambda _: None,
) -> Model:
    """Raises `ProblemError`; so may `require`, which is shown the model that is to be changed.

    What changes nothing is not stored.
    """
    sent = body.changes()
    changes = {name: value for name, value in sent.items() if name in _SETTINGS}

    def edited() -> Model:
        before = existing(stored, model_id)
        asked.require(before.revision)
        require(before)
        now = asked.now()
        version_id = price_edits.id_of_model(model_id, before.revision + 1)
        prices = price_edits.with_price(before.prices, body, now, version_id)
        after = replace(before, **changes, prices=prices)
        if "alternatives" in sent:
            listed = model_targets.listed(before, body.alternatives, before.revision + 1, now)
            after = replace(after, alternatives=listed)
        if "aliases" in sent:
            after = replace(after, aliases=tuple(body.aliases))
            aliases.require_free(stored, before, after)
        if "fallbacks" in sent:
            after = replace(after, fallbacks=tuple(body.fallbacks))
            _require_fallbacks(after)
        if sent.keys() & _TARGETS:
            model_targets.require_sound(stored, after, sent.keys())
        _prepare_wildcard(stored, after, now)
        if after == before:
            return before
        after = replace(after, updated_at=now)
        audited = stored.with_audit(catalog_audit.of_model(asked, before, after))
        named = audited.with_provider_references(_providers(after) - _providers(before))
        return named.with_names(before, after).replace_model(after)

    return revisions.retry_on_conflict(edited)


def delete(stored: AuditedCatalog, asked: ChangeRequest, model_id: str) -> None:
    """Raises `ProblemError`."""

    def deleted() -> None:
        seen = existing(stored, model_id)
        asked.require(seen.revision)
        audited = stored.with_audit(catalog_audit.of_deleted_model(asked, seen))
        audited.with_names(seen, None).delete_model(seen)

    revisions.retry_on_conflict(deleted)


def existing(stored: AuditedCatalog, model_id: str) -> Model:
    """Raises `ProblemError` 404."""
    model = stored.model_by_id(model_id)
    if model is None:
        raise problems.not_found("model", model_id)
    return model


def _new(stored: AuditedCatalog, body: ModelCreation, now: datetime) -> Model:
    model_id = catalog.model_id(body.system_name)
    revision = stored.last_revision(model_id) + 1
    alone = Model(
        id=model_id,
        system_name=body.system_name,
        aliases=tuple(body.aliases),
        provider_id=body.provider_id,
        remote_id=body.remote_id or _usual_remote_id(body.system_name),
        type=body.model_type,
        prices=price_edits.with_price((), body, now, price_edits.id_of_model(model_id, revision)),
        created_at=now,
        updated_at=now,
        revision=revision,
        allow_unpriced=body.allow_unpriced,
        allow_unpriced_options=body.allow_unpriced_options,
        context_limit=body.context_limit,
        output_limit=body.output_limit,
        weight=body.weight,
        priority=body.priority,
        fallbacks=tuple(body.fallbacks),
        safety_level=body.safety_level,
        prompt_overhead=body.prompt_overhead,
        strict_translation=body.strict_translation,
        managed_by=body.managed_by,
    )
    return replace(alone, alternatives=model_targets.listed(alone, body.alternatives, revision, now))


def _prepare_wildcard(stored: AuditedCatalog, model: Model, now: datetime) -> None:
    """Has the proxy find the prices of what a wildcard stands for. Raises `ProblemError`."""
    if wildcards.is_wildcard(model.system_name):
        wildcard_models.require_sound(model)
        listed_prices_update.update(stored, now)


def _usual_remote_id(system_name: str) -> str:
    return wildcards.STAR if wildcards.is_wildcard(system_name) else system_name


def _require_fallbacks(model: Model) -> None:
    """Raises `ProblemError`. They may be created later: what isn't there serves nothing."""
    if model.fallbacks and not model.type.has_output:
        # Vectors of another model can't be compared with those that a client has stored.
        raise problems.invalid("fallbacks", "must be empty for an embedding model")
    if model.system_name in model.fallbacks:
        raise problems.invalid("fallbacks", "must not name the model itself")


def _providers(model: Model) -> set[str]:
    return {target.provider_id for target in model.targets}
