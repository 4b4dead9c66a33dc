"""Budget summaries of keys, kept so that nobody has to read all keys to say whose budgets run out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from tollgate import money
from tollgate.budget_health.states import SEVERITY, BudgetState, state_of
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.scopes import KeyStatus, Priority
from tollgate.ledger.windows import NEVER

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.ledger.scopes import Balance, Scope


@dataclass(frozen=True, slots=True)
class WindowSummary:
    """How one budget stands. `window` is `total` or the quota's period, empty where there is no budget.

    `percent` is what is used in whole percent, None if there is nothing to spend. From `resets_at` on, which
    may also be when a raised limit falls back, the budget stands as `following` and `percent_then` say, until
    a request or an edit comes: as a rule nothing is used of a new window, but there are quotas of nothing and
    debts.
    """

    window: str
    state: BudgetState
    percent: int | None = None
    resets_at: datetime | None = None
    following: BudgetState = BudgetState.FINE
    percent_then: int | None = None

    @property
    def severity(self) -> tuple[int, float]:
        """Sorts budgets from the best to the worst."""
        return SEVERITY[self.state], float("inf") if self.percent is None else self.percent

    def at(self, moment: datetime) -> WindowSummary:
        if self.resets_at is None or moment < self.resets_at:
            return self
        unspent = 0 if self.following is BudgetState.FINE else None
        percent = unspent if self.percent_then is None else self.percent_then
        return replace(self, state=self.following, percent=percent, resets_at=None, percent_then=None)


_UNLIMITED = WindowSummary("", BudgetState.UNLIMITED)


@dataclass(frozen=True, slots=True)
class BudgetSummary:
    """How a key's own budgets stand."""

    status: KeyStatus
    expires_at: datetime | None
    budgets: tuple[WindowSummary, ...]
    priority: Priority = Priority.NORMAL

    @classmethod
    def of(cls, scope: Scope, at: datetime | None = None) -> Self:
        """How a key stands at a moment; without one, in the window that it was last used in."""
        present = scope if at is None else scope.advanced(at)
        budgets = tuple(_window(present, balance) for balance in present.balances())
        return cls(scope.status, scope.expires_at, budgets, scope.priority)

    def is_in_use(self, at: datetime) -> bool:
        """Whether requests with the key may be let in at all."""
        return self.status is KeyStatus.ACTIVE and (self.expires_at is None or at < self.expires_at)

    def worst(self, at: datetime) -> WindowSummary:
        """The worse of the budgets, which is what the key is counted by."""
        return max((each.at(at) for each in self.budgets), key=lambda each: each.severity, default=_UNLIMITED)


def _window(scope: Scope, balance: Balance) -> WindowSummary:
    state, percent = state_of(scope, balance), _percent(balance)
    noted = scope.raises.get(balance.window)
    if noted is not None and (balance.resets_at is None or noted.until < balance.resets_at):
        lasting = scope.advanced(noted.until)
        (after,) = (each for each in lasting.balances() if each.window == balance.window)
        return WindowSummary(
            balance.window, state, percent, noted.until, state_of(lasting, after), _percent(after)
        )
    following = _following(scope) if balance.resets_at else BudgetState.FINE
    return WindowSummary(balance.window, state, percent, balance.resets_at, following)


def _percent(balance: Balance) -> int | None:
    if balance.allowance <= 0:
        return None
    with money.exact():
        return int(max(balance.used, money.ZERO) * Decimal(100) // balance.allowance)


def _following(scope: Scope) -> BudgetState:
    """How the quota stands when its next window begins."""
    quota = scope.quota
    if quota.limit is None or quota.resets_at >= NEVER:
        return BudgetState.FINE
    begun = scope.advanced(quota.resets_at)
    (balance,) = replace(begun, budget_limit=None).balances()
    return state_of(begun, balance)
