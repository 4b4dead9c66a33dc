"""A provider's error as OpenAI's API tells of it.

Types by status: OpenAI's guide "Error codes" and its SDKs' exceptions. `context_length_exceeded` is the code
by which its clients know a prompt that is too long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tollgate_proxy.translation.told_errors import ToldError

_INVALID = "invalid_request_error"
_TYPES = {403: "permission_error", 429: "rate_limit_error"}
_SERVER = "server_error"
_FIRST_SERVER_STATUS = 500
_TOO_LONG = "context_length_exceeded"


def write_error(status: int, told: ToldError) -> dict[str, Any]:
    """The body of an answer with that status."""
    kind = _SERVER if status >= _FIRST_SERVER_STATUS else _TYPES.get(status, _INVALID)
    code = told.code or (told.type if told.type != kind else None)
    return {
        "error": {
            "message": told.message or f"The model's provider answered with status {status}.",
            "type": kind,
            "param": told.param,
            "code": _TOO_LONG if told.is_too_long else code,
        }
    }
