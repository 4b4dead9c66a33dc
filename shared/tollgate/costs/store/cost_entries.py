"""What a usage record adds to the cost aggregates: the one place that reads it for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tollgate.clock import from_rfc3339
from tollgate.costs.aggregates import NOBODY, CostEntry, Latency, Tally
from tollgate.ledger.records import Outcome
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

_MILLISECOND = timedelta(milliseconds=1)


def entry_of(usage: Mapping[str, Any], zone: tzinfo) -> CostEntry:
    """What an item of the usage table adds, on its day by the clocks of the zone.

    Raises what Python does of an item that is not a usage record.
    """
    outcome = Outcome(usage["outcome"])
    created_at, completed_at = from_rfc3339(usage["created_at"]), from_rfc3339(usage["completed_at"])
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
        ),
        scopes=tuple(usage["scopes"]),
        provider=usage.get("provider_id") or NOBODY,
        owner=usage.get("owner_email") or NOBODY,
        tags=frozenset(f"{name}={value}" for name, value in usage["tags"].items()),
    )
