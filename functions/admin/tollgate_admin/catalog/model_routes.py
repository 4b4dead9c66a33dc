"""Models, their providers and their prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate.catalog import catalog
from tollgate.catalog.catalog import Model
from tollgate.catalog.store.audited_catalog import AuditedCatalog
from tollgate.conflicts import AlreadyExistsError
from tollgate_admin.catalog import catalog_audit, model_targets, price_edits
from tollgate_admin.catalog.model_schemas import ModelCreation, ModelEdit, ModelView, VersionView
from tollgate_admin.composition import services_of
from tollgate_admin.web import field_errors, problems, revisions
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.pagination import ListQuery
from tollgate_admin.web.wire_types import Page

router = APIGatewayRouter()

ModelId = Annotated[
    str, Path(pattern=field_errors.pattern(r"^mdl_[0-9a-f]{20}$", "is not the id of a model"))
]

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
}
_TARGETS = {"provider_id", "remote_id", "alternatives"}


@router.post("/models")
def create_model(request: Request, body: ModelCreation) -> tuple[ModelView, Literal[HTTPStatus.CREATED]]:
    """Create a model."""
    services, asked = services_of(request), ChangeRequest.of(request)
    stored = services.catalog

    def create() -> Model:
        model = _created(stored, body, asked.now())
        model_targets.require_sound(stored, model, body.model_fields_set)
        audited = stored.with_audit(catalog_audit.of_model(asked, None, model))
        try:
            audited.with_provider_references(_providers(model)).add_model(model)
        except AlreadyExistsError as error:
            message = f"A model named {body.system_name} already exists."
            raise problems.conflict(message, ("systemName", "is already taken")) from error
        return model

    return ModelView.of(revisions.retry_on_conflict(create), services.clock()), HTTPStatus.CREATED


def _created(stored: AuditedCatalog, body: ModelCreation, now: datetime) -> Model:
    model_id = catalog.model_id(body.system_name)
    revision = stored.last_revision(model_id) + 1
    alone = Model(
        id=model_id,
        system_name=body.system_name,
        provider_id=body.provider_id,
        remote_id=body.remote_id or body.system_name,
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
        safety_level=body.safety_level,
        prompt_overhead=body.prompt_overhead,
    )
    return replace(alone, alternatives=model_targets.listed(alone, body.alternatives, revision, now))


@router.get("/models")
def list_models(request: Request, query: Annotated[ListQuery, Query()]) -> Page[ModelView]:
    """List models by name. `search` matches the name, the id and the providers' names for the model."""
    services = services_of(request)
    models, following = query.page(
        services.catalog.models(),
        lambda model: model.system_name,
        lambda model: (model.system_name, model.id, *(target.remote_id for target in model.targets)),
    )
    now = services.clock()
    return Page[ModelView](data=[ModelView.of(model, now) for model in models], next_cursor=following)


@router.get("/models/<model_id>")
def get_model(request: Request, model_id: ModelId) -> ModelView:
    services = services_of(request)
    return ModelView.of(_existing_model(services.catalog, model_id), services.clock())


@router.get("/models/<model_id>/prices")
def list_prices(request: Request, model_id: ModelId) -> Page[VersionView]:
    """List all past, current and future price versions of a model and its alternatives, oldest first."""
    model = _existing_model(services_of(request).catalog, model_id)
    versions = sorted(model.versions(), key=lambda each: each[1].effective_at)
    return Page[VersionView](
        data=[VersionView.of(target, version) for target, version in versions], next_cursor=None
    )


@router.patch("/models/<model_id>")
def update_model(request: Request, model_id: ModelId, body: ModelEdit) -> ModelView:
    """Change a model. A changed price becomes a new version; past charges keep the version they had."""
    services, asked, sent = services_of(request), ChangeRequest.of(request), body.changes()
    stored = services.catalog
    changes = {name: value for name, value in sent.items() if name in _SETTINGS}

    def edit() -> Model:
        before = _existing_model(stored, model_id)
        asked.require(before.revision)
        now = asked.now()
        version_id = price_edits.id_of_model(model_id, before.revision + 1)
        prices = price_edits.with_price(before.prices, body, now, version_id)
        after = replace(before, **changes, prices=prices, updated_at=now)
        if "alternatives" in sent:
            listed = model_targets.listed(before, body.alternatives, before.revision + 1, now)
            after = replace(after, alternatives=listed)
        if sent.keys() & _TARGETS:
            model_targets.require_sound(stored, after, sent.keys())
        audited = stored.with_audit(catalog_audit.of_model(asked, before, after))
        return audited.with_provider_references(_providers(after) - _providers(before)).replace_model(after)

    return ModelView.of(revisions.retry_on_conflict(edit), services.clock())


@router.delete(
    "/models/<model_id>", responses={HTTPStatus.NO_CONTENT: {"description": "The model was deleted."}}
)
def delete_model(request: Request, model_id: ModelId) -> Response[str]:
    """Delete a model. Past charges stay. Proxies may serve it from memory for a short while."""
    stored, asked = services_of(request).catalog, ChangeRequest.of(request)

    def delete() -> None:
        seen = _existing_model(stored, model_id)
        asked.require(seen.revision)
        stored.with_audit(catalog_audit.of_deleted_model(asked, seen)).delete_model(seen)

    revisions.retry_on_conflict(delete)
    return Response(HTTPStatus.NO_CONTENT, body="")


def _providers(model: Model) -> set[str]:
    return {target.provider_id for target in model.targets}


def _existing_model(stored: AuditedCatalog, model_id: str) -> Model:
    model = stored.model_by_id(model_id)
    if model is None:
        raise problems.not_found("model", model_id)
    return model
