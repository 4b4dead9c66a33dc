"""Errors for clients of OpenAI's responses: as bodies those of its chats, within streams of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation import told_errors
from tollgate_proxy.translation.chat.chat_errors import write_error

if TYPE_CHECKING:
    from tollgate_proxy.translation.completion import Failed

__all__ = ["failure_of", "write_error"]

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


def failure_of(failed: Failed) -> dict[str, Any]:
    """A stream's error as a response has it: `code` is one that clients know, `server_error` for others."""
    told = told_errors.of_stream(failed)
    code = next((_CODES[each] for each in (told.code, told.type) if each in _CODES), "server_error")
    return {"code": "context_length_exceeded" if told.is_too_long else code, "message": failed.message}
