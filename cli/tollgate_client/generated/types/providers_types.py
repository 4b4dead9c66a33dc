"""Types of providers. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from tollgate_client.generated.types.shared_types import (
    ModelType,
    PriceView,
    TierRates,
    TokenPrices,
    WindowBody,
)

AuthHeader = Literal[
    "authorization", "x-api-key", "api-key", "none", "aws_sigv4", "aws_bearer", "google", "entra"
]
Existing = Literal["keep", "update", "replace"]
ImportState = Literal["new", "price_changed", "unchanged", "edited", "elsewhere", "ended"]
OutputLimit = Literal["max_completion_tokens", "max_tokens"]
ProviderApi = Literal["chat", "responses", "messages", "embeddings", "images"]
ProviderType = Literal["openai", "anthropic"]
StreamUsage = Literal["on_request", "always"]
Vendor = Literal[
    "alibaba",
    "amazon",
    "anthropic",
    "azure",
    "deepseek",
    "google",
    "groq",
    "mistral",
    "moonshot",
    "ollama",
    "openai",
    "openrouter",
    "perplexity",
    "vllm",
    "xai",
    "zhipu",
    "other",
]


class ApiBody(TypedDict):
    """Without `baseUrl` and `authHeader`, they follow from the provider's type, base URL and vendor."""

    api: ProviderApi
    baseUrl: NotRequired[str | None]
    authHeader: NotRequired[AuthHeader | None]


class ApiTest(TypedDict):
    """Whether an API is at a base URL: `found` is null where that remains open.

    `spoken` says whether it is one of the provider's APIs; where it isn't, it was looked for all the
    same.
    """

    api: ProviderApi
    baseUrl: str
    spoken: bool
    found: bool | None
    status: int | None
    message: str


class ApiView(TypedDict):
    """Where a provider speaks an API, and the header that it takes its key in there."""

    api: ProviderApi
    baseUrl: str
    authHeader: AuthHeader


class CatalogEntryView(TypedDict):
    """An entry of the shipped catalog. `before` are the prices that its model has now, if there is one.

    `after` are those that it would have. `stale`: they were read more than 90 days ago. `validUntil` is
    the last day of prices that their vendor has announced to end.
    """

    systemName: str
    vendor: str
    modelType: ModelType
    contextLimit: int | None
    outputLimit: int | None
    validUntil: str | None
    stale: bool
    state: ImportState
    modelId: str | None
    before: PriceView | None
    after: PriceView


class CatalogImport(TypedDict, total=False):
    """Names of entries of the shipped catalog, or entries of another one: exactly one of the two."""

    systemNames: list[str] | None
    entries: list[ImportEntry] | None
    existing: Existing


class FieldError(TypedDict):
    """What is wrong with a field of the body, named by its path, or with a parameter."""

    field: str
    message: str


class ImportEntry(TypedDict):
    """A model with all its prices: an existing one loses those that are not here.

    `validUntil` is the last day on which they may be imported.
    """

    inputPrice: str
    cachedInputPrice: NotRequired[str | None]
    cacheWritePrice: NotRequired[str | None]
    cacheWrite1hPrice: NotRequired[str | None]
    inputAudioPrice: NotRequired[str | None]
    inputImagePrice: NotRequired[str | None]
    outputPrice: NotRequired[str | None]
    reasoningPrice: NotRequired[str | None]
    outputAudioPrice: NotRequired[str | None]
    outputImagePrice: NotRequired[str | None]
    tiers: NotRequired[list[TierRates]]
    serviceTiers: NotRequired[dict[str, str]]
    serviceTierPrices: NotRequired[dict[str, TokenPrices]]
    inferenceGeos: NotRequired[dict[str, str]]
    windows: NotRequired[list[WindowBody]]
    requestPrice: NotRequired[str]
    toolPrices: NotRequired[dict[str, str]]
    effectiveAt: NotRequired[str | None]
    source: NotRequired[str | None]
    sourcedAt: NotRequired[str | None]
    systemName: str
    modelType: ModelType
    contextLimit: NotRequired[int | None]
    outputLimit: NotRequired[int | None]
    validUntil: NotRequired[str | None]


class ImportView(TypedDict):
    """What became of each entry, in the order in which they were named."""

    data: list[ImportedView]


class ImportedView(TypedDict):
    """What became of an entry. If it was refused, `detail` says why, and `errors` names fields."""

    systemName: str
    outcome: Literal["created", "updated", "unchanged", "kept", "refused"]
    modelId: str
    detail: str | None
    errors: list[FieldError]


class KeyCheck(TypedDict):
    """A key that a provider may have."""

    apiKey: str


class KeyMatch(TypedDict):
    """Whether it has it."""

    matches: bool


class ProviderCreation(TypedDict):
    """Omitted settings follow from the provider's type and host; `apis` go on doing so."""

    name: str
    type: ProviderType
    baseUrl: str
    apiKey: NotRequired[str]
    authHeader: NotRequired[AuthHeader | None]
    outputLimitName: NotRequired[OutputLimit | None]
    streamUsage: NotRequired[StreamUsage | None]
    vendor: NotRequired[Vendor | None]
    betaHeaders: NotRequired[list[str]]
    apis: NotRequired[list[ApiBody] | None]
    managedBy: NotRequired[str | None]


class ProviderEdit(TypedDict, total=False):
    """Omitted fields keep their values. `apis` replaces the whole list; null has it follow from the rest."""

    baseUrl: str
    apiKey: str
    authHeader: AuthHeader
    outputLimitName: OutputLimit
    streamUsage: StreamUsage
    vendor: Vendor
    betaHeaders: list[str]
    apis: list[ApiBody] | None
    managedBy: str | None


class ProviderTest(TypedDict):
    """Whether a provider lists its models for the stored API key, and if not, why.

    `apis` are all that there are, with whether each was found, of which the rest says nothing.
    """

    ok: bool
    status: int | None
    durationMs: int
    message: str
    modelCount: int | None
    apis: list[ApiTest]


class ProviderView(TypedDict):
    """`apis` are those that the provider speaks; `apisStated` is false if they follow from the rest."""

    id: str
    name: str
    type: ProviderType
    baseUrl: str
    hasApiKey: bool
    authHeader: AuthHeader
    outputLimitName: OutputLimit
    streamUsage: StreamUsage
    vendor: Vendor
    betaHeaders: list[str]
    apis: list[ApiView]
    apisStated: bool
    managedBy: str | None
    revision: int
    createdAt: str
    updatedAt: str


class RemoteModelView(TypedDict):
    """A model by the provider's name for it, and the catalog's models that it serves."""

    id: str
    systemNames: list[str]
