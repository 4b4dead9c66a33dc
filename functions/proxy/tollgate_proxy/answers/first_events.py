"""Streams' first events: whether one has begun to answer, or only says that it won't.

The rest of a stream is passed on as it comes; its beginning is looked at while another target could still be
asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.answers import completions, provider_errors, stream_ends
from tollgate_proxy.answers.choices import choices_of, is_failed
from tollgate_proxy.answers.completions import CompletionFault
from tollgate_proxy.answers.sse import DONE, EventSplitter, data_of, object_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tollgate_proxy.answers.answer_reader import AnswerReader

# What is looked at before a stream is taken for one that has begun: bytes, and seconds since the first.
_MAX_BYTES = 65_536
_MAX_SECONDS = 20.0


class StreamBeginning:
    """What of a stream's beginning has been read, in `pieces`, and what it tells."""

    def __init__(self, api: AnswerReader, monotonic: Callable[[], float]) -> None:
        self._api = api
        self._monotonic = monotonic
        self._events = EventSplitter()
        self.pieces: list[bytes] = []

    def look(self, chunks: Iterator[bytes], *, once: bool = False) -> CompletionFault | None:
        """Reads until it is known whether the stream has begun to answer; None if it has.

        With `once`, no longer than until something has come. Whatever interrupts the stream is raised.
        """
        read, until = 0, 0.0
        for piece in filter(None, chunks):  # silence says nothing
            self.pieces.append(piece)
            read += len(piece)
            for event in self._events.feed(piece):
                begun, wrong = self._tells(event)
                if begun:
                    return wrong
            until = until or self._monotonic() + _MAX_SECONDS
            if once or read > _MAX_BYTES or self._monotonic() > until:
                return None
        begun, wrong = self._tells(self._events.rest())
        return wrong if begun else CompletionFault("ended its stream before sending a response.")

    def _tells(self, event: bytes) -> tuple[bool, CompletionFault | None]:
        """Whether an event tells anything, and what is wrong then."""
        data = data_of(event)
        parsed = object_in(data)
        if _is_error(event, parsed or {}):
            return True, completions.reported_fault(self._api, provider_errors.error_in(parsed))
        return bool(data) and self._has_begun(parsed, data), None

    def _has_begun(self, event: Mapping[str, Any] | None, data: bytes) -> bool:
        if event is None:
            return data.strip() != DONE
        return self._api.has_begun(event)


def _is_error(event: bytes, parsed: Mapping[str, Any]) -> bool:
    """Whether an event says that there will be no answer, by itself or in each of its choices."""
    if stream_ends.is_error(event, parsed) or parsed.get("type") == "response.failed":
        return True
    choices = choices_of(parsed)
    return parsed.get("success") is False or (bool(choices) and all(map(is_failed, choices)))
