"""The catalog: providers, and the models that they serve with their price versions."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate import identifiers
from tollgate.lean_dataclass import dataclass
from tollgate.pricing import price_versions
from tollgate.pricing.usage import TokenClass
from tollgate.pricing.vendors import Vendor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tollgate.pricing.price_versions import PriceVersion


class ProviderType(StrEnum):
    """The wire format that a provider speaks, whoever it is: its vendor says that, and has its habits."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


class ProviderApi(StrEnum):
    """An API that a provider may speak, by its endpoint."""

    CHAT = "chat"
    RESPONSES = "responses"
    MESSAGES = "messages"
    EMBEDDINGS = "embeddings"
    IMAGES = "images"


class AuthHeader(StrEnum):
    """How a request proves to a provider whose it is.

    By the provider's API key: as a bearer token in `authorization`, bare in other headers. By the role of the
    function that asks: a signature (`aws_sigv4`), or a bearer token minted of one (`aws_bearer`). By a token
    that it asks for first, with what the provider's key says: of Google and of Entra ID.
    """

    AUTHORIZATION = "authorization"
    X_API_KEY = "x-api-key"
    API_KEY = "api-key"
    NONE = "none"
    AWS_SIGV4 = "aws_sigv4"
    AWS_BEARER = "aws_bearer"
    GOOGLE = "google"
    ENTRA = "entra"

    @property
    def needs_key(self) -> bool:
        """Whether a provider that is asked in this way can't be before it has been given a key."""
        return self not in _WITHOUT_KEY

    @property
    def key_is_document(self) -> bool:
        """Whether its key is a JSON document, of which nothing is sent to the provider."""
        return self in _WITH_DOCUMENT

    @property
    def is_of_role(self) -> bool:
        """Whether it proves who the function itself is, which only Amazon's hosts may learn."""
        return self in _OF_ROLE


# Known here, so that it also is in functions that can't ask in that way themselves.
# Of a model's name or alias. What clients ask for may be longer, which names nothing, and is no item's key.
MAX_NAME_CHARACTERS = 128
_OF_ROLE = frozenset({AuthHeader.AWS_SIGV4, AuthHeader.AWS_BEARER})
_WITHOUT_KEY = frozenset({AuthHeader.NONE, *_OF_ROLE})
_WITH_DOCUMENT = frozenset({AuthHeader.GOOGLE, AuthHeader.ENTRA})


class OutputLimit(StrEnum):
    """The field that limits the output of a chat completion at a provider."""

    MAX_COMPLETION_TOKENS = "max_completion_tokens"
    MAX_TOKENS = "max_tokens"


class StreamUsage(StrEnum):
    """Whether a provider reports the usage of a streamed chat completion on request or always."""

    ON_REQUEST = "on_request"
    ALWAYS = "always"


class ModelType(StrEnum):
    CHAT = "chat"
    EMBEDDING = "embedding"
    IMAGE = "image"

    @property
    def has_output(self) -> bool:
        """Whether models generate tokens, which have a price, are limited, and are held for."""
        match self:
            case ModelType.CHAT | ModelType.IMAGE:
                return True
            case ModelType.EMBEDDING:
                return False


@dataclass(frozen=True, slots=True)
class ApiEndpoint:
    """Where a provider speaks an API, and the header that it takes its key in there.

    `base_url` is whole: an API's path (`/chat/completions`) follows it.
    """

    api: ProviderApi
    base_url: str
    auth_header: AuthHeader


@dataclass(frozen=True, slots=True)
class Provider:
    """Where models are served.

    `base_url` includes the API's version, as an SDK's does (`https://api.openai.com/v1`).
    `credential_version` is the version of the parameter that holds the provider's key, 0 if none. `namings`
    counts, within a revision, how often a model was made to name it. `vendor` says whose habits it has.
    `beta_headers` are betas that it may be asked for besides those that are known: names, or what names
    begin with, followed by `*`. `managed_by` labels the configuration that it comes from, and decides
    nothing. `apis` are those that it speaks, None for what its type and vendor tell (`spoken_apis`).
    """

    id: str
    name: str
    type: ProviderType
    base_url: str
    credential_version: int
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    auth_header: AuthHeader = AuthHeader.AUTHORIZATION
    output_limit: OutputLimit = OutputLimit.MAX_COMPLETION_TOKENS
    stream_usage: StreamUsage = StreamUsage.ON_REQUEST
    namings: int = 0
    vendor: Vendor = Vendor.OTHER
    beta_headers: tuple[str, ...] = ()
    managed_by: str | None = None
    apis: tuple[ApiEndpoint, ...] | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a model is served: by a provider, under the name that it has there.

    Targets of a lower `priority` are asked first; among equals, one in proportion to its `weight`.
    """

    provider_id: str
    remote_id: str
    weight: int = 1
    priority: int = 0
    prices: tuple[PriceVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A model as clients name it (`system_name`) and as its provider does (`remote_id`).

    `prices` is append-only: a record keeps the version it was charged at. `allow_unpriced` serves the
    model while it has no price, at zero; `allow_unpriced_options` serves requests that ask for what has no
    price of its own (a tier of service, a tool), at the usual rates and no fee. `context_limit` and
    `output_limit` are tokens. `alternatives` serve it, too; one without prices of its own has the model's.
    Keys whose `safety_level` is lower may not use it. `prompt_overhead` is the tokens that its providers put
    around a prompt, None for what is known of them. `managed_by` is as a provider's. With
    `strict_translation`, a request is refused of which anything can't be carried to a provider's API.
    `aliases` are further names that clients may have for it; everything but them goes by its system name.
    `fallbacks` are models, by name and in their order, that serve a call where this one's providers fail.
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
    weight: int = 1
    priority: int = 0
    alternatives: tuple[Target, ...] = ()
    safety_level: int = 0
    fallbacks: tuple[str, ...] = ()
    allow_unpriced_options: bool = False
    prompt_overhead: int | None = None
    managed_by: str | None = None
    strict_translation: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """Everything that serves the model, each with the prices that it is charged at."""
        first = Target(self.provider_id, self.remote_id, self.weight, self.priority, self.prices)
        return (first, *(replace(each, prices=each.prices or self.prices) for each in self.alternatives))

    def versions(self) -> Iterator[tuple[Target, PriceVersion]]:
        """Every version that the model has, and that alternatives have of their own, with whose it is."""
        for target in (self.targets[0], *self.alternatives):
            for version in target.prices:
                yield target, version

    def version_at(self, at: datetime) -> PriceVersion | None:
        """The version in effect, however incomplete."""
        return price_versions.in_force(self.prices, at)

    def price_at(self, at: datetime, versions: tuple[PriceVersion, ...] | None = None) -> PriceVersion | None:
        """The version in force, of a target's `versions` or the model's own; None if it is not complete."""
        version = price_versions.in_force(self.prices if versions is None else versions, at)
        return version if version is not None and self._is_complete(version) else None

    def _is_complete(self, version: PriceVersion) -> bool:
        """Whether a version has a price for what every call uses: tokens, or images by the piece."""
        if self.type is ModelType.IMAGE:
            # Few models paint: no start of the proxy reads this for the others.
            from tollgate.pricing import image_prices  # noqa: PLC0415

            if any(map(image_prices.is_of_image, version.tool_prices)):
                return True
        needed = {TokenClass.INPUT, TokenClass.OUTPUT} if self.type.has_output else {TokenClass.INPUT}
        return needed <= version.rates.keys()


def provider_id(name: str) -> str:
    return identifiers.id_from_name("prv", name)


def model_id(system_name: str) -> str:
    return identifiers.id_from_name("mdl", system_name)
