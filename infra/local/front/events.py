"""Requests as API Gateway's REST APIs hand them to a function, within AWS's limits.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infra.local.front.routes import Match

# What API Gateway takes, and what of it Lambda carries, as the JSON of an event.
MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_EVENT_BYTES = 6_291_556

ACCOUNT = "000000000000"


class RequestTooLargeError(Exception):
    """A request that API Gateway or Lambda would not take."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a stage. `path` is without the stage, and decoded; so are the query's parts."""

    method: str
    path: str
    headers: Iterable[tuple[str, str]]
    query: Iterable[tuple[str, str]]
    body: bytes
    source_ip: str


def to_event(request: Request, found: Match, api_id: str, stage: str) -> bytes:
    """The event of the route that was found. Raises RequestTooLargeError."""
    if len(request.body) > MAX_BODY_BYTES:
        raise RequestTooLargeError
    event = json.dumps(_event(request, found, api_id, stage), ensure_ascii=False).encode()
    if len(event) > MAX_EVENT_BYTES:
        raise RequestTooLargeError
    return event


def _event(request: Request, found: Match, api_id: str, stage: str) -> dict[str, Any]:
    headers, query = _grouped(request.headers), _grouped(request.query)
    resource = found.route.resource
    body, is_encoded = _body(request.body)
    return {
        "resource": resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": found.parameters or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": api_id,
            "stage": stage,
            "resourcePath": resource,
            "httpMethod": request.method,
            "path": f"/{stage}{request.path}",
            "protocol": "HTTP/1.1",
            "requestId": str(uuid.uuid4()),
            "requestTimeEpoch": int(time.time() * 1000),
            "identity": {
                "sourceIp": request.source_ip,
                "userAgent": _last(headers).get("user-agent"),
            },
        },
        "body": body,
        "isBase64Encoded": is_encoded,
    }


def _body(body: bytes) -> tuple[str | None, bool]:
    if not body:
        return None, False
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def _last(grouped: dict[str, list[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in grouped.items()}
