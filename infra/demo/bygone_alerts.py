"""The alerts of the past: decided by the alerts function's own code, and sent to nobody."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tollgate import money
from tollgate.alerts.alerts import Spending
from tollgate.budget_health.store.summaries_table import SummaryWriter
from tollgate_alerts.alerting import Alerting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal

    from infra.demo.bygone_api import BygoneApi
    from tollgate.alerts.alerts import Delivery, Notice
    from tollgate.ledger.records import LedgerRecord
    from tollgate.ledger.scopes import Scope

# Whose mailbox takes nothing.
BOUNCING = "campaigns-lead@example.com"
# From which share of a budget on there may be something to tell.
_WORTH_A_LOOK = 0.5
_SENDING = timedelta(minutes=2)


class MailboxError(Exception):
    """A mail server's answer."""


class _NoMeter:
    def count(self, figures: Mapping[str, int], /) -> None:
        """Nobody measures the past."""


@dataclass
class PastSpending:
    """What keys have spent by day, as their records say."""

    days: dict[tuple[str, date], Decimal] = field(default_factory=lambda: defaultdict(lambda: money.ZERO))
    models: dict[tuple[str, date], dict[str, Decimal]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, record: LedgerRecord) -> None:
        day = record.created_at.date()
        for scope in record.scopes:
            self.days[scope, day] += record.calculated_cost
            models = self.models[scope, day]
            models[record.model] = models.get(record.model, money.ZERO) + record.calculated_cost

    def last_day(self, scope: Scope, now: datetime) -> Decimal:
        return self.days.get((scope.key_id, now.date()), money.ZERO)

    def spending_of(self, scope: Scope, now: datetime) -> Spending:
        return Spending(self.last_day(scope, now))

    def top_models(
        self,
        scope_id: str,
        now: datetime,
        last_day: Decimal,  # noqa: ARG002  # it is known here
    ) -> tuple[tuple[str, Decimal], ...]:
        found = self.models.get((scope_id, now.date()), {})
        return tuple(sorted(found.items(), key=lambda each: -each[1])[:3])


@dataclass
class BygoneAlerts:
    """Looks at keys as the stream would have had it, by the clock of the past."""

    api: BygoneApi
    spending: PastSpending = field(default_factory=PastSpending)

    def send(self, notice: Notice, delivery: Delivery) -> None:  # noqa: ARG002  # nobody reads it
        """As a messenger, which has a mailbox that is full."""
        self.api.now += timedelta(milliseconds=640)
        if delivery.address == BOUNCING:
            raise MailboxError("550 5.2.2 mailbox full")

    def look(self, scopes: list[Scope]) -> None:
        """Tells what there is to tell of keys that were charged, and what is due."""
        alerting = self._alerting()
        for scope in scopes:
            used = [balance.used / balance.allowance for balance in scope.balances() if balance.allowance]
            if used and max(used) >= _WORTH_A_LOOK:
                alerting.look(scope.key_id, self._later)
            if scope.packs or scope.is_metered or scope.raises:
                alerting.look_at_events(scope.key_id, self._later)

    def follow_up(self) -> None:
        """What is due by now: reminders, ends of limits, further tries to deliver."""
        self._alerting().process_due(self._later)

    def summarise(self, key_ids: list[str]) -> None:
        """Notes how keys stand, for the budget health of all."""
        services = self.api.services
        writer = SummaryWriter(services.keys, services.budget_summaries, self.api.clock)
        for key_id in key_ids:
            writer.note(key_id)

    @property
    def _later(self) -> datetime:
        return self.api.now + _SENDING

    def _alerting(self) -> Alerting:
        services = self.api.services
        return Alerting(
            scopes=services.keys,
            policies=services.alert_policy,
            table=services.alerts,
            spending=self.spending,
            messenger=self,
            meter=_NoMeter(),
            clock=self.api.clock,
            stage="local",
            packs=services.packs.definitions,
        )
