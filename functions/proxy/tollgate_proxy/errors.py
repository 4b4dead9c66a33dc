"""Refusals as OpenAI's SDKs expect errors: the one place where they become HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate import money
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.messages import Answer
from tollgate_proxy.routes import WrongMethodError

if TYPE_CHECKING:
    from tollgate.scopes import Scope


class _Kind(NamedTuple):
    """How a reason is shown. Without `final`, an SDK retries by its own rules for the status."""

    status: int
    type: str
    final: bool = True


_INVALID = "invalid_request_error"
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
    Reason.BUDGET_EXHAUSTED: _Kind(429, "insufficient_quota"),
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
    if refused.scope is not None:
        error["details"] = _details(refused.scope)
    return {"error": error}


def _details(scope: Scope) -> dict[str, Any]:
    """Which budget refused, and how it stands. The one-time budget's window never ends."""
    return {
        "scope": scope.key_id,
        "window": "total",
        "limitUsd": None if scope.budget_limit is None else money.to_string(scope.budget_limit),
        "usedUsd": money.to_string(scope.budget_used),
        "heldUsd": money.to_string(scope.budget_held),
        "resetsAt": None,
    }
