"""Refusals as OpenAI's SDKs expect errors: the one place where they become HTTP."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate import money
from tollgate.clock import rfc3339
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.messages import Answer
from tollgate_proxy.routes import WrongMethodError

if TYPE_CHECKING:
    from tollgate.refusals import Shortage


class _Kind(NamedTuple):
    """How a reason is shown. Without `final`, an SDK retries by its own rules for the status."""

    status: int
    type: str
    final: bool = True


_INVALID = "invalid_request_error"
_QUOTA = "insufficient_quota"
_RATE = "rate_limit_error"
_KINDS = {
    Reason.INVALID_API_KEY: _Kind(401, _INVALID),
    Reason.KEY_EXPIRED: _Kind(401, _INVALID),
    Reason.KEY_REVOKED: _Kind(401, _INVALID),
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
    Reason.REQUEST_TOO_LARGE: _Kind(413, _INVALID),
    Reason.BUDGET_EXHAUSTED: _Kind(429, _QUOTA),
    Reason.QUOTA_EXHAUSTED: _Kind(429, _QUOTA),
    Reason.PARENT_BUDGET_EXHAUSTED: _Kind(429, _QUOTA),
    Reason.REQUEST_EXCEEDS_BUDGET: _Kind(429, _QUOTA),
    Reason.BUDGET_HELD: _Kind(429, _RATE, final=False),
    Reason.RATE_LIMIT_EXCEEDED: _Kind(429, _RATE, final=False),
    Reason.REQUEST_EXCEEDS_RATE_LIMIT: _Kind(429, _RATE),
    Reason.TOO_MANY_PARALLEL_REQUESTS: _Kind(429, _RATE, final=False),
    Reason.PROVIDER_UNAVAILABLE: _Kind(502, "upstream_error", final=False),
    Reason.PROVIDER_TIMEOUT: _Kind(504, "upstream_error", final=False),
    Reason.RESPONSE_TOO_LARGE: _Kind(502, "upstream_error"),
    Reason.INTERNAL_ERROR: _Kind(500, "server_error", final=False),
}


def to_answer(refused: RefusedError) -> Answer:
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
    return Answer(kind.status, headers, [json.dumps(to_body(refused)).encode()])


def to_body(refused: RefusedError) -> dict[str, Any]:
    error: dict[str, Any] = {
        "message": refused.message,
        "type": _KINDS[refused.reason].type,
        "code": refused.reason.value,
        "param": refused.param,
    }
    if refused.shortage is not None:
        error["details"] = _details(refused.shortage)
    return {"error": error}


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
