"""What past requests would have cost at other prices, in total, by day and by model."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, StringConstraints

from tollgate import money
from tollgate.costs.aggregates import Dimension
from tollgate.pricing import bill
from tollgate.pricing.price_terms import Tariff
from tollgate.pricing.price_versions import UNPRICED, in_force
from tollgate_admin.catalog import price_edits
from tollgate_admin.catalog.price_schemas import PriceBody
from tollgate_admin.composition import Services, services_of
from tollgate_admin.web import field_errors, problems
from tollgate_admin.web.date_ranges import DateRange, DateRangeQuery
from tollgate_admin.web.wire_types import KeyId, Usd, View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from decimal import Decimal

    from tollgate.catalog.catalog import Model
    from tollgate.catalog.store.audited_catalog import AuditedCatalog
    from tollgate.ledger.records import LedgerRecord
    from tollgate.pricing.price_versions import PriceVersion

router = APIGatewayRouter()

# What one call reads at most: as many as fit the time that API Gateway gives it.
_MAX_RECORDS = 20_000
# Keys that are read at once. A query of few records waits more than it computes.
_PARALLEL = 4


class WhatIf(DateRangeQuery):
    """A span of charged requests, of one key or model or of all, to price differently.

    The prices are those of exactly one of `asModel` (its present prices), `priceVersion` and `prices`: what
    an edit of `model` with these would make of its present ones.
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
    prices: PriceBody | None = None


class RepricedView(View):
    """Requests with their cost, and what the other prices make of it."""

    requests: int
    cost: Usd
    what_if_cost: Usd


class RepricedDay(RepricedView):
    """Of a day of the reporting zone."""

    day: date


class RepricedModel(RepricedView):
    """Of the requests for a model."""

    model: str


class WhatIfView(RepricedView):
    """`difference` is how much more the other prices would have cost, negative if less.

    `priceVersion` is null for `prices` that no version has. Days and models without requests are left out.
    """

    first: date = Field(alias="from")
    to: date
    price_version: str | None
    difference: Usd
    days: list[RepricedDay]
    models: list[RepricedModel]


class _Repriced:
    """A sum that grows by requests."""

    def __init__(self) -> None:
        self.requests = 0
        self.cost = money.ZERO
        self.what_if_cost = money.ZERO

    def add(self, cost: Decimal, other: Decimal) -> None:
        self.requests += 1
        with money.exact():
            self.cost, self.what_if_cost = self.cost + cost, self.what_if_cost + other

    def fields(self) -> dict[str, Any]:
        """Those of a `RepricedView`."""
        return {"requests": self.requests, "cost": self.cost, "what_if_cost": self.what_if_cost}


@router.post("/costs/what-if")
def what_if(request: Request, body: WhatIf) -> WhatIfView:
    """Calculate what past requests would have cost at other prices, by day and by model."""
    services = services_of(request)
    now = services.clock()
    span = body.span(services.settings.reporting_zone, now)
    version = _version(services.catalog, body, now)
    whole = _Repriced()
    days: defaultdict[date, _Repriced] = defaultdict(_Repriced)
    models: defaultdict[str, _Repriced] = defaultdict(_Repriced)
    for record in _charged(services, span, body):
        if whole.requests == _MAX_RECORDS:
            raise problems.invalid(
                "from", f"starts a span of more than {_MAX_RECORDS} requests; choose a shorter one"
            )
        is_repriced = body.prices is None or price_edits.is_models_own(record.price_version)
        other = _cost_at(record, version) if is_repriced else record.calculated_cost
        for sums in (whole, days[record.created_at.astimezone(span.zone).date()], models[record.model]):
            sums.add(record.calculated_cost, other)
    return WhatIfView(
        first=span.first,
        to=span.last,
        price_version=version.id or None,
        difference=money.difference(whole.what_if_cost, whole.cost),
        days=[RepricedDay(day=day, **sums.fields()) for day, sums in sorted(days.items())],
        models=[RepricedModel(model=model, **sums.fields()) for model, sums in sorted(models.items())],
        **whole.fields(),
    )


def _cost_at(record: LedgerRecord, version: PriceVersion) -> Decimal:
    """What a request would have cost at other prices, by the factor and the fee that applied to it."""
    cost = bill.price(record.usage, version, record.created_at, record.price_factor).total
    return Tariff(record.price_factor, record.minimum_fee).charged(cost)


def _charged(services: Services, span: DateRange, body: WhatIf) -> Iterator[LedgerRecord]:
    """The records in question, at most one more than may be read of each key.

    Requests that a provider refused have no bill under any price.
    """

    def of_key(key_id: str) -> list[LedgerRecord]:
        records = services.usage.records(key_id, span.since, span.until)
        asked = (each for each in records if each.is_charged and body.model in {None, each.model})
        return list(islice(asked, _MAX_RECORDS + 1))

    reading = ThreadPoolExecutor(_PARALLEL)
    try:
        for records in reading.map(of_key, _keys(services, span, body)):
            yield from records
    finally:
        reading.shutdown(cancel_futures=True)


def _keys(services: Services, span: DateRange, body: WhatIf) -> list[str]:
    if body.key_id is not None:
        return [body.key_id]
    dimension, within = (Dimension.KEY, "") if body.model is None else (Dimension.MODEL_KEY, body.model)
    return sorted(services.costs.by_value(dimension, span.cover(), within))


def _version(catalog: AuditedCatalog, body: WhatIf, now: datetime) -> PriceVersion:
    """Whose prices count; its id is empty if they are those of no version that there is."""
    if [body.as_model, body.price_version, body.prices].count(None) != 2:
        raise problems.invalid(
            "asModel", "must be given if neither priceVersion nor prices is, and only then"
        )
    if body.prices is not None:
        return _edited(catalog.model(body.model) if body.model else None, body.prices, now)
    if body.as_model is not None:
        model = catalog.model_named(body.as_model)
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


def _edited(model: Model | None, prices: PriceBody, now: datetime) -> PriceVersion:
    """What an edit would make of a model's prices."""
    if model is None:
        raise problems.invalid("model", "must name a model that exists, whose prices are to be changed")
    at = prices.effective_at or now
    versions = price_edits.with_price(model.prices, prices, now, "", "prices.")
    return in_force(versions, at) or UNPRICED
