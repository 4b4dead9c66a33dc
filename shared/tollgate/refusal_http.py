"""Refusals as HTTP: each reason's status and type, and the error as OpenAI's API shows it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate import money
from tollgate.clock import rfc3339
from tollgate.refusals import BUDGET_REFUSALS, Reason

if TYPE_CHECKING:
    from tollgate.refusals import RefusedError, Shortage


class Kind(NamedTuple):
    """How a reason is shown, `type` in OpenAI's shape and `message_type` in Anthropic's.

    Without `final`, an SDK retries by its own rules for the status.
    """

    status: int
    type: str
    final: bool = True
    message_type: str = "invalid_request_error"


_INVALID = "invalid_request_error"
_AUTHENTICATION = "authentication_error"
_PERMISSION = "permission_error"
_UPSTREAM = "upstream_error"
_QUOTA = "insufficient_quota"
_RATE = "rate_limit_error"
# Anthropic's types: https://platform.claude.com/docs/en/api/errors
_NOT_FOUND = "not_found_error"
_BILLING = "billing_error"
_TOO_LARGE = "request_too_large"
_API = "api_error"
_OVERLOADED = "overloaded_error"
_KINDS = {
    Reason.INVALID_API_KEY: Kind(401, _INVALID, message_type=_AUTHENTICATION),
    Reason.KEY_EXPIRED: Kind(401, _INVALID, message_type=_AUTHENTICATION),
    Reason.KEY_REVOKED: Kind(401, _INVALID, message_type=_AUTHENTICATION),
    Reason.MODEL_NOT_ALLOWED: Kind(403, _PERMISSION, message_type=_PERMISSION),
    Reason.MODEL_NOT_FOUND: Kind(404, _INVALID, message_type=_NOT_FOUND),
    Reason.UNKNOWN_ROUTE: Kind(404, _INVALID, message_type=_NOT_FOUND),
    Reason.UPGRADE_REQUIRED: Kind(426, _INVALID),
    Reason.UNSUPPORTED_ENCODING: Kind(415, _INVALID),
    Reason.METHOD_NOT_ALLOWED: Kind(405, _INVALID),
    Reason.MODEL_NOT_PRICED: Kind(400, _INVALID),
    Reason.TIER_NOT_PRICED: Kind(400, _INVALID),
    Reason.TOOL_NOT_PRICED: Kind(400, _INVALID),
    Reason.MODEL_WRONG_TYPE: Kind(400, _INVALID),
    Reason.MODEL_WRONG_PROVIDER: Kind(400, _INVALID),
    Reason.MISSING_MODEL: Kind(400, _INVALID),
    Reason.INVALID_JSON: Kind(400, _INVALID),
    Reason.UNKNOWN_MEMBER: Kind(400, _INVALID),
    Reason.INVALID_PARAMETER: Kind(400, _INVALID),
    Reason.RESPONSE_NOT_FOUND: Kind(404, _INVALID, message_type=_NOT_FOUND),
    Reason.PREVIOUS_RESPONSE_NOT_FOUND: Kind(400, _INVALID),
    Reason.IDEMPOTENCY_KEY_IN_USE: Kind(409, _INVALID, final=False),
    Reason.IDEMPOTENCY_KEY_REUSED: Kind(422, _INVALID),
    Reason.IDEMPOTENT_ANSWER_NOT_KEPT: Kind(409, _INVALID),
    Reason.REQUEST_TOO_LARGE: Kind(413, _INVALID, message_type=_TOO_LARGE),
    Reason.BUDGET_EXHAUSTED: Kind(429, _QUOTA, message_type=_BILLING),
    Reason.QUOTA_EXHAUSTED: Kind(429, _QUOTA, message_type=_BILLING),
    Reason.PARENT_BUDGET_EXHAUSTED: Kind(429, _QUOTA, message_type=_BILLING),
    Reason.REQUEST_EXCEEDS_BUDGET: Kind(429, _QUOTA, message_type=_BILLING),
    Reason.BUDGET_HELD: Kind(429, _RATE, final=False, message_type=_RATE),
    Reason.RATE_LIMIT_EXCEEDED: Kind(429, _RATE, final=False, message_type=_RATE),
    Reason.REQUEST_EXCEEDS_RATE_LIMIT: Kind(400, _INVALID),
    Reason.TOO_MANY_PARALLEL_REQUESTS: Kind(429, _RATE, final=False, message_type=_RATE),
    Reason.PROVIDER_UNAVAILABLE: Kind(502, _UPSTREAM, final=False, message_type=_API),
    Reason.PROVIDER_AUTHENTICATION: Kind(502, _UPSTREAM, message_type=_API),
    Reason.PROVIDER_TIMEOUT: Kind(504, _UPSTREAM, final=False, message_type=_API),
    Reason.ALL_PROVIDERS_FAILED: Kind(503, _UPSTREAM, final=False, message_type=_OVERLOADED),
    Reason.RESPONSE_TOO_LARGE: Kind(502, _UPSTREAM, message_type=_API),
    Reason.INTERNAL_ERROR: Kind(500, "server_error", final=False, message_type=_API),
    Reason.KEY_NOT_FOUND: Kind(404, _INVALID, message_type=_NOT_FOUND),
    Reason.KEY_MANAGEMENT_NOT_ALLOWED: Kind(403, _PERMISSION, message_type=_PERMISSION),
    Reason.CONFLICT: Kind(409, _INVALID),
    Reason.PRECONDITION_FAILED: Kind(412, _INVALID),
}
# What no time and no budget below the limit's whole will let through is the request's own fault.
_NEVER = Kind(400, _INVALID)


def kind_of(refused: RefusedError) -> Kind:
    if refused.is_never_admissible:
        return _NEVER
    kind = _KINDS[refused.reason]
    if refused.reason in BUDGET_REFUSALS and refused.budget_status is not None:
        return kind._replace(status=refused.budget_status)
    return kind


def headers_of(refused: RefusedError) -> dict[str, str]:
    """What says whether, and when, to try again."""
    headers = {"content-type": "application/json"}
    if kind_of(refused).final:
        headers["x-should-retry"] = "false"
    if refused.retry_after is not None:
        # SDKs take the exact figure where there is one, others the whole seconds of RFC 9110.
        headers["retry-after"] = str(math.ceil(refused.retry_after))
        headers["retry-after-ms"] = str(math.ceil(refused.retry_after * 1000))
    return headers


def in_openais_shape(refused: RefusedError) -> dict[str, Any]:
    details = details_of(refused)
    error = {
        "message": refused.message,
        "type": kind_of(refused).type,
        "code": refused.reason.value,
        "param": refused.param,
    }
    return {"error": {**error, "details": details} if details else error}


def details_of(refused: RefusedError) -> dict[str, Any]:
    """Which budget refused, how it stands, and what the request would have held; empty if none did."""
    return {} if refused.shortage is None else _details(refused.shortage)


def _details(shortage: Shortage) -> dict[str, Any]:
    return {
        "scope": shortage.scope,
        "window": shortage.window,
        "limitUsd": money.to_string(shortage.limit),
        "usedUsd": money.to_string(shortage.used),
        "heldUsd": money.to_string(shortage.held),
        "costUsd": None if shortage.cost is None else money.to_string(shortage.cost),
        "resetsAt": None if shortage.resets_at is None else rfc3339(shortage.resets_at),
    }
