"""The catalog: providers, and the models that they serve with their price versions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import identifiers

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.pricing import PriceVersion


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

    `prices` is append-only, oldest first: a record keeps the version it was charged at.
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

    @property
    def price(self) -> PriceVersion | None:
        """The version in force, or None if the model has no (complete) price."""
        latest = self.prices[-1] if self.prices else None
        if latest is None or latest.input_price is None:
            return None
        if self.type is ModelType.CHAT and latest.output_price is None:
            return None
        return latest


def provider_id(name: str) -> str:
    return identifiers.named("prv", name)


def model_id(system_name: str) -> str:
    return identifiers.named("mdl", system_name)
