"""What time has made of a scope, as part of a write of its item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.aws.dynamodb import epoch
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store import scope_items
from tollgate.ledger.store.billing import pack_writes, quota_part_writes

if TYPE_CHECKING:
    from decimal import Decimal

    from tollgate.aws.update_expression import Update
    from tollgate.ledger.scopes import Advance

# What is available grows with the limits; of these, what an admission takes is less that.
_WITHIN_BUDGET = (
    "((budget_used < :limit OR packs_left > :packs_gone)"
    " AND (enforcement = :soft OR budget_available >= :budget_amount))"
)
_WITHIN_QUOTA = (
    "((quota_used < :allowance OR packs_left > :packs_gone)"
    " AND (enforcement = :soft OR quota_available >= :quota_amount))"
)
_WITHIN_OVERAGE = "quota_available >= :quota_amount"


def carry(update: Update, advance: Advance, amount: Decimal) -> None:
    """Has a write store it, too, and take `amount` (USD) off what is available then.

    It was worked out from the scope's settings and from what changes by time: they must be as they were seen.
    """
    seen, after = advance
    old, new = scope_items.changing_to_item(seen), scope_items.changing_to_item(after)
    update.require_as_seen("revision", seen.revision)
    update.require_as_seen("changes_at", old["changes_at"])
    for attribute in scope_items.CHANGING_ATTRIBUTES:
        if new[attribute] != old[attribute]:
            update.put(attribute, new[attribute])
    if after.revision != seen.revision:
        update.value(":ended", after.revision - seen.revision)
        update.set("#revision = #revision + :ended")
    update.value(":budget_amount", amount - money.difference(after.budget_available, seen.budget_available))
    update.set("budget_available = budget_available - :budget_amount")
    update.require_as_seen("quota_starts_at", epoch(seen.quota.starts_at))
    if seen.packs:
        pack_writes.carry(update, seen, after)
    if _begins_window(advance):
        _begin_window(update, advance, amount)
    else:
        _stay_in_window(update, advance, amount)


def require_budgets(update: Update, advance: Advance) -> None:
    """Requires of a write that carries an advance that the budgets let a request in, as they are after it.

    Nothing is used of a quota whose window only begins.
    """
    after = advance.after
    if after.budget_limit is not None:
        update.value(":limit", after.budget_limit)
        _require(update, advance, _WITHIN_BUDGET)
    if after.quota.limit is None or _begins_window(advance):
        return
    if not after.is_metered:
        update.value(":allowance", after.quota.allowance)
        _require(update, advance, _WITHIN_QUOTA)
    elif after.overage_limit is not None:
        update.require(_WITHIN_OVERAGE)


def _require(update: Update, advance: Advance, condition: str) -> None:
    update.value(":soft", Enforcement.SOFT.value)
    update.value(":packs_gone", money.difference(advance.seen.packs_left, advance.after.packs_left))
    update.require(condition)


def _begins_window(advance: Advance) -> bool:
    return advance.seen.quota.starts_at != advance.after.quota.starts_at


def _begin_window(update: Update, advance: Advance, amount: Decimal) -> None:
    old = scope_items.quota_to_item(advance.seen.quota)
    for attribute in ("quota_used", "quota_available") if advance.after.quota.carries else ():
        update.require_as_seen(attribute, old[attribute])
    if advance.seen.is_metered:
        # Requests that end at the same time are split by it, also after this write.
        quota_part_writes.require_as_seen(update, advance.seen.quota)
    new = scope_items.quota_to_item(advance.after.quota)
    available = money.difference(advance.after.quota.available, amount)
    for attribute in scope_items.WINDOW_ATTRIBUTES:
        if attribute != "quota_available":
            update.put(attribute, new[attribute])
    if advance.seen.packs:
        # What requests draw at the same time is in the sum of packs, and so in what is available.
        update.value(":opened", money.difference(available, advance.seen.packs_left))
        update.set("quota_available = packs_left + :opened")
    else:
        update.put("quota_available", available)


def _stay_in_window(update: Update, advance: Advance, amount: Decimal) -> None:
    """Requests in flight go on counting in it, so that what is available changes by a difference."""
    seen, after = advance.seen.quota, advance.after.quota
    old = scope_items.quota_to_item(seen)
    for attribute in ("quota_allowance", "quota_past"):
        update.require_as_seen(attribute, old[attribute])
    if after.allowance != seen.allowance:
        update.put("quota_allowance", after.allowance)
    update.value(":quota_amount", amount - money.difference(after.available, seen.available))
    update.set("quota_available = quota_available - :quota_amount")
