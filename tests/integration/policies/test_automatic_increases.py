"""Limits that rise by their keys' own policies, where a call would be refused."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support.builders import NOW, admission
from tests.support.faults import KilledError, LossyClient, MortalClient
from tests.support.invariants import StrictClient
from tests.support.ledger_world import LedgerWorld
from tollgate.audit.store.audit_table import AuditTable
from tollgate.keys.store.automatic_increases import AutomaticIncreases
from tollgate.keys.store.hierarchy import Hierarchy
from tollgate.keys.store.keys_table import KeysTable
from tollgate.ledger.policies.automatic_increase import AutomaticIncrease
from tollgate.ledger.policies.temporary_limits import RaisedBy
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement, Priority
from tollgate.ledger.store.admission_memory import AdmissionMemory
from tollgate.ledger.windows import Period, Schedule
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from tollgate.keys.api_keys import ApiKey

HOUR = timedelta(hours=1)
HARD = {"enforcement": Enforcement.HARD, "priority": Priority.HIGH}
POLICY = AutomaticIncrease(
    usd=Decimal("0.5"), percent=None, max_total=Decimal(1), times=2, ttl_seconds=7200, cooldown_seconds=600
)


class IncreaseWorld(LedgerWorld):
    """A ledger that raises limits by their keys' policies, as the proxy's does."""

    def __init__(self, client: Any, tables: dict[str, str]) -> None:
        super().__init__(client, tables)
        self.tables = tables
        self.ledger = self.on(self.client)

    def increases(self, client: Any) -> AutomaticIncreases:
        audits = AuditTable(client, self.tables["AuditTable"])
        keys = KeysTable(client, self.tables["KeysTable"], audits, lambda: self.now)
        return AutomaticIncreases(Hierarchy.over(keys, 10, lambda: self.now), lambda: self.now)

    def on(self, client: Any) -> Any:
        policy = self.increases(client)
        return replace(self.ledger, client=client, increase=policy.for_refused, _memory=AdmissionMemory())

    def append_audit(self, key: ApiKey) -> None:
        """As whoever asks for the key's changes does."""
        self.increases(self.client).hierarchy.keys.append_audit(key.key_id)

    def changes(self, key: ApiKey) -> list[Any]:
        found, _ = AuditTable(self.client, self.tables["AuditTable"]).page(key.key_id, size=50, after=None)
        return list(reversed(found))

    def asks(self, key: ApiKey, cost: str = "0.1", **said: Any) -> Any:
        """At the world's moment."""
        return self.admit(key, cost=cost, at=self.now, hold_until=self.now + timedelta(minutes=2), **said)

    def spends(self, key: ApiKey, amount: str) -> None:
        admitted = self.asks(key, amount)
        said = self.record(admitted, key, cost=amount, created_at=self.now, completed_at=self.now)
        self.ledger.settle(admitted, said)

    def refused(self, key: ApiKey, cost: str = "0.1") -> Reason | None:
        try:
            self.asks(key, cost)
        except RefusedError as refused:
            return refused.reason
        return None


@pytest.fixture
def ledgers(proxy_dynamodb, tables) -> IncreaseWorld:
    return IncreaseWorld(proxy_dynamodb, tables)


def used_up(ledgers: IncreaseWorld, limit: str = "1", **changes: Any) -> ApiKey:
    key = ledgers.add(**{"budget_limit": limit, "automatic_increase": POLICY, **HARD, **changes})
    ledgers.spend(key, limit, cost=limit)
    return key


def test_a_call_that_would_be_refused_is_let_in_by_a_raised_limit(ledgers):
    key = used_up(ledgers)

    ledgers.asks(key)

    found = ledgers.scope(key)
    assert (found.budget_limit, found.budget_available) == (Decimal("1.5"), Decimal("0.4"))
    noted = found.raises["total"]
    assert (noted.base, noted.by, noted.until) == (1, RaisedBy.POLICY, NOW + 2 * HOUR)
    (change,) = ledgers.changes(key)
    assert (change.actor, change.actions) == ("policy", ("budget.raise",))
    assert change.before == {"budgetLimit": "1", "budgetLimitUntil": None}
    assert change.after == {"budgetLimit": "1.5", "budgetLimitUntil": "2026-03-14T17:09:26.535Z"}


