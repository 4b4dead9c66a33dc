"""API Gateway's events: those for /api/admin, while those of keys go to `self_service`."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
    OpenAPIResponseValidationMiddleware,
)
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from botocore.exceptions import ClientError

from tollgate.aws import dynamodb
from tollgate.keys.families import HierarchyError
from tollgate_admin.admins import routes as admins
from tollgate_admin.alerts import alert_defaults
from tollgate_admin.alerts import routes as alerts
from tollgate_admin.audit import routes as audits
from tollgate_admin.catalog import model_routes, probe_routes, provider_routes
from tollgate_admin.costs import budget_health, monthly_bill
from tollgate_admin.costs import routes as costs
from tollgate_admin.keys import default_routes
from tollgate_admin.keys import routes as keys
from tollgate_admin.request_log import body_routes, exports
from tollgate_admin.request_log import routes as requests
from tollgate_admin.self_service import app as self_service
from tollgate_admin.web import access, browsers, docs_routes, problems, request_validation, revisions
from tollgate_admin.web.problems import ProblemError
from tollgate_admin.web.resolver import Resolver, listed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logging.getLogger().setLevel(logging.INFO)
logger = logging.getLogger(__name__)

_PREFIX = "/api/admin"
_ELSEWHERE = {"budgetLimit": f"Change budgets with PUT {_PREFIX}/apiKey/{{id}}/budget."}

# Powertools would validate a request before it is known whether the sender may make it at all; so its
# validation isn't switched on, but has its place here.
app = Resolver(strip_prefixes=[_PREFIX], json_body_deserializer=request_validation.body)
app.use(
    [
        access.admit,
        request_validation.well_formed,
        revisions.tagged,
        OpenAPIRequestValidationMiddleware(),
        OpenAPIResponseValidationMiddleware(),
    ]
)
app.include_router(keys.router)
app.include_router(provider_routes.router)
app.include_router(model_routes.router)
app.include_router(costs.router)
app.include_router(exports.router)
app.include_router(body_routes.router)
app.include_router(monthly_bill.router)
app.include_router(requests.router)
app.include_router(audits.router)
app.include_router(alerts.router)
app.include_router(alert_defaults.router)
app.include_router(admins.router)
app.include_router(docs_routes.router)
app.include_router(default_routes.router)
app.include_router(budget_health.router)
app.include_router(probe_routes.router)


@app.exception_handler(ProblemError)
def _problem(error: ProblemError) -> Response[str]:
    return error.to_response()


@app.exception_handler(HierarchyError)
def _not_allowed(error: HierarchyError) -> Response[str]:
    return problems.invalid(error.field, error.message).to_response()


@app.exception_handler(RequestValidationError)
def _invalid(error: RequestValidationError) -> Response[str]:
    return problems.from_validation(error, _ELSEWHERE).to_response()


@app.exception_handler(RequestUnsupportedContentType)
def _no_json(_error: RequestUnsupportedContentType) -> Response[str]:
    return request_validation.not_json().to_response()


@app.exception_handler(ClientError)
def _not_taken(error: ClientError) -> Response[str]:
    if dynamodb.is_too_large(error):
        message = "With this it would be larger than what can be stored of one thing, 400 KB."
        return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, message).to_response()
    return _failure(error)


@app.not_found
def _unknown(_error: NotFoundError) -> Response[str]:
    method, path = app.current_event.http_method, app.current_event.path
    methods = app.methods(path)
    if not methods:
        return ProblemError(HTTPStatus.NOT_FOUND, f"There is no route {method} {path}.").to_response()
    message = f"{path} takes {listed(methods)}, not {method}."
    answer = ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, message).to_response()
    answer.headers["Allow"] = ", ".join(methods)
    return answer


@app.exception_handler(Exception)
def _failed(error: Exception) -> Response[str]:
    return _failure(error)


def _failure(error: Exception) -> Response[str]:
    logger.exception("The request failed", exc_info=error)
    return ProblemError(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Tollgate failed to serve the request."
    ).to_response()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers in one piece."""
    return browsers.answered(event, context, _answer)


def _answer(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if event["path"].startswith(f"{self_service.PREFIX}/"):
        return self_service.handle(event, context)
    answer = app.resolve(event, context)
    body = answer["body"]
    # That of an export is an iterator of its bytes.
    return answer if isinstance(body, str) else {**answer, "body": b"".join(body).decode()}
