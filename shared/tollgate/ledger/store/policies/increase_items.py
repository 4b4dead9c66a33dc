"""A scope's automatic increase, and the steps that were taken by it, as attributes of its item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.aws.dynamodb import epoch, moment
from tollgate.ledger.policies import automatic_increase as policy
from tollgate.ledger.policies.automatic_increase import AutomaticIncrease, StepsTaken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tollgate.aws.dynamodb import Item

_USUAL = {
    "at_percent": policy.AT_PERCENT,
    "times": policy.TIMES,
    "ttl_seconds": policy.TTL_SECONDS,
    "cooldown_seconds": policy.COOLDOWN_SECONDS,
}


def increase_to_item(increase: AutomaticIncrease) -> Item:
    """What is usual isn't stored: each write of the item would pay for it."""
    found: Item = {"max_total": increase.max_total}
    if increase.usd is not None:
        found["usd"] = increase.usd
    if increase.percent is not None:
        found["percent"] = increase.percent
    for name, usual in _USUAL.items():
        value = getattr(increase, name)
        if value != usual:
            found[name] = value
    return found


def to_increase(stored: Mapping[str, Any]) -> AutomaticIncrease:
    return AutomaticIncrease(
        usd=stored.get("usd"),
        percent=int(stored["percent"]) if "percent" in stored else None,
        max_total=stored["max_total"],
        **{name: int(stored.get(name, usual)) for name, usual in _USUAL.items()},
    )


def steps_to_item(taken: Mapping[str, StepsTaken]) -> Item:
    return {
        window: [each.steps, epoch(each.last_at), *([epoch(each.since)] if each.since else [])]
        for window, each in taken.items()
    }


def to_steps(stored: Mapping[str, Sequence[Any]]) -> dict[str, StepsTaken]:
    return {
        window: StepsTaken(int(steps), moment(last_at), moment(since[0]) if since else None)
        for window, (steps, last_at, *since) in stored.items()
    }
