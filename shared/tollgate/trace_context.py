"""Traces that calls belong to: those that clients name by W3C's trace context, or else one of the call's own.

https://www.w3.org/TR/trace-context/#traceparent-header
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tollgate import identifiers

_HEADER = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_FIRST_VERSION, _NO_VERSION = "00", "ff"
_SAMPLED = 0b1


class TraceContext(NamedTuple):
    """The trace, the span in it that the call was made from, and whether the client records it.

    `trace_id` has 32 hexadecimal digits, `parent_id` 16.
    """

    trace_id: str
    parent_id: str
    sampled: bool


def kept(header: str) -> str | None:
    """What a record keeps of a `traceparent`, None if that is none: then it belongs to no trace.

    A later version of the header may have more behind what is known today.
    """
    found = _HEADER.fullmatch(header)
    if found is None:
        return None
    version, trace_id, parent_id, flags, more = found.groups()
    if version == _NO_VERSION or (version == _FIRST_VERSION and more is not None):
        return None
    if not (trace_id.strip("0") and parent_id.strip("0")):
        return None
    return f"{trace_id}-{parent_id}-{int(flags, 16) & _SAMPLED:02x}"


def of_kept(text: str) -> TraceContext:
    """What `kept` has made."""
    trace_id, parent_id, flags = text.split("-")
    return TraceContext(trace_id, parent_id, flags != "00")


def trace_id_of(request_id: str) -> str:
    """The trace of a call whose client has named none: the 128 bits of its id, of which 80 are random.

    Raises ValueError for what is no request id.
    """
    return f"{identifiers.bits_of(request_id):032x}"
