"""Streams' first events: whether one has begun to answer, or only says that it won't.

The rest of a stream is passed on as it comes; its beginning is looked at while another target could still be
asked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate_proxy import completions, provider_errors
from tollgate_proxy.completions import NoCompletion
from tollgate_proxy.routes import Api
from tollgate_proxy.sse import EventSplitter, data_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# What is looked at before a stream is taken for one that has begun: bytes, and seconds since the first.
_MOST_BYTES = 65_536
_MOST_SECONDS = 20.0

_NAMED_ERROR = b"error"
# Events of responses and messages that come before it is known whether there will be anything.
_PRELUDES = {
    Api.RESPONSES: frozenset(
        {"response.created", "response.queued", "response.in_progress", "keepalive", "ping"}
    ),
    Api.MESSAGES: frozenset({"message_start", "ping"}),
}


class Beginning:
    """What of a stream's beginning has been read, in `pieces`, and what it tells."""

    def __init__(self, api: Api, monotonic: Callable[[], float]) -> None:
        self._api = api
        self._monotonic = monotonic
        self._events = EventSplitter()
        self.pieces: list[bytes] = []

    def look(self, chunks: Iterator[bytes], *, once: bool = False) -> NoCompletion | None:
        """Reads until it is known whether the stream has begun to answer; None if it has.

        With `once`, no longer than until something has come. Whatever interrupts the stream is raised.
        """
        read, until = 0, 0.0
        for piece in chunks:
            self.pieces.append(piece)
            read += len(piece)
            for event in self._events.feed(piece):
                begun, wrong = self._tells(event)
                if begun:
                    return wrong
            until = until or self._monotonic() + _MOST_SECONDS
            if once or read > _MOST_BYTES or self._monotonic() > until:
                return None
        begun, wrong = self._tells(self._events.rest())
        return wrong if begun else NoCompletion("ended its stream before it began.")

    def _tells(self, event: bytes) -> tuple[bool, NoCompletion | None]:
        """Whether an event tells anything, and what is wrong then."""
        data = data_of(event)
        parsed = _parsed(data)
        # Some print an error between the events, as it is.
        bare = [line for line in map(_parsed, event.splitlines()) if _is_error(self._api, line)]
        if bare or _name_of(event) == _NAMED_ERROR or _is_error(self._api, parsed):
            error = provider_errors.of(bare[0] if bare else parsed)
            return True, completions.told(self._api, error)
        return bool(data) and self._has_begun(parsed, data), None

    def _has_begun(self, event: Mapping[str, Any] | None, data: bytes) -> bool:
        if event is None:
            return data.strip() != b"[DONE]"
        if self._api in _PRELUDES:
            return event.get("type") not in _PRELUDES[self._api]
        return any(map(_says_something, completions.choices_of(event)))


def _says_something(choice: Mapping[str, Any]) -> bool:
    """Whether there is more in a choice than whose turn it is."""
    delta = choice.get("delta") or choice.get("message") or {}
    content = (
        [value for name, value in delta.items() if name != "role"] if isinstance(delta, dict) else [delta]
    )
    return any(content) or bool(choice.get("finish_reason")) or bool(choice.get("text"))


def _is_error(api: Api, event: Mapping[str, Any] | None) -> bool:
    if event is None:
        return False
    if (
        event.get("error")
        or event.get("type") in ("error", "response.failed")
        or event.get("object") == "error"
    ):
        return True
    if event.get("success") is False:
        return True
    choices = completions.choices_of(event)
    if choices or api is not Api.CHAT:
        return bool(choices) and all(map(completions.is_failed, choices))
    return "choices" not in event and "usage" not in event and provider_errors.of(event).is_said


def _name_of(event: bytes) -> bytes:
    for line in event.splitlines():
        if line.startswith(b"event:"):
            return line[6:].strip()
    return b""


def _parsed(data: bytes) -> dict[str, Any] | None:
    if not data.lstrip().startswith(b"{"):
        return None
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None
