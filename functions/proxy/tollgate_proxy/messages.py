"""HTTP as the gateway sees it, apart from how it arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Request:
    """A client's request. Header names are in lower case; `deadline` is when the answer must be over."""

    id: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body is produced while it is read. Header names are in lower case.

    Reading `chunks` to the end is part of serving it: a stream is settled there.
    """

    status: int
    headers: Mapping[str, str]
    chunks: Iterable[bytes]
