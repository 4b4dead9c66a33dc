"""Looking at budgets, and telling what follows from it.

Both can be repeated at any point: a look decides by what is stored now, not by what an event says, and
what is to be told is stored before the first message is sent.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from tollgate.alert_decisions import Standing, is_watched
from tollgate.alerts import DeliveryState, Notice, new_alert
from tollgate.conflicts import EditConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from tollgate.adapters.alerts import AlertsTable
    from tollgate.alert_decisions import AlertPolicy
    from tollgate.alerts import Alert, Delivery, Spending
    from tollgate.clock import Clock
    from tollgate.scopes import Balance, Scope

logger = logging.getLogger(__name__)

# How often a look begins anew because somebody else moved the mark on.
_TRIES = 10
# For how long a delivery belongs to the process that sends it: longer than a send can take.
_LEASE = timedelta(minutes=2)
# Between tries at a delivery that failed: twice as long each time, until it has been tried for long enough.
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)
_GIVES_UP_AFTER = timedelta(days=3)
_MOST_DUE = 100


class Scopes(Protocol):
    def get(self, key_id: str) -> Scope | None: ...


class Policies(Protocol):
    def alert_policy(self) -> AlertPolicy: ...


class SpendingReader(Protocol):
    def last_day(self, scope_id: str, now: datetime) -> Decimal:
        """USD in the last 24 hours."""

    def recent(self, scope_id: str, now: datetime) -> Spending: ...


class Messenger(Protocol):
    def send(self, notice: Notice, delivery: Delivery) -> None:
        """Sends a notice to where a delivery goes; raises if it wasn't taken."""


class Meter(Protocol):
    def count(self, figures: Mapping[str, int]) -> None: ...


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

    def look(self, key_id: str) -> None:
        """Looks at a key's budgets, and tells what is new about them."""
        scope = self.scopes.get(key_id)
        if scope is None:
            return
        # A window that has ended is over, even if no request has begun the next one yet.
        scope = replace(scope, quota=scope.quota.rolled(self.clock(), scope.quota_held()))
        for balance in scope.balances():
            if is_watched(balance):
                alert = self._decide(scope, balance)
                if alert is not None:
                    self.deliver(alert)

    def come_back(self) -> int:
        """Does what is due; returns how much that was. One thing that fails doesn't keep back the others."""
        due = self.table.due(self.clock(), _MOST_DUE)
        for each in due:
            try:
                if each.alert_id is None:
                    self.look(each.key_id)
                else:
                    alert = self.table.get(each.key_id, each.alert_id)
                    if alert is not None:
                        self.deliver(alert)
            except Exception:
                logger.exception("%s could not be come back to", each)
        return len(due)

    def deliver(self, alert: Alert) -> None:
        """Sends what of an alert is still to be sent, and says when to come back for the rest."""
        for name in alert.deliveries:
            if alert.deliveries[name].state is DeliveryState.PENDING:
                alert = self._send(alert, name)
        self.table.come_back(alert, self._next_try(alert))

    def _decide(self, scope: Scope, balance: Balance) -> Alert | None:
        policy = self.policies.alert_policy()
        for _ in range(_TRIES):
            now = self.clock()
            seen = self.table.mark(scope.key_id, balance.window)
            rate = self.spending.last_day(scope.key_id, now)
            decision = Standing(scope, balance, policy, now, rate).decide(seen)
            if decision.mark == seen and decision.told is None:
                return None
            alert = None
            if decision.told is not None:
                alert = new_alert(scope, decision.told, policy.admin_emails, now)
            try:
                self.table.advance(scope.key_id, balance.window, seen, decision.mark, alert)
            except EditConflictError:
                continue
            return alert
        message = f"The mark of {scope.key_id} changed {_TRIES} times in between."
        raise RuntimeError(message)

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
            return self.table.note_failure(claimed, name, reason, gives_up=gives_up) or claimed
        self.meter.count({"AlertsDelivered": 1})
        return self.table.confirm(claimed, name, self.clock()) or claimed

    def _notice(self, alert: Alert) -> Notice:
        policy = self.policies.alert_policy()
        try:
            spending = self.spending.recent(alert.key_id, self.clock())
        except Exception:
            logger.exception("What %s has spent of late is not known", alert.key_id)
            spending = None
        return Notice(alert, spending, self.stage, policy.console_url)

    def _next_try(self, alert: Alert) -> datetime | None:
        pending = [each for each in alert.deliveries.values() if each.state is DeliveryState.PENDING]
        if not pending:
            return None
        now = self.clock()
        return min(max(each.claimed_until or now, now) + _pause(each.attempts) for each in pending)


def _pause(attempts: int) -> timedelta:
    """Before the next try, after so many in vain."""
    return min(_FIRST_PAUSE * 2 ** max(attempts - 1, 0), _LONGEST_PAUSE) if attempts else timedelta(0)
