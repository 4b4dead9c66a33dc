"""Hybrid billing: what the quota includes, what is metered beyond it, and its hard limit."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, admission, pack, record
from tests.support.faults import CountingClient, KilledError, MortalClient, RepeatingClient
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.quotas import Quota
from tollgate.ledger.records import BillingParts, Outcome, PackDraw
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store import record_items
from tollgate.ledger.windows import Period, Schedule
from tollgate.refusals import Reason, RefusedError

CUTS = pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)


def hybrid(ledgers, limit="1", *, overage_limit=None, factor="1", carries=False, **changes):
    """A key with a daily quota, beyond which calls are metered."""
    quota = Quota(
        starts_at=MIDNIGHT,
        resets_at=MIDNIGHT + timedelta(days=1),
        limit=Decimal(limit),
        schedule=Schedule(Period.DAY),
        allowance=Decimal(limit),
        available=Decimal(limit),
        carries_unused=carries,
        carries_overspend=carries,
    )
    key = ledgers.add(quota=quota, **{"budget_limit": None, **changes})
    ledgers.edit(
        key,
        billing_mode=BillingMode.HYBRID,
        overage=Overage.METERED,
        overage_limit=None if overage_limit is None else Decimal(overage_limit),
        overage_factor=Decimal(factor),
    )
    return key


def recorded(ledgers):
    return [record_items.to_record(each) for each in ledgers.records]


def spend(ledgers, key, cost, *above, claim=None):
    admitted = ledgers.admit(key, cost=claim or cost)
    scopes = tuple(each.key_id for each in (key, *above))
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost=cost, scopes=scopes))
    return next(each for each in recorded(ledgers) if each.request_id == admitted.request_id)


def assert_parts_add_up(ledgers, key):
    """What is used of the window is what was included and what was metered, as the records say."""
    quota, found = ledgers.scope(key).quota, [each.billing for each in recorded(ledgers) if each.billing]
    assert quota.included == sum((each.included for each in found), Decimal(0))
    assert quota.metered == sum((each.metered for each in found), Decimal(0))
    assert quota.used == quota.included + quota.metered
    assert quota.included <= quota.allowance


def test_a_call_may_begin_within_the_quota_and_end_beyond_it(ledgers):
    key = hybrid(ledgers, "0.5", factor="1.5")
    assert spend(ledgers, key, "0.4").billing == BillingParts(key.key_id, Decimal("0.4"), Decimal(0))
    straddling = spend(ledgers, key, "0.3")
    assert straddling.billing == BillingParts(key.key_id, Decimal("0.1"), Decimal("0.3"))
    assert straddling.calculated_cost == Decimal("0.4")
    assert [(line.item, line.cost) for line in straddling.breakdown.lines][-1] == ("overage", Decimal("0.1"))
    beyond = spend(ledgers, key, "0.2")
    assert beyond.billing == BillingParts(key.key_id, Decimal(0), Decimal("0.3"))
    assert_parts_add_up(ledgers, key)


def test_packs_pay_before_the_quota_and_what_is_metered_comes_last(ledgers):
    key = hybrid(ledgers, "0.5", factor="2")
    ledgers.give(key, "pack", pack("0.3"))
    found = spend(ledgers, key, "1")
    assert found.pack_draws == (PackDraw(key.key_id, "pack", Decimal("0.3")),)
    assert found.billing == BillingParts(key.key_id, Decimal("0.5"), Decimal("0.4"))
    assert found.calculated_cost == Decimal("1.2")
    assert ledgers.scope(key).quota.used == Decimal("0.9")
    assert_parts_add_up(ledgers, key)


def test_every_scope_above_is_charged_with_the_surcharge(ledgers):
    above = ledgers.add(budget_limit="10")
    key = hybrid(ledgers, "0.5", factor="2", parent_id=above.key_id)
    ledgers.give(above, "pack", pack("0.3"))
    found = spend(ledgers, key, "1", above)
    assert found.calculated_cost == Decimal("1.5")
    assert found.pack_draws == (PackDraw(above.key_id, "pack", Decimal("0.3")),)
    assert ledgers.scope(above).budget_used == Decimal("1.2")


def test_the_billing_scope_is_the_nearest_that_sets_a_mode(ledgers):
    above = hybrid(ledgers, "0.5", factor="2")
    key = ledgers.add(parent_id=above.key_id)
    inner = ledgers.add(parent_id=above.key_id, billing_mode=BillingMode.EXTERNAL)
    assert spend(ledgers, key, "0.6", above).billing == BillingParts(
        above.key_id, Decimal("0.5"), Decimal("0.2")
    )
    other = spend(ledgers, inner, "0.1", above)
    assert (other.billing, other.calculated_cost) == (None, Decimal("0.1"))


def test_a_hybrid_key_that_stops_includes_all_and_writes_nothing_more(ledgers):
    key = hybrid(ledgers, "0.5")
    ledgers.edit(key, overage=Overage.STOP)
    counting = CountingClient(ledgers.client)
    ledger = ledgers.on(counting)
    admitted = ledger.admit(admission(key, cost="0.6"))
    ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.6"))
    assert counting.operations == ["update_item", "put_item", "update_item"]
    assert recorded(ledgers)[0].billing == BillingParts(key.key_id, Decimal("0.6"), Decimal(0))
    with pytest.raises(RefusedError) as refused:
        ledgers.admit(key, cost="0.1")
    assert refused.value.reason is Reason.QUOTA_EXHAUSTED


def test_what_is_metered_has_no_limit_unless_it_is_given_one(ledgers):
    key = hybrid(ledgers, "0.5", enforcement=Enforcement.HARD)
    for _ in range(4):
        spend(ledgers, key, "0.5")
    assert ledgers.scope(key).quota.metered == Decimal("1.5")
    assert_parts_add_up(ledgers, key)


@pytest.mark.parametrize("enforcement", list(Enforcement))
def test_the_overage_limit_is_never_passed_and_used_to_the_end(ledgers, enforcement):
    key = hybrid(ledgers, "0.8", overage_limit="0.8", enforcement=enforcement, max_parallel=100)

    def call(_number):
        try:
            admitted = ledgers.admit(key, cost="0.1")
        except RefusedError:
            return 0
        ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.1"))
        assert ledgers.scope(key).quota.used <= Decimal("1.6")
        return 1

    with ThreadPoolExecutor(8) as pool:
        served = sum(pool.map(call, range(24)))
    while call(0):
        served += 1
    assert served == 16
    scope = ledgers.scope(key)
    assert (scope.quota.included, scope.quota.metered) == (Decimal("0.8"), Decimal("0.8"))
    assert_parts_add_up(ledgers, key)
    with pytest.raises(RefusedError) as refused:
        ledgers.admit(key, cost="0.1")
    assert refused.value.reason is Reason.QUOTA_EXHAUSTED
    assert "Up to 0.8 USD beyond it are metered, and used as well." in refused.value.message


def test_a_higher_quota_includes_at_once_and_a_lower_one_claws_nothing_back(ledgers):
    key = hybrid(ledgers, "0.5")
    spend(ledgers, key, "0.7")

    def limit(to):
        before = ledgers.scope(key)
        ledgers.keys.edit(before, replace(before, quota=replace(before.quota, limit=Decimal(to))))

    limit("0.8")
    assert spend(ledgers, key, "0.4").billing == BillingParts(key.key_id, Decimal("0.3"), Decimal("0.1"))
    limit("0.1")
    assert spend(ledgers, key, "0.2").billing == BillingParts(key.key_id, Decimal(0), Decimal("0.2"))
    quota = ledgers.scope(key).quota
    assert (quota.included, quota.metered) == (Decimal("0.8"), Decimal("0.5"))


@pytest.mark.parametrize("factor", ["1", "0"])
def test_a_quota_lowered_below_what_it_has_included_includes_nothing_and_holds_up_nobody(ledgers, factor):
    key = hybrid(ledgers, "1", factor=factor)
    spend(ledgers, key, "1")
    ledgers.give(key, "pack", pack("0.2"))
    before = ledgers.scope(key)
    ledgers.keys.edit(before, replace(before, quota=replace(before.quota, limit=Decimal("0.5"))))
    # What a pack pays in full, and what is beyond it.
    for cost, metered in (("0.2", "0"), ("0.3", "0.3")):
        assert spend(ledgers, key, cost).billing == BillingParts(
            key.key_id, Decimal(0), Decimal(metered) * Decimal(factor)
        )
    assert ledgers.scope(key).quota.included == 1


def test_metering_that_begins_in_a_window_counts_what_was_used_before_as_included(ledgers):
    key = hybrid(ledgers, "1")
    ledgers.edit(key, billing_mode=None)
    spend(ledgers, key, "0.7")
    ledgers.edit(key, billing_mode=BillingMode.HYBRID)
    assert spend(ledgers, key, "0.5").billing == BillingParts(key.key_id, Decimal("0.3"), Decimal("0.2"))


def test_a_new_window_includes_anew_and_a_late_call_is_split_by_its_own(ledgers):
    key = hybrid(ledgers, "0.5", max_parallel=10)
    spend(ledgers, key, "0.3")
    late = ledgers.admit(key, cost="0.4")
    at = NOW + timedelta(days=1)
    ledgers.now = at
    admitted = ledgers.admit(key, cost="0.4", at=at, hold_until=at + timedelta(minutes=2))
    ledgers.ledger.settle(late, record(late.request_id, key=key, cost="0.4"))
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.4", created_at=at))
    parts = {each.request_id: each.billing for each in recorded(ledgers)}
    assert parts[late.request_id] == BillingParts(key.key_id, Decimal("0.2"), Decimal("0.2"))
    assert parts[admitted.request_id] == BillingParts(key.key_id, Decimal("0.4"), Decimal(0))
    quota = ledgers.scope(key).quota
    assert (quota.used, quota.included, quota.metered) == (Decimal("0.4"), Decimal("0.4"), 0)


def test_settlements_at_once_share_what_is_included_to_the_cent(ledgers):
    key = hybrid(ledgers, "0.55")
    opened = [ledgers.admit(key, cost="0.1") for _ in range(12)]

    def settle(admitted):
        ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.1"))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(settle, opened))
    assert ledgers.scope(key).quota.included == Decimal("0.55")
    assert_parts_add_up(ledgers, key)


def test_a_call_that_saw_more_included_than_there_is_left_is_split_by_what_there_is(ledgers):
    key = hybrid(ledgers, "0.5")
    spend(ledgers, key, "0.1")
    opened = [ledgers.admit(key, cost="0.6") for _ in range(2)]
    for admitted in opened:
        ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.6"))
    assert ledgers.scope(key).quota.included == Decimal("0.5")
    assert_parts_add_up(ledgers, key)


@CUTS
@pytest.mark.parametrize("number", range(1, 5))
def test_killed_while_it_is_settled_the_parts_are_those_of_the_record(ledgers, number, applies):
    key = hybrid(ledgers, "0.2", factor="1.5")
    admitted = ledgers.admit(key, cost="1")
    mortal = ledgers.on(MortalClient(ledgers.client, number, applies=applies))
    with contextlib.suppress(KilledError):
        mortal.settle(admitted, record(admitted.request_id, key=key, cost="0.3"))
    ledgers.sweep(key)
    (found,) = recorded(ledgers)
    is_decided = number > 1 or applies
    # What is held, and so charged if nobody says more, reckons with the factor.
    assert found.calculated_cost == Decimal("0.35" if is_decided else "1.5")
    assert (found.outcome is Outcome.ABANDONED) is (number < 2 or (number == 2 and not applies))
    assert found.billing == BillingParts(key.key_id, Decimal("0.2"), found.calculated_cost - Decimal("0.2"))
    assert_parts_add_up(ledgers, key)


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_sweep_beside_a_slow_settlement_ends_in_the_same_parts(ledgers, cut):
    key = hybrid(ledgers, "0.2", factor="1.5")
    admitted = ledgers.admit(key, cost="1")

    class Slow(CountingClient):
        def _call(self, operation, call, request):
            if len(self.operations) == cut - 1:
                ledgers.sweep(key)
            return super()._call(operation, call, request)

    ledgers.on(Slow(ledgers.client)).settle(admitted, record(admitted.request_id, key=key, cost="0.3"))
    assert len(recorded(ledgers)) == 1
    assert_parts_add_up(ledgers, key)


def test_every_write_may_arrive_twice(ledgers):
    key = hybrid(ledgers, "0.2", factor="1.5")
    admitted = ledgers.admit(key, cost="1")
    client = RepeatingClient(ledgers.client)
    said = record(admitted.request_id, key=key, cost="0.3")
    ledgers.on(client).settle(admitted, said)
    client.replay()
    ledgers.ledger.settle(admitted, said)
    assert recorded(ledgers)[0].calculated_cost == Decimal("0.35")
    assert_parts_add_up(ledgers, key)


def test_a_call_that_costs_nothing_has_nothing_assigned(ledgers):
    key = hybrid(ledgers, "0.2")
    counting = CountingClient(ledgers.client)
    admitted = ledgers.admit(key, cost="1")
    ledgers.on(counting).settle(admitted, record(admitted.request_id, key=key, cost="0"))
    assert counting.operations == ["put_item", "update_item"]
