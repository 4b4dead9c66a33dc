"""Routes of requests for higher limits: /v1/budget-requests."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Literal

from aws_lambda_powertools.event_handler import Request
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

from tollgate.budget_requests.budget_requests import place_of
from tollgate.keys import families
from tollgate.keys.families import HierarchyError, Limits
from tollgate.ledger.policies.temporary_limits import TOTAL
from tollgate.refusals import Reason, RefusedError
from tollgate_admin.budget_requests import asking, deciding
from tollgate_admin.budget_requests.request_lists import RequestsQuery
from tollgate_admin.budget_requests.schemas import Approval, Asking, Denial, OwnRequestView
from tollgate_admin.composition import Services, services_of
from tollgate_admin.self_service.acting_key import ActingKey, Lineage, acting_key_of, told_to
from tollgate_admin.web import problems
from tollgate_admin.web.change_requests import ChangeRequest
from tollgate_admin.web.wire_types import Page

if TYPE_CHECKING:
    from tollgate.budget_requests.budget_requests import BudgetRequest

router = APIGatewayRouter()


class OwnRequestsQuery(RequestsQuery):
    """Which page of the requests for the limits of the acting key, or of the key below it with `keyId`.

    `below`: of all keys below the acting one.
    """

    below: bool = False


@router.get("/budget-requests")
def list_own_requests(request: Request, query: Annotated[OwnRequestsQuery, Query()]) -> Page[OwnRequestView]:
    """List requests, newest first. A page may be short even if there is a `nextCursor`."""
    services, acting = services_of(request), acting_key_of(request)
    if query.below and query.key_id is not None:
        raise problems.invalid("below", "can't be combined with keyId")
    settled = deciding.decisions_of(services, ChangeRequest.of(request)).settled
    table, now = services.budget_requests, services.clock()
    if query.below:
        search = query.search(now, settled, lambda found: _below(services, acting, found))
        found, following = table.page_below(acting.scope.key_id, query.limit, query.cursor, search)
    else:
        key_id = acting.scope.key_id if query.key_id is None else acting.find(query.key_id).scope.key_id
        search = query.search(now, settled)
        found, following = table.own_page(key_id, query.limit, query.cursor, search)
    return Page[OwnRequestView](data=_shown(services, acting, found), next_cursor=following)


@router.post("/budget-requests")
def ask_for_increase(
    request: Request, body: Asking
) -> tuple[OwnRequestView, Literal[HTTPStatus.CREATED, HTTPStatus.OK]]:
    """Ask for a higher limit. While a request is pending, asking again returns it."""
    services, acting = services_of(request), acting_key_of(request)
    lineage = acting.lineage if body.key_id is None else acting.find(body.key_id)
    above = lineage.chain[1:]
    asked, is_new = asking.ask(services, ChangeRequest.of(request), lineage.scope.key_id, body, above)
    return _one(services, acting, asked), HTTPStatus.CREATED if is_new else HTTPStatus.OK


@router.get("/budget-requests/<request_id>")
def get_own_request(request: Request, request_id: str) -> OwnRequestView:
    """Get a request, with how its budget stands now."""
    services, acting = services_of(request), acting_key_of(request)
    _find(acting, request_id)
    return _one(services, acting, _present(services, request, request_id))


@router.post("/budget-requests/<request_id>/withdraw")
def withdraw_request(request: Request, request_id: str) -> OwnRequestView:
    """Take a request back."""
    services, acting = services_of(request), acting_key_of(request)
    _find(acting, request_id)
    found = _present(services, request, request_id)
    if acting.scope.key_id not in {found.key_id, found.asked_by}:
        raise _not_allowed("Only the key that a request is for, or that has asked, can withdraw it.")
    done = deciding.withdraw(services, ChangeRequest.of(request), request_id)
    return _one(services, acting, done)


@router.post("/budget-requests/<request_id>/approve")
def approve_request(request: Request, request_id: str, body: Approval | None = None) -> OwnRequestView:
    """Raise the limit of a key below, within the acting key's own limits."""
    services, acting, approval = services_of(request), acting_key_of(request), body or Approval()
    lineage, found = _decidable(services, request, request_id)
    _require_within(acting, lineage, found, approval)
    change = ChangeRequest.of(request)
    done = deciding.approve(services, change, request_id, approval, lambda error: told_to(acting, error))
    return _one(services, acting, done)