def test_a_hundred_that_are_refused_at_once_make_one_step(proxy_dynamodb, tables):
    ledgers = IncreaseWorld(StrictClient(proxy_dynamodb, hard=True), tables)
    key = used_up(ledgers)

    def ask(_number: int) -> Any:
        try:
            return ledgers.on(ledgers.client).admit(admission(key, cost="0.05"))
        except RefusedError as refused:
            return refused.reason

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(ask, range(100)))

    assert sum(not isinstance(each, Reason) for each in outcomes) == 10
    found = ledgers.scope(key)
    assert (found.budget_limit, found.budget_available, found.revision) == (Decimal("1.5"), 0, 2)
    assert len(ledgers.changes(key)) == 1


def test_steps_follow_after_the_cooldown_and_no_more_than_the_policy_has(ledgers):
    key = used_up(ledgers, automatic_increase=replace(POLICY, max_total=Decimal(5)))
    ledgers.spends(key, "0.5")
    assert ledgers.refused(key) is Reason.BUDGET_EXHAUSTED
    ledgers.now += timedelta(seconds=600)
    ledgers.spends(key, "0.5")
    assert ledgers.scope(key).budget_limit == 2
    assert ledgers.scope(key).steps_taken["total"].steps == 2
    ledgers.now += timedelta(seconds=600)
    assert ledgers.refused(key) is Reason.BUDGET_EXHAUSTED
    assert len(ledgers.changes(key)) == 2


def test_no_limit_rises_above_the_most_that_the_policy_allows(ledgers):
    policy = replace(POLICY, usd=Decimal("0.8"), times=9, cooldown_seconds=0)
    key = used_up(ledgers, automatic_increase=policy)
    ledgers.spends(key, "0.8")
    # The second step is what is left.
    ledgers.spends(key, "0.2")
    assert ledgers.scope(key).budget_limit == 2
    assert ledgers.refused(key) is Reason.BUDGET_EXHAUSTED


def test_another_policy_begins_with_no_step_taken(ledgers):
    key = used_up(ledgers, automatic_increase=replace(POLICY, times=1))
    ledgers.spends(key, "0.5")
    ledgers.now += timedelta(seconds=600)
    assert ledgers.refused(key) is Reason.BUDGET_EXHAUSTED
    keys = ledgers.increases(ledgers.client).hierarchy.keys
    keys.append_audit(key.key_id)
    before = ledgers.scope(key)
    keys.edit(before, replace(before, automatic_increase=replace(POLICY, times=1, usd=Decimal("0.4"))))

    assert ledgers.scope(key).steps_taken == {}
    ledgers.spends(key, "0.3")
    assert ledgers.scope(key).steps_taken["total"].steps == 1


def test_a_raise_ends_by_itself(ledgers):
    key = used_up(ledgers)
    ledgers.asks(key)
    ledgers.now += 2 * HOUR
    assert ledgers.scope(key).budget_limit == 1


def test_a_step_in_percent_is_of_the_limit_without_a_raise(ledgers):
    policy = replace(POLICY, usd=None, percent=20, max_total=Decimal(5), cooldown_seconds=0)
    key = used_up(ledgers, "2", automatic_increase=policy)
    ledgers.spends(key, "0.4")
    ledgers.spends(key, "0.4")
    assert ledgers.scope(key).budget_limit == Decimal("2.8")


@pytest.mark.parametrize("priority", [Priority.LOW, Priority.NORMAL])
def test_lower_priorities_have_no_effect_of_it(ledgers, priority):
    key = used_up(ledgers, priority=priority)
    assert ledgers.refused(key) is Reason.BUDGET_EXHAUSTED


def test_no_step_is_taken_for_a_request_that_it_would_not_let_in(ledgers):
    key = ledgers.add(budget_limit="1", automatic_increase=POLICY, **HARD)
    assert ledgers.refused(key, "2") is Reason.REQUEST_EXCEEDS_BUDGET
    assert ledgers.scope(key).budget_limit == 1
    assert ledgers.refused(key, "1.5") is None


def test_nothing_is_added_to_a_raise_that_was_approved(ledgers):
    key = used_up(ledgers)
    ledgers.raise_limit(key, "1.2", NOW + HOUR)
    ledgers.spend(key, "0.2", cost="0.2")
    assert ledgers.refused(key) is Reason.BUDGET_EXHAUSTED
    assert ledgers.scope(key).budget_limit == Decimal("1.2")


