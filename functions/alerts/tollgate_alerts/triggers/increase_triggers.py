"""The keys table's stream: which charges bring a key to where its own policy raises its limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_wire import attribute_values
from tollgate.ledger.policies import automatic_increase
from tollgate.ledger.store import scope_items

if TYPE_CHECKING:
    from tollgate_alerts.triggers.budget_triggers import ItemChange


def is_due(change: ItemChange) -> bool:
    """Whether as much of a limit is used, after a batch, as the key's policy says. Most keys have none."""
    image = change.after
    if image is None or "automatic_increase" not in image:
        return False
    return bool(automatic_increase.windows_at_percent(scope_items.to_scope(attribute_values.plain(image))))
