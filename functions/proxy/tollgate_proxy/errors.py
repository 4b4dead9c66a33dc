"""Refusals as OpenAI's and Anthropic's SDKs expect errors: the one place where they become HTTP."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate import money
from tollgate.catalog import ProviderType
from tollgate.clock import rfc3339
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.messages import Answer
from tollgate_proxy.routes import Api, WrongMethodError

if TYPE_CHECKING:
    from tollgate.refusals import Shortage


class _Kind(NamedTuple):
    """How a reason is shown, `type` in OpenAI's shape and, where it differs, `message_type` in Anthropic's.

    Without `final`, an SDK retries by its own rules for the status.
    """

    status: int
    type: str
    final: bool = True
    message_type: str | None = None


_INVALID = "invalid_request_error"
_AUTHENTICATION = "authentication_error"
_UPSTREAM = "upstream_error"
_QUOTA = "insufficient_quota"
_RATE = "rate_limit_error"
_KINDS = {
    Reason.INVALID_API_KEY: _Kind(401, _INVALID, message_type=_AUTHENTICATION),
    Reason.KEY_EXPIRED: _Kind(401, _INVALID, message_type=_AUTHENTICATION),
    Reason.KEY_REVOKED: _Kind(401, _INVALID, message_type=_AUTHENTICATION),
    Reason.MODEL_NOT_ALLOWED: _Kind(403, "permission_error"),
    Reason.MODEL_NOT_FOUND: _Kind(404, _INVALID),
    Reason.UNKNOWN_ROUTE: _Kind(404, _INVALID),
    Reason.METHOD_NOT_ALLOWED: _Kind(405, _INVALID),
    Reason.MODEL_NOT_PRICED: _Kind(400, _INVALID),
    Reason.MODEL_WRONG_TYPE: _Kind(400, _INVALID),
    Reason.MODEL_WRONG_PROVIDER: _Kind(400, _INVALID),
    Reason.MISSING_MODEL: _Kind(400, _INVALID),
    Reason.INVALID_JSON: _Kind(400, _INVALID),
    Reason.INVALID_PARAMETER: _Kind(400, _INVALID),
    Reason.RESPONSE_NOT_FOUND: _Kind(404, _INVALID),
    Reason.PREVIOUS_RESPONSE_NOT_FOUND: _Kind(400, _INVALID),
    Reason.IDEMPOTENCY_KEY_IN_USE: _Kind(409, _INVALID, final=False),
    Reason.IDEMPOTENCY_KEY_REUSED: _Kind(422, _INVALID),
    Reason.IDEMPOTENT_ANSWER_NOT_KEPT: _Kind(409, _INVALID),
    Reason.REQUEST_TOO_LARGE: _Kind(413, _INVALID),
    Reason.BUDGET_EXHAUSTED: _Kind(429, _QUOTA),
    Reason.QUOTA_EXHAUSTED: _Kind(429, _QUOTA),
    Reason.PARENT_BUDGET_EXHAUSTED: _Kind(429, _QUOTA),
    Reason.REQUEST_EXCEEDS_BUDGET: _Kind(429, _QUOTA),
    Reason.BUDGET_HELD: _Kind(429, _RATE, final=False),
    Reason.RATE_LIMIT_EXCEEDED: _Kind(429, _RATE, final=False),
    Reason.REQUEST_EXCEEDS_RATE_LIMIT: _Kind(429, _RATE),
    Reason.TOO_MANY_PARALLEL_REQUESTS: _Kind(429, _RATE, final=False),
    Reason.PROVIDER_UNAVAILABLE: _Kind(502, _UPSTREAM, final=False),
    Reason.PROVIDER_TIMEOUT: _Kind(504, _UPSTREAM, final=False),
    Reason.ALL_PROVIDERS_FAILED: _Kind(503, _UPSTREAM, final=False),
    Reason.RESPONSE_TOO_LARGE: _Kind(502, _UPSTREAM),
    Reason.INTERNAL_ERROR: _Kind(500, "server_error", final=False),
}


def to_answer(refused: RefusedError, shape: ProviderType, request_id: str) -> Answer:
    kind = _KINDS[refused.reason]
    headers = {"content-type": "application/json"}
    if kind.final:
        headers["x-should-retry"] = "false"
    if refused.retry_after is not None:
        # SDKs take the exact figure where there is one, others the whole seconds of RFC 9110.
        headers["retry-after"] = str(math.ceil(refused.retry_after))
        headers["retry-after-ms"] = str(math.ceil(refused.retry_after * 1000))
    if isinstance(refused, WrongMethodError):
        headers["allow"] = refused.allowed
    if shape is ProviderType.ANTHROPIC:
        headers["request-id"] = request_id  # where its SDK looks for it
    return Answer(kind.status, headers, [json.dumps(to_body(refused, shape, request_id)).encode()])


def to_body(refused: RefusedError, shape: ProviderType, request_id: str) -> dict[str, Any]:
    kind, code = _KINDS[refused.reason], refused.reason.value
    details = {} if refused.shortage is None else _details(refused.shortage)
    if shape is ProviderType.ANTHROPIC:
        error: dict[str, Any] = {
            "type": kind.message_type or kind.type,
            "message": refused.message,
            "code": code,
            "details": {"error_code": code, **details},  # which is where its SDK looks for the code
        }
        return {"type": "error", "error": error, "request_id": request_id}
    error = {"message": refused.message, "type": kind.type, "code": code, "param": refused.param}
    return {"error": {**error, "details": details} if details else error}


def to_event(refused: RefusedError, api: Api, request_id: str) -> bytes:
    """The event that ends a stream with an error, as the API's own errors do."""
    if api is Api.MESSAGES:
        return _event(to_body(refused, ProviderType.ANTHROPIC, request_id), name="error")
    body = to_body(refused, ProviderType.OPENAI, request_id)
    if api is Api.RESPONSES:
        # `error` is what OpenAI's SDKs raise by; the rest is the event as the API reference has it.
        error = body["error"]
        fields = {name: error[name] for name in ("code", "message", "param")}
        return _event({"type": "error", **fields, **body}, name="error")
    return _event(body)


def _event(data: dict[str, Any], name: str | None = None) -> bytes:
    return b"".join(
        (f"event: {name}\n".encode() if name else b"", b"data: ", json.dumps(data).encode(), b"\n\n")
    )


def _details(shortage: Shortage) -> dict[str, Any]:
    """Which budget refused, how it stands, and what the request would have held."""
    return {
        "scope": shortage.scope,
        "window": shortage.window,
        "limitUsd": money.to_string(shortage.limit),
        "usedUsd": money.to_string(shortage.used),
        "heldUsd": money.to_string(shortage.held),
        "costUsd": None if shortage.cost is None else money.to_string(shortage.cost),
        "resetsAt": None if shortage.resets_at is None else rfc3339(shortage.resets_at),
    }
