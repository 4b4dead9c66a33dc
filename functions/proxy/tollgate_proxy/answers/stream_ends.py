"""How a stream ends: properly, with an error of the provider's, or by just stopping.

What a proper end is, each API's module says. Errors within streams that have begun with a 200, in whichever:
vLLM (`object` "error"), MiniMax (`base_resp`). Others that are read the same way, without a published source:
`detail`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.answers.choices import has_error
from tollgate_proxy.answers.sse import is_named_error

if TYPE_CHECKING:
    from collections.abc import Mapping

# What nothing but an error has, where there are neither choices nor usage.
_ERROR_MEMBERS = ("detail", "error_code", "error_msg", "error_message", "errorCode", "errorMessage")
_NO_CODES = (None, "", 0, "0", 200, "200")


class StreamEnds:
    """Watches a stream's events. A stream has ended, failed, or, if it says neither, broken off."""

    def __init__(self) -> None:
        self.failed = False
        """Whether the provider has said that it failed."""
        self.is_closed = False
        """Whether clients take the stream for over, or failed, and read no further."""

    @property
    def has_ended(self) -> bool:
        """Whether everything has come that there was to come."""
        raise NotImplementedError

    def see(self, event: bytes, data: bytes, parsed: Mapping[str, Any]) -> None:
        """Takes an event, its data, and the object in that."""
        if is_error(event, parsed):
            self.failed = True
            self.is_closed = self.is_closed or self._is_heard(event)
        else:
            self._see(data, parsed)

    def _see(self, data: bytes, parsed: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def _is_heard(self, _error: bytes) -> bool:
        """Whether clients get to see such an error."""
        return True


def is_error(event: bytes, parsed: Mapping[str, Any]) -> bool:
    """Whether an event of any API is a provider's error, by its name or the object in its data."""
    if has_error(parsed) or parsed.get("type") == "error" or parsed.get("object") == "error":
        return True
    return is_named_error(event) or _has_failed_status(parsed.get("base_resp")) or _is_bare_error(parsed)


def _has_failed_status(base: Any) -> bool:
    return isinstance(base, dict) and base.get("status_code") not in _NO_CODES


def _is_bare_error(parsed: Mapping[str, Any]) -> bool:
    """Whether an object that says nothing else says what went wrong."""
    if not parsed or parsed.get("choices") or parsed.get("usage") or "type" in parsed:
        return False
    if any(parsed.get(name) for name in _ERROR_MEMBERS):
        return True
    has_message = isinstance(parsed.get("message", parsed.get("msg")), str)
    return has_message and parsed.get("code") not in _NO_CODES
