"""Checkpoints of the reconciliation: items of the keys table, one per scope, that no request touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.aws.dynamodb import epoch, moment
from tollgate.reconcile.reconciliation import Checkpoint, Counter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.aws.dynamodb import Item

_PREFIX = "checkpoint#"


def key_of(scope_id: str) -> str:
    return f"{_PREFIX}{scope_id}"


def scope_of(key_id: str) -> str | None:
    """Whose checkpoints an item of the keys table holds; None if it is another item."""
    return key_id.removeprefix(_PREFIX) if key_id.startswith(_PREFIX) else None


def to_item(scope_id: str, known: Mapping[Counter, Checkpoint]) -> Item:
    return {
        "key_id": key_of(scope_id),
        "kind": "checkpoint",
        **{
            counter.value: {
                "until": epoch(each.until),
                "window": epoch(each.window),
                "cost": each.cost,
                "straddling": list(each.straddling),
            }
            for counter, each in known.items()
        },
    }


def to_checkpoints(stored: Mapping[str, Any]) -> dict[Counter, Checkpoint]:
    return {
        counter: Checkpoint(
            until=moment(stored[counter]["until"]),
            window=moment(stored[counter]["window"]),
            cost=stored[counter]["cost"],
            straddling=tuple(stored[counter]["straddling"]),
        )
        for counter in Counter
        if counter in stored
    }
