"""Looking at what happens to a key besides what is used of its budgets: packs, metering, temporary limits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from tollgate.alerts.alerts import new_alert
from tollgate.alerts.events import key_events
from tollgate.conflicts import EditConflictError
from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tollgate.alerts.alerts import Alert, Spending
    from tollgate.alerts.decisions import AlertPolicy
    from tollgate.alerts.store.alerts_table import AlertsTable
    from tollgate.clock import Clock
    from tollgate.keys.pack_definitions import PackDefinition
    from tollgate.ledger.scopes import Scope

# How often a look begins anew because somebody else moved the state on.
_TRIES = 10


class Scopes(Protocol):
    def get(self, key_id: str) -> Scope | None: ...


class PackDefinitions(Protocol):
    def get(self, key_id: str, pack_id: str) -> PackDefinition | None: ...


@dataclass(frozen=True, slots=True)
class EventLooks:
    """`spending_of` is what a key has spent of late, None if that isn't known."""

    scopes: Scopes
    packs: PackDefinitions
    table: AlertsTable
    spending_of: Callable[[Scope, datetime], Spending | None]
    clock: Clock

    def decide(self, key_id: str, policy: AlertPolicy) -> list[Alert]:
        """Moves the key's state on; returns what is to be told.

        The state is read before the key, as for budgets.
        """
        for _ in range(_TRIES):
            seen = self.table.event_state(key_id)
            scope, now = self.scopes.get(key_id), self.clock()
            if scope is None:
                decision = key_events.EventDecision(key_events.gone(seen), ())
            else:
                definition_of = partial(self.packs.get, key_id)
                decision = key_events.decide(scope, definition_of, now, policy.debounce_of(scope), seen)
            if decision.state == seen and not decision.contents:
                return []
            alerts = self._alerts(scope, decision, policy, now)
            try:
                self.table.advance_events(key_id, seen, decision.state, alerts)
            except EditConflictError:
                continue
            return alerts
        message = f"What was told of {key_id} changed {_TRIES} times in between."
        raise RuntimeError(message)

    def _alerts(
        self, scope: Scope | None, decision: key_events.EventDecision, policy: AlertPolicy, now: datetime
    ) -> list[Alert]:
        if scope is None or not decision.contents:
            return []
        spending = self.spending_of(scope, now)
        return [
            new_alert(scope, content, policy.admin_emails, now, spending) for content in decision.contents
        ]
