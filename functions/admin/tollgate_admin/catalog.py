"""Routes of providers and models."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate import catalog
from tollgate.catalog import Model, Provider
from tollgate.clock import utc_now
from tollgate.conflicts import AlreadyExistsError
from tollgate.pricing import PriceVersion
from tollgate_admin import base_urls, edits, problems, services
from tollgate_admin.schemas import (
    ModelCreation,
    ModelEdit,
    ModelView,
    Page,
    ProviderCreation,
    ProviderEdit,
    ProviderView,
)

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

router = APIGatewayRouter()

ProviderId = Annotated[str, Path(pattern=r"^prv_[0-9a-f]{20}$")]
ModelId = Annotated[str, Path(pattern=r"^mdl_[0-9a-f]{20}$")]


@router.post("/providers")
def create_provider(body: ProviderCreation) -> tuple[ProviderView, int]:
    """The provider is stored before its key, so that a name that is taken overwrites nobody's key."""
    now = utc_now()
    provider = Provider(
        id=catalog.provider_id(body.name),
        name=body.name,
        type=body.type,
        base_url=_base_url(body.base_url),
        credential_version=0,
        created_at=now,
        updated_at=now,
    )
    try:
        services.get().catalog.add_provider(provider)
    except AlreadyExistsError as error:
        raise problems.conflict(f"There is a provider {body.name} already.", ("name", "is taken")) from error
    return _edit_provider(provider.id, {}, body.api_key), HTTPStatus.CREATED


@router.get("/providers")
def list_providers() -> Page[ProviderView]:
    providers = sorted(services.get().catalog.providers(), key=lambda provider: provider.name)
    return Page[ProviderView](data=[ProviderView.of(provider) for provider in providers], next_cursor=None)


@router.get("/providers/<provider_id>")
def get_provider(provider_id: ProviderId) -> ProviderView:
    return ProviderView.of(_existing_provider(provider_id))


@router.patch("/providers/<provider_id>")
def update_provider(provider_id: ProviderId, body: ProviderEdit) -> ProviderView:
    changes: dict[str, Any] = {}
    if "base_url" in body.model_fields_set:
        changes["base_url"] = _base_url(body.base_url)
    return _edit_provider(provider_id, changes, body.api_key)


@router.post("/models")
def create_model(body: ModelCreation) -> tuple[ModelView, int]:
    _require_provider(body.provider_id)
    now = utc_now()
    model_id = catalog.model_id(body.system_name)
    model = Model(
        id=model_id,
        system_name=body.system_name,
        provider_id=body.provider_id,
        remote_id=body.remote_id or body.system_name,
        type=body.model_type,
        prices=_with_price((), model_id, body.input_price, body.output_price, now),
        created_at=now,
        updated_at=now,
    )
    try:
        services.get().catalog.add_model(model)
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


@router.patch("/models/<model_id>")
def update_model(model_id: ModelId, body: ModelEdit) -> ModelView:
    """A changed price is a new version: what was charged before keeps the one it was charged at."""
    changes = body.changes()
    if "provider_id" in changes:
        _require_provider(body.provider_id)

    def edit() -> Model:
        before = _existing_model(model_id)
        latest = before.prices[-1] if before.prices else None
        now = utc_now()
        asked = dict(changes)
        input_price = asked.pop("input_price", latest.input_price if latest else None)
        output_price = asked.pop("output_price", latest.output_price if latest else None)
        prices = _with_price(before.prices, model_id, input_price, output_price, now)
        return services.get().catalog.replace_model(replace(before, **asked, prices=prices, updated_at=now))

    return ModelView.of(edits.repeat(edit))


def _with_price(
    prices: tuple[PriceVersion, ...],
    model_id: str,
    input_price: Decimal | None,
    output_price: Decimal | None,
    now: datetime,
) -> tuple[PriceVersion, ...]:
    """The versions with a new one for these prices, unless the last one has them already."""
    last = (prices[-1].input_price, prices[-1].output_price) if prices else (None, None)
    if (input_price, output_price) == last:
        return prices
    return (*prices, PriceVersion(f"{model_id}:{len(prices) + 1}", input_price, output_price, now))


def _edit_provider(provider_id: str, changes: dict[str, Any], api_key: str) -> ProviderView:
    """Stores a new key under the version that the edited provider then names."""
    _existing_provider(provider_id)
    if api_key:
        changes = {**changes, "credential_version": services.get().credentials.store(provider_id, api_key)}

    def edit() -> Provider:
        before = _existing_provider(provider_id)
        return services.get().catalog.replace_provider(replace(before, **changes, updated_at=utc_now()))

    return ProviderView.of(edits.repeat(edit))


def _base_url(text: str) -> str:
    return base_urls.checked(text, loopback_allowed=services.get().settings.loopback_providers)


def _existing_provider(provider_id: str) -> Provider:
    provider = services.get().catalog.provider(provider_id)
    if provider is None:
        raise problems.not_found("provider", provider_id)
    return provider


def _require_provider(provider_id: str) -> None:
    if services.get().catalog.provider(provider_id) is None:
        raise problems.invalid("providerId", "names no provider")


def _existing_model(model_id: str) -> Model:
    model = services.get().catalog.model_by_id(model_id)
    if model is None:
        raise problems.not_found("model", model_id)
    return model