def test_a_quotas_raise_ends_with_its_window_and_the_next_one_begins_anew(ledgers):
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    quota = Quota(
        starts_at=midnight,
        resets_at=midnight + 24 * HOUR,
        limit=Decimal(1),
        schedule=Schedule(Period.DAY),
        allowance=Decimal(1),
        available=Decimal(1),
    )
    policy = replace(POLICY, times=1, ttl_seconds=86_400 * 3)
    key = ledgers.add(budget_limit=None, quota=quota, automatic_increase=policy, **HARD)
    ledgers.spend(key, "1", cost="1")
    ledgers.asks(key, "0.5")
    assert ledgers.scope(key).raises["day"].until == midnight + 24 * HOUR
    assert ledgers.refused(key) is not None

    ledgers.now = midnight + 25 * HOUR
    ledgers.spends(key, "1")
    assert ledgers.ledger.holds.get(key.key_id).quota.allowance == 1
    ledgers.asks(key, "0.5")
    assert ledgers.scope(key).quota.allowance == Decimal("1.5")


class Family:
    def __init__(self, ledgers: IncreaseWorld, **parent: Any) -> None:
        self.parent = ledgers.add(**{"priority": Priority.CRITICAL, "budget_limit": "3", **parent})
        self.child = used_up(ledgers, parent_id=self.parent.key_id)


def test_a_step_keeps_to_the_limit_of_the_key_above(ledgers):
    family = Family(ledgers, budget_limit="1.2")
    ledgers.edit(family.parent, budget_used=Decimal(0))
    ledgers.asks(family.child)
    assert ledgers.scope(family.child).budget_limit == Decimal("1.2")


def test_a_step_keeps_to_what_is_left_above(ledgers):
    family = Family(ledgers)
    sibling = ledgers.add(parent_id=family.parent.key_id, budget_limit=None)
    ledgers.spend(sibling, "1.7", cost="0.1")
    ledgers.asks(family.child)
    assert ledgers.scope(family.child).budget_limit == Decimal("1.3")
    ledgers.spend(sibling, "0.2", cost="0.1")


def test_nothing_rises_where_nothing_is_left_above(ledgers):
    family = Family(ledgers, budget_limit="1")
    assert ledgers.refused(family.child) is not None
    assert ledgers.scope(family.child).budget_limit == 1


def test_a_parents_own_policy_raises_it_for_what_comes_from_below(ledgers):
    parent = ledgers.add(budget_limit="1", automatic_increase=POLICY, **HARD)
    child = ledgers.add(parent_id=parent.key_id, budget_limit=None)
    ledgers.spend(child, "1", cost="1")

    ledgers.asks(child)

    found = ledgers.scope(parent)
    assert found.budget_limit == Decimal("1.5")
    assert len(found.holds) == len(ledgers.scope(child).holds) == 1


@pytest.mark.parametrize("applies", [True, False])
@pytest.mark.parametrize("number", range(1, 9))
def test_whatever_dies_a_step_is_taken_once_and_audited_once(ledgers, number, applies):
    key = Family(ledgers).child
    asked = admission(key, cost="0.1")
    dying = MortalClient(ledgers.client, number, applies=applies)
    try:
        ledgers.on(dying).admit(asked)
    except KilledError:
        ledgers.ledger.admit(asked)

    assert ledgers.scope(key).budget_limit == Decimal("1.5")
    ledgers.append_audit(key)
    assert len(ledgers.changes(key)) == 1


@pytest.mark.parametrize("applies", [True, False])
@pytest.mark.parametrize("number", range(2, 7))
def test_lost_answers_cost_no_more_than_a_refusal(ledgers, number, applies):
    """What can't raise a limit refuses, as without a policy; the next call finds it raised, once."""
    key = Family(ledgers).child
    lossy = LossyClient(ledgers.client, {number}, applies=applies)
    with contextlib.suppress(RefusedError, ReadTimeoutError):
        ledgers.on(lossy).admit(admission(key, cost="0.1"))

    ledgers.asks(key)

    ledgers.append_audit(key)

    assert ledgers.scope(key).budget_limit == Decimal("1.5")
    assert len(ledgers.changes(key)) == 1


def test_what_the_stream_shows_is_raised_at_its_percent(ledgers):
    policy = replace(POLICY, at_percent=90)
    key = ledgers.add(budget_limit="1", automatic_increase=policy, **HARD)
    ledgers.spend(key, "0.89", cost="0.89")
    increases = ledgers.increases(ledgers.client)
    assert not increases.at_percent(key.key_id)
    ledgers.spend(key, "0.01", cost="0.01")

    assert increases.at_percent(key.key_id)

    assert ledgers.scope(key).budget_limit == Decimal("1.5")
    assert not increases.at_percent(key.key_id)
