"""Repairs: making a scope's counters right, whatever is spent meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tollgate import money
from tollgate.lean_dataclass import dataclass
from tollgate.reconcile.reconciliation import Counter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from tollgate.ledger.scopes import Scope
    from tollgate.reconcile.reconciliation import Drift

# What a counter takes along when it is put right, so that what is available still follows from it.
_BALANCES_OF: dict[Counter, dict[Counter, int]] = {
    Counter.BUDGET_USED: {Counter.BUDGET_AVAILABLE: -1},
    Counter.QUOTA_USED: {Counter.QUOTA_AVAILABLE: -1},
    Counter.QUOTA_ALLOWANCE: {Counter.QUOTA_AVAILABLE: 1},
    Counter.PACKS_LEFT: {Counter.BUDGET_AVAILABLE: 1, Counter.QUOTA_AVAILABLE: 1},
}
_OF_QUOTA = (Counter.QUOTA_USED, Counter.QUOTA_AVAILABLE, Counter.QUOTA_ALLOWANCE)


class InexactError(Exception):
    """It is known that a counter is wrong, but not by how much."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What is added to the counters of a scope, USD, as long as its revision and window are as `seen`."""

    seen: Scope
    additions: Mapping[Counter, Decimal]

    @property
    def touches_quota(self) -> bool:
        return any(counter in self.additions for counter in _OF_QUOTA)

    def before(self) -> dict[Counter, Decimal]:
        """As they were seen; requests in flight have moved them on since."""
        scope = self.seen
        counters = {
            Counter.BUDGET_USED: scope.budget_used,
            Counter.BUDGET_AVAILABLE: scope.budget_available,
            Counter.QUOTA_USED: scope.quota.used,
            Counter.QUOTA_AVAILABLE: scope.quota.available,
            Counter.QUOTA_ALLOWANCE: scope.quota.allowance,
            Counter.PACKS_LEFT: scope.packs_left,
        }
        return {counter: counters[counter] for counter in self.additions}

    def after(self) -> dict[Counter, Decimal]:
        with money.exact():
            return {counter: was + self.additions[counter] for counter, was in self.before().items()}


def repair(scope: Scope, drifts: Iterable[Drift]) -> Repair:
    """What takes a scope's drifts away; raises `InexactError`."""
    additions: dict[Counter, Decimal] = {}
    for drift in drifts:
        if not drift.exact:
            message = f"{drift.counter} of {drift.scope_id}"
            raise InexactError(message)
        with money.exact():
            missing = drift.expected - drift.found
            _add(additions, drift.counter, missing)
            for other, sign in _BALANCES_OF.get(drift.counter, {}).items():
                _add(additions, other, sign * missing)
    return Repair(scope, {counter: each for counter, each in additions.items() if each})


def _add(additions: dict[Counter, Decimal], counter: Counter, amount: Decimal) -> None:
    additions[counter] = additions.get(counter, money.ZERO) + amount
