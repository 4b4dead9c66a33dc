"""What time has made of a scope, as part of a write of its item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.aws.dynamodb import epoch
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store import scope_items

if TYPE_CHECKING:
    from decimal import Decimal

    from tollgate.aws.update_expression import Update
    from tollgate.ledger.scopes import Advance

# What is available grows with the limits; of these, what an admission takes is less that.
_WITHIN_BUDGET = "(budget_used < :limit AND (enforcement = :soft OR budget_available >= :budget_amount))"
_WITHIN_QUOTA = "(quota_used < :allowance AND (enforcement = :soft OR quota_available >= :quota_amount))"


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
        update.value(":soft", Enforcement.SOFT.value)
        update.value(":limit", after.budget_limit)
        update.require(_WITHIN_BUDGET)
    if after.quota.limit is not None and not _begins_window(advance):
        update.value(":soft", Enforcement.SOFT.value)
        update.value(":allowance", after.quota.allowance)
        update.require(_WITHIN_QUOTA)


def _begins_window(advance: Advance) -> bool:
    return advance.seen.quota.starts_at != advance.after.quota.starts_at


def _begin_window(update: Update, advance: Advance, amount: Decimal) -> None:
    old = scope_items.quota_to_item(advance.seen.quota)
    for attribute in ("quota_used", "quota_available") if advance.after.quota.carries else ():
        update.require_as_seen(attribute, old[attribute])
    new = scope_items.quota_to_item(advance.after.quota)
    new["quota_available"] = money.difference(advance.after.quota.available, amount)
    for attribute in scope_items.WINDOW_ATTRIBUTES:
        update.put(attribute, new[attribute])


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
