"""Downgrades: which models a scope has served by cheaper ones while one of its budgets is nearly used.

A scope becomes tight when `enter_percent` of a budget is used, and stays so until less than `exit_percent` of
all of them is: between the two, nothing that is spent or given back changes by which model calls are served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.admissions import DowngradeError, Switching

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tollgate.ledger.admissions import Admission, Switched
    from tollgate.ledger.scopes import Balance, Scope

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


def tight_balance(scope: Scope, at: datetime) -> Balance | None:
    """The budget by which a scope is tight at a moment, None if it isn't; of several the most used one.

    As long as packs pay, none of its budgets is used.
    """
    policy, present = scope.downgrade, scope.advanced(at)
    if policy is None or present.packs_left > 0:
        return None
    percent = policy.percent(latched=scope.downgrading)
    tight = [each for each in present.balances() if each.used >= tight_from(each, percent)]
    return max(tight, key=_share_used, default=None)


def require_model(scope: Scope, admission: Admission, at: datetime) -> None:
    """Raises `DowngradeError` unless a scope has a call served, at a moment, by the model that it comes with.

    It does if it isn't tight, has no rule for the model, or may not switch it; but not where another model
    is to serve for the scope's sake, and that is no longer so.
    """
    if admission.is_free:
        return
    policy, is_tight = scope.downgrade, tight_balance(scope, at) is not None
    for each in admission.tight_at:
        if each.scope_id == scope.key_id and not (is_tight and _has_rule(policy, each)):
            raise DowngradeError(scope, (), is_tight=False)
    if policy is not None:
        _require_unswitched(scope, policy, admission, is_tight=is_tight)


def _require_unswitched(scope: Scope, policy: Downgrade, admission: Admission, *, is_tight: bool) -> None:
    to, switching = policy.models_for(admission.model), admission.switching
    if not to or switching is Switching.NEVER:
        return
    if not policy.switch_conversations:
        if switching is Switching.UNKNOWN:
            raise DowngradeError(scope, to, is_tight=is_tight)
        if switching is Switching.CONVERSATION:
            return
    if is_tight:
        raise DowngradeError(scope, to)


def _has_rule(policy: Downgrade | None, switched: Switched) -> bool:
    return policy is not None and switched.instead in policy.models_for(switched.model)


def _share_used(balance: Balance) -> Decimal:
    """For comparing alone."""
    return balance.used / balance.allowance if balance.allowance > 0 else money.ONE


def tight_from(balance: Balance, percent: int) -> Decimal:
    """The use from which on a budget is tight, USD; one that begins overspent is so from the start."""
    if balance.allowance <= 0:
        return money.ZERO
    with money.exact():
        return (balance.allowance * percent).scaleb(_HUNDREDTHS)
