"""An answer as the stream of a response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate_proxy.answers import sse
from tollgate_proxy.translation.responses.writing.response_events import ResponseEvents

if TYPE_CHECKING:
    from tollgate_proxy.translation.completion import StreamEvent
    from tollgate_proxy.translation.conversation import Conversation


class StreamWriter:
    """Writes server-sent events, each with its number."""

    def __init__(self, asked: Conversation) -> None:
        self._events = ResponseEvents(asked)
        self._written = 0

    def write(self, event: StreamEvent) -> bytes:
        return b"".join([self._numbered(name, fields) for name, fields in self._events.of(event)])

    def finish(self) -> bytes:
        """Nothing: the event with the whole response is the last."""
        return b""

    def _numbered(self, name: str, fields: dict[str, object]) -> bytes:
        number, self._written = self._written, self._written + 1
        return sse.written({"type": name, "sequence_number": number, **fields}, name=name)
