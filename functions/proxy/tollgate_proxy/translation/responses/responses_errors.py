"""Errors for clients of OpenAI's responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation import told_errors

if TYPE_CHECKING:
    from tollgate_proxy.translation.completion import Failed
    from tollgate_proxy.translation.told_errors import ToldError

_TOO_LONG = "context_length_exceeded"
# OpenAI's types by status (https://platform.openai.com/docs/guides/error-codes).
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_INVALID, _SERVER = "invalid_request_error", "server_error"
_FIRST_SERVER_STATUS = 500
# What clients tell apart in a response that has failed, and what other vendors call the same.
_CODES = {
    "server_error": "server_error",
    "rate_limit_exceeded": "rate_limit_exceeded",
    "rate_limit_error": "rate_limit_exceeded",
    "invalid_prompt": "invalid_prompt",
    "invalid_request_error": "invalid_prompt",
    "insufficient_quota": "insufficient_quota",
    "overloaded_error": "server_is_overloaded",
}


def write_error(status: int, told: ToldError) -> dict[str, Any]:
    """The body of an answer with that status."""
    kind = _SERVER if status >= _FIRST_SERVER_STATUS else _TYPES.get(status, _INVALID)
    return {
        "error": {
            "message": told.message or f"The model's provider answered with status {status}.",
            "type": kind,
            "param": told.param,
            "code": _TOO_LONG if told.is_too_long else told.code,
        }
    }


def failure_of(failed: Failed) -> dict[str, Any]:
    """A stream's error as a response has it: `code` is one that clients know, `server_error` for others."""
    told = told_errors.of_stream(failed)
    said = (told.code, told.type)
    code = next((_CODES[each] for each in said if each in _CODES), "server_error")
    return {"code": _TOO_LONG if told.is_too_long else code, "message": failed.message}
