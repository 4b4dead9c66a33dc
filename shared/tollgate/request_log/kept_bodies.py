"""Bodies of requests and responses, which are kept for a while where a key's admin wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime

# What is looked at of a body. What is stored of it is bounded once more, compressed.
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CapturedBody:
    """The beginning of a body that was `size` bytes long."""

    content: bytes
    size: int

    @property
    def is_truncated(self) -> bool:
        return len(self.content) < self.size


@dataclass(frozen=True, slots=True)
class KeptBodies:
    """A request's body as its client sent it, and the response's as it was passed on."""

    request_id: str
    key_id: str
    request: CapturedBody
    response: CapturedBody
    kept_at: datetime
    expires_at: datetime
