"""How a stream ends: properly, with an error of the provider's, or by just stopping.

What a proper end is, each API's module says, but for chats, which translation reads, too (OpenAI's API
reference, chat completion chunk object). Errors within streams that have begun with a 200, in whichever: vLLM
(`object` "error"), MiniMax (`base_resp`); in chats: OpenRouter (`error` beside choices and in them,
`finish_reason` "error"), DeepSeek (`insufficient_system_resource`), Z.ai (`network_error`). Others that are
read the same way, without a published source: `detail`, `abort`, `error` within `x_groq`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.answers.choices import choices_of, has_error
from tollgate_proxy.answers.sse import DONE, is_named_error

if TYPE_CHECKING:
    from collections.abc import Mapping

# What nothing but an error has, where there are neither choices nor usage.
_ERROR_MEMBERS = ("detail", "error_code", "error_msg", "error_message", "errorCode", "errorMessage")
# Reasons to finish by which a provider says that it couldn't go on. All others are ends, known or not.
_FAILURES = frozenset(
    {"error", "network_error", "insufficient_system_resource", "abort", "aborted", "cancelled", "canceled"}
)
# What some write where others write null (Ollama, DashScope, watsonx).
_UNFINISHED = frozenset({"", "null", "none", "not_finished"})
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


class ChatEnds(StreamEnds):
    """Of a chat: each choice says why it finished, then may come the usage, and `[DONE]`."""

    def __init__(self) -> None:
        super().__init__()
        self._begun: set[int] = set()
        self._finished: set[int] = set()
        self._reported = False
        self._done = False

    @property
    def has_ended(self) -> bool:
        finished = bool(self._finished) and self._begun <= self._finished
        return finished or self._done or (self._reported and bool(self._begun))

    def _see(self, data: bytes, parsed: Mapping[str, Any]) -> None:
        if data.strip() == DONE:
            self.is_closed = True
            self._done = self._reported or bool(self._begun)
            return
        envelope = parsed.get("x_groq")
        if isinstance(envelope, dict) and has_error(envelope):
            self.failed = True
        choices = choices_of(parsed)
        for choice in choices:
            self._see_choice(choice)
        if choices:
            self._reported = False  # some report all the way along
        elif reports_usage(parsed):
            self._reported = True

    def _see_choice(self, choice: Mapping[str, Any]) -> None:
        index = choice.get("index")
        number = index if isinstance(index, int) else 0
        self._begun.add(number)
        reason = choice.get("finish_reason") or choice.get("finishReason")
        if has_error(choice) or (isinstance(reason, str) and reason.lower() in _FAILURES):
            self.failed = self.is_closed = True
        elif isinstance(reason, str) and reason.strip().lower() not in _UNFINISHED:
            self._finished.add(number)


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


def reports_usage(chunk: Mapping[str, Any]) -> bool:
    """Whether a chunk has an object of usage, whatever its figures, maybe in a vendor's envelope."""
    holders = (chunk, *(value for value in chunk.values() if isinstance(value, dict)))
    return any(isinstance(holder.get("usage"), dict) for holder in holders)
