"""Refusals as OpenAI's and Anthropic's SDKs expect errors: the one place where they become HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate import refusal_http
from tollgate.catalog.catalog import ProviderType
from tollgate_proxy.apis.routes import WrongMethodError
from tollgate_proxy.http_messages import Answer

if TYPE_CHECKING:
    from tollgate.refusals import RefusedError
    from tollgate_proxy.apis.base import Api


def to_answer(refused: RefusedError, wire_format: ProviderType, request_id: str) -> Answer:
    headers = refusal_http.headers_of(refused)
    if isinstance(refused, WrongMethodError):
        headers["allow"] = refused.allowed
    if wire_format is ProviderType.ANTHROPIC:
        headers["request-id"] = request_id  # where its SDK looks for it
    status = refusal_http.kind_of(refused).status
    return Answer(status, headers, [json.dumps(to_body(refused, wire_format, request_id)).encode()])


def to_body(refused: RefusedError, wire_format: ProviderType, request_id: str) -> dict[str, Any]:
    if wire_format is ProviderType.OPENAI:
        return refusal_http.in_openais_shape(refused)
    kind, code = refusal_http.kind_of(refused), refused.reason.value
    error: dict[str, Any] = {
        "type": kind.message_type,
        "message": refused.message,
        "code": code,
        # which is where its SDK looks for the code
        "details": {"error_code": code, **refusal_http.details_of(refused)},
    }
    return {"type": "error", "error": error, "request_id": request_id}


def to_event(refused: RefusedError, api: Api, request_id: str) -> bytes:
    """The event that ends a stream with an error, as the API's own errors do."""
    return api.error_event(to_body(refused, api.wire_format, request_id))
