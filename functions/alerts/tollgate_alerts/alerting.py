"""Looking at budgets, and telling what follows from it.

Both can be repeated at any point: a look decides by what is stored now, not by what an event says, and
what is to be told is stored before the first message is sent.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from tollgate.alerts.alerts import DeliveryState, Notice, new_alert
from tollgate.alerts.decisions import BudgetSnapshot, Decision, WatchedBudget, unwatched
from tollgate.budget_requests.store import grants_table
from tollgate.conflicts import EditConflictError
from tollgate.lean_dataclass import dataclass
from tollgate_alerts import granted_limits
from tollgate_alerts.event_looks import EventLooks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.alerts.alerts import Alert, Delivery, Spending
    from tollgate.alerts.decisions import AlertPolicy, AlertState
    from tollgate.alerts.store.alerts_table import AlertsTable, DueItem
    from tollgate.clock import Clock
    from tollgate.ledger.scopes import Scope
    from tollgate_alerts.event_looks import PackDefinitions, Scopes

logger = logging.getLogger(__name__)

# How often a look begins anew because somebody else moved the state on.
_TRIES = 10
# For how long a delivery belongs to the process that sends it: longer than a send can take.
_LEASE = timedelta(minutes=2)
# Between tries at a delivery that failed: twice as long each time, until it has been tried for long enough.
_FIRST_PAUSE = timedelta(minutes=1)
_MAX_PAUSE = timedelta(hours=6)
_GIVES_UP_AFTER = timedelta(days=3)
_MAX_DUE = 100
# Before what could not even be begun is tried again, so that it doesn't keep the next from its turn.
_POSTPONEMENT = timedelta(minutes=5)


class Policies(Protocol):
    def alert_policy(self) -> AlertPolicy: ...


class SpendingReader(Protocol):
    """By a scope's own count, so that it is as new as what the scope says to be used."""

    def last_day(self, scope: Scope, now: datetime) -> Decimal:
        """USD in the last 24 hours."""

    def spending_of(self, scope: Scope, now: datetime) -> Spending:
        """With what was spent lately, without models."""

    def top_models(
        self, scope_id: str, now: datetime, last_day: Decimal
    ) -> tuple[tuple[str, Decimal], ...]: ...


class Messenger(Protocol):
    def send(self, notice: Notice, delivery: Delivery) -> None:
        """Sends a notice to where a delivery goes; raises if it wasn't taken."""


class Meter(Protocol):
    def count(self, figures: Mapping[str, int], /) -> None: ...


