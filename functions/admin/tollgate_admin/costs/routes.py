"""Routes that say what was spent, from the aggregates alone."""

from __future__ import annotations

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate_admin.costs import cost_overview, cost_rows, cost_sums
from tollgate_admin.costs.cost_filters import Axis
from tollgate_admin.costs.cost_pages import answer
from tollgate_admin.costs.cost_queries import (
    DaysQuery,
    HistoryQuery,
    KeysQuery,
    ModelsQuery,
    OverviewQuery,
    OwnersQuery,
    ProvidersQuery,
    TagsQuery,
)
from tollgate_admin.costs.schemas import (
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
from tollgate_admin.web.wire_types import Page

router = APIGatewayRouter()


@router.get("/costs/overview")
def overview(query: Annotated[OverviewQuery, Query()]) -> Overview:
    return cost_overview.of(query.span(), query.top)


@router.get("/costs/by-key", responses=documented(Page[KeyRow]))
def by_key(query: Annotated[KeysQuery, Query()]) -> Response[Any]:
    return answer(
        cost_rows.KEYS, query, _accept(), lambda span: cost_sums.by(Axis.KEY, query.filters(), span)
    )


@router.get("/costs/by-model", responses=documented(Page[ModelRow]))
def by_model(query: Annotated[ModelsQuery, Query()]) -> Response[Any]:
    return answer(
        cost_rows.MODELS, query, _accept(), lambda span: cost_sums.by(Axis.MODEL, query.filters(), span)
    )


@router.get("/costs/by-owner", responses=documented(Page[OwnerRow]))
def by_owner(query: Annotated[OwnersQuery, Query()]) -> Response[Any]:
    return answer(
        cost_rows.OWNERS, query, _accept(), lambda span: cost_sums.by(Axis.OWNER, query.filters(), span)
    )


@router.get("/costs/by-provider", responses=documented(Page[ProviderRow]))
def by_provider(query: Annotated[ProvidersQuery, Query()]) -> Response[Any]:
    return answer(
        cost_rows.PROVIDERS, query, _accept(), lambda span: cost_sums.by(Axis.PROVIDER, query.filters(), span)
    )


@router.get("/costs/by-tag", responses=documented(Page[TagRow]))
def by_tag(query: Annotated[TagsQuery, Query()]) -> Response[Any]:
    return answer(cost_rows.TAGS, query, _accept(), lambda span: cost_sums.by_tag(query.tag, span))


@router.get("/costs/by-day", responses=documented(Page[DayRow]))
def by_day(query: Annotated[DaysQuery, Query()]) -> Response[Any]:
    return answer(cost_rows.DAYS, query, _accept(), lambda span: cost_sums.by_day(query.filters(), span))


@router.get("/costs/by-month", responses=documented(Page[MonthRow]))
def by_month(query: Annotated[HistoryQuery, Query()]) -> Response[Any]:
    return answer(cost_rows.MONTHS, query, _accept(), lambda span: cost_sums.by_month(query.filters(), span))


def _accept() -> str | None:
    accept: str | None = router.current_event.headers.get("accept")
    return accept
