"""The keys table's stream: which charges are to be remembered, so that it is known what was spent since.

That takes no write of a call, and one here for each slot in which a key is charged, or for each percent.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aws_wire import attribute_values
from tollgate import money
from tollgate.alerts import spending_samples
from tollgate.alerts.spending_samples import Sample, slot
from tollgate.clock import from_rfc3339
from tollgate.ledger.store import scope_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BUDGETS = (("budget_used", "budget_limit"), ("quota_used", "quota_allowance"))


def samples_in(wires: Iterable[Mapping[str, Any]]) -> list[Sample]:
    """The samples that a key's records give, in order."""
    found = (_sample(wire.get("OldImage"), wire.get("NewImage")) for wire in wires)
    return [sample for sample in found if sample is not None]


def _sample(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Sample | None:
    """From images as they come over the wire: of many, few are wanted."""
    if before is None or after is None or "last_used_at" not in after:
        return None
    used_at = after["last_used_at"]["S"]
    idle_since = before["last_used_at"]["S"] if "last_used_at" in before else None
    if used_at == idle_since:
        return None
    at, since = from_rfc3339(used_at), from_rfc3339(idle_since) if idle_since else None
    if since is not None and slot(since) == slot(at) and _percents(before) == _percents(after):
        return None
    return Sample(at, _spent(before), since)


def _spent(image: Mapping[str, Any]) -> Decimal:
    if "packs" in image:
        return spending_samples.total(scope_items.to_scope(attribute_values.plain(image)))
    with money.exact():
        return Decimal(image["budget_used"]["N"]) + Decimal(image["budget_reset"]["N"])


def _percents(image: Mapping[str, Any]) -> list[int]:
    """How much of each budget is used, in whole percent."""
    return [_percent(image, used, limit) for used, limit in _BUDGETS if limit in image]


def _percent(image: Mapping[str, Any], used: str, limit: str) -> int:
    most = Decimal(image[limit]["N"])
    if most <= 0:
        return 0
    with money.exact():
        return int(Decimal(image[used]["N"]) * 100 // most)
