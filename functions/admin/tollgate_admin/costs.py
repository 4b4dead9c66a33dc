"""Routes that say what was spent, from the aggregates alone."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field

from tollgate import catalog, money
from tollgate.clock import utc_now
from tollgate.costs import ALL, Cover, Dimension, Tally, cover
from tollgate_admin import cost_rows, services
from tollgate_admin.cost_rows import DayRow, KeyRow, ModelRow, Overview, Row, SpanTally, TallyView
from tollgate_admin.spans import Span, SpanQuery

router = APIGatewayRouter()

_TOP = 5


class Format(StrEnum):
    JSON = "json"
    CSV = "csv"


_ROWS: Any = {
    200: {
        "description": "A page of rows as JSON, or all of them as CSV.",
        "content": {
            "application/json": {"model": cost_rows.Rows},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


class Sort(StrEnum):
    """What rows are ordered by; with a minus sign, the largest come first."""

    COST = "cost"
    COST_DOWN = "-cost"
    REQUESTS = "requests"
    REQUESTS_DOWN = "-requests"


class RowsQuery(SpanQuery):
    """Which rows: of what days, in what order, and which page."""

    sort: Sort = Sort.COST_DOWN
    limit: int = Field(default=100, ge=1, le=1000)
    cursor: str = Field(default="0", pattern=r"^[0-9]{1,9}$")
    form: Format = Field(default=Format.JSON, alias="format")


@router.get("/costs/overview")
def overview(query: Annotated[SpanQuery, Query()]) -> Overview:
    span = query.span()
    before = Span(span.first - timedelta(span.length), span.first - timedelta(1))
    tallies = services.get().costs.by_period(Dimension.TOTAL, ALL, [*before.days(), *span.days()])
    by_day = {day: tallies.get(day, Tally()) for day in span.days()}
    total = sum(by_day.values(), Tally())
    previous = sum((tallies.get(day, Tally()) for day in before.days()), Tally())
    return Overview(
        first=span.first,
        to=span.last,
        totals=TallyView.of(total),
        previous=SpanTally(first=before.first, to=before.last, **cost_rows.fields(previous)),
        cost_change=money.difference(total.cost, previous.cost),
        by_day=[DayRow(day=day, **cost_rows.fields(tally)) for day, tally in by_day.items()],
        top_keys=cost_rows.ordered(_key_rows(span), Sort.COST_DOWN)[:_TOP],
        top_models=cost_rows.ordered(_model_rows(span), Sort.COST_DOWN)[:_TOP],
    )


@router.get("/costs/by-key", responses=_ROWS)
def by_key(query: Annotated[RowsQuery, Query()]) -> Response[Any]:
    return _answer(_key_rows(query.span()), KeyRow, query)


@router.get("/costs/by-model", responses=_ROWS)
def by_model(query: Annotated[RowsQuery, Query()]) -> Response[Any]:
    return _answer(_model_rows(query.span()), ModelRow, query)


def _key_rows(span: Span) -> list[KeyRow]:
    tallies = services.get().costs.by_value(Dimension.KEY, _cover(span))
    names = services.get().keys.names(tallies)
    return [
        KeyRow(key_id=key_id, name=names.get(key_id), **cost_rows.fields(tally))
        for key_id, tally in tallies.items()
    ]


def _model_rows(span: Span) -> list[ModelRow]:
    tallies = services.get().costs.by_value(Dimension.MODEL, _cover(span))
    return [
        ModelRow(model=model, model_id=catalog.model_id(model), **cost_rows.fields(tally))
        for model, tally in tallies.items()
    ]


def _cover(span: Span) -> Cover:
    return cover(span.first, span.last, utc_now().date())


def _answer(rows: list[Row], row_type: type[Row], query: RowsQuery) -> Response[Any]:
    """A page of rows as JSON, or all of them as CSV: a spreadsheet wants no pages."""
    rows = cost_rows.ordered(rows, query.sort)
    if query.form is Format.CSV:
        return Response(HTTPStatus.OK, "text/csv; charset=utf-8", cost_rows.to_csv(rows, row_type))
    start = int(query.cursor)
    end = start + query.limit
    page = cost_rows.Rows(data=list(rows[start:end]), next_cursor=str(end) if end < len(rows) else None)
    return Response(HTTPStatus.OK, "application/json", page.model_dump_json(by_alias=True))
