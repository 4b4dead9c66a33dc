"""Requests for higher limits, which holders of keys make and operators decide."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter
from pydantic import Field

from tollgate.budget_requests.store.budget_request_items import OPERATORS
from tollgate_admin.budget_requests import deciding
from tollgate_admin.budget_requests.request_lists import RequestsQuery
from tollgate_admin.budget_requests.schemas import Approval, BudgetRequestView, Denial
from tollgate_admin.composition import Services, services_of
from tollgate_admin.web import csv_output, field_errors
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.csv_output import Format, defused
from tollgate_admin.web.wire_types import Page

if TYPE_CHECKING:
    from tollgate.budget_requests.budget_requests import BudgetRequest

router = APIGatewayRouter()

RequestId = Annotated[
    str,
    Path(
        pattern=field_errors.pattern(
            r"^brq_[0-9A-Za-z]{16}[tdwm][1-9][0-9]{0,8}$", "is not the id of a budget request"
        )
    ),
]
# What people have typed, or chosen as names.
_TYPED = ("keyName", "reason", "decidedByName", "note")
_COLUMNS = (
    "id", "keyId", "keyName", "window", "state", "limit", "limitWhenAsked", "reason", "until", "askedBy",
    "askedAt", "expiresAt", "limitNow", "used", "held", "approvedLimit", "approvedUntil", "decidedBy",
    "decidedByName", "decidedAt", "note",
)  # fmt: skip


class ListQuery(RequestsQuery):
    """Which page of the requests; `format` is that of the answer, which `Accept` can ask for, too."""

    form: Format | None = Field(default=None, alias="format")

    def following(self, cursor: str) -> dict[str, Any]:
        """The query of the page after this one, as CSV."""
        asked = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {**asked, "cursor": cursor, "format": Format.CSV.value}


_DOCUMENTED: dict[int, Any] = csv_output.documented(Page[BudgetRequestView])


@router.get("/budget-requests", responses=_DOCUMENTED)
def list_budget_requests(request: Request, query: Annotated[ListQuery, Query()]) -> Response[Any]:
    """List requests for higher limits, newest first. A page may be short even if there is a `nextCursor`.

    Each is shown with what its budget has used and holds now.
    """
    services, change = services_of(request), ChangeRequest.of(request)
    search = query.search(services.clock(), deciding.decisions_of(services, change).settled)
    table = services.budget_requests
    if query.key_id is None:
        found, following = table.page_below(OPERATORS, query.limit, query.cursor, search)
    else:
        found, following = table.own_page(query.key_id, query.limit, query.cursor, search)
    views = shown(services, found)
    if csv_output.negotiated(query.form, request.headers.get("accept")) is Format.CSV:
        rest = None if following is None else query.following(following)
        return csv_output.csv_response(_COLUMNS, map(_row, views), "budget-requests", rest)
    page = Page[BudgetRequestView](data=views, next_cursor=following)
    return Response(HTTPStatus.OK, "application/json", page.model_dump_json(by_alias=True))


@router.get("/budget-requests/<request_id>")
def get_budget_request(request: Request, request_id: RequestId) -> BudgetRequestView:
    services = services_of(request)
    return _one(services, deciding.present(services, ChangeRequest.of(request), request_id))


@router.post("/budget-requests/<request_id>/approve")
def approve_budget_request(
    request: Request, request_id: RequestId, body: Approval | None = None
) -> BudgetRequestView:
    """Raise the limit to what was asked for, or to another one.

    With `until`, the limit falls back then. 409 if the keys above leave no room for it.
    """
    services, change = services_of(request), ChangeRequest.of(request)
    return _one(services, deciding.approve(services, change, request_id, body or Approval()))


@router.post("/budget-requests/<request_id>/deny")
def deny_budget_request(request: Request, request_id: RequestId, body: Denial) -> BudgetRequestView:
    services, change = services_of(request), ChangeRequest.of(request)
    return _one(services, deciding.deny(services, change, request_id, body.reason))


def shown(services: Services, found: list[BudgetRequest]) -> list[BudgetRequestView]:
    scopes, now = services.keys.get_all([each.key_id for each in found]), services.clock()
    return [BudgetRequestView.for_admins(each, scopes.get(each.key_id), now) for each in found]


def _one(services: Services, found: BudgetRequest) -> BudgetRequestView:
    return shown(services, [found])[0]


def _row(view: BudgetRequestView) -> dict[str, Any]:
    """A line of a table, in which nothing that people have typed can be run as a formula."""
    told = view.model_dump(mode="json", by_alias=True)
    decision, budget = told.pop("decision") or {}, told.pop("budget") or {}
    row = {
        **told,
        "limitNow": budget.get("limit"),
        "used": budget.get("used"),
        "held": budget.get("held"),
        "approvedLimit": decision.get("limit"),
        "approvedUntil": decision.get("until"),
        "decidedBy": decision.get("by"),
        "decidedByName": decision.get("byName"),
        "decidedAt": decision.get("at"),
        "note": decision.get("note"),
    }
    return {**row, **{name: defused(row[name] or "") for name in _TYPED}}
