"""API Gateway's events for what keys may do: /v1/usage, /v1/packs, /v1/keys and /v1/budget-requests.

Errors come in OpenAI's shape, as those of calls do.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)

from aws_wire.errors import ServiceError
from tollgate import refusal_http
from tollgate.aws import dynamodb
from tollgate.keys import client_keys
from tollgate.keys.families import HierarchyError
from tollgate.refusals import Reason, RefusedError
from tollgate_admin.composition import Composition, services_of
from tollgate_admin.self_service import (
    acting_key,
    child_keys,
    own_budget_requests,
    own_packs,
    usage_routes,
)
from tollgate_admin.web import problems, request_validation, revisions, shown_paths
from tollgate_admin.web.access import Actor
from tollgate_admin.web.problems import ProblemError
from tollgate_admin.web.resolver import Resolver, validation

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logging.getLogger(__name__)

PREFIX = "/v1"
_ELSEWHERE = {"budgetLimit": f"Change budgets with PUT {PREFIX}/keys/{{id}}/budget."}
# What a problem is called here; one of a field is an invalid parameter.
_REASONS = {
    400: Reason.INVALID_JSON,
    404: Reason.KEY_NOT_FOUND,
    409: Reason.CONFLICT,
    412: Reason.PRECONDITION_FAILED,
    415: Reason.INVALID_JSON,
}


def _authenticated(app: Resolver, following: NextMiddleware) -> Response[Any]:
    """Middleware: only a key in force learns what is wrong with its request."""
    headers = {name.lower(): value for name, value in app.request.headers.items()}
    key = client_keys.api_key_from(headers)
    services = services_of(app.request)
    acting = acting_key.authenticate(services.keys, key, services.clock())
    app.append_context(acting_key=acting, actor=Actor(acting.scope.key_id, acting.scope.name))
    return following(app)


app = Resolver(PREFIX, request_validation.body)
app.use(
    [
        _authenticated,
        request_validation.well_formed,
        revisions.tagged,
        *validation(),
    ]
)
app.include("usage", usage_routes.router)
app.include("keys", child_keys.router)
app.include("budget requests", own_budget_requests.router)
app.include("packs", own_packs.router)


@app.exception_handler(RefusedError)
def _refused(error: RefusedError) -> Response[str]:
    return _to_response(error)


@app.exception_handler(ProblemError)
def _problem(error: ProblemError) -> Response[str]:
    return _to_response(_refusal(error))


@app.exception_handler(HierarchyError)
def _not_within(error: HierarchyError) -> Response[str]:
    told = acting_key.told_to(acting_key.acting_key_of(app.request), error)
    return _to_response(_refusal(problems.invalid(error.field, told)))


@app.exception_handler(RequestValidationError)
def _invalid(error: RequestValidationError) -> Response[str]:
    return _to_response(_refusal(problems.from_validation(error, _ELSEWHERE)))


@app.exception_handler(RequestUnsupportedContentType)
def _no_json(_error: RequestUnsupportedContentType) -> Response[str]:
    return _to_response(_refusal(request_validation.not_json()))


@app.exception_handler(ServiceError)
def _not_stored(error: ServiceError) -> Response[str]:
    if not dynamodb.is_too_large(error):
        return _failure(error)
    message = "The change would exceed the maximum size of a stored key."
    return _to_response(RefusedError(Reason.INVALID_PARAMETER, message))


@app.not_found
def _unknown(_error: NotFoundError) -> Response[str]:
    asked = app.request.resolved_event
    method, path = asked.http_method, shown_paths.without_ids(asked.path)
    methods = app.methods(asked.path)
    if not methods:
        return _to_response(RefusedError(Reason.UNKNOWN_ROUTE, f"Unknown request URL: {method} {path}."))
    message = refusal_http.wrong_method(path, method, methods)
    answer = _to_response(RefusedError(Reason.METHOD_NOT_ALLOWED, message))
    answer.headers["allow"] = ", ".join(methods)
    return answer


@app.exception_handler(Exception)
def _failed(error: Exception) -> Response[str]:
    return _failure(error)


def _failure(error: Exception) -> Response[str]:
    logger.exception("The request failed", exc_info=error)
    return _to_response(RefusedError(Reason.INTERNAL_ERROR, "Tollgate failed to serve the request."))


def _refusal(problem: ProblemError) -> RefusedError:
    if not problem.errors:
        return RefusedError(_REASONS[problem.status], problem.detail)
    message = "; ".join(f"`{field}`: {message}" for field, message in problem.errors)
    return RefusedError(Reason.INVALID_PARAMETER, message, param=problem.errors[0][0])


def _to_response(refused: RefusedError) -> Response[str]:
    status, headers = refusal_http.kind_of(refused).status, refusal_http.headers_of(refused)
    return Response(status, body=json.dumps(refusal_http.in_openais_shape(refused)), headers={**headers})


def handle(event: dict[str, Any], context: LambdaContext, composition: Composition) -> dict[str, Any]:
    answer = app.answer(event, context, composition=composition)
    answer["multiValueHeaders"]["x-request-id"] = [event["requestContext"]["requestId"]]
    return answer
