"""Budget summaries of keys, kept so that nobody has to read all keys to say whose budgets run out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from tollgate import money
from tollgate.budget_health.states import SEVERITY, BudgetState, state_of
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.scopes import KeyStatus
from tollgate.ledger.windows import NEVER

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.ledger.quotas import Quota
    from tollgate.ledger.scopes import Balance, Scope


@dataclass(frozen=True, slots=True)
class WindowSummary:
    """How one budget stands. `window` is `total` or the quota's period, empty where there is no budget.

    `percent` is what is used in whole percent, None if there is nothing to spend. From `resets_at` on the
    budget stands as `following` says, until a request or an edit comes: as a rule nothing is used then, but
    there are quotas of nothing and debts.
    """

    window: str
    state: BudgetState
    percent: int | None = None
    resets_at: datetime | None = None
    following: BudgetState = BudgetState.FINE

    @property
    def severity(self) -> tuple[int, float]:
        """Sorts budgets from the best to the worst."""
        return SEVERITY[self.state], float("inf") if self.percent is None else self.percent

    def at(self, moment: datetime) -> WindowSummary:
        if self.resets_at is None or moment < self.resets_at:
            return self
        unspent = 0 if self.following is BudgetState.FINE else None
        return replace(self, state=self.following, percent=unspent, resets_at=None)


_UNLIMITED = WindowSummary("", BudgetState.UNLIMITED)


@dataclass(frozen=True, slots=True)
class BudgetSummary:
    """How a key's own budgets stand."""

    status: KeyStatus
    expires_at: datetime | None
    budgets: tuple[WindowSummary, ...]

    @classmethod
    def of(cls, scope: Scope, at: datetime | None = None) -> Self:
        """How a key stands at a moment; without one, in the window that it was last used in."""
        quota = scope.quota if at is None else scope.quota.rolled(at, scope.quota_held())
        following = _following(scope, quota)
        return cls(
            scope.status,
            scope.expires_at,
            tuple(
                WindowSummary(
                    balance.window,
                    state_of(scope, balance),
                    _percent(balance),
                    balance.resets_at,
                    following if balance.resets_at else BudgetState.FINE,
                )
                for balance in scope.balances(quota)
            ),
        )

    def is_in_use(self, at: datetime) -> bool:
        """Whether requests with the key may be let in at all."""
        return self.status is KeyStatus.ACTIVE and (self.expires_at is None or at < self.expires_at)

    def worst(self, at: datetime) -> WindowSummary:
        """The worse of the budgets, which is what the key is counted by."""
        return max((each.at(at) for each in self.budgets), key=lambda each: each.severity, default=_UNLIMITED)


def _percent(balance: Balance) -> int | None:
    if balance.allowance <= 0:
        return None
    with money.exact():
        return int(max(balance.used, money.ZERO) * Decimal(100) // balance.allowance)


def _following(scope: Scope, quota: Quota) -> BudgetState:
    """How the quota stands when its next window begins."""
    if quota.limit is None or quota.resets_at >= NEVER:
        return BudgetState.FINE
    begun = quota.rolled(quota.resets_at, scope.quota_held())
    (balance,) = replace(scope, budget_limit=None).balances(begun)
    return state_of(scope, balance)
