"""What kind of an answer comes, told by its bytes: labels are left out, or say what a proxy made up.

Recognised are event streams, JSON, chunks of a stream that come as lines of JSON or as one list (which go on
as events), gzip or zlib that isn't declared, and text in UTF-16 or UTF-32 (which goes on in UTF-8).
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers.sse import DONE, name_of, object_in
from tollgate_proxy.upstream import charsets
from tollgate_proxy.upstream.provider_calls import AnswerForm, Fault, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tollgate_proxy.upstream.provider_calls import UpstreamAnswer

_EVENT_STREAM = "text/event-stream"
_BOM = b"\xef\xbb\xbf"
_FIELD = re.compile(rb"(?:data|event|id|retry)?:")
_FIELDS = (b"data:", b"event:", b"id:", b"retry:")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_DONE = re.compile(rb"(?:data:\s*)?" + re.escape(DONE))
# As much as it takes to recognise what follows a line.
_ENOUGH_BYTES = 14
# No text begins with these: RFC 1952, 2.3.1; RFC 1950, 2.2.
_COMPRESSED = (b"\x1f\x8b", b"x\x01", b"x\x9c", b"x\xda")
_EITHER_HEADER = 32 + zlib.MAX_WBITS
_PIECE_BYTES = 65_536
# What an answer may come to at most: a small one can be made that would fill any memory.
MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024
# Types of events that streams consist of, and answers in one piece don't have.
_EVENT_TYPES = ("response.", "message_start", "content_block_")


def decoded(answer: UpstreamAnswer) -> UpstreamAnswer:
    """The answer with its `form` known, decompressed, and labelled as what it is.

    Waits for no more than that takes: a stream's first bytes, or JSON's first line, of which the rest has to
    be waited for anyway. What breaks off meanwhile breaks off when it is read, after what came of it.
    """
    if answer.form is not None:
        return answer
    begin = AnswerBeginning(answer.chunks)
    if begin.until(_tells_compressed).startswith(_COMPRESSED):
        begin = AnswerBeginning(_decompressed(begin.chunks()))
    encoding = charsets.wide_encoding(begin.until(charsets.tells_encoding))
    if encoding is not None:
        begin = AnswerBeginning(charsets.as_utf8(begin.chunks(), encoding))
    form = _form_of(begin, labelled=answer.is_event_stream)
    chunks = begin.chunks()
    if form is AnswerForm.JSON:
        form, chunks = _of_json(begin)
    return replace(answer, form=form, headers=_labelled(answer, form), chunks=chunks)


class AnswerBeginning:
    """An answer's beginning, as far as somebody wanted to see it before it goes on whole."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._read = bytearray()
        self._ended = False
        self._broken: UpstreamError | None = None

    def until(self, enough: Callable[[bytes], bool]) -> bytes:
        """What has come when it was enough, or else all there is."""
        while not enough(bytes(self._read)) and self._read_on():
            pass
        return bytes(self._read)

    def line(self) -> bytes:
        """The first line that isn't empty, with all before it."""
        searched = len(self._read) - len(self._read.lstrip())
        while not (end := _LINE_END.search(self._read, searched)):
            searched = max(searched, len(self._read))
            if not self._read_on():
                return bytes(self._read)
        return bytes(self._read[: end.end()])

    def whole(self) -> bytes:
        while self._read_on():
            pass
        return bytes(self._read)

    def chunks(self) -> Iterator[bytes]:
        """All of the answer, what has been read with the rest; breaks off where that did."""
        if self._read:
            yield bytes(self._read)
        if self._broken:
            raise self._broken
        if not self._ended:
            yield from self._chunks

    def _read_on(self) -> bool:
        if self._ended:
            return False
        try:
            self._read += next(self._chunks)
        except StopIteration:
            self._ended = True
        except UpstreamError as error:
            self._ended, self._broken = True, error
        return not self._ended


def _tells_compressed(begin: bytes) -> bool:
    """Whether what has come is enough to say whether it is compressed."""
    return len(begin) > 1 or bool(begin and not any(each.startswith(begin) for each in _COMPRESSED))


def _form_of(begin: AnswerBeginning, *, labelled: bool) -> AnswerForm:
    read = begin.until(lambda read: _form_by(read, labelled=labelled) is not None)
    form = _form_by(read, labelled=labelled)
    if form is None:
        form = AnswerForm.EVENT_STREAM if labelled else AnswerForm.OTHER if read.strip() else AnswerForm.EMPTY
    return form


