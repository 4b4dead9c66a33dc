"""The keys table's stream: which changes change how a key stands.

Each record counts by itself. Of a budget that ran out and was raised within one batch, somebody may have seen
the first alone, and must be overwritten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_wire import attribute_values
from tollgate.budget_health.summaries import BudgetSummary
from tollgate.ledger.store import scope_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate.ledger.scopes import Scope

# What changes with every request, and takes long to read.
_OF_REQUESTS = ("holds", "closed", "rates")


def by_key(records: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """A batch's records, by key id."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        found.setdefault(record["dynamodb"]["Keys"]["key_id"]["S"], []).append(record["dynamodb"])
    return found


def changes_summary(wire: Mapping[str, Any]) -> bool:
    """Whether a record changes how a key stands, or whether there is one."""
    before, after = _scope(wire.get("OldImage")), _scope(wire.get("NewImage"))
    if before is None or after is None:
        return before is not after
    return BudgetSummary.of(before) != BudgetSummary.of(after)


def _scope(image: Mapping[str, Any] | None) -> Scope | None:
    """A key as an image shows it, but for its requests; None for what else the table holds."""
    if image is None or "secret_hash" not in image:
        return None
    settled = {name: value for name, value in image.items() if name not in _OF_REQUESTS}
    return scope_items.to_scope({**attribute_values.plain(settled), **{name: {} for name in _OF_REQUESTS}})
