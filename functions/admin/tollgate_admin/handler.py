"""API Gateway's events for /api/admin."""

from __future__ import annotations

import json
import logging
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from tollgate.families import HierarchyError
from tollgate_admin import (
    alert_defaults,
    alerts,
    audits,
    authentication,
    bodies,
    costs,
    exports,
    keys,
    models,
    problems,
    providers,
    requests,
)
from tollgate_admin.problems import ProblemError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logging.getLogger().setLevel(logging.INFO)
logger = logging.getLogger(__name__)

_PREFIX = "/api/admin"


def _exact_json(text: str) -> Any:
    """Parses numbers with a fraction as `Decimal`: a price must not pass through a float."""
    return json.loads(text, parse_float=Decimal)


app = APIGatewayRestResolver(
    enable_validation=True, strip_prefixes=[_PREFIX], json_body_deserializer=_exact_json
)
app.include_router(keys.router)
app.include_router(providers.router)
app.include_router(models.router)
app.include_router(costs.router)
app.include_router(exports.router)
app.include_router(bodies.router)
app.include_router(requests.router)
app.include_router(audits.router)
app.include_router(alerts.router)
app.include_router(alert_defaults.router)


@app.exception_handler(ProblemError)
def _problem(error: ProblemError) -> Response[str]:
    return error.to_response()


@app.exception_handler(HierarchyError)
def _not_allowed(error: HierarchyError) -> Response[str]:
    return problems.invalid(error.field, error.message).to_response()


@app.exception_handler(RequestValidationError)
def _invalid(error: RequestValidationError) -> Response[str]:
    return problems.from_validation(error).to_response()


@app.not_found
def _unknown(_error: NotFoundError) -> Response[str]:
    method, path = app.current_event.http_method, app.current_event.path
    return ProblemError(HTTPStatus.NOT_FOUND, f"There is no route {method} {path}.").to_response()


@app.exception_handler(Exception)
def _failed(error: Exception) -> Response[str]:
    logger.exception("The request failed", exc_info=error)
    return ProblemError(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Tollgate failed to serve the request."
    ).to_response()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers in one piece."""
    answer = respond(event, context)
    body = answer["body"]
    return answer if isinstance(body, str) else {**answer, "body": b"".join(body).decode()}


def respond(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The answer as API Gateway takes it, but that a body may come as an iterator of its bytes."""
    try:
        authentication.authenticate(event)
    except ProblemError as problem:
        refused = problem.to_response()
        return {"statusCode": refused.status_code, "headers": refused.headers, "body": refused.body}
    return app.resolve(event, context)
