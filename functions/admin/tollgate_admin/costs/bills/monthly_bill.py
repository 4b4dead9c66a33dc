"""A key's monthly bill: what it and its descendants used."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field

from tollgate import money
from tollgate.costs.aggregates import Dimension, Tally
from tollgate.costs.cover import month_of
from tollgate.keys.billing_scopes import billing_of
from tollgate_admin.composition import Services, services_of
from tollgate_admin.costs import cost_filters, cost_rows, cost_sums
from tollgate_admin.costs.bills import bill_packs, bill_views
from tollgate_admin.costs.bills.bill_views import Audience, BillView, ChargesView
from tollgate_admin.costs.cost_filters import FilterField, Filters, SingleSum
from tollgate_admin.costs.cost_queries import Sort
from tollgate_admin.costs.schemas import KeyRow, TallyView, fields
from tollgate_admin.web import csv_output, field_errors, problems
from tollgate_admin.web.csv_output import Format
from tollgate_admin.web.date_ranges import DateRange, month_span
from tollgate_admin.web.wire_types import QueryModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tollgate.costs.charge_parts import ChargeParts
    from tollgate.keys.store.hierarchy import Hierarchy
    from tollgate.ledger.scopes import Scope
    from tollgate_admin.costs.bills.bill_packs import BilledPacks

router = APIGatewayRouter()

KeyId = Annotated[str, Path(pattern=field_errors.pattern(r"^key_[0-9A-Za-z]{16}$", "is not the id of a key"))]
# As many as are read at once.
_CHILDREN = 100


class BillQuery(QueryModel):
    """`month` is the present one if left out. For `audience` `customer` what providers charge is left out."""

    month: (
        Annotated[
            str, Field(pattern=field_errors.pattern(r"^[0-9]{4}-(0[1-9]|1[0-2])$", "must be like 2026-11"))
        ]
        | None
    ) = None
    form: Format | None = Field(default=None, alias="format")
    audience: Audience = Audience.OPERATOR


_DOCUMENTED: dict[int, Any] = csv_output.documented(BillView)


@router.get("/apiKey/<key_id>/bill", responses=_DOCUMENTED)
def bill(request: Request, key_id: KeyId, query: Annotated[BillQuery, Query()]) -> Response[Any]:
    """Get a key's monthly bill."""
    services = services_of(request)
    scope = services.keys.get(key_id)
    if scope is None:
        raise problems.not_found("API key", key_id)
    span = month_span(query.month, services.settings.reporting_zone, services.clock())
    made = bill_of(services, scope, span)
    if csv_output.negotiated(query.form, request.headers.get("accept")) is Format.CSV:
        columns, rows = bill_views.table(made, query.audience)
        return csv_output.csv_response(columns, rows, f"bill-{key_id}-{made.month}")
    return Response(HTTPStatus.OK, "application/json", made.to_json(query.audience))


def bill_of(services: Services, scope: Scope, span: DateRange) -> BillView:
    of_key = Filters({FilterField.KEY: scope.key_id})
    paid = services.costs.by_value(Dimension.PACK, span.cover(), scope.key_id)
    packs = bill_packs.billed_packs(services.packs, scope, paid, span)
    billed = cost_sums.total(services.costs, SingleSum(Dimension.BILLED, scope.key_id), span)
    own = cost_sums.total(services.costs, cost_filters.single_sum(of_key), span)
    by_key = [_key_row(scope, own), *_child_rows(services, scope.key_id, span)]
    # Read last: what ends while the present month's bill is made makes neither `moved` nor `other` negative.
    by_model = cost_sums.by_field(services.costs, FilterField.MODEL, replace(of_key, tree=True), span)
    tree = sum((each.tally for each in by_model), Tally())
    billing = billing_of(services.keys.chains([scope])[scope.key_id])
    return BillView(
        key_id=scope.key_id,
        name=scope.name,
        month=month_of(span.first),
        first=span.first,
        to=span.last,
        zone=str(span.zone),
        billing_mode=billing.mode,
        cost_centre=billing.cost_centre,
        charges=_charges(tree, packs, billed.parts),
        packs=packs.lines(services.clock()),
        tree=TallyView.of(tree),
        own=TallyView.of(own),
        by_model=cost_rows.MODELS.rows(
            services, cost_rows.MODELS.ordered(services, by_model, Sort.COST_DOWN)
        ),
        by_key=[row for row, _ in by_key],
        moved=TallyView.of(tree - sum((tally for _, tally in by_key), Tally())),
    )


def _charges(tree: Tally, packs: BilledPacks, billed: ChargeParts) -> ChargesView:
    drawn = packs.drawn
    with money.exact():
        other = tree.cost - drawn - billed.included - billed.metered
        return ChargesView(
            total=tree.cost,
            packs=drawn,
            included=billed.included,
            metered=billed.metered,
            other=other,
            due=billed.metered + other,
            purchases=packs.purchases,
            overage=billed.overage,
            fees=tree.parts.fees,
            provider_cost=tree.provider_cost,
            margin=tree.parts.margin,
        )


def _child_rows(services: Services, key_id: str, span: DateRange) -> list[tuple[KeyRow, Tally]]:
    """Those of the keys right below that were used, the dearest first."""
    children = list(_children(services.hierarchy, key_id))
    trees = services.costs.by_sum_key(
        Dimension.SCOPE, [(child.key_id, "") for child in children], span.cover()
    )
    rows = [_key_row(child, trees[child.key_id, ""]) for child in children if (child.key_id, "") in trees]
    return sorted(rows, key=lambda row: (-row[1].cost, row[0].key_id))


def _key_row(scope: Scope, tally: Tally) -> tuple[KeyRow, Tally]:
    return KeyRow(key_id=scope.key_id, name=scope.name, **fields(tally)), tally


def _children(hierarchy: Hierarchy, key_id: str) -> Iterator[Scope]:
    following = None
    while True:
        found, following = hierarchy.children(key_id, _CHILDREN, following)
        yield from found
        if following is None:
            return
