"""How an admission keeps count of whether a scope with rules for downgrades is tight.

The write that lets a call in requires that the scope is as tight as it was found, and notes it where that
changes: with the hold, or not at all. So calls of one scope agree on it, in whatever order they come. The
percents are of an image whose revision the write requires; what is used is compared with shares worked out
from it, because conditions do no arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate.aws.dynamodb import epoch
from tollgate.ledger.policies.downgrades import tight_balance, tight_from

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.aws.update_expression import Update
    from tollgate.ledger.policies.downgrades import Downgrade
    from tollgate.ledger.scopes import Balance, Scope

_TOTAL = "total"


def keep_latch(update: Update, scope: Scope, policy: Downgrade, at: datetime) -> None:
    """Of a scope as it was seen, let into at a moment."""
    is_tight = tight_balance(scope, at) is not None
    update.require(
        "attribute_exists(downgrading)" if scope.downgrading else "attribute_not_exists(downgrading)"
    )
    percent = policy.percent(latched=scope.downgrading)
    stored = [each for each in scope.balances_at(at) if _is_stored(scope, each)]
    shares = {_used(each): tight_from(each, percent) for each in stored}
    for used, share in shares.items():
        update.value(f":tight_{used}", share)
    if is_tight and any(each.used >= shares[_used(each)] for each in stored):
        update.require(f"({' OR '.join(f'{used} >= :tight_{used}' for used in shares)})")
    elif not is_tight and shares:
        update.require(*(f"{used} < :tight_{used}" for used in shares))
    update.require_as_seen("quota_starts_at", epoch(scope.quota.starts_at))
    if "quota_used" in shares and scope.quota.carries:
        # It changes without an edit, when a late settlement changes what was carried over.
        update.require_as_seen("quota_allowance", scope.quota.allowance)
    if is_tight is not scope.downgrading:
        update.put("downgrading", is_tight or None)


def _is_stored(scope: Scope, balance: Balance) -> bool:
    """Whether what is used of a budget is in the item, and not of a window that the write begins."""
    return balance.window == _TOTAL or balance.resets_at == scope.quota.resets_at


def _used(balance: Balance) -> str:
    return "budget_used" if balance.window == _TOTAL else "quota_used"
