"""API Gateway's events for what keys may do themselves: /v1/usage and /v1/keys.

Errors come in OpenAI's shape, as those of calls do.
"""

from __future__ import annotations

import json
import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from tollgate import error_bodies
from tollgate.clock import utc_now
from tollgate.families import HierarchyError
from tollgate.refusals import Reason, RefusedError
from tollgate_admin import actors, preconditions, problems
from tollgate_admin.actors import Actor
from tollgate_admin.problems import ProblemError
from tollgate_admin.self_service import acting_key, keys, usage

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import ApiGatewayResolver
    from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = logging.getLogger(__name__)

PREFIX = "/v1"
# What a problem is called here; one of a field is an invalid parameter.
_REASONS = {
    400: Reason.INVALID_JSON,
    404: Reason.KEY_NOT_FOUND,
    409: Reason.CONFLICT,
    412: Reason.PRECONDITION_FAILED,
}


def _exact_json(text: str) -> Any:
    """Parses numbers with a fraction as `Decimal`: an amount must not pass through a float."""
    return json.loads(text, parse_float=Decimal)


def _authenticated(app: ApiGatewayResolver, following: NextMiddleware) -> Response[Any]:
    headers = {name.lower(): value for name, value in app.current_event.headers.items()}
    scope = acting_key.authenticate(headers, utc_now()).scope
    actors.acting(Actor(scope.key_id, scope.name))
    return following(app)


app = APIGatewayRestResolver(
    enable_validation=True, strip_prefixes=[PREFIX], json_body_deserializer=_exact_json
)
app.use([_authenticated, preconditions.tagged])
app.include_router(usage.router)
app.include_router(keys.router)


@app.exception_handler(RefusedError)
def _refused(error: RefusedError) -> Response[str]:
    return _to_response(error)


@app.exception_handler(ProblemError)
def _problem(error: ProblemError) -> Response[str]:
    return _to_response(_refusal(error))


@app.exception_handler(HierarchyError)
def _not_within(error: HierarchyError) -> Response[str]:
    return _to_response(_refusal(problems.invalid(error.field, error.message)))


@app.exception_handler(RequestValidationError)
def _invalid(error: RequestValidationError) -> Response[str]:
    return _to_response(_refusal(problems.from_validation(error)))


@app.not_found
def _unknown(_error: NotFoundError) -> Response[str]:
    method, path = app.current_event.http_method, app.current_event.path
    return _to_response(RefusedError(Reason.UNKNOWN_ROUTE, f"Unknown request URL: {method} {path}."))


@app.exception_handler(Exception)
def _failed(error: Exception) -> Response[str]:
    logger.exception("The request failed", exc_info=error)
    return _to_response(RefusedError(Reason.INTERNAL_ERROR, "Tollgate failed to serve the request."))


def _refusal(problem: ProblemError) -> RefusedError:
    if not problem.errors:
        return RefusedError(_REASONS[problem.status], problem.detail)
    message = "; ".join(f"`{field}`: {message}" for field, message in problem.errors)
    return RefusedError(Reason.INVALID_PARAMETER, message, param=problem.errors[0][0])


def _to_response(refused: RefusedError) -> Response[str]:
    status, headers = error_bodies.kind_of(refused).status, error_bodies.headers_of(refused)
    return Response(status, body=json.dumps(error_bodies.in_openais_shape(refused)), headers={**headers})


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    answer = app.resolve(event, context)
    answer["multiValueHeaders"]["x-request-id"] = [event["requestContext"]["requestId"]]
    return answer
