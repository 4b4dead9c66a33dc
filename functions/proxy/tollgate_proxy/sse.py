"""Server-sent events, cut out of a byte stream whatever its chunk borders."""

from __future__ import annotations

import re

# A line ends with CRLF, LF or CR; an event ends with an empty line. The look-ahead keeps the regex
# from taking one CRLF for two line ends.
_LINE_END = rb"(?:\r\n|\n|\r(?!\n))"
_EVENT_END = re.compile(_LINE_END * 2)
_LINE = re.compile(_LINE_END)
# A stream may begin with a byte order mark, which belongs to no field.
_BOM = b"\xef\xbb\xbf"


class EventSplitter:
    """Turns chunks into whole events. The events joined are the chunks joined, byte for byte."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """The events that are complete by now, each with the empty line that ends it."""
        searched = max(0, len(self._pending) - 3)
        self._pending += chunk
        # A CR at the very end may be half of a CRLF.
        complete = len(self._pending) - self._pending.endswith(b"\r")
        events: list[bytes] = []
        start = 0
        while end := _EVENT_END.search(self._pending, max(start, searched), complete):
            events.append(bytes(self._pending[start : end.end()]))
            start = end.end()
        del self._pending[:start]
        return events

    def rest(self) -> bytes:
        """What came after the last whole event."""
        rest = bytes(self._pending)
        self._pending.clear()
        return rest


def data_of(event: bytes) -> bytes:
    """An event's data: its `data` lines' values, joined by line feeds."""
    values = [
        line[5:].removeprefix(b" ")
        for line in _LINE.split(event.removeprefix(_BOM))
        if line.startswith(b"data:")
    ]
    return b"\n".join(values)
