"""Models on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints

from tollgate.catalog import wildcards
from tollgate.catalog.catalog import Model, ModelType, Target
from tollgate.pricing.price_versions import PriceVersion, in_force
from tollgate_admin.catalog.price_schemas import PriceBody, PriceView, price_fields
from tollgate_admin.web import field_errors
from tollgate_admin.web.pagination import ListQuery
from tollgate_admin.web.wire_types import ManagedBy, Moment, Name, SafetyLevel, SystemName

if TYPE_CHECKING:
    from datetime import datetime

Limit = Annotated[int, Field(ge=1, le=100_000_000)]
PromptOverhead = Annotated[int, Field(ge=0, le=1_000_000)]
Weight = Annotated[int, Field(ge=1, le=1000)]
Priority = Annotated[int, Field(ge=0, le=100)]
ProviderReference = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class AlternativeBody(PriceBody):
    """`remoteId` defaults to the system name. Without prices of its own, it has those of the model."""

    provider_id: ProviderReference
    remote_id: Name | None = None
    weight: Weight = 1
    priority: Priority = 0


ModelName = Annotated[
    str,
    StringConstraints(
        pattern=field_errors.pattern(
            r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,126}[A-Za-z0-9._:/@+*-]?$",
            "must be 1 to 128 letters, digits and `._:/@+-`, with a letter or digit first; it may end in `*`",
        )
    ),
]
Aliases = Annotated[list[SystemName], Field(max_length=20)]
Alternatives = Annotated[list[AlternativeBody], Field(max_length=8)]


def _distinct(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        message = "models must be distinct"
        raise ValueError(message)
    return names


Fallbacks = Annotated[list[SystemName], Field(max_length=5), AfterValidator(_distinct)]


class ModelCreation(PriceBody):
    """`remoteId` is the provider's name for the model, by default the system name.

    `allowUnpricedOptions` admits requests for options, such as a tier or a tool, that have no price.
    `strictTranslation` refuses requests of which anything can't be carried to a provider's API.
    `aliases` are further names by which clients may call it. A `systemName` that ends in a star stands for
    the models of the provider that the shipped catalog prices; the star of `remoteId` is replaced as its own.
    `fallbacks` are models, by their system names, that serve a call in this order where its own fails.
    """

    system_name: ModelName
    aliases: Aliases = Field(default_factory=list)
    provider_id: ProviderReference
    remote_id: Name | None = None
    model_type: ModelType
    allow_unpriced: bool = False
    allow_unpriced_options: bool = False
    context_limit: Limit | None = None
    output_limit: Limit | None = None
    weight: Weight = 1
    priority: Priority = 0
    alternatives: Alternatives = Field(default_factory=list)
    fallbacks: Fallbacks = Field(default_factory=list)
    safety_level: SafetyLevel = 0
    prompt_overhead: PromptOverhead | None = None
    strict_translation: bool = False
    managed_by: ManagedBy | None = None


class ModelEdit(PriceBody):
    """Omitted fields keep their values; null removes an optional one.

    `alternatives`, `aliases` and `fallbacks` replace the whole list.
    """

    aliases: Aliases = Field(default_factory=list)
    provider_id: ProviderReference = ""
    remote_id: Name = ""
    allow_unpriced: bool = False
    allow_unpriced_options: bool = False
    context_limit: Limit | None = None
    output_limit: Limit | None = None
    weight: Weight = 1
    priority: Priority = 0
    alternatives: Alternatives = Field(default_factory=list)
    fallbacks: Fallbacks = Field(default_factory=list)
    safety_level: SafetyLevel = 0
    prompt_overhead: PromptOverhead | None = None
    strict_translation: bool = False
    managed_by: ManagedBy | None = None


def _is_priced(model: Model, now: datetime) -> bool:
    return model.price_at(now) is not None or wildcards.is_wildcard(model.system_name)


class ModelsQuery(ListQuery):
    """`providerId` is one that serves the model, first or as an alternative. `priced`: as models show it.

    `managedBy` is the whole label.
    """

    provider_id: ProviderReference | None = None
    priced: bool | None = None
    managed_by: ManagedBy | None = None

    def selects(self, model: Model, now: datetime) -> bool:
        served = self.provider_id is None or any(
            target.provider_id == self.provider_id for target in model.targets
        )
        return (
            served
            and self.priced in {None, _is_priced(model, now)}
            and self.managed_by in {None, model.managed_by}
        )


class AlternativeView(PriceView):
    """An alternative with its prices in effect; `ownPrices` is false if they are the model's."""

    provider_id: str
    remote_id: str
    weight: int
    priority: int
    own_prices: bool
    priced: bool

    @classmethod
    def of(cls, model: Model, target: Target, at: datetime) -> Self:
        versions = target.prices or model.prices
        return cls(
            provider_id=target.provider_id,
            remote_id=target.remote_id,
            weight=target.weight,
            priority=target.priority,
            own_prices=bool(target.prices),
            priced=model.price_at(at, versions) is not None,
            **price_fields(in_force(versions, at)),
        )


class ModelView(PriceView):
    """A model with its prices in effect; `priced` says whether they are complete.

    Where the name ends in a star, they are: models that it stands for have prices of the shipped catalog.
    """

    id: str
    system_name: str
    aliases: list[str]
    provider_id: str
    remote_id: str
    model_type: ModelType
    allow_unpriced: bool
    allow_unpriced_options: bool
    context_limit: int | None
    output_limit: int | None
    weight: int
    priority: int
    alternatives: list[AlternativeView]
    fallbacks: list[str]
    safety_level: int
    prompt_overhead: int | None
    strict_translation: bool
    managed_by: str | None
    priced: bool
    revision: int
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, model: Model, now: datetime) -> Self:
        return cls(
            id=model.id,
            system_name=model.system_name,
            aliases=list(model.aliases),
            provider_id=model.provider_id,
            remote_id=model.remote_id,
            model_type=model.type,
            allow_unpriced=model.allow_unpriced,
            allow_unpriced_options=model.allow_unpriced_options,
            context_limit=model.context_limit,
            output_limit=model.output_limit,
            weight=model.weight,
            priority=model.priority,
            alternatives=[AlternativeView.of(model, target, now) for target in model.alternatives],
            fallbacks=list(model.fallbacks),
            safety_level=model.safety_level,
            prompt_overhead=model.prompt_overhead,
            strict_translation=model.strict_translation,
            managed_by=model.managed_by,
            priced=_is_priced(model, now),
            revision=model.revision,
            created_at=model.created_at,
            updated_at=model.updated_at,
            **price_fields(model.version_at(now)),
        )


class VersionView(PriceView):
    """A price version, and the provider that it applies to."""

    provider_id: str
    remote_id: str

    @classmethod
    def of(cls, target: Target, version: PriceVersion) -> Self:
        return cls(provider_id=target.provider_id, remote_id=target.remote_id, **price_fields(version))
