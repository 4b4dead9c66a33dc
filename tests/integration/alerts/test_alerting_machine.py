"""Anything, in any order: whatever keys spend and processes die of, each way up is told of once."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.support.alerts_world import HOUR, OWNER, TOPIC, AlertsWorld
from tests.support.builders import NOW
from tests.support.faults import DyingAtWrites, KilledError
from tollgate.alerts.alerts import AlertKind, DeliveryState
from tollgate.alerts.decisions import WatchedBudget
from tollgate.ledger.quotas import Quota, QuotaSettings
from tollgate.ledger.thresholds import DEFAULT_THRESHOLDS, Recipient
from tollgate.ledger.windows import Period, Schedule
from tollgate.refusals import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tollgate.alerts.alerts import Alert
    from tollgate.ledger.scopes import Scope
    from tollgate_alerts.alerting import Alerting

# To make a failure small takes minutes, which a search for mutants can spare.
SMALL = [] if os.environ.get("TOLLGATE_SHRINK") == "no" else [Phase.shrink]
NAMES = ("team", "ada")
CUTS = st.none() | st.tuples(st.integers(1, 9), st.booleans())
PERCENTS = tuple(each.percent for each in DEFAULT_THRESHOLDS)
FOR_ADMINS = {each.percent for each in DEFAULT_THRESHOLDS if Recipient.ADMIN in each.notify}


@dataclass
class WaysUp:
    """A budget as it really stands: each time that a threshold is reached is a way up of its own."""

    window: datetime | None = None
    reached: set[int] = field(default_factory=set)
    ways: Counter[int] = field(default_factory=Counter)
    named: Counter[tuple[int, int]] = field(default_factory=Counter)
    told_at: dict[int, datetime] = field(default_factory=dict)

    def stands(self, window: datetime | None, share: Decimal) -> None:
        if window != self.window:
            self.window, self.reached = window, set()
        now = {percent for percent in PERCENTS if share * 100 >= percent}
        self.ways.update(now - self.reached)
        self.reached = now

    def is_told(self, alert: Alert) -> None:
        told = alert.content
        assert told.percent in self.reached
        earlier = self.told_at.get(told.percent)
        assert earlier is None or alert.created_at - earlier >= HOUR
        for percent in (told.percent, *told.also):
            self.told_at[percent] = alert.created_at
            self.named[percent, self.ways[percent]] += 1
            assert self.named[percent, self.ways[percent]] == 1


class AlertsMachine(RuleBasedStateMachine):
    """Nothing here runs at once: what can go wrong is the order, and what dies or comes twice."""

    world: Callable[[], AlertsWorld]

    def __init__(self) -> None:
        super().__init__()
        self.alerts = alerts = self.world()
        daily = Quota(NOW).rescheduled(NOW, QuotaSettings(limit=Decimal(4), schedule=Schedule(Period.DAY)))
        team = alerts.add(name="team", budget_limit="20", owner_email=None)
        ada = alerts.add(name="ada", budget_limit="10", quota=daily, parent_id=team.key_id)
        self.keys = dict(zip(NAMES, (team, ada), strict=True))
        self.standing = {
            (key.key_id, budget): WaysUp() for key in self.keys.values() for budget in WatchedBudget
        }
        self.seen: set[str] = set()
        self.twice: set[tuple[str, str | None]] = set()
        self.waiting: list[dict[str, Any]] = []
        self.taken: list[dict[str, Any]] = []

    # --- what happens to keys ---

    @rule(
        name=st.sampled_from(NAMES), budget=st.sampled_from(WatchedBudget), percent=st.sampled_from(PERCENTS)
    )
    def spend(self, name: str, budget: WatchedBudget, percent: int) -> None:
        """As much as makes it so many percent of a budget, if that is more than it was."""
        scope = self._scope(name)
        balance = budget.balance_in(scope)
        cost = balance.allowance * percent / 100 - balance.used if balance else Decimal(0)
        try:
            self.alerts.spend(self.keys[name], str(max(cost, Decimal("0.01"))))
        except RefusedError:
            return
        self._changed()

    @rule(name=st.sampled_from(NAMES))
    def reset(self, name: str) -> None:
        keys = self.alerts.ledgers.keys
        keys.reset_used(self.alerts.ledgers.scope(self.keys[name]), self.alerts.now)
        for budget in WatchedBudget:
            standing = self.standing[self.keys[name].key_id, budget]
            standing.reached = set()
        self._changed()

    @rule(name=st.sampled_from(NAMES), limit=st.sampled_from([0, 10, 20, 40]))
    def change_limit(self, name: str, limit: int) -> None:
        """Looked at before it is changed once more: a rise and a fall that nobody saw are none."""
        self.alerts.ledgers.edit(self.keys[name], budget_limit=Decimal(limit))
        self._changed()
        self.take(None, 1000)

    @rule(minutes=st.sampled_from([1, 3, 20, 61, 600]))
    def wait(self, minutes: int) -> None:
        self.alerts.now += timedelta(minutes=minutes)
        self._stands()

    # --- what the alerts function does ---

    @rule(cut=CUTS, size=st.integers(1, 6))
    def take(self, cut: tuple[int, bool] | None, size: int) -> None:
        batch = self.waiting[:size]
        left = self._cut(cut, lambda alerting: self.alerts.take(batch, alerting))
        if left is None:
            return
        taken = len(batch) - len(left)
        self.taken += batch[:taken]
        self.waiting = self.waiting[taken:]

    @rule(start=st.integers(0, 100))
    def take_again(self, start: int) -> None:
        assert self.alerts.take(self.taken[start : start + 5]) == []

    @rule(cut=CUTS)
    def process_due(self, cut: tuple[int, bool] | None) -> None:
        self._cut(cut, self.alerts.process_due)

    @rule(number=st.integers(1, 3), taken=st.booleans())
    def die_at_a_send(self, number: int, taken: bool) -> None:
        messenger = self.alerts.messenger
        messenger.dies_at, messenger.taken = number, taken
        self._cut((100, True), lambda alerting: self.alerts.take(self.waiting[:5], alerting))
        messenger.dies_at = None

    @rule(bouncing=st.sampled_from([set(), {OWNER}, {TOPIC}, {OWNER, TOPIC}]))
    def bounce(self, bouncing: set[str | None]) -> None:
        self.alerts.messenger.bouncing = bouncing

    # --- what must be true ---

    @invariant()
    def each_way_up_is_told_of_once_and_none_too_soon(self) -> None:
        for alert in self.alerts.alerts():
            if alert.id not in self.seen and alert.content.kind is AlertKind.THRESHOLD:
                budget = WatchedBudget.TOTAL if alert.content.window == "total" else WatchedBudget.QUOTA
                self.standing[alert.key_id, budget].is_told(alert)
            self.seen.add(alert.id)

    @invariant()
    def no_message_comes_twice_but_after_a_death_between_it_and_its_note(self) -> None:
        sent = Counter((each.alert_id, each.to) for each in self.alerts.messenger.sent)
        assert {each for each, times in sent.items() if times > 1} <= self.twice

    def teardown(self) -> None:
        self.bounce(set())
        self.take(None, 1000)
        for _ in range(12):
            self.each_way_up_is_told_of_once_and_none_too_soon()
            self.wait(61)
            self.process_due(None)
        self.each_way_up_is_told_of_once_and_none_too_soon()
        self.no_message_comes_twice_but_after_a_death_between_it_and_its_note()
        assert self.alerts.table.due(self.alerts.now + 24 * HOUR, 10) == []
        for standing in self.standing.values():
            for percent in standing.reached:
                assert standing.named[percent, standing.ways[percent]] == 1
        sent = {(each.alert_id, each.to) for each in self.alerts.messenger.sent}
        for alert in self.alerts.alerts():
            assert {each.state for each in alert.deliveries.values()} == {DeliveryState.SENT}
            wanted = {OWNER if alert.owner_email else TOPIC}
            if alert.content.percent in FOR_ADMINS:
                wanted.add(TOPIC)
            assert {to for alert_id, to in sent if alert_id == alert.id} == wanted

    # --- how that is known ---

    def _changed(self) -> None:
        self.waiting += self.alerts.stream.read()
        self._stands()

    def _scope(self, name: str) -> Scope:
        """A key in its present window."""
        scope = self.alerts.ledgers.scope(self.keys[name])
        return replace(scope, quota=scope.quota.rolled(self.alerts.now, scope.quota_held()))

    def _stands(self) -> None:
        for name, key in self.keys.items():
            scope = self._scope(name)
            limit, quota = scope.budget_limit, scope.quota
            share = scope.budget_used / limit if limit else Decimal(0)
            self.standing[key.key_id, WatchedBudget.TOTAL].stands(None, share)
            if quota.limit is not None:
                self.standing[key.key_id, WatchedBudget.QUOTA].stands(
                    quota.starts_at, quota.used / quota.allowance
                )

    def _cut(self, cut: tuple[int, bool] | None, work: Callable[[Alerting], Any]) -> Any:
        """What the work returns, None if its process died before."""
        number, applies = cut or (1000, True)
        client = DyingAtWrites(self.alerts.client, number, applies=applies)
        try:
            return work(self.alerts.alerting(client))
        except KilledError:
            pending = {
                (alert.id, each.address)
                for alert in self.alerts.alerts()
                for each in alert.deliveries.values()
                if each.state is DeliveryState.PENDING
            }
            self.twice |= pending & {(each.alert_id, each.to) for each in self.alerts.messenger.sent}
            return None


@pytest.mark.timeout(300)
def test_each_way_up_is_told_of_once_whatever_happens(dynamodb, tables):
    def world() -> AlertsWorld:
        made = AlertsWorld(dynamodb, tables)
        made.clear()
        return made

    machine = type("AlertsMachine", (AlertsMachine,), {"world": staticmethod(world)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("ALERT_EXAMPLES", "6")),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate, *SMALL],
        ),
    )
