"""Types of requests. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import Literal, TypedDict

from tollgate_client.generated.types.shared_types import BillingMode, TokenClass

Encoding = Literal["text", "base64"]
ExportsFormat = Literal["csv", "jsonl"]
Outcome = Literal["succeeded", "failed", "abandoned"]
RecordKind = Literal["completion", "embedding", "image", "batch"]
UsageFlag = Literal[
    "prompt_estimated",
    "completion_estimated",
    "prompt_implausible",
    "completion_implausible",
    "tool_calls_implausible",
    "total_implausible",
    "tier_implausible",
    "tier_not_priced",
    "tool_not_priced",
    "model_not_priced",
]
UsageSource = Literal["provider", "estimated"]


class AttemptView(TypedDict):
    """A failed attempt at a provider, before another was tried. The request's cost includes `cost`."""

    providerId: str
    remoteModel: str
    fault: str
    httpStatus: int | None
    durationMs: int
    promptTokens: int
    cost: str


class BillingView(TypedDict):
    """How the hybrid key that a request is billed at bills what its packs have not paid."""

    keyId: str
    included: str
    metered: str


class BodiesView(TypedDict):
    """The request body as the client sent it, and the response body as the client received it."""

    id: str
    keyId: str
    request: BodyView
    response: BodyView
    keptAt: str
    expiresAt: str


class BodyView(TypedDict):
    """A body of `size` bytes; only its beginning if `truncated`."""

    body: str
    encoding: Encoding
    size: int
    truncated: bool


class LineView(TypedDict):
    """`unitPrice` is in USD per 1M tokens, or per request or tool call."""

    item: str
    quantity: int
    unitPrice: str
    cost: str


class ListedRequestView(TypedDict):
    """A request, with the present name of its key: null if that is gone."""

    id: str
    keyId: str
    kind: RecordKind
    outcome: Outcome
    model: str
    downgradedFrom: str | None
    fallbackFrom: str | None
    fallbackReason: str | None
    remoteModel: str | None
    providerId: str | None
    httpStatus: int | None
    streamed: bool
    promptTokens: int
    completionTokens: int
    tokens: dict[TokenClass, int]
    otherModels: list[OtherModelView]
    toolCalls: dict[str, int]
    serviceTier: str | None
    speed: str | None
    inferenceGeo: str | None
    usageSource: UsageSource
    usageFlags: list[UsageFlag]
    priced: bool
    priceVersion: str
    priceFactor: str
    minimumFee: str
    billingMode: BillingMode | None
    costCentre: str | None
    scopes: list[str]
    exceedsHold: bool
    providerCost: str
    calculatedCost: str
    packDraws: list[PackDrawView]
    billing: BillingView | None
    breakdown: list[LineView]
    createdAt: str
    completedAt: str
    providerRequestId: str | None
    ownerEmail: str | None
    tags: dict[str, str]
    sessionId: str | None
    attempts: list[AttemptView]
    keyName: str | None


class OtherModelView(TypedDict):
    """A further model that worked on a request, by its provider's name, and its tokens by class."""

    model: str
    tokens: dict[TokenClass, int]


class PackDrawView(TypedDict):
    """What a pack of a key in `scopes` has paid of a request."""

    keyId: str
    packId: str
    amount: str


class SingleRequestView(TypedDict):
    """A request, with the present names of its `scopes` by their ids; those that are gone have none."""

    id: str
    keyId: str
    kind: RecordKind
    outcome: Outcome
    model: str
    downgradedFrom: str | None
    fallbackFrom: str | None
    fallbackReason: str | None
    remoteModel: str | None
    providerId: str | None
    httpStatus: int | None
    streamed: bool
    promptTokens: int
    completionTokens: int
    tokens: dict[TokenClass, int]
    otherModels: list[OtherModelView]
    toolCalls: dict[str, int]
    serviceTier: str | None
    speed: str | None
    inferenceGeo: str | None
    usageSource: UsageSource
    usageFlags: list[UsageFlag]
    priced: bool
    priceVersion: str
    priceFactor: str
    minimumFee: str
    billingMode: BillingMode | None
    costCentre: str | None
    scopes: list[str]
    exceedsHold: bool
    providerCost: str
    calculatedCost: str
    packDraws: list[PackDrawView]
    billing: BillingView | None
    breakdown: list[LineView]
    createdAt: str
    completedAt: str
    providerRequestId: str | None
    ownerEmail: str | None
    tags: dict[str, str]
    sessionId: str | None
    attempts: list[AttemptView]
    keyNames: dict[str, str]
