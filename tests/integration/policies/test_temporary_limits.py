"""Limits that are raised until a moment, and what becomes of them by then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import NOW, admission, scope
from tests.support.faults import CountingClient, EchoingClient, KilledError, MortalClient
from tests.support.invariants import StrictClient, assert_consistent
from tests.support.ledger_world import LedgerWorld
from tollgate.conflicts import EditConflictError
from tollgate.keys import api_keys
from tollgate.ledger.policies.temporary_limits import RaisedBy
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store import scope_items
from tollgate.ledger.windows import Period, Schedule
from tollgate.refusals import Reason, RefusedError

UNTIL = NOW + timedelta(hours=1)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
HARD: dict[str, Any] = {"enforcement": Enforcement.HARD}


def daily(limit: str, **flags: Any) -> Quota:
    amount = Decimal(limit)
    return Quota(
        starts_at=MIDNIGHT - timedelta(days=1),
        resets_at=MIDNIGHT,
        limit=amount,
        schedule=Schedule(Period.DAY),
        allowance=amount,
        available=amount,
        **flags,
    )


def at(moment: Any) -> dict[str, Any]:
    return {"at": moment, "hold_until": moment + timedelta(minutes=2)}


def stored(ledgers: Any, key: Any) -> Any:
    """The key as its item has it, not as it is seen."""
    found = ledgers.ledger.holds.get(key.key_id)
    assert_consistent(found)
    return found


def refusal(ledgers: Any, key: Any, **asked: Any) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        ledgers.admit(key, **asked)
    return refused.value


def test_a_raised_budget_lets_more_in_until_it_falls_back(ledgers):
    key = ledgers.add(budget_limit="2", **HARD)
    ledgers.spend(key, "2", cost="2")
    assert refusal(ledgers, key).reason is Reason.BUDGET_EXHAUSTED

    raised = ledgers.raise_limit(key, "5", UNTIL)

    assert (raised.budget_limit, raised.budget_available, raised.revision) == (5, 3, 2)
    ledgers.spend(key, "1", cost="1", **at(UNTIL - timedelta(milliseconds=1)))
    assert refusal(ledgers, key, **at(UNTIL)).reason is Reason.BUDGET_EXHAUSTED


def test_the_first_admission_after_its_end_stores_the_limit_from_before_in_its_own_write(ledgers):
    key = ledgers.add(budget_limit="2", **HARD)
    ledgers.raise_limit(key, "5", UNTIL)
    ledgers.spend(key, "1", cost="1")
    client = CountingClient(ledgers.client)

    ledgers.on(client).admit(admission(key, cost="0.5", **at(UNTIL)))

    # One that finds that it has ended, and one that stores it and opens the hold.
    assert client.operations == ["update_item", "update_item"]
    found = stored(ledgers, key)
    assert (found.budget_limit, found.budget_available, found.raises) == (2, Decimal("0.5"), {})
    assert (found.changes_at, found.revision) == (None, 3)
    # The next one has nothing to find.
    ledgers.on(client).admit(admission(key, cost="0.5", **at(UNTIL)))
    assert client.operations == ["update_item"] * 3


def test_whoever_looks_sees_what_it_is_by_then(ledgers):
    key = ledgers.add(budget_limit="2", **HARD)
    ledgers.raise_limit(key, "5", UNTIL)
    ledgers.spend(key, "3", cost="3")
    found = stored(ledgers, key)

    (before,), (after,) = found.balances_at(NOW), found.balances_at(UNTIL)
    assert (before.limit, before.remaining) == (5, 2)
    assert (after.limit, after.available, after.remaining) == (2, -1, 0)
    ledgers.now = UNTIL
    (seen,) = ledgers.keys.get_all([key.key_id]).values()
    assert (seen.budget_limit, seen.raises, seen.revision) == (2, {}, 3)
    asked = ledgers.ledger.dry_run(admission(key, **at(UNTIL)))
    assert asked.refused is not None
    assert asked.refused.reason is Reason.BUDGET_EXHAUSTED
    assert ledgers.ledger.dry_run(admission(key)).refused is None


def test_what_was_spent_meanwhile_stays_spent_and_what_is_held_is_charged(ledgers):
    key = ledgers.add(budget_limit="2", **HARD)
    ledgers.raise_limit(key, "5", UNTIL)
    ledgers.spend(key, "3", cost="3")
    open_request = ledgers.admit(key, cost="1.5", **at(UNTIL - timedelta(seconds=1)))

    # Somebody asks for nothing that costs: that is let in, and stores the fall.
    ledgers.admit(key, cost="0", is_free=True, **at(UNTIL))

    found = stored(ledgers, key)
    assert (found.budget_limit, found.budget_available) == (2, Decimal("-2.5"))
    ledgers.ledger.settle(open_request, ledgers.record(open_request, key, cost="1.25"))
    found = stored(ledgers, key)
    assert (found.budget_used, found.budget_available) == (Decimal("4.25"), Decimal("-2.25"))


def test_an_edit_of_the_limit_ends_the_raise(ledgers):
    key = ledgers.add(budget_limit="2")
    ledgers.raise_limit(key, "5", UNTIL)

    edited = ledgers.edit(key, budget_limit=Decimal(4))

    assert (edited.budget_limit, edited.raises, edited.changes_at) == (4, {}, None)
    assert edited.balances_at(UNTIL)[0].limit == 4


def test_an_edit_of_anything_else_leaves_the_raise(ledgers):
    key = ledgers.add(budget_limit="2")
    ledgers.raise_limit(key, "5", UNTIL)

    edited = ledgers.edit(key, name="another name")

    assert edited.balances_at(UNTIL - timedelta(milliseconds=1))[0].limit == 5
    assert edited.balances_at(UNTIL)[0].limit == 2


def test_an_edit_after_its_end_begins_from_the_limit_that_it_fell_back_to(ledgers):
    key = ledgers.add(budget_limit="2")
    ledgers.raise_limit(key, "5", UNTIL)
    ledgers.spend(key, "3", cost="3")
    ledgers.now = UNTIL

    edited = ledgers.edit(key, budget_limit=Decimal(3))

    assert (edited.budget_limit, edited.budget_available, edited.revision) == (3, 0, 4)
    assert stored(ledgers, key).changes_at is None


def test_an_edit_that_has_seen_the_raise_does_not_prolong_it(ledgers):
    key = ledgers.add(budget_limit="2")
    raised = ledgers.raise_limit(key, "5", UNTIL)
    ledgers.now = UNTIL

    ledgers.keys.edit(raised, replace(raised, name="another name"))

    assert ledgers.scope(key).budget_limit == 2


def test_an_edit_that_has_seen_the_raise_conflicts_where_that_has_fallen_back(ledgers):
    key = ledgers.add(budget_limit="2")
    raised = ledgers.raise_limit(key, "5", UNTIL)
    ledgers.admit(key, **at(UNTIL))

    with pytest.raises(EditConflictError):
        ledgers.keys.edit(raised, replace(raised, name="another name"))

    assert stored(ledgers, key).budget_limit == 2


def test_a_raise_in_the_place_of_another_falls_back_to_where_the_first_began(ledgers):
    key = ledgers.add(budget_limit="2")
    ledgers.raise_limit(key, "5", UNTIL, by=RaisedBy.POLICY)
    again = ledgers.raise_limit(key, "4", UNTIL + timedelta(hours=1))

    assert (again.budget_limit, again.budget_available) == (4, 4)
    assert again.balances_at(UNTIL)[0].limit == 4
    assert again.balances_at(UNTIL + timedelta(hours=1))[0].limit == 2


@pytest.mark.parametrize("hours", [-1, 0, 1], ids=["within the window", "with the window", "in the next"])
def test_a_quotas_raise_ends_where_it_says(ledgers, hours):
    ends_at = MIDNIGHT + timedelta(hours=hours)
    key = ledgers.add(budget_limit=None, quota=daily("2"), **HARD)
    ledgers.raise_limit(key, "5", ends_at, "day")
    ledgers.spend(key, "3", cost="3")

    ledgers.spend(key, "1", cost="1", **at(max(ends_at, MIDNIGHT)))

    found = stored(ledgers, key).quota
    assert (found.limit, found.allowance, found.used, found.available) == (2, 2, 1, 1)


@pytest.mark.parametrize(("spent", "carried"), [("1", "1"), ("3", "0"), ("4", "0"), ("5", "-1")])
def test_what_a_raise_adds_is_carried_over_neither_unused_nor_as_a_debt(ledgers, spent, carried):
    quota = daily("2", carries_unused=True, carries_overspend=True)
    key = ledgers.add(budget_limit=None, quota=quota)
    ledgers.raise_limit(key, "4", MIDNIGHT, "day")
    ledgers.spend(key, spent, cost="1")

    ledgers.admit(key, cost="0", is_free=True, **at(MIDNIGHT))

    found = stored(ledgers, key).quota
    assert (found.limit, found.allowance) == (2, 2 + Decimal(carried))


def test_a_late_settlement_corrects_what_a_raised_window_leaves(ledgers):
    key = ledgers.add(budget_limit=None, quota=daily("2", carries_unused=True))
    ledgers.raise_limit(key, "4", MIDNIGHT, "day")
    late = ledgers.admit(key, cost="2", **at(MIDNIGHT - timedelta(seconds=1)))
    ledgers.admit(key, cost="0", is_free=True, **at(MIDNIGHT))
    assert stored(ledgers, key).quota.allowance == 2

    ledgers.ledger.settle(late, ledgers.record(late, key, cost="0.5"))

    assert stored(ledgers, key).quota.allowance == Decimal("3.5")


def test_a_quota_with_another_period_has_the_limit_from_before_the_raise(ledgers):
    key = ledgers.add(budget_limit=None, quota=daily("2"))
    before = ledgers.raise_limit(key, "5", UNTIL, "day")
    weekly = replace(before.quota, schedule=Schedule(Period.WEEK))

    edited = ledgers.keys.edit(before, replace(before, quota=weekly))

    assert (edited.quota.limit, edited.quota.allowance, edited.raises) == (2, 2, {})


def test_no_more_is_let_in_at_once_than_the_limit_that_is_in_force_by_then(dynamodb, proxy_dynamodb, tables):
    """Whoever comes with which clock: what the raise adds can be spent before its end alone."""

    ledgers = LedgerWorld(StrictClient(proxy_dynamodb, hard=True), tables)
    key = ledgers.add(budget_limit="1", **HARD)
    ledgers.raise_limit(key, "3", UNTIL)
    ledgers.spend(key, "0.5", cost="0.5")

    def ask(number: int) -> Any:
        try:
            return ledgers.on(ledgers.client).admit(admission(key, cost="0.1", **at(UNTIL)))
        except RefusedError as refused:
            return refused.reason

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(ask, range(36)))

    let_in = [each for each in outcomes if not isinstance(each, Reason)]
    assert len(let_in) == 5
    assert set(map(str, outcomes)) - set(map(str, let_in)) == {Reason.BUDGET_HELD}
    found = stored(ledgers, key)
    assert (found.budget_limit, found.budget_available, found.revision) == (1, 0, 3)


@pytest.mark.parametrize("applies", [True, False])
@pytest.mark.parametrize("number", [1, 2])
def test_whatever_dies_as_it_falls_back_the_next_one_finds_it_whole(ledgers, number, applies):
    key = ledgers.add(budget_limit="2", **HARD)
    ledgers.raise_limit(key, "5", UNTIL)
    asked = admission(key, cost="1", **at(UNTIL))
    with pytest.raises(KilledError):
        ledgers.on(MortalClient(ledgers.client, number, applies=applies)).admit(asked)

    ledgers.ledger.admit(asked)

    found = stored(ledgers, key)
    assert (found.budget_limit, found.budget_available, found.revision) == (2, 1, 3)
    assert set(found.holds) == {asked.request_id}


def test_duplicates_of_what_fell_back_change_nothing(ledgers):
    key = ledgers.add(budget_limit="2", **HARD)
    ledgers.raise_limit(key, "5", UNTIL)
    client = EchoingClient(ledgers.client)
    ledgers.on(client).admit(admission(key, cost="1", **at(UNTIL)))
    ledgers.now = UNTIL
    ledgers.raise_limit(key, "4", UNTIL + timedelta(hours=1))
    before = stored(ledgers, key)

    client.replay()

    assert stored(ledgers, key) == before


def test_only_a_limit_that_there_is_can_be_raised_and_only_to_more(ledgers):
    key = ledgers.add(budget_limit="2")
    for limit, window in (("2", "total"), ("1", "total"), ("5", "day")):
        with pytest.raises(ValueError, match=r"raises no limit|has no limit"):
            ledgers.raise_limit(key, limit, UNTIL, window)


def test_a_key_without_a_raise_has_no_attribute_of_it(ledgers):

    items = scope_items.to_item(scope(api_keys.issue()))
    assert {items[name] for name in ("raises", "changes_at", "steps_taken", "priority_reserves")} == {None}