def _form_by(read: bytes, *, labelled: bool) -> AnswerForm | None:
    """The form of what begins like this, None as long as it could be several."""
    text = read.removeprefix(_BOM).lstrip()
    if labelled and read[:1].isspace():
        return AnswerForm.EVENT_STREAM
    if text.startswith((b"{", b"[")):
        return AnswerForm.JSON
    if _FIELD.match(text):
        return AnswerForm.EVENT_STREAM
    if labelled and read and not text.startswith(b"<"):
        return AnswerForm.EVENT_STREAM  # of fields that nobody knows
    unclear = not text or any(field.startswith(text) for field in _FIELDS) or _BOM.startswith(read)
    return None if unclear else AnswerForm.OTHER


def _of_json(begin: AnswerBeginning) -> tuple[AnswerForm, Iterator[bytes]]:
    """Whether what begins like JSON is that, or a stream's chunks, and what of it goes on."""
    line = begin.line()
    if line.removeprefix(_BOM).lstrip().startswith(b"["):
        return _of_list(begin)
    if not _LINE_END.search(line, len(line) - 1):
        return AnswerForm.JSON, begin.chunks()
    if (b'"delta"' in line or b'"type"' in line) and _is_event(object_in(line)):
        return AnswerForm.EVENT_STREAM, begin.chunks()
    length = len(line)
    after = begin.until(lambda read: len(read[length:].lstrip()) >= _ENOUGH_BYTES)[length:].lstrip()
    done, goes_on = _DONE.match(after), after.startswith(b"{") or _FIELD.match(after)
    if not (done or goes_on) or object_in(line) is None:
        return AnswerForm.JSON, begin.chunks()
    return (
        (AnswerForm.JSON, _first_of(line, begin.chunks()))
        if done
        else (AnswerForm.EVENT_STREAM, begin.chunks())
    )


def _of_list(begin: AnswerBeginning) -> tuple[AnswerForm, Iterator[bytes]]:
    try:
        parsed = json.loads(begin.whole())
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, list) or not any(map(_is_event, parsed)):
        return AnswerForm.JSON, begin.chunks()
    objects = [each for each in parsed if isinstance(each, dict)]
    return AnswerForm.EVENT_STREAM, (
        name_of(each) + b"data: %b\n\n" % json.dumps(each).encode() for each in objects
    )


def _is_event(value: Any) -> bool:
    """Whether a JSON object is of a stream: a chat's chunk, or an event of the other APIs."""
    if not isinstance(value, dict):
        return False
    choices = value.get("choices")
    if isinstance(choices, list) and any(isinstance(each, dict) and "delta" in each for each in choices):
        return True
    kind = value.get("type")
    return isinstance(kind, str) and kind.startswith(_EVENT_TYPES)


def _first_of(line: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The line alone; the rest is read, so that the connection may be used again."""
    yield line
    for _ in chunks:
        pass


def _labelled(answer: UpstreamAnswer, form: AnswerForm) -> Mapping[str, str]:
    label = answer.headers.get("content-type")
    if label is not None and (sound := charsets.utf8_label(label)) != label:
        answer = replace(answer, headers={**answer.headers, "content-type": sound})
    if form is AnswerForm.EVENT_STREAM and not answer.is_event_stream:
        return {**answer.headers, "content-type": _EVENT_STREAM}
    if form is AnswerForm.JSON and (label is None or answer.is_event_stream):
        return {**answer.headers, "content-type": "application/json"}
    return answer.headers


def _decompressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The text of one or more compressed pieces; raises `UpstreamError` if it can't be had whole."""
    text_bytes = 0
    pending = b""
    member = zlib.decompressobj(_EITHER_HEADER)
    for chunk in chunks:
        pending += chunk
        while pending:
            if member.eof:
                if not pending.startswith(_COMPRESSED):
                    pending = pending[:1] if len(pending) == 1 else b""
                    break
                member = zlib.decompressobj(_EITHER_HEADER)
            for text in _inflated(member, pending):
                text_bytes += len(text)
                if text_bytes > MAX_DECOMPRESSED_BYTES:
                    raise _unreadable()
                yield text
            pending = member.unused_data
    if not member.eof:
        raise _unreadable()


def _inflated(member: Any, pending: bytes) -> Iterator[bytes]:
    """Piece by piece, as little may become much."""
    text = b""
    while pending or len(text) == _PIECE_BYTES:
        try:
            text = member.decompress(pending, _PIECE_BYTES)
        except zlib.error as error:
            raise _unreadable() from error
        if text:
            yield text
        pending = member.unconsumed_tail


def _unreadable() -> UpstreamError:
    message = "The provider's compressed response could not be read to its end."
    return UpstreamError(RefusedError(Reason.PROVIDER_UNAVAILABLE, message), Fault.BROKEN_OFF)
