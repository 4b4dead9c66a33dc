"""Moves: a key with everything below it gets another parent, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.keys.families import HierarchyError
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tollgate.audit.entry import Change
    from tollgate.ledger.scopes import Scope


@dataclass(frozen=True, slots=True)
class Move:
    """A move under way. None is no parent; `change` is what the audit says of it."""

    id: str
    child_id: str
    from_id: str | None
    to_id: str | None
    change: Change


def require_depth(levels_above: int, levels: int, max_depth: int) -> None:
    """Raises `HierarchyError` if so many levels of keys below so many others are too many."""
    depth = levels_above + levels
    if depth > max_depth:
        raise HierarchyError(
            "parentId",
            f"would make the hierarchy {depth} levels deep; this deployment allows {max_depth}",
            brief="would make the hierarchy deeper than this deployment allows",
        )


def require_no_cycle(child_id: str, chain: Sequence[Scope]) -> None:
    """Raises `HierarchyError` if a key is among its new parent and the ancestors of that."""
    if chain and chain[0].key_id == child_id:
        raise HierarchyError("parentId", "names the key itself")
    if any(scope.key_id == child_id for scope in chain):
        raise HierarchyError("parentId", "names a descendant of the key")
