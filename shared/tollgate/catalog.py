"""The catalog: providers, and the models that they serve with their price versions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import identifiers, prices
from tollgate.usage import TokenClass

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.prices import PriceVersion


class ProviderType(StrEnum):
    """The shape of API that a provider speaks."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


class ModelType(StrEnum):
    CHAT = "chat"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Provider:
    """Where models are served.

    `base_url` includes the API's version, as an SDK's does (`https://api.openai.com/v1`).
    `credential_version` is the version of the parameter that holds the provider's key, 0 if none.
    """

    id: str
    name: str
    type: ProviderType
    base_url: str
    credential_version: int
    created_at: datetime
    updated_at: datetime
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Model:
    """A model as clients name it (`system_name`) and as its provider does (`remote_id`).

    `prices` is append-only: a record keeps the version it was charged at. `allow_unpriced` serves the
    model while it has no price, at zero. `context_limit` and `output_limit` are tokens.
    """

    id: str
    system_name: str
    provider_id: str
    remote_id: str
    type: ModelType
    prices: tuple[PriceVersion, ...]
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    allow_unpriced: bool = False
    context_limit: int | None = None
    output_limit: int | None = None

    def version_at(self, at: datetime) -> PriceVersion | None:
        """The version in effect, however incomplete."""
        return prices.in_force(self.prices, at)

    def price_at(self, at: datetime) -> PriceVersion | None:
        """The version in force, or None if the model has no (complete) price then."""
        version = self.version_at(at)
        needed = (
            {TokenClass.INPUT} if self.type is ModelType.EMBEDDING else {TokenClass.INPUT, TokenClass.OUTPUT}
        )
        return version if version is not None and needed <= version.rates.keys() else None


def provider_id(name: str) -> str:
    return identifiers.named("prv", name)


def model_id(system_name: str) -> str:
    return identifiers.named("mdl", system_name)
