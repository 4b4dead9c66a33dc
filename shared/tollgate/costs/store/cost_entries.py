"""What a usage record adds to the cost aggregates: the one place that reads it for them."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate import money
from tollgate.clock import from_rfc3339
from tollgate.costs.aggregates import NOBODY, Latency, Tally
from tollgate.costs.charge_parts import NO_PARTS, ChargeParts
from tollgate.costs.cost_entry import CostEntry, scope_that_pays
from tollgate.ledger.records import Outcome
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from decimal import Decimal

_MILLISECOND = timedelta(milliseconds=1)
# Lines of a bill that add to what the provider's price comes to.
_OVERAGE, _MINIMUM_FEE = "overage", "minimum_fee"


def entry_of(usage: Mapping[str, Any], zone: tzinfo) -> CostEntry:
    """What an item of the usage table adds, on its day by the clocks of the zone.

    Raises what Python does of an item that is not a usage record.
    """
    outcome = Outcome(usage["outcome"])
    created_at, completed_at = from_rfc3339(usage["created_at"]), from_rfc3339(usage["completed_at"])
    drawn = _drawn(usage)
    return CostEntry(
        request_id=usage["request_id"],
        key_id=usage["key_id"],
        model=usage["model"],
        day=created_at.astimezone(zone).date(),
        tally=Tally(
            requests=1,
            failed=int(outcome is Outcome.FAILED),
            abandoned=int(outcome is Outcome.ABANDONED),
            prompt_tokens=int(usage["prompt_tokens"]),
            completion_tokens=int(usage["completion_tokens"]),
            cost=usage["calculated_cost"],
            tokens={TokenClass(name): int(count) for name, count in usage["tokens"].items() if count},
            latency=Latency()
            if outcome is Outcome.ABANDONED
            else Latency.of(max((completed_at - created_at) // _MILLISECOND, 0)),
            parts=_parts(usage, drawn),
        ),
        scopes=tuple(usage["scopes"]),
        provider=usage.get("provider_id") or NOBODY,
        owner=usage.get("owner_email") or NOBODY,
        tags=frozenset(f"{name}={value}" for name, value in usage["tags"].items()),
        cost_centre=usage.get("cost_centre") or "",
        billed_at=_billed_at(usage),
        drawn=drawn,
    )


def _drawn(usage: Mapping[str, Any]) -> dict[tuple[str, str], Decimal]:
    """What packs have paid, by scope and pack."""
    drawn: dict[tuple[str, str], Decimal] = defaultdict(lambda: money.ZERO)
    with money.exact():
        for place, pack_id, amount in usage.get("pack_draws") or ():
            drawn[usage["scopes"][int(place)], pack_id] += amount
    return dict(drawn)


def _billed_at(usage: Mapping[str, Any]) -> str:
    billing = usage.get("billing")
    return usage["scopes"][int(billing[0])] if billing else ""


def _parts(usage: Mapping[str, Any], drawn: Mapping[tuple[str, str], Decimal]) -> ChargeParts:
    cost = usage["calculated_cost"]
    paying = scope_that_pays(tuple(usage["scopes"]), _billed_at(usage), drawn)
    _, included, metered = usage.get("billing") or (0, money.ZERO, money.ZERO)
    provider_cost = usage.get("provider_cost")
    parts = ChargeParts(
        margin=money.ZERO if provider_cost is None else money.difference(cost, provider_cost),
        packs=money.total(amount for (scope, _), amount in drawn.items() if scope == paying),
        included=included,
        metered=metered,
        overage=_line(usage, _OVERAGE),
        fees=_line(usage, _MINIMUM_FEE),
    )
    return NO_PARTS if parts == NO_PARTS else parts


def _line(usage: Mapping[str, Any], item: str) -> Decimal:
    """What the bill has under a name."""
    return money.total(cost for name, cost in map(_named_cost, usage.get("breakdown", ())) if name == item)


def _named_cost(line: Any) -> tuple[str, Decimal]:
    """Of version 0.1, its values stand under their names."""
    return (line["item"], line["cost"]) if isinstance(line, dict) else (line[0], line[3])
