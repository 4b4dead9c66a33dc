"""Routes over usage records: the request log, and what its requests would have cost otherwise."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, StringConstraints

from tollgate import money, pricing
from tollgate.clock import utc_now
from tollgate.costs import Dimension
from tollgate.pricing import Line
from tollgate.records import FailedAttempt, LedgerRecord, Outcome, RecordKind
from tollgate.usage import TokenClass, UsageSource
from tollgate_admin import price_versions, problems, services
from tollgate_admin.schemas import KeyId, Moment, Page, Usd, View
from tollgate_admin.spans import Span, SpanQuery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.prices import PriceVersion

router = APIGatewayRouter()

# What one call of `what-if` reads at most: as many as fit the time that API Gateway gives it.
_MOST_RECORDS = 20_000

RequestId = Annotated[str, StringConstraints(pattern=r"^req_[0-9a-z]{1,32}$")]


class LineView(View):
    """`unitPrice` is USD per 1M tokens, or USD for one request or call of a tool."""

    item: str
    quantity: int
    unit_price: Usd
    cost: Usd

    @classmethod
    def of(cls, line: Line) -> Self:
        return cls(item=line.item, quantity=line.quantity, unit_price=line.unit_price, cost=line.cost)


class AttemptView(View):
    """A try at a provider that failed, before another was asked. `cost` is within the request's bill."""

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


class RequestView(View):
    """A usage record. `priced` is false where the model was served without a price.

    `scopes` are the key and its ancestors then, all of which were charged; `exceedsHold` says that the
    provider billed more than was held. Who served an abandoned request is not known.
    """

    id: str
    key_id: str
    kind: RecordKind
    outcome: Outcome
    model: str
    remote_model: str | None
    provider_id: str | None
    http_status: int | None
    streamed: bool
    prompt_tokens: int
    completion_tokens: int
    tokens: dict[TokenClass, int]
    tool_calls: dict[str, int]
    service_tier: str | None
    usage_source: UsageSource
    priced: bool
    price_version: str
    price_factor: Usd
    scopes: list[str]
    exceeds_hold: bool
    calculated_cost: Usd
    breakdown: list[LineView]
    created_at: Moment
    completed_at: Moment
    provider_request_id: str | None
    attempts: list[AttemptView]

    @classmethod
    def of(cls, record: LedgerRecord) -> Self:
        return cls(
            id=record.request_id,
            key_id=record.key_id,
            kind=record.kind,
            outcome=record.outcome,
            model=record.model,
            remote_model=record.remote_model,
            provider_id=record.provider_id,
            http_status=record.http_status,
            streamed=record.streamed,
            prompt_tokens=record.usage.prompt_tokens,
            completion_tokens=record.usage.completion_tokens,
            tokens=dict(record.usage.tokens),
            tool_calls=dict(record.usage.tool_calls),
            service_tier=record.usage.service_tier,
            usage_source=record.usage.source,
            priced=record.is_priced,
            price_version=record.price_version,
            price_factor=record.price_factor,
            scopes=list(record.scopes),
            exceeds_hold=record.exceeds_hold,
            calculated_cost=record.calculated_cost,
            breakdown=[LineView.of(line) for line in record.breakdown.lines],
            created_at=record.created_at,
            completed_at=record.completed_at,
            provider_request_id=record.provider_request_id,
            attempts=[AttemptView.of(attempt) for attempt in record.attempts],
        )


class WhatIf(SpanQuery):
    """Reprices what was charged in a span, of one key or model or of all, under another price.

    Exactly one of `asModel` (the prices that it has now) and `priceVersion` says which.
    """

    key_id: KeyId | None = None
    model: str | None = None
    as_model: str | None = None
    price_version: Annotated[str, StringConstraints(pattern=r"^[^:/]", max_length=256)] | None = None


class WhatIfView(View):
    """`difference` is what the other price would have cost more; negative if less."""

    first: date = Field(alias="from")
    to: date
    price_version: str
    requests: int
    cost: Usd
    what_if_cost: Usd
    difference: Usd


class RequestsQuery(SpanQuery):
    """Which page of a key's requests, admitted in what days."""

    key_id: KeyId
    limit: int = Field(default=50, ge=1, le=200)
    cursor: RequestId | None = None


@router.get("/requests")
def list_requests(query: Annotated[RequestsQuery, Query()]) -> Page[RequestView]:
    """A key's requests, newest first."""
    span = query.span()
    records, following = services.get().usage.page(
        query.key_id, span.since, span.until, size=query.limit, after=query.cursor
    )
    return Page[RequestView](data=[RequestView.of(record) for record in records], next_cursor=following)


@router.post("/costs/what-if")
def what_if(body: WhatIf) -> WhatIfView:
    span = body.span()
    version = _version(body)
    requests, cost, other_cost = 0, money.ZERO, money.ZERO
    for record in _charged(span, body):
        requests += 1
        if requests > _MOST_RECORDS:
            raise problems.invalid(
                "from", f"the span holds more than {_MOST_RECORDS} requests; narrow it down"
            )
        other = pricing.price(record.usage, version, record.created_at, record.price_factor).total
        with money.exact():
            cost, other_cost = cost + record.calculated_cost, other_cost + other
    return WhatIfView(
        first=span.first,
        to=span.last,
        price_version=version.id,
        requests=requests,
        cost=cost,
        what_if_cost=other_cost,
        difference=money.difference(other_cost, cost),
    )


def _charged(span: Span, body: WhatIf) -> Iterator[LedgerRecord]:
    """The records in question. Requests that a provider refused have no bill under any price."""
    installed = services.get()
    if body.key_id is not None:
        key_ids = [body.key_id]
    else:
        key_ids = sorted(installed.costs.by_value(Dimension.KEY, span.cover()))
    for key_id in key_ids:
        for record in installed.usage.records(key_id, span.since, span.until):
            if record.is_charged and body.model in {None, record.model}:
                yield record


def _version(body: WhatIf) -> PriceVersion:
    if (body.as_model is None) is (body.price_version is None):
        raise problems.invalid("asModel", "give either this or priceVersion")
    catalog = services.get().catalog
    if body.as_model is not None:
        model = catalog.model(body.as_model)
        version = model.price_at(utc_now()) if model else None
        if version is None:
            raise problems.invalid("asModel", "names no model with a price")
        return version
    wanted = str(body.price_version)
    model = catalog.model_by_id(price_versions.model_id_of(wanted))
    for _, version in model.versions() if model else ():
        if version.id == wanted:
            return version
    raise problems.invalid("priceVersion", "names no price version")
