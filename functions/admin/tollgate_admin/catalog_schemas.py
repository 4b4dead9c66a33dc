"""Providers and models on the wire."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints

from tollgate.catalog import Model, ModelType, Provider, ProviderType
from tollgate.clock import utc_now
from tollgate_admin.price_schemas import PriceBody, PriceView, price_fields
from tollgate_admin.schemas import Body, Moment, Name, ProviderName, SystemName, View

Limit = Annotated[int, Field(ge=1, le=100_000_000)]


class ProviderCreation(Body):
    name: ProviderName
    type: ProviderType
    base_url: Annotated[str, StringConstraints(max_length=512)]
    api_key: Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]


class ProviderEdit(Body):
    """Fields that are left out stay as they are."""

    base_url: Annotated[str, StringConstraints(max_length=512)] = ""
    api_key: Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")] = ""


class ProviderView(View):
    id: str
    name: str
    type: ProviderType
    base_url: str
    has_api_key: bool
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, provider: Provider) -> Self:
        return cls(
            id=provider.id,
            name=provider.name,
            type=provider.type,
            base_url=provider.base_url,
            has_api_key=provider.credential_version > 0,
            created_at=provider.created_at,
            updated_at=provider.updated_at,
        )


class ModelCreation(PriceBody):
    """`remoteId` is the provider's name for the model, the system name if left out."""

    system_name: SystemName
    provider_id: str
    remote_id: Name | None = None
    model_type: ModelType
    allow_unpriced: bool = False
    context_limit: Limit | None = None
    output_limit: Limit | None = None


class ModelEdit(PriceBody):
    """Fields that are left out stay as they are; null takes away what can be absent."""

    provider_id: str = ""
    remote_id: Name = ""
    allow_unpriced: bool = False
    context_limit: Limit | None = None
    output_limit: Limit | None = None


class ModelView(PriceView):
    """A model with the prices in effect; `priced` says whether they are complete."""

    id: str
    system_name: str
    provider_id: str
    remote_id: str
    model_type: ModelType
    allow_unpriced: bool
    context_limit: int | None
    output_limit: int | None
    priced: bool
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, model: Model) -> Self:
        now = utc_now()
        return cls(
            id=model.id,
            system_name=model.system_name,
            provider_id=model.provider_id,
            remote_id=model.remote_id,
            model_type=model.type,
            allow_unpriced=model.allow_unpriced,
            context_limit=model.context_limit,
            output_limit=model.output_limit,
            priced=model.price_at(now) is not None,
            created_at=model.created_at,
            updated_at=model.updated_at,
            **price_fields(model.version_at(now)),
        )
