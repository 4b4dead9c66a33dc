"""What was spent, by key, model, owner, provider, tag, cost centre, day and month."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate.costs.store.costs_table import CostsTable
from tollgate_admin.composition import services_of
from tollgate_admin.costs import cost_overview, cost_rows, cost_sums
from tollgate_admin.costs.cost_filters import FilterField
from tollgate_admin.costs.cost_pages import answer
from tollgate_admin.costs.cost_queries import (
    CostCentresQuery,
    DaysQuery,
    FilteredQuery,
    HistoryQuery,
    KeysQuery,
    ModelsQuery,
    OverviewQuery,
    OwnersQuery,
    ProvidersQuery,
    RowsQuery,
    TagsQuery,
)
from tollgate_admin.costs.cost_rows import Listing, RowT
from tollgate_admin.costs.cost_sums import Sum
from tollgate_admin.costs.schemas import (
    CostCentreRow,
    DayRow,
    KeyRow,
    ModelRow,
    MonthRow,
    Overview,
    OwnerRow,
    ProviderRow,
    TagRow,
)
from tollgate_admin.web.csv_output import documented
from tollgate_admin.web.date_ranges import DateRange
from tollgate_admin.web.wire_types import Page

router = APIGatewayRouter()


@router.get("/costs/overview")
def overview(request: Request, query: Annotated[OverviewQuery, Query()]) -> Overview:
    """Show an overview of the costs in a span of days."""
    services = services_of(request)
    span = query.span(services.settings.reporting_zone, services.clock())
    return cost_overview.overview_of(services, span, query.top)


@router.get("/costs/by-key", responses=documented(Page[KeyRow]))
def by_key(request: Request, query: Annotated[KeysQuery, Query()]) -> Response[Any]:
    """List costs by key."""
    return _by(FilterField.KEY, cost_rows.KEYS, request, query)


@router.get("/costs/by-model", responses=documented(Page[ModelRow]))
def by_model(request: Request, query: Annotated[ModelsQuery, Query()]) -> Response[Any]:
    """List costs by model."""
    return _by(FilterField.MODEL, cost_rows.MODELS, request, query)


@router.get("/costs/by-owner", responses=documented(Page[OwnerRow]))
def by_owner(request: Request, query: Annotated[OwnersQuery, Query()]) -> Response[Any]:
    """List costs by owner."""
    return _by(FilterField.OWNER, cost_rows.OWNERS, request, query)


@router.get("/costs/by-cost-centre", responses=documented(Page[CostCentreRow]))
def by_cost_centre(request: Request, query: Annotated[CostCentresQuery, Query()]) -> Response[Any]:
    """List costs by cost centre."""
    return _rows(
        cost_rows.COST_CENTRES,
        request,
        query,
        lambda costs, span: cost_sums.by_cost_centre(costs, query.filters(), span),
    )


@router.get("/costs/by-provider", responses=documented(Page[ProviderRow]))
def by_provider(request: Request, query: Annotated[ProvidersQuery, Query()]) -> Response[Any]:
    """List costs by provider."""
    return _by(FilterField.PROVIDER, cost_rows.PROVIDERS, request, query)


@router.get("/costs/by-tag", responses=documented(Page[TagRow]))
def by_tag(request: Request, query: Annotated[TagsQuery, Query()]) -> Response[Any]:
    """List costs by the values of a tag."""
    return _rows(cost_rows.TAGS, request, query, lambda costs, span: cost_sums.by_tag(costs, query.tag, span))


@router.get("/costs/by-day", responses=documented(Page[DayRow]))
def by_day(request: Request, query: Annotated[DaysQuery, Query()]) -> Response[Any]:
    """List costs by day."""
    return _rows(
        cost_rows.DAYS, request, query, lambda costs, span: cost_sums.by_day(costs, query.filters(), span)
    )


@router.get("/costs/by-month", responses=documented(Page[MonthRow]))
def by_month(request: Request, query: Annotated[HistoryQuery, Query()]) -> Response[Any]:
    """List costs by month."""
    return _rows(
        cost_rows.MONTHS, request, query, lambda costs, span: cost_sums.by_month(costs, query.filters(), span)
    )


def _by(axis: FilterField, listing: Listing[RowT], request: Request, query: FilteredQuery) -> Response[Any]:
    """A row for each key, model, ..."""
    return _rows(
        listing, request, query, lambda costs, span: cost_sums.by_field(costs, axis, query.filters(), span)
    )


def _rows(
    listing: Listing[RowT],
    request: Request,
    query: RowsQuery,
    read: Callable[[CostsTable, DateRange], list[Sum]],
) -> Response[Any]:
    services = services_of(request)
    return answer(
        services, listing, query, request.headers.get("accept"), lambda span: read(services.costs, span)
    )
