"""Types of audit. Made by `python -m infra.client`: not to be edited."""

from __future__ import annotations

from typing import Any, TypedDict


class ChangeView(TypedDict):
    """A change. `before` and `after` hold the fields that differ.

    `entityName` is the present name of a key; null for whatever else was changed, and for a key that is
    gone.
    """

    id: str
    entity: str
    entityName: str | None
    actions: list[str]
    actor: str
    actorName: str
    at: str
    requestId: str | None
    before: dict[str, Any]
    after: dict[str, Any]
