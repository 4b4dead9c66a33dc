"""Routes of models."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate import catalog
from tollgate.catalog import Model
from tollgate.clock import utc_now
from tollgate.conflicts import AlreadyExistsError
from tollgate_admin import (
    alternatives,
    catalog_changes,
    edits,
    preconditions,
    price_versions,
    problems,
    services,
)
from tollgate_admin.model_schemas import ModelCreation, ModelEdit, ModelView, VersionView
from tollgate_admin.schemas import Page

router = APIGatewayRouter()

ModelId = Annotated[str, Path(pattern=r"^mdl_[0-9a-f]{20}$")]

_SETTINGS = {
    "provider_id",
    "remote_id",
    "allow_unpriced",
    "context_limit",
    "output_limit",
    "weight",
    "priority",
}
_TARGETS = {"provider_id", "remote_id", "alternatives"}


@router.post("/models")
def create_model(body: ModelCreation) -> tuple[ModelView, int]:
    now = utc_now()
    model_id = catalog.model_id(body.system_name)
    alone = Model(
        id=model_id,
        system_name=body.system_name,
        provider_id=body.provider_id,
        remote_id=body.remote_id or body.system_name,
        type=body.model_type,
        prices=price_versions.with_price((), body, now, price_versions.id_of_model(model_id, 1)),
        created_at=now,
        updated_at=now,
        allow_unpriced=body.allow_unpriced,
        context_limit=body.context_limit,
        output_limit=body.output_limit,
        weight=body.weight,
        priority=body.priority,
    )
    listed = alternatives.listed(alone, body.alternatives, alone.revision, now)
    model = replace(alone, alternatives=listed)
    alternatives.require_sound(model, body.model_fields_set)
    try:
        services.get().catalog.noting(catalog_changes.of_model(None, model)).add_model(model)
    except AlreadyExistsError as error:
        message = f"There is a model {body.system_name} already."
        raise problems.conflict(message, ("systemName", "is taken")) from error
    return ModelView.of(model), HTTPStatus.CREATED


@router.get("/models")
def list_models() -> Page[ModelView]:
    models = sorted(services.get().catalog.models(), key=lambda model: model.system_name)
    return Page[ModelView](data=[ModelView.of(model) for model in models], next_cursor=None)


@router.get("/models/<model_id>")
def get_model(model_id: ModelId) -> ModelView:
    return ModelView.of(_existing_model(model_id))


@router.get("/models/<model_id>/prices")
def list_prices(model_id: ModelId) -> Page[VersionView]:
    """Every version that the model and its alternatives have had or are to have, by when it takes effect."""
    versions = sorted(_existing_model(model_id).versions(), key=lambda each: each[1].effective_at)
    return Page[VersionView](
        data=[VersionView.of(target, version) for target, version in versions], next_cursor=None
    )


@router.patch("/models/<model_id>")
def update_model(model_id: ModelId, body: ModelEdit) -> ModelView:
    """A changed price is a new version: what was charged before keeps the one it was charged at."""
    sent = body.changes()
    changes = {name: value for name, value in sent.items() if name in _SETTINGS}

    def edit() -> Model:
        before = _existing_model(model_id)
        preconditions.require(before.revision)
        now = utc_now()
        version_id = price_versions.id_of_model(model_id, len(before.prices) + 1)
        prices = price_versions.with_price(before.prices, body, now, version_id)
        after = replace(before, **changes, prices=prices, updated_at=now)
        if "alternatives" in sent:
            listed = alternatives.listed(before, body.alternatives, before.revision + 1, now)
            after = replace(after, alternatives=listed)
        if sent.keys() & _TARGETS:
            alternatives.require_sound(after, sent.keys())
        return services.get().catalog.noting(catalog_changes.of_model(before, after)).replace_model(after)

    return ModelView.of(edits.repeat(edit))


def _existing_model(model_id: str) -> Model:
    model = services.get().catalog.model_by_id(model_id)
    if model is None:
        raise problems.not_found("model", model_id)
    return model
