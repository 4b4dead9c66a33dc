"""What an admission requires of a scope that has policies: that it still is as what they compare with says.

The amounts are worked out from an image of the scope. They hold as long as that is of the same revision,
and what a quota's come from is as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.aws.dynamodb import epoch
from tollgate.ledger.policies import priority_reserves
from tollgate.ledger.store.policies import downgrade_writes

if TYPE_CHECKING:
    from decimal import Decimal

    from tollgate.aws.update_expression import Update
    from tollgate.ledger.admissions import Admission, HoldAttempt
    from tollgate.ledger.scopes import Scope


def require(update: Update, admission: Admission, attempt: HoldAttempt, freed: Decimal) -> None:
    """`freed` is in what is known to be available, and not stored so before the write."""
    known, present = attempt.known, attempt.known_present
    if known is None or present is None:
        return
    if attempt.advance is None:
        update.require_as_seen("revision", known.revision)
    if known.key_id not in admission.reserved_at:
        _require_reserves(update, attempt, known, present, freed)
    if known.downgrade is not None:
        downgrade_writes.keep_latch(update, known, known.downgrade, attempt.at)


def _require_reserves(
    update: Update, attempt: HoldAttempt, known: Scope, present: Scope, freed: Decimal
) -> None:
    """As `tollgate.ledger.policies.priority_reserves` has it, of what is stored before the write."""
    kept = priority_reserves.bounds(present, attempt.priority, attempt.at)
    if kept.budget is not None:
        grown = money.difference(present.budget_available, known.budget_available)
        update.value(":budget_kept", money.difference(kept.budget, money.total([grown, freed])))
        update.require("budget_available > :budget_kept")
    # Of a window that the write begins nothing is used yet.
    if present.quota.starts_at != known.quota.starts_at or (kept.quota is None and kept.paced is None):
        return
    if attempt.advance is None:
        update.require_as_seen("quota_allowance", known.quota.allowance)
        update.require_as_seen("quota_starts_at", epoch(known.quota.starts_at))
    if kept.quota is not None:
        grown = money.difference(present.quota.available, known.quota.available)
        update.value(":quota_kept", money.difference(kept.quota, money.total([grown, freed])))
        update.require("quota_available > :quota_kept")
    if kept.paced is not None:
        update.value(":paced", kept.paced)
        update.require("quota_used <= :paced")
