"""The export of charges as a FOCUS file of any size: CSV, streamed."""

from __future__ import annotations

import calendar
from dataclasses import field
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field, StringConstraints

from tollgate.costs.aggregates import Tally
from tollgate.keys.billing_scopes import billing_of
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.billing.billing_modes import BillingMode
from tollgate_admin.composition import services_of
from tollgate_admin.costs.bills.bill_views import Audience
from tollgate_admin.costs.focus import focus_charges, focus_columns
from tollgate_admin.costs.focus.focus_charges import Charge
from tollgate_admin.costs.focus.focus_columns import Row, SubAccount
from tollgate_admin.web import csv_output
from tollgate_admin.web.date_ranges import DateRange, DateRangeQuery
from tollgate_admin.web.wire_types import KeyId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tollgate.keys.pack_definitions import PackDefinition
    from tollgate.keys.store.keys_table import KeysTable
    from tollgate.keys.store.resource_packs import ResourcePacks
    from tollgate.ledger.scopes import Scope
    from tollgate_admin.composition import Services

router = APIGatewayRouter()

_CSV = "text/csv"
_FILE: Any = {
    "description": "The file, streamed",
    "content": {_CSV: {"schema": {"type": "string"}}},
}


class Format(StrEnum):
    FOCUS = "focus"


class Granularity(StrEnum):
    """How long the time is that a row is of."""

    DAY = "day"
    MONTH = "month"


class FocusQuery(DateRangeQuery):
    """Of what days, in rows of a `granularity`. `issuer` is the name of whoever issues the invoice.

    `accountId` leaves the rows that are billed at a key: the nearest one, from a row's key up, that has a
    billing mode of its own, or the root. For `audience` `customer` what providers charge is left out.
    """

    form: Format = Field(default=Format.FOCUS, alias="format")
    granularity: Granularity = Granularity.DAY
    issuer: Annotated[str, StringConstraints(min_length=1, max_length=128)] = "Tollgate"
    account_id: KeyId | None = None
    audience: Audience = Audience.OPERATOR


# Powertools reads what has a return type to its end, to serialize it: this has none.
@router.get("/costs/export", responses={200: _FILE})
def export_costs(request: Request, query: Annotated[FocusQuery, Query()]):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Export charges as a FOCUS 1.2 file, in order of time. A download that breaks off is incomplete."""
    services = services_of(request)
    span = query.span(services.settings.reporting_zone, services.clock())
    chunks = to_csv(services, query, span)
    # What fails at the first charges is still answered with an error.
    begun = chain(list(islice(chunks, 2)), chunks)
    name = f"focus-{span.first}-to-{span.last}.csv"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(HTTPStatus.OK, f"{_CSV}; charset=utf-8", begun, headers=disposition)


def to_csv(services: Services, query: FocusQuery, span: DateRange) -> Iterator[bytes]:
    """The columns' names, then the rows."""
    yield csv_output.csv_lines([focus_columns.names(query.audience)])
    for rows in _batches(services, query, span):
        wanted = [row for row in rows if query.account_id in {None, row.sub.account_id}]
        if wanted:
            yield csv_output.csv_lines(focus_columns.cells(row, query.audience) for row in wanted)


def _batches(services: Services, query: FocusQuery, span: DateRange) -> Iterator[list[Row]]:
    """Of each day or month what was bought, then what was used."""
    publishers = _publishers(services)
    accounts = SubAccounts(services.keys)
    bought = bought_packs(services.packs, span)
    for each in _spans(span, query.granularity):
        packs = [pack for pack in bought if each.since <= pack.created_at < each.until]
        accounts.look_up({pack.key_id for pack in packs})
        yield [_purchase(pack, accounts.of(pack.key_id), each, query) for pack in packs]
        for charges in focus_charges.batches(services.costs, each):
            accounts.look_up({charge.key_id for charge in charges})
            yield [
                Row(
                    charge=charge,
                    sub=accounts.of(charge.key_id),
                    month=_month(each),
                    issuer=query.issuer,
                    publisher=publishers.get(charge.model or "", query.issuer),
                )
                for charge in charges
            ]


def bought_packs(packs: ResourcePacks, span: DateRange) -> list[PackDefinition]:
    """What an invoice has of the span beside usage, in order of time."""
    found = (each.definition for each in packs.created_between(span.since, span.until))
    return sorted(
        (each for each in found if each.purchase is not None), key=lambda each: (each.created_at, each.id)
    )


def _purchase(pack: PackDefinition, sub: SubAccount, span: DateRange, query: FocusQuery) -> Row:
    charge = Charge(span, pack.key_id, None, sub.cost_centre, Tally())
    return Row(charge, sub, _month(span), query.issuer, publisher=query.issuer, pack=pack)


def _spans(span: DateRange, granularity: Granularity) -> Iterable[DateRange]:
    if granularity is Granularity.MONTH:
        return span.months().values()
    days = (span.first + timedelta(offset) for offset in range(span.length))
    return (DateRange(day, day, span.zone, today=span.today) for day in days)


def _month(span: DateRange) -> DateRange:
    first = span.first.replace(day=1)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return DateRange(first, last, span.zone, today=span.today)


def _publishers(services: Services) -> dict[str, str]:
    """Of each model that there is the name of its first provider."""
    providers = {provider.id: provider.name for provider in services.catalog.providers()}
    return {
        model.system_name: providers[model.provider_id]
        for model in services.catalog.models()
        if model.provider_id in providers
    }


@dataclass(frozen=True, slots=True)
class SubAccounts:
    """Keys as they are now. Each is read once, and so is each key above it."""

    keys: KeysTable
    _found: dict[str, Scope | None] = field(default_factory=dict)

    def look_up(self, key_ids: Collection[str]) -> None:
        """Reads those that aren't known yet, with all above them: a BatchGetItem for 100 keys and level."""
        while unknown := set(key_ids) - self._found.keys():
            scopes = self.keys.get_all(unknown)
            self._found.update((key_id, scopes.get(key_id)) for key_id in unknown)
            key_ids = {scope.parent_id for scope in scopes.values() if scope.parent_id}

    def of(self, key_id: str) -> SubAccount:
        """Of a key that was looked up. One that is gone is billed at itself."""
        chain = self._chain(key_id)
        if not chain:
            return SubAccount(key_id, key_id, BillingMode.INTERNAL)
        billing = billing_of(chain)
        return SubAccount(
            key_id,
            account_id=billing.at.key_id,
            billing_mode=billing.mode,
            name=chain[0].name,
            account_name=billing.at.name,
            cost_centre=billing.cost_centre,
            tags=chain[0].tags,
        )

    def _chain(self, key_id: str | None) -> list[Scope]:
        chain: list[Scope] = []
        while key_id is not None and (scope := self._found.get(key_id)) is not None and scope not in chain:
            chain.append(scope)
            key_id = scope.parent_id
        return chain
