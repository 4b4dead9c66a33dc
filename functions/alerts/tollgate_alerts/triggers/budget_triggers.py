"""The keys table's stream: which changes may give reason to look at a key's budgets."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aws_wire import attribute_values
from tollgate import money
from tollgate.alerts.decisions import WatchedBudget
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.store import scope_items
from tollgate_alerts.triggers import event_triggers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate.alerts.decisions import AlertPolicy
    from tollgate.ledger.scopes import Balance, Scope

# A forecast is thought over each time that another twentieth of a budget is used.
_STEPS = 20


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What became of an item in a batch: its images before the first record and after the last."""

    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    def is_worth_a_look(self, policy: AlertPolicy) -> bool:
        after = _scope(self.after)
        return after is not None and is_worth_a_look(_scope(self.before), after, policy)

    def is_news(self) -> bool:
        """Whether something happened to a key besides what it uses of its budgets."""
        if not event_triggers.may_be_news(self.before or {}, self.after or {}):
            return False
        after = _scope(self.after)
        return after is not None and event_triggers.is_news(_scope(self.before), after)


def changes(records: Iterable[Mapping[str, Any]]) -> dict[str, ItemChange]:
    """By key id, what the records of a batch change."""
    found: dict[str, ItemChange] = {}
    for record in records:
        wire = record["dynamodb"]
        key_id = wire["Keys"]["key_id"]["S"]
        before = found[key_id].before if key_id in found else wire.get("OldImage")
        found[key_id] = ItemChange(before, wire.get("NewImage"))
    return found


def is_worth_a_look(before: Scope | None, after: Scope, policy: AlertPolicy) -> bool:
    """Whether usage is, or was, at the lowest threshold, or has come a step nearer to the limit.

    Requests that only open and close holds change nothing of it, and most keys are far from any threshold:
    a look reads several items, so those are left out here.
    """
    if before is not None and _outlook(before) == _outlook(after):
        return False
    lowest = min((each.percent for each in policy.thresholds_of(after)), default=None)
    for budget in WatchedBudget:
        balance, earlier = budget.balance_in(after), budget.balance_in(before) if before is not None else None
        if lowest is not None and any(each and each.is_reached(lowest) for each in (balance, earlier)):
            return True
        if policy.forecast_days and balance and _step(balance) != (_step(earlier) if earlier else 0):
            return True
    return False


def _scope(image: Mapping[str, Any] | None) -> Scope | None:
    """A key as an image shows it; None for what else the table holds."""
    plain = attribute_values.plain(image) if image else {}
    return scope_items.to_scope(plain) if "secret_hash" in plain else None


def _outlook(scope: Scope) -> object:
    """All that alerts go by."""
    budgets = [(each.window, each.allowance, each.used, each.resets_at) for each in scope.balances()]
    return budgets, scope.thresholds, scope.alert_debounce_seconds


def _step(balance: Balance) -> int:
    if balance.allowance <= 0:
        return _STEPS
    with money.exact():
        return int(balance.used * Decimal(_STEPS) // balance.allowance)
