"""How a stream of each API ends: properly, with an error of the provider's, or by just stopping.

Proper ends: OpenAI's API reference (chat completion chunk object, responses' streaming events), Anthropic's
(streaming messages). Errors within streams that have begun with a 200: OpenRouter (`error` beside choices
and in them, `finish_reason` "error"), vLLM (`object` "error"), MiniMax (`base_resp`), DeepSeek
(`insufficient_system_resource`), Z.ai (`network_error`). Others that are read the same way, without a
published source: `abort`, `error` within `x_groq`, `detail`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.answers.choices import choices_of, has_error
from tollgate_proxy.answers.sse import DONE, is_named_error
from tollgate_proxy.apis.routes import Api

if TYPE_CHECKING:
    from collections.abc import Mapping

# Reasons to finish by which a provider says that it couldn't go on. All others are ends, known or not.
_FAILURES = frozenset(
    {"error", "network_error", "insufficient_system_resource", "abort", "aborted", "cancelled", "canceled"}
)
# What some write where others write null (Ollama, DashScope, watsonx).
_UNFINISHED = frozenset({"", "null", "none", "not_finished"})
# No sets: a provider may say what can't be hashed.
_RESPONSE_ENDS = ("completed", "incomplete")
_RESPONSE_FAILURES = ("failed", "cancelled")
_RESPONSE_EVENT_ENDS = ("response.completed", "response.incomplete", "response.done")
_RESPONSE_EVENT_FAILURES = ("response.failed", "response.cancelled", "response.error")
# What nothing but an error has, where there are neither choices nor usage.
_ERROR_MEMBERS = ("detail", "error_code", "error_msg", "error_message", "errorCode", "errorMessage")
# What every chunk of a chat has, and what some vendors add that says nothing of the answer.
_ENVELOPE = frozenset(
    {"id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint"}
    | {"obfuscation", "provider", "x_groq", "timings"}
)
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


class ResponseEnds(StreamEnds):
    """Of a response: an event has it whole, with its status."""

    _ended = False

    @property
    def has_ended(self) -> bool:
        return self._ended

    def _see(self, data: bytes, parsed: Mapping[str, Any]) -> None:
        kind, response = parsed.get("type"), parsed.get("response")
        status = response.get("status") if isinstance(response, dict) else None
        if kind in _RESPONSE_EVENT_FAILURES or status in _RESPONSE_FAILURES:
            self.failed = self.is_closed = True
        elif kind in _RESPONSE_EVENT_ENDS or status in _RESPONSE_ENDS:
            self._ended = self.is_closed = True
        elif data.strip() == DONE:
            self.is_closed = True


class MessageEnds(StreamEnds):
    """Of a message: it says why it stopped, and then that it has."""

    _ended = False

    @property
    def has_ended(self) -> bool:
        return self._ended

    def _see(self, _data: bytes, parsed: Mapping[str, Any]) -> None:
        match parsed.get("type"):
            case "message_stop":
                self._ended = self.is_closed = True
            case "message_delta":
                delta = parsed.get("delta")
                if isinstance(delta, dict) and isinstance(delta.get("stop_reason"), str):
                    self._ended = self._ended or bool(delta["stop_reason"])

    def _is_heard(self, error: bytes) -> bool:
        return is_named_error(error)  # its clients pass over events without a name


def of(api: Api) -> StreamEnds:
    match api:
        case Api.RESPONSES:
            return ResponseEnds()
        case Api.MESSAGES:
            return MessageEnds()
    return ChatEnds()


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
    """Whether a chat's chunk has an object of usage, whatever its figures, maybe in a vendor's envelope."""
    holders = (chunk, *(value for value in chunk.values() if isinstance(value, dict)))
    return any(isinstance(holder.get("usage"), dict) for holder in holders)


def is_only_usage(chunk: Mapping[str, Any], *, after_all: bool) -> bool:
    """Whether a chat's chunk only reports usage, sound or not. What else comes without choices is no report.

    Nor is one of null, but after all choices have finished it is the chunk that was asked for.
    """
    if choices_of(chunk) or has_error(chunk):
        return False
    if chunk.get("usage") is not None or reports_usage(chunk):
        return True
    return after_all and "usage" in chunk and chunk.keys() <= _ENVELOPE
