"""The request log, and what its requests would have cost at other prices."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, StringConstraints

from tollgate import money
from tollgate.catalog.store.audited_catalog import AuditedCatalog
from tollgate.costs.aggregates import Dimension
from tollgate.ledger.records import LedgerRecord
from tollgate.pricing import bill
from tollgate.pricing.price_terms import Tariff
from tollgate.request_log.store.request_log_table import RequestLog
from tollgate_admin.catalog import price_edits
from tollgate_admin.composition import Services, services_of
from tollgate_admin.request_log.request_queries import PageQuery, RequestIdInPath
from tollgate_admin.request_log.request_views import RequestView
from tollgate_admin.web import field_errors, problems
from tollgate_admin.web.date_ranges import DateRange, DateRangeQuery
from tollgate_admin.web.wire_types import KeyId, Page, Usd, View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from decimal import Decimal

    from tollgate.pricing.price_versions import PriceVersion

router = APIGatewayRouter()

# What one call of `what-if` reads at most: as many as fit the time that API Gateway gives it.
_MAX_RECORDS = 20_000


class WhatIf(DateRangeQuery):
    """A span of charged requests, of one key or model or of all, to price differently.

    The prices are those of exactly one of `asModel` (its present prices) and `priceVersion`.
    """

    key_id: KeyId | None = None
    model: str | None = None
    as_model: str | None = None
    price_version: (
        Annotated[
            str,
            StringConstraints(
                pattern=field_errors.pattern(r"^[^:/]", "must be the id of a price version"), max_length=256
            ),
        ]
        | None
    ) = None


class WhatIfView(View):
    """`difference` is how much more the other prices would have cost, negative if less."""

    first: date = Field(alias="from")
    to: date
    price_version: str
    requests: int
    cost: Usd
    what_if_cost: Usd
    difference: Usd


@router.get("/requests")
def list_requests(request: Request, query: Annotated[PageQuery, Query()]) -> Page[RequestView]:
    """List requests, newest first. A page may be short even if there is a `nextCursor`."""
    services = services_of(request)
    log_filter = query.log_filter(services.settings.reporting_zone, services.clock())
    records, following = services.log.page(log_filter, size=query.limit, before=query.cursor)
    return Page[RequestView](data=[RequestView.of(record) for record in records], next_cursor=following)


@router.get("/requests/<request_id>")
def get_request(request: Request, request_id: RequestIdInPath) -> RequestView:
    """Get a request."""
    return RequestView.of(_existing(services_of(request).log, request_id))


@router.post("/costs/what-if")
def what_if(request: Request, body: WhatIf) -> WhatIfView:
    """Calculate what past requests would have cost at other prices."""
    services = services_of(request)
    now = services.clock()
    span = body.span(services.settings.reporting_zone, now)
    version = _version(services.catalog, body, now)
    requests, cost, other_cost = 0, money.ZERO, money.ZERO
    for record in _charged(services, span, body):
        requests += 1
        if requests > _MAX_RECORDS:
            raise problems.invalid(
                "from", f"starts a span of more than {_MAX_RECORDS} requests; choose a shorter one"
            )
        other = _cost_at(record, version)
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


def _cost_at(record: LedgerRecord, version: PriceVersion) -> Decimal:
    """What a request would have cost at other prices, by the factor and the fee that applied to it."""
    cost = bill.price(record.usage, version, record.created_at, record.price_factor).total
    return Tariff(record.price_factor, record.minimum_fee).charged(cost)


def _existing(log: RequestLog, request_id: str) -> LedgerRecord:
    record = log.find(request_id)
    if record is None:
        raise problems.not_found("request", request_id)
    return record


def _charged(services: Services, span: DateRange, body: WhatIf) -> Iterator[LedgerRecord]:
    """The records in question. Requests that a provider refused have no bill under any price."""
    if body.key_id is not None:
        key_ids = [body.key_id]
    else:
        key_ids = sorted(services.costs.by_value(Dimension.KEY, span.cover()))
    for key_id in key_ids:
        for record in services.usage.records(key_id, span.since, span.until):
            if record.is_charged and body.model in {None, record.model}:
                yield record


def _version(catalog: AuditedCatalog, body: WhatIf, now: datetime) -> PriceVersion:
    if (body.as_model is None) is (body.price_version is None):
        raise problems.invalid("asModel", "must be given if priceVersion is not, and only then")
    if body.as_model is not None:
        model = catalog.model(body.as_model)
        version = model.price_at(now) if model else None
        if version is None:
            raise problems.invalid("asModel", "must name a model that exists and has a price")
        return version
    version_id = str(body.price_version)
    model = catalog.model_by_id(price_edits.model_id_of(version_id))
    for _, version in model.versions() if model else ():
        if version.id == version_id:
            return version
    raise problems.invalid("priceVersion", "names a price version that does not exist")
