"""Series of costs, and how the present month goes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate_admin.composition import services_of
from tollgate_admin.costs.explorer import cost_series, month_outlook, series_table
from tollgate_admin.costs.explorer.month_outlook import Outlook
from tollgate_admin.costs.explorer.series_queries import SeriesQuery
from tollgate_admin.costs.explorer.series_schemas import Series
from tollgate_admin.web import csv_output
from tollgate_admin.web.csv_output import Format

router = APIGatewayRouter()


@router.get("/costs/series", responses=csv_output.documented(Series))
def series(request: Request, query: Annotated[SeriesQuery, Query()]) -> Response[Any]:
    """Show the largest groups of requests by day or month, and what they leave of the whole."""
    services = services_of(request)
    span = query.span(services.settings.reporting_zone, services.clock())
    made = cost_series.series_of(services, query, span)
    if csv_output.negotiated(query.form, request.headers.get("accept")) is Format.CSV:
        columns, rows = series_table.table(made)
        return csv_output.csv_response(columns, rows, f"costs-series-{span.first}-{span.last}")
    return Response(HTTPStatus.OK, "application/json", made.model_dump_json(by_alias=True))


@router.get("/costs/outlook")
def outlook(request: Request) -> Outlook:
    """Show the present month up to now, the one before, and what this one comes to if it goes on so."""
    services = services_of(request)
    return month_outlook.outlook_of(services.costs, services.settings.reporting_zone, services.clock())
