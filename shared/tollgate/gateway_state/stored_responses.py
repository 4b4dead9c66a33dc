"""Responses that a provider stores for the key that made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """Who made a response, by which model, and which provider has it. Nobody else gets to see it."""

    response_id: str
    key_id: str
    provider_id: str
    model: str
    created_at: datetime
