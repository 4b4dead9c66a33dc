"""Answers in other encodings than UTF-8, which go on in it.

JSON and event streams are UTF-8 (RFC 8259, 8.1; the HTML standard's "Server-sent events"). Some clients read
others all the same: by what a text begins with, as RFC 4627 had it in section 3, and its label says nothing
that could be relied on.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# As much as it takes to tell UTF-16 from UTF-32.
ENOUGH_BYTES = 4
_MARKS = (b"\xff", b"\xfe")
_WIDE_LABEL = re.compile(
    r""";\s*charset\s*=\s*["']?(?:utf-?16|utf-?32|ucs-?2|ucs-?4|unicode)[^;]*""", re.IGNORECASE
)


def tells_encoding(begin: bytes) -> bool:
    """Whether what has come is enough to say in which encoding it is. UTF-8 is told by two bytes."""
    if len(begin) > 1 and not _may_be_wide(begin):
        return True
    return len(begin) >= ENOUGH_BYTES or begin.isspace()


def wide_encoding(begin: bytes) -> str | None:
    """The encoding of a text that begins so, if its characters are of two or four bytes each."""
    if len(begin) < 2 or not _may_be_wide(begin):
        return None
    found = json.detect_encoding(begin[:ENOUGH_BYTES])
    return found if found.startswith(("utf-16", "utf-32")) else None


def as_utf8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The same text in UTF-8, with a sign for what is none."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        if text := decoder.decode(chunk):
            yield text.encode(errors="replace")
    if text := decoder.decode(b"", final=True):
        yield text.encode(errors="replace")


def utf8_label(content_type: str) -> str:
    """The label of a text that is UTF-8, whatever its provider takes it for."""
    return _WIDE_LABEL.sub("; charset=utf-8", content_type)


def _may_be_wide(begin: bytes) -> bool:
    """By a byte order mark, or a character of ASCII beside a NUL, which begins no text in UTF-8."""
    return begin.startswith(_MARKS) or b"\0" in begin[:2]
