"""Usage records as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Self

from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate.ledger.records import BillingParts, FailedAttempt, LedgerRecord, Outcome, PackDraw, RecordKind
from tollgate.pricing.bill import BreakdownLine
from tollgate.pricing.usage import ModelUsage, TokenClass, UsageFlag, UsageSource
from tollgate_admin.web.wire_types import Moment, Usd, View


class LineView(View):
    """`unitPrice` is in USD per 1M tokens, or per request or tool call."""

    item: str
    quantity: int
    unit_price: Usd
    cost: Usd

    @classmethod
    def of(cls, line: BreakdownLine) -> Self:
        return cls(item=line.item, quantity=line.quantity, unit_price=line.unit_price, cost=line.cost)


class AttemptView(View):
    """A failed attempt at a provider, before another was tried. The request's cost includes `cost`."""

    provider_id: str
    remote_model: str
    fault: str
    http_status: int | None
    duration_ms: int
    prompt_tokens: int
    cost: Usd

    @classmethod
    def of(cls, attempt: FailedAttempt) -> Self:
        return cls(
            provider_id=attempt.provider_id,
            remote_model=attempt.remote_model,
            fault=attempt.fault,
            http_status=attempt.http_status,
            duration_ms=attempt.duration // timedelta(milliseconds=1),
            prompt_tokens=attempt.usage.prompt_tokens,
            cost=attempt.cost,
        )


class OtherModelView(View):
    """A further model that worked on a request, by its provider's name, and its tokens by class."""

    model: str
    tokens: dict[TokenClass, int]

    @classmethod
    def of(cls, used: ModelUsage) -> Self:
        return cls(model=used.model, tokens=dict(used.tokens))


class PackDrawView(View):
    """What a pack of a key in `scopes` has paid of a request."""

    key_id: str
    pack_id: str
    amount: Usd

    @classmethod
    def of(cls, draw: PackDraw) -> Self:
        return cls(key_id=draw.scope_id, pack_id=draw.pack_id, amount=draw.amount)


class BillingView(View):
    """How the hybrid key that a request is billed at bills what its packs have not paid."""

    key_id: str
    included: Usd
    metered: Usd

    @classmethod
    def of(cls, billing: BillingParts) -> Self:
        return cls(key_id=billing.scope_id, included=billing.included, metered=billing.metered)


class RequestView(View):
    """A request. `priced` is false if the model was served without a price.

    `scopes`, `ownerEmail` and `tags` are those of the time of the request; `scopes` are the key and its
    ancestors, all of which were charged. `exceedsHold` says that the provider billed more than Tollgate had
    held. `usageFlags` say which of the provider's figures were missing, implausible or without a price.
    `tokens` and their sums are those of the model that was requested; `otherModels` have their own, and the
    bill's lines name them. `downgradedFrom` is the model that was requested, where `model` served it instead
    because a budget was nearly used. `fallbackFrom` is the one that failed before `model` was asked, and
    `fallbackReason` how: `status`, `unreachable`, `timeout`, `broken_off`, `no_completion`, or
    `context_length` for a request that was too long for it. `sessionId` is the client's own name of what the
    request is part of. For an abandoned request, the provider is unknown, `providerCost` an estimate, and
    `downgradedFrom`, `fallbackFrom` and `sessionId` unknown. `providerCost` is the provider's price of all
    that was charged.
    `priceFactor`, `minimumFee`, `billingMode` and `costCentre` are those that were in effect, whoever in the
    tree had set them. `packDraws` are what packs paid, each at its own key; `billing` is null where the
    request isn't billed at a hybrid key.
    """

    id: str
    key_id: str
    kind: RecordKind
    outcome: Outcome
    model: str
    downgraded_from: str | None
    fallback_from: str | None
    fallback_reason: str | None
    remote_model: str | None
    provider_id: str | None
    http_status: int | None
    streamed: bool
    prompt_tokens: int
    completion_tokens: int
    tokens: dict[TokenClass, int]
    other_models: list[OtherModelView]
    tool_calls: dict[str, int]
    service_tier: str | None
    speed: str | None
    inference_geo: str | None
    usage_source: UsageSource
    usage_flags: list[UsageFlag]
    priced: bool
    price_version: str
    price_factor: Usd
    minimum_fee: Usd
    billing_mode: BillingMode | None
    cost_centre: str | None
    scopes: list[str]
    exceeds_hold: bool
    provider_cost: Usd
    calculated_cost: Usd
    pack_draws: list[PackDrawView]
    billing: BillingView | None
    breakdown: list[LineView]
    created_at: Moment
    completed_at: Moment
    provider_request_id: str | None
    owner_email: str | None
    tags: dict[str, str]
    session_id: str | None
    attempts: list[AttemptView]

    @classmethod
    def of(cls, record: LedgerRecord) -> Self:
        return cls(
            id=record.request_id,
            key_id=record.key_id,
            kind=record.kind,
            outcome=record.outcome,
            model=record.model,
            downgraded_from=record.downgraded_from,
            fallback_from=record.fallback_from,
            fallback_reason=record.fallback_reason,
            remote_model=record.remote_model,
            provider_id=record.provider_id,
            http_status=record.http_status,
            streamed=record.streamed,
            prompt_tokens=record.usage.prompt_tokens,
            completion_tokens=record.usage.completion_tokens,
            tokens=dict(record.usage.tokens),
            other_models=[OtherModelView.of(used) for used in record.usage.others],
            tool_calls=dict(record.usage.tool_calls),
            service_tier=record.usage.service_tier,
            speed=record.usage.speed,
            inference_geo=record.usage.inference_geo,
            usage_source=record.usage.source,
            usage_flags=sorted(record.usage.flags),
            priced=record.is_priced,
            price_version=record.price_version,
            price_factor=record.price_factor,
            minimum_fee=record.minimum_fee,
            billing_mode=record.billing_mode,
            cost_centre=record.cost_centre,
            scopes=list(record.scopes),
            exceeds_hold=record.exceeds_hold,
            provider_cost=record.cost_at_provider,
            calculated_cost=record.calculated_cost,
            pack_draws=[PackDrawView.of(draw) for draw in record.pack_draws],
            billing=None if record.billing is None else BillingView.of(record.billing),
            breakdown=[LineView.of(line) for line in record.breakdown.lines],
            created_at=record.created_at,
            completed_at=record.completed_at,
            provider_request_id=record.provider_request_id,
            owner_email=record.owner_email,
            tags=dict(record.tags),
            session_id=record.session_id,
            attempts=[AttemptView.of(attempt) for attempt in record.attempts],
        )


class ListedRequestView(RequestView):
    """A request, with the present name of its key: null if that is gone."""

    key_name: str | None

    @classmethod
    def named(cls, record: LedgerRecord, names: Mapping[str, str]) -> Self:
        return cls(**dict(RequestView.of(record)), key_name=names.get(record.key_id))


class SingleRequestView(RequestView):
    """A request, with the present names of its `scopes` by their ids; those that are gone have none."""

    key_names: dict[str, str]

    @classmethod
    def named(cls, record: LedgerRecord, names: Mapping[str, str]) -> Self:
        return cls(**dict(RequestView.of(record)), key_names=dict(names))
