"""A scope's reserves as an attribute of its item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.ledger.policies.priority_reserves import USUAL, ClassReserve, PriorityReserves, ReservePolicy
from tollgate.ledger.scopes import Priority

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.aws.dynamodb import Item

_PACING = "pacing_slack_percent"


def reserves_to_item(reserves: PriorityReserves) -> Item:
    """What is usual isn't stored: each write of the item would pay for it."""
    found: Item = {
        priority.value: [reserve.up_to_percent, reserve.policy.value]
        for priority, reserve in reserves.classes.items()
        if USUAL.get(priority) != reserve
    }
    if reserves.pacing_slack_percent is not None:
        found[_PACING] = reserves.pacing_slack_percent
    return found


def to_reserves(stored: Mapping[str, Any]) -> PriorityReserves:
    classes = {
        Priority(name): ClassReserve(int(value[0]), ReservePolicy(value[1]))
        for name, value in stored.items()
        if name != _PACING
    }
    return PriorityReserves({**USUAL, **classes}, int(stored[_PACING]) if _PACING in stored else None)
