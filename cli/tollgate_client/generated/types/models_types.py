"""Types of models. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import NotRequired

from tollgate_client.generated.types.shared_types import ModelType, PriceBody, PriceView


class AlternativeBody(PriceBody):
    """`remoteId` defaults to the system name. Without prices of its own, it has those of the model."""

    providerId: str
    remoteId: NotRequired[str | None]
    weight: NotRequired[int]
    priority: NotRequired[int]


class ModelEdit(PriceBody, total=False):
    """Omitted fields keep their values; null removes an optional one.

    `alternatives`, `aliases` and `fallbacks` replace the whole list.
    """

    aliases: list[str]
    providerId: str
    remoteId: str
    allowUnpriced: bool
    allowUnpricedOptions: bool
    contextLimit: int | None
    outputLimit: int | None
    weight: int
    priority: int
    alternatives: list[AlternativeBody]
    fallbacks: list[str]
    safetyLevel: int
    promptOverhead: int | None
    strictTranslation: bool
    managedBy: str | None


class VersionView(PriceView):
    """A price version, and the provider that it applies to."""

    providerId: str
    remoteId: str


class AlternativeView(VersionView):
    """An alternative with its prices in effect; `ownPrices` is false if they are the model's."""

    weight: int
    priority: int
    ownPrices: bool
    priced: bool


class ModelCreation(AlternativeBody):
    """`remoteId` is the provider's name for the model, by default the system name.

    `allowUnpricedOptions` admits requests for options, such as a tier or a tool, that have no price.
    `strictTranslation` refuses requests of which anything can't be carried to a provider's API.
    `aliases` are further names by which clients may call it. A `systemName` that ends in a star stands
    for the models of the provider that the shipped catalog prices; the star of `remoteId` is replaced
    as its own. `fallbacks` are models, by their system names, that serve a call in this order where its
    own fails.
    """

    systemName: str
    aliases: NotRequired[list[str]]
    modelType: ModelType
    allowUnpriced: NotRequired[bool]
    allowUnpricedOptions: NotRequired[bool]
    contextLimit: NotRequired[int | None]
    outputLimit: NotRequired[int | None]
    alternatives: NotRequired[list[AlternativeBody]]
    fallbacks: NotRequired[list[str]]
    safetyLevel: NotRequired[int]
    promptOverhead: NotRequired[int | None]
    strictTranslation: NotRequired[bool]
    managedBy: NotRequired[str | None]


class ModelView(VersionView):
    """A model with its prices in effect; `priced` says whether they are complete.

    Where the name ends in a star, they are: models that it stands for have prices of the shipped
    catalog.
    """

    id: str
    systemName: str
    aliases: list[str]
    modelType: ModelType
    allowUnpriced: bool
    allowUnpricedOptions: bool
    contextLimit: int | None
    outputLimit: int | None
    weight: int
    priority: int
    alternatives: list[AlternativeView]
    fallbacks: list[str]
    safetyLevel: int
    promptOverhead: int | None
    strictTranslation: bool
    managedBy: str | None
    priced: bool
    revision: int
    createdAt: str
    updatedAt: str