@dataclass(frozen=True, slots=True)
class Alerting:
    """`stage` is the deployment's name, which messages bear."""

    scopes: Scopes
    policies: Policies
    table: AlertsTable
    spending: SpendingReader
    messenger: Messenger
    meter: Meter
    clock: Clock
    stage: str
    packs: PackDefinitions

    def look_at_events(self, key_id: str, until: datetime) -> None:
        """As `look`, at what happens to a key besides what is used of its budgets."""
        looks = EventLooks(self.scopes, self.packs, self.table, self._spending, self.clock)
        for alert in looks.decide(key_id, self.policies.alert_policy()):
            self.deliver(alert, until)

    def look(self, key_id: str, until: datetime) -> None:
        """Looks at a key's budgets, and tells what is new about them; no message is begun after `until`."""
        policy = self.policies.alert_policy()
        for budget in WatchedBudget:
            alert = self._decide(key_id, budget, policy)
            if alert is not None:
                self.deliver(alert, until)

    def follow_up(self, key_id: str, request_id: str, until: datetime) -> None:
        """Looks at a limit that was granted for a time, and tells of its end."""
        policy, now = self.policies.alert_policy(), self.clock()
        alert = granted_limits.follow_up(self.table, self._scope, policy, (key_id, request_id), now)
        if alert is not None:
            self.deliver(alert, until)

    def process_due(self, until: datetime) -> int:
        """Does what is due, and begins none of it after `until`; returns how much there was.

        One thing that fails doesn't keep back the others.
        """
        due = self.table.due(self.clock(), _MAX_DUE)
        for each in due:
            if self.clock() >= until:
                break
            try:
                self._process_due_item(each, until)
            except Exception:
                logger.exception("The alert state of %s could not be followed up", each)
                self.table.postpone(each, self.clock(), self.clock() + _POSTPONEMENT)
        return len(due)

    def deliver(self, alert: Alert, until: datetime) -> None:
        """Sends what of an alert is still to be sent, and says when to come back for the rest."""
        for name in alert.deliveries:
            if alert.deliveries[name].state is DeliveryState.PENDING and self.clock() < until:
                alert = self._send(alert, name)
        self.table.schedule_retry(alert, self._next_try(alert))

    def _process_due_item(self, due: DueItem, until: datetime) -> None:
        if (request_id := grants_table.grant_of(due.name)) is not None:
            self.follow_up(due.key_id, request_id, until)
            return
        if due.is_of_events:
            self.look_at_events(due.key_id, until)
            return
        if due.alert_id is None:
            self.look(due.key_id, until)
            return
        alert = self.table.get(due.key_id, due.alert_id)
        if alert is not None:
            self.deliver(alert, until)

    def _decide(self, key_id: str, budget: WatchedBudget, policy: AlertPolicy) -> Alert | None:
        """Moves the budget's state on; returns what is to be told.

        The state is read before the key: whoever moves it on then knows no older a state of the key than
        who did so before, and what the last one saw isn't taken for something that comes later.
        """
        for _ in range(_TRIES):
            seen = self.table.state(key_id, budget)
            scope = self._scope(key_id)
            now = self.clock()
            decision = self._decision(scope, budget, policy, seen, now)
            if decision.state == seen and decision.content is None:
                return None
            alert = None
            if scope is not None and decision.content is not None:
                spending = self._spending(scope, now)
                alert = new_alert(scope, decision.content, policy.admin_emails, now, spending)
            try:
                self.table.advance(key_id, budget, seen, decision.state, alert)
            except EditConflictError:
                continue
            return alert
        message = f"The alert state of {key_id} changed {_TRIES} times in between."
        raise RuntimeError(message)

    def _scope(self, key_id: str) -> Scope | None:
        """A key in its present window: one that has ended is over, even if no request began the next yet."""
        scope = self.scopes.get(key_id)
        if scope is None:
            return None
        return scope.advanced(self.clock())

    def _decision(
        self, scope: Scope | None, budget: WatchedBudget, policy: AlertPolicy, seen: AlertState, now: datetime
    ) -> Decision:
        balance = budget.balance_in(scope) if scope is not None else None
        if scope is None or balance is None:
            return Decision(unwatched(seen))
        rate = self.spending.last_day(scope, now) if policy.forecast_days else None
        return BudgetSnapshot(scope, balance, policy, now, rate).decide(seen)

    def _spending(self, scope: Scope, now: datetime) -> Spending | None:
        """None if it is not known: what a message would like to say besides doesn't keep it."""
        try:
            return self.spending.spending_of(scope, now)
        except Exception:
            logger.exception("The recent spending of %s could not be read", scope.key_id)
            return None

    def _send(self, alert: Alert, name: str) -> Alert:
        now = self.clock()
        claimed = self.table.claim(alert, name, now, now + _LEASE)
        if claimed is None:
            # Somebody else has it, or has just been done with it.
            return self.table.get(alert.key_id, alert.id) or alert
        delivery = claimed.deliveries[name]
        try:
            self.messenger.send(self._notice(claimed), delivery)
        except Exception as error:
            logger.exception("The delivery %s of %s failed", name, alert.id)
            gives_up = self.clock() - alert.created_at >= _GIVES_UP_AFTER
            self.meter.count({"AlertDeliveryFailed": 1, "AlertsGivenUp": int(gives_up)})
            reason = f"{type(error).__name__}: {error}"
            return self.table.note_failure(claimed, name, reason, is_final=gives_up) or claimed
        self.meter.count({"AlertsDelivered": 1})
        return self.table.confirm(claimed, name, self.clock()) or claimed

    def _notice(self, alert: Alert) -> Notice:
        policy, spending = self.policies.alert_policy(), alert.spending
        if spending is None and (scope := self._scope(alert.key_id)) is not None:
            spending = self._spending(scope, self.clock())
        if spending is not None:
            spending = replace(spending, top_models=self._top_models(alert, spending))
        return Notice(alert, spending, self.stage, policy.console_url)

    def _top_models(self, alert: Alert, spending: Spending) -> tuple[tuple[str, Decimal], ...]:
        try:
            return self.spending.top_models(alert.key_id, alert.created_at, spending.last_day)
        except Exception:
            logger.exception("The models that %s used recently could not be read", alert.key_id)
            return ()

    def _next_try(self, alert: Alert) -> datetime | None:
        pending = [each for each in alert.deliveries.values() if each.state is DeliveryState.PENDING]
        if not pending:
            return None
        now = self.clock()
        return min(max(each.claimed_until or now, now) + _pause(each.attempts) for each in pending)


def _pause(attempts: int) -> timedelta:
    """Before the next try, after so many in vain."""
    return min(_FIRST_PAUSE * 2 ** max(attempts - 1, 0), _MAX_PAUSE) if attempts else timedelta(0)