@router.post("/budget-requests/<request_id>/deny")
def deny_request(request: Request, request_id: str, body: Denial) -> OwnRequestView:
    """Deny a request of a key below, with a reason."""
    services, acting = services_of(request), acting_key_of(request)
    _decidable(services, request, request_id)
    done = deciding.deny(services, ChangeRequest.of(request), request_id, body.reason)
    return _one(services, acting, done)


def _find(acting: ActingKey, request_id: str) -> Lineage:
    """The key that a request is for; a key that isn't seen has none. Raises `RefusedError`."""
    place = place_of(request_id)
    try:
        if place is not None:
            return acting.find(place.key_id)
    except RefusedError as refused:
        raise _unknown() from refused
    raise _unknown()


def _present(services: Services, request: Request, request_id: str) -> BudgetRequest:
    if services.budget_requests.get(request_id) is None:
        raise _unknown()
    return deciding.present(services, ChangeRequest.of(request), request_id)


def _decidable(services: Services, request: Request, request_id: str) -> tuple[Lineage, BudgetRequest]:
    """A request that the acting key may decide: of a key below it, and not its own. Raises `RefusedError`."""
    acting = acting_key_of(request)
    lineage, found = _find(acting, request_id), _present(services, request, request_id)
    acting.require_manager()
    if acting.scope.key_id in {found.key_id, found.asked_by}:
        raise _not_allowed("Whoever asks for an increase can't decide on it. Ask a key above, or an admin.")
    return lineage, found


def _require_within(acting: ActingKey, lineage: Lineage, found: BudgetRequest, approval: Approval) -> None:
    """Raises `ProblemError` if the acting key's own limits are below what it approves.

    The hierarchy goes by the nearest limit above the key, which may be above the acting key's by now.
    """
    limit = found.wanted if approval.limit is None else approval.limit
    before, parents = Limits.of(lineage.scope), Limits.of(acting.scope)
    quotas = {} if found.window == TOTAL else dict.fromkeys(before.quotas, limit)
    wanted = Limits(limit if found.window == TOTAL else None, quotas)
    try:
        families.require_below(acting.scope.key_id, parents, wanted)
    except HierarchyError as error:
        message = f"Budget request {found.id} can't be approved: {error.field} {error.message}."
        raise problems.conflict(message) from error


def _below(services: Services, acting: ActingKey, found: list[BudgetRequest]) -> list[BudgetRequest]:
    """Those whose keys are still below the acting one."""
    scopes = services.keys.get_all([each.key_id for each in found])
    chains, key_id = services.keys.chains(scopes.values()), acting.scope.key_id
    return [each for each in found if any(above.key_id == key_id for above in chains.get(each.key_id, ()))]


def _shown(services: Services, acting: ActingKey, found: list[BudgetRequest]) -> list[OwnRequestView]:
    scopes, now = services.keys.get_all([each.key_id for each in found]), services.clock()
    above = frozenset(each.key_id for each in acting.lineage.chain[1:])
    return [OwnRequestView.of(each, scopes.get(each.key_id), above, now) for each in found]


def _one(services: Services, acting: ActingKey, found: BudgetRequest) -> OwnRequestView:
    return _shown(services, acting, [found])[0]


def _unknown() -> RefusedError:
    # What is given for an id may be anything, a secret included, and is not repeated.
    return RefusedError(Reason.BUDGET_REQUEST_NOT_FOUND, "There is no budget request of that id.")


def _not_allowed(message: str) -> RefusedError:
    return RefusedError(Reason.KEY_MANAGEMENT_NOT_ALLOWED, message)
