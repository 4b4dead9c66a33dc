"""Requests that a client may send twice, named by itself: the second gets the first one's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's idempotency key for a request: its own name for it.

    `name` is unique among all keys, `fingerprint` of what is asked. If nothing is heard of the request by
    `given_up_at`, it has died.
    """

    name: str
    fingerprint: str
    request_id: str
    given_up_at: datetime


@dataclass(frozen=True, slots=True)
class StoredReply:
    """An answer that was given before, to `request_id`."""

    request_id: str
    status: int
    headers: Mapping[str, str]
    body: bytes
