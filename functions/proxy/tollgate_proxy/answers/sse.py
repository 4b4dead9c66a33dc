"""Server-sent events, cut out of a byte stream whatever its chunk borders.

https://html.spec.whatwg.org/multipage/server-sent-events.html says how events are framed. Some providers
leave out the empty line that ends each, or the `data:` before it; what they mean is plain all the same.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tollgate_proxy.answers import provider_json

# A line ends with CRLF, LF or CR; an event ends with an empty line. The look-ahead keeps the regex
# from taking one CRLF for two line ends.
_LINE_END = rb"(?:\r\n|\n|\r(?!\n))"
_LINE = re.compile(_LINE_END)
# Far faster to find, and all there is where no CR is.
_LINE_FEED = re.compile(rb"\n")
_ENDED = re.compile(_LINE_END * 2 + rb"\Z")
# A stream may begin with a byte order mark, which belongs to no field.
_BOM = b"\xef\xbb\xbf"
# How long an event's beginning may be before its first character: that mark and an empty line.
_PREAMBLE = 8
DONE = b"[DONE]"
# Said between two events to a client that waits, so that nothing on the way takes the stream for dead.
WAITING = b": waiting\n\n"
_NAME = re.compile(r"[a-z0-9_.]{1,100}")
_NAMED_ERROR = re.compile(rb"(?:^|[\r\n])event: ?error[ \t]*(?=[\r\n]|$)")


class EventSplitter:
    """Turns chunks into whole events. Where they are framed as they should be, the events joined are the
    chunks joined, byte for byte.

    Two objects can't follow each other in one piece of JSON, so a data line that begins one after another
    has ended is another event's: the empty line that is missing between them is put in. From then on events
    end with their data, so that none has to wait for the next one. A line that is JSON, and no field,
    becomes a data line.
    """

    def __init__(self) -> None:
        self._line = bytearray()  # as far as it has come
        self._event = bytearray()  # the lines of the event that has not ended
        self._value: bytes | None = None  # of its last data line
        self._data_end = 0  # where that line ends
        self._opaque = False  # whether its data can't become JSON any more
        self._lacks_ends = False  # whether the provider leaves out empty lines
        self._was_ended = False  # whether an empty line was put in just now
        self._begun = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The events that are complete by now, each with the empty line that ends it."""
        searched = max(0, len(self._line) - 1)
        self._line += chunk
        # A CR at the very end may be half of a CRLF.
        complete = len(self._line) - self._line.endswith(b"\r")
        events: list[bytes] = []
        start, line_end = 0, _line_end_in(self._line, searched)
        while end := line_end.search(self._line, max(start, searched), complete):
            self._take(bytes(self._line[start : end.end()]), end.start() - start, events)
            start = end.end()
        del self._line[:start]
        return events

    def ahead(self, start: int) -> bytes:
        """What of the event that hasn't ended may go on already, from that byte of it on."""
        if self._value is not None:
            return bytes(self._event[start : self._data_end])
        if _begins_as_json(bytes(self._event[:_PREAMBLE])):
            return b""
        changes = _may_change(bytes(self._line[:_PREAMBLE]), first=not self._begun)
        line = b"" if changes else self._line
        beyond = max(0, start - len(self._event))
        return bytes(self._event[start:] + line[beyond:])

    def last(self) -> list[bytes]:
        """What came after the last whole event, when nothing more will; the last one may be cut."""
        events: list[bytes] = []
        line = bytes(self._line)
        self._line.clear()
        if line:
            self._take(line, len(line.rstrip(b"\r\n")), events)
        if self._event:
            events.append(self._ended(len(self._event)))
        return events

    def rest(self) -> bytes:
        """What came after the last whole event."""
        return b"".join(self.last())

    def _take(self, line: bytes, length: int, events: list[bytes]) -> None:
        if not length:
            self._take_empty(line, events)
            return
        if not self._begun:
            self._begun = True
            if line.startswith(_BOM):
                self._event += _BOM
                line, length = line[len(_BOM) :], length - len(_BOM)
        self._was_ended = False
        text = line[:length]
        value = text[5:].removeprefix(b" ") if text.startswith(b"data:") else None
        bare = value is None and text[:1] in (b"{", b"[") and is_whole(text)
        if bare:
            line, value = self._name_of(text) + b"data: " + line, text
        if value is not None and value.strip():
            self._take_data(line, value, events, bare=bare)
        elif self._lacks_ends and not self._event and text.startswith(b":"):
            events.append(line)  # it keeps the client waiting, and must not wait itself
        else:
            self._event += line

    def _name_of(self, text: bytes) -> bytes:
        """The line that names an event by its object's type, unless one has come."""
        return b"" if b"event:" in self._event[self._data_end :] else name_of(object_in(text))

    def _take_empty(self, line: bytes, events: list[bytes]) -> None:
        if self._was_ended:
            self._was_ended = False  # the one that was put in stands for it
            return
        self._begun = True
        begins = not self._event
        self._event += line
        if not begins:
            events.append(self._ended(len(self._event)))

    def _take_data(self, line: bytes, value: bytes, events: list[bytes], *, bare: bool) -> None:
        if self._value is not None and self._parts(self._value, value):
            events.append(_with_end(self._ended(self._data_end)))
            self._lacks_ends = True
        alone = self._value is None
        self._event += line
        self._value, self._data_end = value, len(self._event)
        if bare or (self._lacks_ends and alone and is_whole(value)):
            events.append(_with_end(self._ended(self._data_end)))
            self._was_ended = True

    def _parts(self, before: bytes, after: bytes) -> bool:
        """Whether two lines of data that follow each other are of two events."""
        before, after = before.strip(), after.strip()
        if DONE in (before, after):
            return True
        begins = after.startswith(b"{") and not before.endswith((b"[", b",", b":"))
        ended = before.endswith(b"}") and not after.startswith((b",", b"]", b"}"))
        return (begins or ended) and (is_whole(before) or is_whole(after) or self._is_whole())

    def _is_whole(self) -> bool:
        """Whether the data so far is; it is looked at as a whole once only, if it never becomes JSON."""
        whole = not self._opaque and is_whole(data_of(bytes(self._event)))
        self._opaque = not whole
        return whole

    def _ended(self, end: int) -> bytes:
        event = bytes(self._event[:end])
        del self._event[:end]
        if self._value is None:
            event = _as_data(event)
        self._value, self._data_end, self._opaque = None, 0, False
        return event


