"""The admin function behind an API Gateway that is a WSGI application."""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from infra.local.front import events
from infra.local.front.routes import Match, Route
from tollgate_admin import handler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.support.admin_client import Admin

# A function doesn't look at which of the template's routes led to it.
_CONTEXT: Any = SimpleNamespace(aws_request_id="1")
_FOUND = Match(Route("AdminFunction", "GET", "/api/admin/{proxy+}", streams=False), {})


def application(admin: Admin) -> Callable[..., Iterable[bytes]]:
    """The function in the deployment of an admin."""

    def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = events.Request(
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"].encode("latin-1").decode(errors="replace"),
            headers=list(_headers(environ)),
            query=parse_qsl(environ["QUERY_STRING"], keep_blank_values=True),
            body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
            source_ip="127.0.0.1",
        )
        event = json.loads(events.to_event(request, _FOUND, "api", "dev"))
        answer = handler.answered(event, _CONTEXT, admin.composition)
        headers = [(name, value) for name, values in answer["multiValueHeaders"].items() for value in values]
        start_response(f"{answer['statusCode']} {HTTPStatus(answer['statusCode']).phrase}", headers)
        body = answer["body"] or ""
        return [base64.b64decode(body) if answer["isBase64Encoded"] else body.encode()]

    return answered


def _headers(environ: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name.removeprefix("HTTP_").replace("_", "-").lower(), value
        elif name in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value:
            yield name.replace("_", "-").lower(), value
