"""API Gateway's events for /api/admin."""

from __future__ import annotations

import hmac
import json
import logging
import time
from decimal import Decimal
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from tollgate.adapters import admin_token
from tollgate.families import HierarchyError
from tollgate_admin import (
    alert_defaults,
    alerts,
    audits,
    bills,
    costs,
    keys,
    models,
    problems,
    providers,
    requests,
    settings,
)
from tollgate_admin.problems import ProblemError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logging.getLogger().setLevel(logging.INFO)
logger = logging.getLogger(__name__)

_PREFIX = "/api/admin"
# A rotated token is in force, and the old one no longer, after this time.
_TOKEN_SECONDS = 60


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
app.include_router(bills.router)
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
    if not _is_admin(event):
        message = "Send the admin token as `Authorization: Bearer`."
        refused = ProblemError(HTTPStatus.UNAUTHORIZED, message).to_response()
        return {"statusCode": refused.status_code, "headers": refused.headers, "body": refused.body}
    return app.resolve(event, context)


def _is_admin(event: dict[str, Any]) -> bool:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), _token().encode())


def _token() -> str:
    return _token_during(int(time.monotonic() // _TOKEN_SECONDS))


@lru_cache(maxsize=1)
def _token_during(_period: int) -> str:
    return admin_token.read(settings.from_environment().admin_token_secret)
