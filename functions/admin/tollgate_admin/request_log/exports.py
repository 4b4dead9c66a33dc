"""The export of the request log as a file of any size."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from itertools import chain
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field

from tollgate.clock import rfc3339
from tollgate.ledger.records import LedgerRecord
from tollgate.pricing.usage import TokenClass
from tollgate.request_log.log_filter import LogFilter
from tollgate.request_log.store.request_log_table import NothingFoundError, SearchTime
from tollgate_admin.composition import services_of
from tollgate_admin.request_log.request_queries import LogQuery
from tollgate_admin.request_log.request_views import RequestView
from tollgate_admin.web import csv_output, problems
from tollgate_admin.web.csv_output import defused
from tollgate_admin.web.problems import ProblemError

router = APIGatewayRouter()

Batches = Iterable[list[LedgerRecord]]

# Clients and proxies wait half a minute for an answer to begin, and API Gateway five for it to go on.
_PATIENCE = SearchTime(first=20, later=200)
_CSV = "text/csv"
_JSONL = "application/x-ndjson"  # application/jsonl Powertools takes for JSON
_FILE: Any = {
    "description": "The file, streamed",
    "content": {media_type: {"schema": {"type": "string"}} for media_type in (_CSV, _JSONL)},
}


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


class ExportQuery(LogQuery):
    """Which requests, and in which format: `csv`, one row per request, or `jsonl`, as the list shows them."""

    form: Format = Field(default=Format.CSV, alias="format")


# Powertools reads what has a return type to its end, to serialize it: this has none.
@router.get("/requests/export", responses={200: _FILE})
def export_requests(request: Request, query: Annotated[ExportQuery, Query()]):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Export all requests of a span as a file, newest first. A download that breaks off is incomplete.

    If the search finds nothing for too long at the end of the span, it stops with an error that says where to
    continue.
    """
    services = services_of(request)
    log_filter = query.log_filter(services.settings.reporting_zone, services.clock())
    media_type, write = _WRITERS[query.form]
    batches = services.log.batches(log_filter, _PATIENCE)
    # What fails at the first records is still answered with an error.
    try:
        first = next(batches, [])
    except NothingFoundError as error:
        raise _nothing_found(log_filter, error.before) from error
    begun = write(chain([first], batches))
    name = f"requests-{_days(log_filter)}.{query.form}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(HTTPStatus.OK, media_type, begun, headers=disposition)


def _nothing_found(log_filter: LogFilter, before: datetime) -> ProblemError:
    reached = rfc3339(before)
    return problems.invalid(
        "to",
        f"is too late: the search ran out of time at {reached}, and found no matching request after that. "
        f"Retry with to={reached}, or with a later start than {rfc3339(log_filter.since)}.",
    )


def _days(log_filter: LogFilter) -> str:
    last = max(log_filter.since, log_filter.until - timedelta(milliseconds=1))
    return f"{log_filter.since.date()}-to-{last.date()}"


def to_jsonl(batches: Batches) -> Iterator[bytes]:
    for batch in batches:
        views = [RequestView.of(record).model_dump_json(by_alias=True) for record in batch]
        yield "".join(f"{view}\n" for view in views).encode()


def to_csv(batches: Batches) -> Iterator[bytes]:
    """The columns' names, then a row per request."""
    yield csv_output.csv_lines([list(_COLUMNS)])
    for batch in batches:
        yield csv_output.csv_lines([_row(record) for record in batch])


def _row(record: LedgerRecord) -> list[Any]:
    view = RequestView.of(record).model_dump(mode="json", by_alias=True)
    return [cell(view) for cell in _COLUMNS.values()]


def _text(name: str) -> Callable[[dict[str, Any]], str]:
    """A cell of what clients, providers and admins have named."""
    return lambda view: defused(view[name] or "")


def _plain(name: str) -> Callable[[dict[str, Any]], Any]:
    """A number, a moment, or a word of ours."""
    return lambda view: view[name]


def _yes_or_no(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda view: "true" if view[name] else "false"


def _json(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda view: json.dumps(view[name], ensure_ascii=False) if view[name] else ""


def _tokens(token_class: TokenClass) -> Callable[[dict[str, Any]], int]:
    return lambda view: view["tokens"].get(token_class, 0)


_COLUMNS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "id": _plain("id"),
    "createdAt": _plain("createdAt"),
    "completedAt": _plain("completedAt"),
    "keyId": _plain("keyId"),
    "kind": _plain("kind"),
    "outcome": _plain("outcome"),
    "httpStatus": _plain("httpStatus"),
    "streamed": _yes_or_no("streamed"),
    "model": _text("model"),
    "remoteModel": _text("remoteModel"),
    "providerId": _text("providerId"),
    "calculatedCost": _plain("calculatedCost"),
    "priced": _yes_or_no("priced"),
    "priceVersion": _text("priceVersion"),
    "priceFactor": _plain("priceFactor"),
    "promptTokens": _plain("promptTokens"),
    "completionTokens": _plain("completionTokens"),
    **{f"tokens.{token_class}": _tokens(token_class) for token_class in TokenClass},
    "toolCalls": _json("toolCalls"),
    "usageSource": _plain("usageSource"),
    "serviceTier": _text("serviceTier"),
    "exceedsHold": _yes_or_no("exceedsHold"),
    "failedAttempts": lambda view: len(view["attempts"]),
    "scopes": lambda view: " ".join(view["scopes"]),
    "ownerEmail": _text("ownerEmail"),
    "tags": _json("tags"),
    "providerRequestId": _text("providerRequestId"),
    "otherModels": _json("otherModels"),
    "providerCost": _plain("providerCost"),
    "minimumFee": _plain("minimumFee"),
    "billingMode": _text("billingMode"),
    "costCentre": _text("costCentre"),
    "downgradedFrom": _text("downgradedFrom"),
    "sessionId": _text("sessionId"),
    "fallbackFrom": _text("fallbackFrom"),
    "fallbackReason": _text("fallbackReason"),
    "packDraws": _json("packDraws"),
    "billing": _json("billing"),
}
_WRITERS = {Format.CSV: (f"{_CSV}; charset=utf-8", to_csv), Format.JSONL: (_JSONL, to_jsonl)}
