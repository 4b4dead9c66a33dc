"""How an admission keeps count of whether a scope with rules for downgrades is tight.

The write that lets a call in requires that the scope is as tight as it was found, and notes it where that
changes: with the hold, or not at all. So calls of one scope agree on it, in whatever order they come. The
percents are of an image whose revision the write requires; what is used is compared with shares worked out
from it, because conditions do no arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.aws.dynamodb import epoch
from tollgate.ledger.policies.downgrades import tight_balance, tight_from

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.aws.update_expression import Update
    from tollgate.ledger.policies.downgrades import Downgrade
    from tollgate.ledger.scopes import Scope


def keep_latch(update: Update, scope: Scope, policy: Downgrade, at: datetime) -> None:
    """Of a scope as it was seen, let into at a moment."""
    is_tight = tight_balance(scope, at) is not None
    update.require(
        "attribute_exists(downgrading)" if scope.downgrading else "attribute_not_exists(downgrading)"
    )
    conditions = _tight(update, scope, policy, at) if is_tight else _calm(update, scope, policy, at)
    update.require(*conditions)
    update.require_as_seen("quota_starts_at", epoch(scope.quota.starts_at))
    if scope.quota.carries:
        # It changes without an edit, when a late settlement changes what was carried over.
        update.require_as_seen("quota_allowance", scope.quota.allowance)
    if scope.packs:
        # Which of them are in effect does, too, when time makes another one so.
        update.require_as_seen("changes_at", epoch(scope.changes_at) if scope.changes_at else None)
    if is_tight is not scope.downgrading:
        update.put("downgrading", is_tight or None)


def _tight(update: Update, scope: Scope, policy: Downgrade, at: datetime) -> list[str]:
    """That one of its budgets is used as far as that, and no pack pays."""
    found = []
    if scope.packs:
        update.value(":packs_ended", _packs_ended(scope, at))
        found.append("packs_left <= :packs_ended")
    if not _is_tight_from_its_start(scope, policy, at):
        used = _shares(update, scope, policy, at)
        found.append(f"({' OR '.join(f'{attribute} >= {share}' for attribute, share in used.items())})")
    return found


def _calm(update: Update, scope: Scope, policy: Downgrade, at: datetime) -> list[str]:
    """That none of its budgets is, or packs pay."""
    pays = "packs_left > :packs_ended"
    if _is_tight_from_its_start(scope, policy, at):
        update.value(":packs_ended", _packs_ended(scope, at))
        return [pays]
    used = _shares(update, scope, policy, at)
    calm = [f"{attribute} < {share}" for attribute, share in used.items()]
    if not (scope.packs and calm):
        return calm
    update.value(":packs_ended", _packs_ended(scope, at))
    return [f"({pays} OR ({' AND '.join(calm)}))"]


def _shares(update: Update, scope: Scope, policy: Downgrade, at: datetime) -> dict[str, str]:
    """By the attribute with what is used of a budget, the placeholder of the share from which it is tight.

    Of a window that the write begins nothing is used, and nothing stored.
    """
    present, percent = scope.advanced(at), policy.percent(latched=scope.downgrading)
    found = {}
    for balance in present.balances():
        attribute = "budget_used" if balance.resets_at is None else "quota_used"
        if attribute == "quota_used" and present.quota.starts_at != scope.quota.starts_at:
            continue
        update.value(f":tight_{attribute}", tight_from(balance, percent))
        found[attribute] = f":tight_{attribute}"
    return found


def _is_tight_from_its_start(scope: Scope, policy: Downgrade, at: datetime) -> bool:
    """Whether a window that the write begins is tight whatever is used of the budget: it begins overspent."""
    present, percent = scope.advanced(at), policy.percent(latched=scope.downgrading)
    if present.quota.starts_at == scope.quota.starts_at:
        return False
    return any(
        each.resets_at is not None and each.used >= tight_from(each, percent) for each in present.balances()
    )


def _packs_ended(scope: Scope, at: datetime) -> Decimal:
    """USD of packs that are stored as in effect and no longer are, negative if more of them now are."""
    return money.difference(scope.packs_left, scope.advanced(at).packs_left)