def _line_end_in(text: bytes | bytearray, start: int = 0) -> re.Pattern[bytes]:
    return _LINE_FEED if text.find(b"\r", start) < 0 else _LINE


class SseRelay:
    """Lets a stream pass as it comes, and shows its events when they are whole."""

    def __init__(self) -> None:
        self._splitter = EventSplitter()
        self._ahead = 0  # bytes of the event that hasn't ended that have passed already

    @property
    def is_within_event(self) -> bool:
        """Whether a part of an event has passed, and its end has not."""
        return self._ahead > 0

    def feed(self, chunk: bytes) -> tuple[list[bytes], bytes]:
        """The events that are whole by now, and the bytes that pass now."""
        events = self._splitter.feed(chunk)
        passed = self._passed(events)
        further = self._splitter.ahead(self._ahead)
        self._ahead += len(further)
        return events, passed + further

    def last(self) -> tuple[list[bytes], bytes]:
        """What is left of both; the last event may be cut."""
        events = self._splitter.last()
        return events, self._passed(events)

    def _passed(self, events: list[bytes]) -> bytes:
        passed = b"".join(events)[self._ahead :]
        if events:
            self._ahead = 0
        return passed


def _may_change(begin: bytes, *, first: bool) -> bool:
    """Whether a line that begins so may be JSON that becomes data, an empty line, or a byte order mark's."""
    return (
        not begin.strip(b"\r\n") or begin.startswith((b"{", b"[")) or (first and begin.startswith(_BOM[:1]))
    )


def _begins_as_json(begin: bytes) -> bool:
    return begin.removeprefix(_BOM).lstrip(b"\r\n").startswith(b"{")


def _with_end(event: bytes) -> bytes:
    """An event whose last line is followed by an empty one."""
    for line_end in (b"\r\n", b"\n", b"\r"):
        if event.endswith(line_end):
            return event + line_end
    return event + b"\n\n"


def _as_data(event: bytes) -> bytes:
    """JSON over several lines that are no fields, as data."""
    if not _begins_as_json(event[:_PREAMBLE]) or not is_whole(event):
        return event
    text = event.removeprefix(_BOM).strip(b"\r\n")
    return name_of(object_in(text)) + b"".join(b"data: %b\n" % line for line in _LINE.split(text)) + b"\n"


def has_ended(event: bytes) -> bool:
    """Whether an empty line has ended it."""
    return _ENDED.search(event) is not None


def is_whole(data: bytes) -> bool:
    """Whether an event's data is all there: a JSON object, or what ends OpenAI's streams."""
    return data.strip() == DONE or object_in(data) is not None


def object_in(data: bytes) -> dict[str, Any] | None:
    """The JSON object that a piece of data is."""
    data = data.removeprefix(_BOM).strip()
    if not (data.startswith(b"{") and data.endswith(b"}")):
        return None
    try:
        parsed = provider_json.value_of(data)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def name_of(event: dict[str, Any] | None) -> bytes:
    """The line that names an event by its type; those of chats have none."""
    kind = event.get("type") if event else None
    return b"event: %b\n" % kind.encode() if isinstance(kind, str) and _NAME.fullmatch(kind) else b""


def is_named_error(event: bytes) -> bool:
    """Whether the event's name is `error`."""
    return b"event:" in event and _NAMED_ERROR.search(event) is not None


def data_of(event: bytes) -> bytes:
    """An event's data: its `data` lines' values, joined by line feeds."""
    values = [
        line[5:].removeprefix(b" ")
        for line in _line_end_in(event).split(event.removeprefix(_BOM))
        if line.startswith(b"data:")
    ]
    return b"\n".join(values)


def written(data: dict[str, Any], name: str | None = None) -> bytes:
    """An event of our own."""
    head = f"event: {name}\n".encode() if name else b""
    return b"%bdata: %b\n\n" % (head, json.dumps(data).encode())
