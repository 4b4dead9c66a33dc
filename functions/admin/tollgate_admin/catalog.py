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
from tollgate.prices import UNPRICED, PriceVersion, in_force
from tollgate_admin import base_urls, catalog_changes, edits, problems, services
from tollgate_admin.catalog_schemas import (
    ModelCreation,
    ModelEdit,
    ModelView,
    ProviderCreation,
    ProviderEdit,
    ProviderView,
)
from tollgate_admin.price_schemas import PriceView, price_changes, price_fields
from tollgate_admin.schemas import Page

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.adapters.audited_catalog import AuditedCatalog
    from tollgate.audit import Change
    from tollgate_admin.price_schemas import PriceBody

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
        _noting(catalog_changes.of_provider(None, provider)).add_provider(provider)
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
        prices=_with_price((), model_id, body, now),
        created_at=now,
        updated_at=now,
        allow_unpriced=body.allow_unpriced,
        context_limit=body.context_limit,
        output_limit=body.output_limit,
    )
    try:
        _noting(catalog_changes.of_model(None, model)).add_model(model)
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
def list_prices(model_id: ModelId) -> Page[PriceView]:
    """Every version that the model has had or is to have, by when it takes effect."""
    versions = sorted(_existing_model(model_id).prices, key=lambda version: version.effective_at)
    return Page[PriceView](
        data=[PriceView(**price_fields(version)) for version in versions], next_cursor=None
    )


@router.patch("/models/<model_id>")
def update_model(model_id: ModelId, body: ModelEdit) -> ModelView:
    """A changed price is a new version: what was charged before keeps the one it was charged at."""
    settings = ("provider_id", "remote_id", "allow_unpriced", "context_limit", "output_limit")
    changes = {name: value for name, value in body.changes().items() if name in settings}
    if "provider_id" in changes:
        _require_provider(body.provider_id)

    def edit() -> Model:
        before = _existing_model(model_id)
        now = utc_now()
        prices = _with_price(before.prices, model_id, body, now)
        after = replace(before, **changes, prices=prices, updated_at=now)
        return _noting(catalog_changes.of_model(before, after)).replace_model(after)

    return ModelView.of(edits.repeat(edit))


def _with_price(
    versions: tuple[PriceVersion, ...], model_id: str, body: PriceBody, now: datetime
) -> tuple[PriceVersion, ...]:
    """The versions with a new one that changes what the body names, unless nothing changes.

    It changes the version in effect when it is to take effect. Figures that are edited are no longer
    those of a catalog, unless the edit names its source.
    """
    changes = price_changes(body)
    if not changes:
        return versions
    effective_at = body.effective_at or now
    if effective_at < now:
        raise problems.invalid("effectiveAt", "lies in the past: what was charged stays as it was")
    before = in_force(versions, effective_at) or UNPRICED
    rates = {**before.rates, **changes.pop("rates", {})}
    changed = replace(
        before,
        **{"source": None, "sourced_at": None, **changes},
        rates={token_class: rate for token_class, rate in rates.items() if rate is not None},
    )
    if changed in (before, replace(before, source=None, sourced_at=None)):
        return versions
    return (*versions, replace(changed, id=f"{model_id}:{len(versions) + 1}", effective_at=effective_at))


def _edit_provider(provider_id: str, changes: dict[str, Any], api_key: str) -> ProviderView:
    """Stores a new key under the version that the edited provider then names."""
    _existing_provider(provider_id)
    if api_key:
        changes = {**changes, "credential_version": services.get().credentials.store(provider_id, api_key)}

    def edit() -> Provider:
        before = _existing_provider(provider_id)
        after = replace(before, **changes, updated_at=utc_now())
        return _noting(catalog_changes.of_provider(before, after)).replace_provider(after)

    return ProviderView.of(edits.repeat(edit))


def _noting(change: Change) -> AuditedCatalog:
    """The catalog for one write; what changes nothing leaves no entry."""
    installed = services.get().catalog
    return installed.noting(change) if change.actions else installed


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
