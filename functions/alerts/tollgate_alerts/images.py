"""The keys table's stream: which changes may give reason to look at a key's budgets."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alert_decisions import is_reached, is_watched

if TYPE_CHECKING:
    from tollgate.alert_decisions import AlertPolicy
    from tollgate.scopes import Balance, Scope

# A forecast is thought over each time that another twentieth of a budget is used.
_STEPS = 20


def is_worth_a_look(before: Scope | None, after: Scope, policy: AlertPolicy) -> bool:
    """Whether usage is, or was, at the lowest threshold, or has come a step nearer to the limit.

    Requests that only open and close holds change nothing of it, and most keys are far from any threshold:
    a look reads three items, so those are left out here.
    """
    if before is not None and _outlook(before) == _outlook(after):
        return False
    lowest = min((each.percent for each in policy.thresholds_of(after)), default=None)
    old = {balance.window: balance for balance in before.balances()} if before is not None else {}
    for balance in filter(is_watched, after.balances()):
        earlier = old.get(balance.window)
        if lowest is not None and any(each and is_reached(each, lowest) for each in (balance, earlier)):
            return True
        if policy.forecast_days and _step(balance) != (_step(earlier) if earlier else 0):
            return True
    return False


def _outlook(scope: Scope) -> object:
    """All that alerts go by."""
    budgets = [(each.window, each.allowance, each.used, each.resets_at) for each in scope.balances()]
    return budgets, scope.thresholds, scope.alert_debounce_seconds


def _step(balance: Balance) -> int:
    if balance.allowance <= 0:
        return _STEPS
    with money.exact():
        return int(balance.used * Decimal(_STEPS) // balance.allowance)
