"""A query's rows, page by page as JSON, or all of them as CSV."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response

from tollgate import money
from tollgate.costs.aggregates import Tally
from tollgate.costs.charge_parts import NO_PARTS, ChargeParts
from tollgate.costs.store.query_pages import LIFE, NoSnapshotError, OtherQueryError, Row
from tollgate_admin.costs.cost_rows import Listing, RowT
from tollgate_admin.costs.cost_sums import Sum
from tollgate_admin.web import csv_output, problems
from tollgate_admin.web.csv_output import Format
from tollgate_admin.web.wire_types import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate.costs.store.query_pages import SnapshotTable
    from tollgate_admin.composition import Services
    from tollgate_admin.costs.cost_queries import RowsQuery
    from tollgate_admin.web.date_ranges import DateRange

_MINUTES = LIFE.seconds // 60


def answer(
    services: Services,
    listing: Listing[RowT],
    query: RowsQuery,
    accept: str | None,
    read: Callable[[DateRange], list[Sum]],
) -> Response[Any]:
    """`read` reads the sums of a span from the aggregates; raises `ProblemError`."""
    span = query.span(services.settings.reporting_zone, services.clock())
    if csv_output.negotiated(query.form, accept) is Format.CSV:
        if query.cursor is not None:
            raise problems.invalid("cursor", "can't be used with CSV, which has no pages")
        columns, rows = listing.cells(services, listing.ordered(services, read(span), query.sort))
        return csv_output.csv_response(columns, rows, f"costs-{listing.name}-{span.first}-{span.last}")
    if query.cursor is not None:
        sums, following = _later(services.snapshots, query.cursor, query)
    else:
        sums, following = _first(services.snapshots, listing.ordered(services, read(span), query.sort), query)
    page = Page[Any](data=listing.rows(services, sums), next_cursor=following)
    return Response(HTTPStatus.OK, "application/json", page.model_dump_json(by_alias=True))


def _first(snapshots: SnapshotTable, sums: list[Sum], query: RowsQuery) -> tuple[list[Sum], str | None]:
    """What doesn't fit the first page is kept as it is now for those to come."""
    page, rest = sums[: query.limit], sums[query.limit :]
    if not rest:
        return page, None
    return page, snapshots.keep(query.identity(), list(map(_to_row, rest)))


def _later(snapshots: SnapshotTable, cursor: str, query: RowsQuery) -> tuple[list[Sum], str | None]:
    try:
        rows, following = snapshots.page(cursor, query.identity(), query.limit)
    except NoSnapshotError:
        message = f"has expired, as cursors do after {_MINUTES} minutes; start again without it"
        raise problems.invalid("cursor", message) from None
    except OtherQueryError:
        raise problems.invalid(
            "cursor", "belongs to another query; only limit may change between pages"
        ) from None
    return list(map(_to_sum, rows)), following


def _to_row(each: Sum) -> Row:
    tally = each.tally
    return [
        each.value,
        tally.requests,
        tally.failed,
        tally.abandoned,
        tally.prompt_tokens,
        tally.completion_tokens,
        money.to_string(tally.cost),
        _to_amounts(tally.parts),
    ]


def _to_amounts(parts: ChargeParts) -> list[str] | None:
    if parts == NO_PARTS:
        return None
    return [money.to_string(getattr(parts, each.name)) for each in dataclasses.fields(parts)]


def _to_sum(row: Row) -> Sum:
    value, *counts, cost, amounts = row
    requests, failed, abandoned, prompt_tokens, completion_tokens = counts
    return Sum(
        value,
        Tally(
            requests=requests,
            failed=failed,
            abandoned=abandoned,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            cost=Decimal(cost),
            parts=NO_PARTS if amounts is None else ChargeParts(*map(Decimal, amounts)),
        ),
    )
