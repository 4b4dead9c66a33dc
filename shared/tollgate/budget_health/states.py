"""How a scope's budgets stand, in a word."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.ledger.scopes import Balance, Scope

# Percent of a budget from which it is nearly used up, where the key has no thresholds of its own.
_NEAR_PERCENT = 80


class BudgetState(StrEnum):
    """From the best to the worst.

    `near`: the key's lowest threshold is reached, or 80 % without thresholds. `exhausted`: all is used.
    """

    UNLIMITED = "unlimited"
    FINE = "fine"
    NEAR = "near"
    EXHAUSTED = "exhausted"


SEVERITY = {state: number for number, state in enumerate(BudgetState)}


def budget_state(scope: Scope, at: datetime) -> BudgetState:
    """The state of the worse of a scope's own two budgets at a moment; its ancestors' are not looked at.

    What is held is not used yet. A quota whose window is over by `at` counts as the one that begins.
    """
    states = (state_of(scope, balance) for balance in scope.balances_at(at))
    return max(states, key=lambda state: SEVERITY[state], default=BudgetState.UNLIMITED)


def state_of(scope: Scope, balance: Balance) -> BudgetState:
    """The state of one of a scope's budgets."""
    if balance.is_exhausted:
        return BudgetState.EXHAUSTED
    near = min((each.percent for each in scope.thresholds or ()), default=_NEAR_PERCENT)
    return BudgetState.NEAR if balance.is_reached(near) else BudgetState.FINE
