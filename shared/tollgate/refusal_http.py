"""Refusals as HTTP: each reason's status and type, and the error as OpenAI's API shows it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate import money
from tollgate.clock import rfc3339
from tollgate.refusals import ASK_FOR_INCREASE, BUDGET_REFUSALS, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate.refusals import RefusedError, Shortage


class RefusalKind(NamedTuple):
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
    Reason.INVALID_API_KEY: RefusalKind(401, _INVALID, message_type=_AUTHENTICATION),
    Reason.KEY_EXPIRED: RefusalKind(401, _INVALID, message_type=_AUTHENTICATION),
    Reason.KEY_REVOKED: RefusalKind(401, _INVALID, message_type=_AUTHENTICATION),
    Reason.MODEL_NOT_ALLOWED: RefusalKind(403, _PERMISSION, message_type=_PERMISSION),
    Reason.MODEL_NOT_FOUND: RefusalKind(404, _INVALID, message_type=_NOT_FOUND),
    Reason.UNKNOWN_ROUTE: RefusalKind(404, _INVALID, message_type=_NOT_FOUND),
    Reason.UPGRADE_REQUIRED: RefusalKind(426, _INVALID),
    Reason.UNSUPPORTED_ENCODING: RefusalKind(415, _INVALID),
    Reason.METHOD_NOT_ALLOWED: RefusalKind(405, _INVALID),
    Reason.MODEL_NOT_PRICED: RefusalKind(400, _INVALID),
    Reason.TIER_NOT_PRICED: RefusalKind(400, _INVALID),
    Reason.TOOL_NOT_PRICED: RefusalKind(400, _INVALID),
    Reason.MODEL_WRONG_TYPE: RefusalKind(400, _INVALID),
    Reason.MODEL_WRONG_PROVIDER: RefusalKind(400, _INVALID),
    Reason.MISSING_MODEL: RefusalKind(400, _INVALID),
    Reason.INVALID_JSON: RefusalKind(400, _INVALID),
    Reason.UNKNOWN_MEMBER: RefusalKind(400, _INVALID),
    Reason.INVALID_PARAMETER: RefusalKind(400, _INVALID),
    Reason.UNTRANSLATABLE: RefusalKind(400, _INVALID),
    Reason.THREAD_UNSUPPORTED: RefusalKind(400, _INVALID),
    Reason.RESPONSE_NOT_FOUND: RefusalKind(404, _INVALID, message_type=_NOT_FOUND),
    Reason.FILE_NOT_FOUND: RefusalKind(404, _INVALID, message_type=_NOT_FOUND),
    Reason.BATCH_NOT_FOUND: RefusalKind(404, _INVALID, message_type=_NOT_FOUND),
    Reason.BATCH_NOT_SETTLED: RefusalKind(409, _INVALID, final=False),
    Reason.BATCH_UNCONFIRMED: RefusalKind(502, _UPSTREAM, message_type=_API),
    Reason.PREVIOUS_RESPONSE_NOT_FOUND: RefusalKind(400, _INVALID),
    Reason.IDEMPOTENCY_KEY_IN_USE: RefusalKind(409, _INVALID, final=False),
    Reason.IDEMPOTENCY_KEY_REUSED: RefusalKind(422, _INVALID),
    Reason.IDEMPOTENT_ANSWER_NOT_KEPT: RefusalKind(409, _INVALID),
    Reason.REQUEST_TOO_LARGE: RefusalKind(413, _INVALID, message_type=_TOO_LARGE),
    Reason.BUDGET_EXHAUSTED: RefusalKind(429, _QUOTA, message_type=_BILLING),
    Reason.QUOTA_EXHAUSTED: RefusalKind(429, _QUOTA, message_type=_BILLING),
    Reason.PARENT_BUDGET_EXHAUSTED: RefusalKind(429, _QUOTA, message_type=_BILLING),
    Reason.REQUEST_EXCEEDS_BUDGET: RefusalKind(429, _QUOTA, message_type=_BILLING),
    Reason.DOWNGRADE_REQUIRED: RefusalKind(429, _QUOTA, message_type=_BILLING),
    Reason.BUDGET_HELD: RefusalKind(429, _RATE, final=False, message_type=_RATE),
    Reason.BUDGET_RESERVED: RefusalKind(429, _QUOTA, message_type=_BILLING),
    Reason.RATE_LIMIT_EXCEEDED: RefusalKind(429, _RATE, final=False, message_type=_RATE),
    Reason.REQUEST_EXCEEDS_RATE_LIMIT: RefusalKind(400, _INVALID),
    Reason.TOO_MANY_PARALLEL_REQUESTS: RefusalKind(429, _RATE, final=False, message_type=_RATE),
    Reason.PROVIDER_UNAVAILABLE: RefusalKind(502, _UPSTREAM, final=False, message_type=_API),
    Reason.PROVIDER_AUTHENTICATION: RefusalKind(502, _UPSTREAM, message_type=_API),
    Reason.PROVIDER_TIMEOUT: RefusalKind(504, _UPSTREAM, final=False, message_type=_API),
    Reason.ALL_PROVIDERS_FAILED: RefusalKind(503, _UPSTREAM, final=False, message_type=_OVERLOADED),
    Reason.RESPONSE_TOO_LARGE: RefusalKind(502, _UPSTREAM, message_type=_API),
    Reason.INTERNAL_ERROR: RefusalKind(500, "server_error", final=False, message_type=_API),
    Reason.KEY_NOT_FOUND: RefusalKind(404, _INVALID, message_type=_NOT_FOUND),
    Reason.BUDGET_REQUEST_NOT_FOUND: RefusalKind(404, _INVALID, message_type=_NOT_FOUND),
    Reason.KEY_MANAGEMENT_NOT_ALLOWED: RefusalKind(403, _PERMISSION, message_type=_PERMISSION),
    Reason.CONFLICT: RefusalKind(409, _INVALID),
    Reason.PRECONDITION_FAILED: RefusalKind(412, _INVALID),
}
# What no time and no budget below the limit's whole will let through is the request's own fault.
_NEVER = RefusalKind(400, _INVALID)


# A browser asks by OPTIONS whether a page may call, and shows the answer in its developer tools at most.
_FOR_PAGES = "Web pages may call from the origins alone that the stack's parameter CorsOrigins names."


def wrong_method(path: str, method: str, allowed: Sequence[str]) -> str:
    """What to say of a path that is known, and takes other methods: `GET`, `DELETE, GET and PATCH`."""
    *firsts, last = allowed
    methods = f"{', '.join(firsts)} and {last}" if firsts else last
    return f"{path} accepts {methods}, not {method}.{for_pages(method)}"


def for_pages(method: str) -> str:
    """What to say besides to a browser that asks for a page; empty for any other request."""
    return f" {_FOR_PAGES}" if method == "OPTIONS" else ""


def kind_of(refused: RefusedError) -> RefusalKind:
    if refused.is_never_admissible:
        return _NEVER
    if refused.reason is Reason.BUDGET_RESERVED and refused.retry_after is not None:
        return _KINDS[Reason.BUDGET_HELD]
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
        **_beyond(shortage),
        **({"increase": {**ASK_FOR_INCREASE, "window": shortage.window}} if shortage.may_be_raised else {}),
    }


def _beyond(shortage: Shortage) -> dict[str, str]:
    """What there is beside the limit, where there is anything."""
    found = {} if shortage.phase is None else {"phase": shortage.phase}
    amounts = {"packsUsd": shortage.packs, "overageLimitUsd": shortage.overage}
    return found | {name: money.to_string(amount) for name, amount in amounts.items() if amount is not None}
