"""Downgrades: which models a scope has served by cheaper ones while one of its budgets is nearly used.

A scope becomes tight when `enter_percent` of a budget is used, and stays so until less than `exit_percent` of
all of them is: between the two, nothing that is spent or given back changes by which model calls are served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from tollgate.ledger.scopes import Balance

ENTER_PERCENT = 90
EXIT_PERCENT = 80
_HUNDREDTHS = -2


@dataclass(frozen=True, slots=True)
class DowngradeRule:
    """What calls of a model are served by instead: the first of `to` that can serve the call."""

    model: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Downgrade:
    """A scope's rules, for calls of its key and of those below, and when they apply.

    With `switch_conversations`, a conversation that has begun with one model may go on with another.
    """

    rules: tuple[DowngradeRule, ...]
    enter_percent: int = ENTER_PERCENT
    exit_percent: int = EXIT_PERCENT
    switch_conversations: bool = False

    def models_for(self, model: str | None) -> tuple[str, ...]:
        """What calls of a model may be served by instead, the best first; none without a rule for it."""
        return next((rule.to for rule in self.rules if rule.model == model), ())

    def percent(self, *, latched: bool) -> int:
        """From which share on of any of its budgets a scope is tight, if it was before, or wasn't."""
        return self.exit_percent if latched else self.enter_percent

    def is_tight(self, balances: Iterable[Balance], *, latched: bool) -> bool:
        percent = self.percent(latched=latched)
        return any(each.used >= tight_from(each, percent) for each in balances)


def tight_from(balance: Balance, percent: int) -> Decimal:
    """The use from which on a budget is tight, USD; one that begins overspent is so from the start."""
    if balance.allowance <= 0:
        return money.ZERO
    with money.exact():
        return (balance.allowance * percent).scaleb(_HUNDREDTHS)
