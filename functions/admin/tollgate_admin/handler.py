"""API Gateway's events: those for /api/admin, while those of keys go to `self_service`."""

from __future__ import annotations

import json
import logging
from functools import cache, partial
from http import HTTPStatus
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
from tollgate.keys.families import HierarchyError
from tollgate_admin.admins import routes as admins
from tollgate_admin.alerts import alert_defaults
from tollgate_admin.alerts import routes as alerts
from tollgate_admin.audit import routes as audits
from tollgate_admin.budget_requests import routes as budget_requests
from tollgate_admin.catalog import model_routes, probe_routes, provider_routes
from tollgate_admin.catalog.shipped import import_routes
from tollgate_admin.composition import Composition, composed
from tollgate_admin.costs import budget_health
from tollgate_admin.costs import routes as costs
from tollgate_admin.costs.bills import monthly_bill
from tollgate_admin.costs.explorer import series_routes
from tollgate_admin.costs.focus import focus_export
from tollgate_admin.documents import admin_document, docs_routes
from tollgate_admin.documents.docs_routes import Api, Documents
from tollgate_admin.keys import admission_check, default_routes
from tollgate_admin.keys import routes as keys
from tollgate_admin.packs import pack_routes
from tollgate_admin.request_log import body_routes, exports, what_if
from tollgate_admin.request_log import routes as requests
from tollgate_admin.self_service import app as self_service
from tollgate_admin.standing import standing_routes
from tollgate_admin.web import (
    access,
    browsers,
    problems,
    request_validation,
    revisions,
    shown_paths,
    sources,
)
from tollgate_admin.web.access import Authentication
from tollgate_admin.web.problems import ProblemError
from tollgate_admin.web.resolver import Resolver, validation

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logging.getLogger().setLevel(logging.INFO)
logger = logging.getLogger(__name__)

_PREFIX = "/api/admin"
_ELSEWHERE = {"budgetLimit": f"Change budgets with PUT {_PREFIX}/apiKey/{{id}}/budget."}

app = Resolver(_PREFIX, request_validation.body)
app.use(
    [
        sources.admit,
        access.admit,
        request_validation.well_formed,
        revisions.tagged,
        *validation(),
    ]
)
app.include("keys", keys.router)
app.include("admissions", admission_check.router)
app.include("packs", pack_routes.router)
app.include("standing", standing_routes.router)
app.include("providers", provider_routes.router)
app.include("models", model_routes.router)
app.include("costs", costs.router)
app.include("cost series", series_routes.router)
app.include("exports", exports.router)
app.include("cost exports", focus_export.router)
app.include("bodies", body_routes.router)
app.include("bills", monthly_bill.router)
app.include("requests", requests.router)
app.include("what if", what_if.router)
app.include("audits", audits.router)
app.include("alerts", alerts.router)
app.include("alert defaults", alert_defaults.router)
app.include("admins", admins.router)
app.include("documents", docs_routes.router)
app.include("key defaults", default_routes.router)
app.include("budget health", budget_health.router)
app.include("provider models", probe_routes.router)
app.include("catalog imports", import_routes.router)
app.include("budget requests", budget_requests.router)


@app.exception_handler(ProblemError)
def _problem(error: ProblemError) -> Response[str]:
    return _answer_to(error)


@app.exception_handler(HierarchyError)
def _not_allowed(error: HierarchyError) -> Response[str]:
    return _answer_to(problems.invalid(error.field, error.message))


@app.exception_handler(RequestValidationError)
def _invalid(error: RequestValidationError) -> Response[str]:
    return _answer_to(problems.from_validation(error, _ELSEWHERE))


@app.exception_handler(RequestUnsupportedContentType)
def _no_json(_error: RequestUnsupportedContentType) -> Response[str]:
    return _answer_to(request_validation.not_json())


@app.exception_handler(ServiceError)
def _not_taken(error: ServiceError) -> Response[str]:
    if dynamodb.is_too_large(error):
        message = "The change would exceed the maximum size of a stored item, 400 KB."
        return _answer_to(ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, message))
    return _failure(error)


@app.not_found
def _unknown(_error: NotFoundError) -> Response[str]:
    asked = app.request.resolved_event
    method, path = asked.http_method, shown_paths.without_secrets(asked.path)
    methods = app.methods(asked.path)
    if not methods:
        return _answer_to(problems.no_route(method, path))
    message = refusal_http.wrong_method(path, method, methods)
    answer = _answer_to(ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, message))
    answer.headers["Allow"] = ", ".join(methods)
    return answer


@app.exception_handler(Exception)
def _failed(error: Exception) -> Response[str]:
    return _failure(error)


def _failure(error: Exception) -> Response[str]:
    logger.exception("The request failed", exc_info=error)
    message = "Tollgate failed to serve the request."
    return _answer_to(ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, message))


def _answer_to(problem: ProblemError) -> Response[str]:
    return problem.to_response(shown_paths.without_secrets(app.requested_path))


@cache
def _admin_document() -> str:
    return json.dumps(admin_document.document(app.routes))


@cache
def _client_document() -> str:
    # Few ask for it: the function's start goes without its types.
    from tollgate_admin.self_service import client_document  # noqa: PLC0415

    return json.dumps(client_document.document(self_service.app.routes, client_document.BESIDE_ADMIN))


_DOCUMENTS: Documents = {Api.ADMIN: _admin_document, Api.CLIENT: _client_document}


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers in one piece."""
    return answered(event, context, composed())


def answered(event: dict[str, Any], context: LambdaContext, composition: Composition) -> dict[str, Any]:
    """The answer of a composition, in one piece."""
    return browsers.answered(event, context, partial(_answer, composition=composition), composition.origins)


def resolved(event: dict[str, Any], context: LambdaContext, composition: Composition) -> dict[str, Any]:
    """The answer of a composition; the body of an export is an iterator of its bytes."""
    authentication = Authentication(
        composition.stack_token,
        lambda: composition.services().admins,
        composition.clock,
        composition.id_tokens,
    )
    return app.answer(
        event, context, composition=composition, authentication=authentication, documents=_DOCUMENTS
    )


def _answer(event: dict[str, Any], context: LambdaContext, composition: Composition) -> dict[str, Any]:
    if event["path"].startswith(f"{self_service.PREFIX}/"):
        return self_service.handle(event, context, composition)
    answer = resolved(event, context, composition)
    body = answer["body"]
    return answer if isinstance(body, str) else {**answer, "body": b"".join(body).decode()}
