"""What of a quota's spending it has included, and what was metered, as part of a write of its item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money

if TYPE_CHECKING:
    from decimal import Decimal

    from tollgate.aws.update_expression import Update
    from tollgate.ledger.quotas import Quota


def require_as_seen(update: Update, seen: Quota) -> None:
    """Requires that nothing was included or metered since; of nothing there may be a note or none."""
    if seen.included or seen.metered:
        update.require_as_seen("quota_parts", [seen.included, seen.metered])
    else:
        update.value(":no_parts", [money.ZERO, money.ZERO])
        update.require("(attribute_not_exists(quota_parts) OR quota_parts = :no_parts)")


def add(update: Update, seen: Quota, included: Decimal, metered: Decimal) -> None:
    """Has a write count so much more as included and as metered, or less, in the window that was seen."""
    if not (seen.included or seen.metered):
        require_as_seen(update, seen)
        update.put("quota_parts", [included, metered])
        return
    for place, amount in enumerate((included, metered)):
        if amount:
            update.value(f":part{place}", amount)
            update.set(f"quota_parts[{place}] = quota_parts[{place}] + :part{place}")
