"""Errors as Anthropic's API tells them: https://platform.claude.com/docs/en/api/errors"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tollgate_proxy.translation.told_errors import ToldError

_INVALID, _API, _OVERLOADED = "invalid_request_error", "api_error", "overloaded_error"
_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: _OVERLOADED,
    504: "timeout_error",
    529: _OVERLOADED,
}
_SERVERS = 500
# What is in others' types and codes where no status tells.
_WORDS = (
    ("rate_limit", "rate_limit_error"),
    ("overloaded", _OVERLOADED),
    ("timeout", "timeout_error"),
    ("invalid", _INVALID),
    ("content", _INVALID),
)
# By which clients, Claude Code among them, know that they have to send less.
_TOO_LONG = "prompt is too long"


def write_error(status: int, told: ToldError) -> dict[str, Any]:
    """The body of an answer with that status."""
    kind = _TYPES.get(status, _API if status >= _SERVERS else _INVALID)
    return _written(_INVALID if told.is_too_long else kind, told, f"The provider answered with {status}.")


def write_failure(told: ToldError) -> dict[str, Any]:
    """What a stream ends with that its provider has ended with an error."""
    said = f"{told.type} {told.code}"
    kind = next((kind for word, kind in _WORDS if word in said), _API)
    return _written(_INVALID if told.is_too_long else kind, told, "The provider's stream has failed.")


def _written(kind: str, told: ToldError, otherwise: str) -> dict[str, Any]:
    message = told.message or otherwise
    if told.is_too_long and _TOO_LONG not in message.lower():
        message = f"{_TOO_LONG}: {message}"
    return {"type": "error", "error": {"type": kind, "message": message}}
