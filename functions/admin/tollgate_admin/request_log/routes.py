"""The request log."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate.ledger.records import LedgerRecord
from tollgate.request_log.store.request_log_table import RequestLog
from tollgate_admin.composition import services_of
from tollgate_admin.request_log.request_queries import PageQuery, RequestIdInPath
from tollgate_admin.request_log.request_views import ListedRequestView, SingleRequestView
from tollgate_admin.web import problems
from tollgate_admin.web.wire_types import Page

router = APIGatewayRouter()


@router.get("/requests")
def list_requests(request: Request, query: Annotated[PageQuery, Query()]) -> Page[ListedRequestView]:
    """List requests, newest first. A page may be short even if there is a `nextCursor`."""
    services = services_of(request)
    log_filter = query.log_filter(services.settings.reporting_zone, services.clock())
    records, following = services.log.page(log_filter, size=query.limit, before=query.cursor)
    names = services.keys.names({record.key_id for record in records})
    shown = [ListedRequestView.named(record, names) for record in records]
    return Page[ListedRequestView](data=shown, next_cursor=following)


@router.get("/requests/<request_id>")
def get_request(request: Request, request_id: RequestIdInPath) -> SingleRequestView:
    """Get a request."""
    services = services_of(request)
    record = _existing(services.log, request_id)
    return SingleRequestView.named(record, services.keys.names(record.scopes))


def _existing(log: RequestLog, request_id: str) -> LedgerRecord:
    record = log.find(request_id)
    if record is None:
        raise problems.not_found("request", request_id)
    return record
