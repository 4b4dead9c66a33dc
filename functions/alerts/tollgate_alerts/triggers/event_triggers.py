"""The keys table's stream: which changes may be news of a key besides what it uses of its budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.alerts.events.pack_events import is_nearly_used

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.ledger.scopes import Scope


def may_be_news(*images: Mapping[str, Any]) -> bool:
    """Whether a key has any of what is told, by images as they come over the wire: hardly one does."""
    return any(not _ATTRIBUTES.isdisjoint(image) for image in images)


def is_news(before: Scope | None, after: Scope) -> bool:
    """Whether something of what is told is another than it was."""
    return _told_of(after) != (_NOTHING if before is None else _told_of(before))


def _told_of(scope: Scope) -> tuple[object, ...]:
    return (
        {pack_id: is_nearly_used(pack) for pack_id, pack in scope.packs.items()},
        scope.quota.starts_at if scope.quota.metered else None,
        scope.downgrading,
        dict(scope.raises),
    )


_ATTRIBUTES = frozenset({"packs", "quota_parts", "downgrading", "raises"})
_NOTHING: tuple[object, ...] = ({}, None, False, {})
