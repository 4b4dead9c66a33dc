"""Packs pay for calls before a key's quota and budget: what is drawn, admitted, recorded, and never twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.support.builders import NOW, admission, demand, pack, record
from tests.support.faults import CountingClient, KilledError, MortalClient, RepeatingClient
from tollgate.keys.store.pack_edit_writes import CLOCKS_DIFFER
from tollgate.ledger.quotas import Quota
from tollgate.ledger.records import Outcome, PackDraw
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store import record_items
from tollgate.ledger.windows import Period, Schedule
from tollgate.refusals import Reason, RefusedError

CUTS = pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])


def daily(limit, **changes):
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    return Quota(
        starts_at=midnight,
        resets_at=midnight + timedelta(days=1),
        limit=Decimal(limit),
        schedule=Schedule(Period.DAY),
        allowance=Decimal(limit),
        available=Decimal(limit),
        **changes,
    )


def recorded(ledgers):
    return [record_items.to_record(each) for each in ledgers.records]


def drawn(ledgers, key, pack_id):
    return sum(
        (
            draw.amount
            for each in recorded(ledgers)
            for draw in each.pack_draws
            if (draw.scope_id, draw.pack_id) == (key.key_id, pack_id)
        ),
        Decimal(0),
    )


def assert_no_cent_is_lost(ledgers, *keys):
    """What packs lack is what records say that they have paid; budgets were charged the rest."""
    for key in keys:
        scope = ledgers.scope(key)
        assert scope.holds == {}
        paid = Decimal(0)
        for pack_id, each in scope.packs.items():
            assert each.amount - each.left == drawn(ledgers, key, pack_id), pack_id
            paid += each.amount - each.left
        charged = [each for each in recorded(ledgers) if key.key_id in each.scopes]
        assert scope.budget_used == sum((each.calculated_cost for each in charged), Decimal(0)) - paid


def spend(ledgers, key, cost, *above, claim=None, **changes):
    admitted = ledgers.admit(key, cost=claim or cost)
    scopes = tuple(each.key_id for each in (key, *above))
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost=cost, scopes=scopes, **changes))
    return next(each for each in recorded(ledgers) if each.request_id == admitted.request_id)


def test_packs_pay_in_their_order_and_the_quota_what_they_leave(ledgers):
    key = ledgers.add(quota=daily("2"), budget_limit="10")
    later, sooner = NOW + timedelta(days=9), NOW + timedelta(days=3)
    ledgers.give(key, "forever", pack("0.1"))
    ledgers.give(key, "paid", pack("0.1", expires_at=sooner))
    ledgers.give(key, "promotional", pack("0.1", expires_at=sooner, is_promotional=True))
    ledgers.give(key, "later", pack("0.1", expires_at=later))
    ledgers.give(key, "first", pack("0.1", priority=0))

    found = spend(ledgers, key, "0.75")

    assert found.pack_draws == tuple(
        PackDraw(key.key_id, name, Decimal("0.1"))
        for name in ("first", "promotional", "paid", "later", "forever")
    )
    scope = ledgers.scope(key)
    assert (scope.budget_used, scope.quota.used, scope.packs_left) == (Decimal("0.25"), Decimal("0.25"), 0)
    assert_no_cent_is_lost(ledgers, key)


def test_a_pack_pays_at_its_own_scope_alone(ledgers):
    key, above = ledgers.chain(2)
    ledgers.give(above, "team", pack("1"))
    found = spend(ledgers, key, "0.25", above)
    assert found.pack_draws == (PackDraw(above.key_id, "team", Decimal("0.25")),)
    assert ledgers.scope(key).budget_used == Decimal("0.25")
    assert ledgers.scope(above).budget_used == 0
    assert_no_cent_is_lost(ledgers, key, above)


def test_a_key_without_limits_draws_all_the_same(ledgers):
    key = ledgers.add(budget_limit=None)
    ledgers.give(key, "pack", pack("0.2"))
    assert spend(ledgers, key, "0.25").pack_draws == (PackDraw(key.key_id, "pack", Decimal("0.2")),)
    assert_no_cent_is_lost(ledgers, key)


@pytest.mark.parametrize("enforcement", list(Enforcement))
def test_an_exhausted_budget_lets_in_as_long_as_packs_have_something_left(ledgers, enforcement):
    key = ledgers.add(budget_limit="1", used="1", quota=daily("1"), enforcement=enforcement)
    ledgers.give(key, "pack", pack("0.5"))
    spend(ledgers, key, "0.3")
    spend(ledgers, key, "0.2")
    with pytest.raises(RefusedError) as refused:
        ledgers.admit(key, cost="0.1")
    assert refused.value.reason is Reason.BUDGET_EXHAUSTED
    assert "Its packs have nothing left, either." in refused.value.message
    assert ledgers.scope(key).packs_left == 0


def test_a_hard_budget_and_packs_together_are_never_passed_and_used_to_the_end(ledgers):
    """Sixteen at a time, each worth 0.1, of 0.8 in the quota and 0.8 in packs."""
    key = ledgers.add(budget_limit=None, quota=daily("0.8"), enforcement=Enforcement.HARD, max_parallel=100)
    ledgers.give(key, "one", pack("0.5"))
    ledgers.give(key, "two", pack("0.3", priority=2))

    def call(_number):
        try:
            spend(ledgers, key, "0.1")
        except RefusedError:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        served = sum(pool.map(call, range(24)))
    while call(0):
        served += 1
    assert served == 16
    scope = ledgers.scope(key)
    assert (scope.packs_left, scope.quota.used, scope.quota.available) == (0, Decimal("0.8"), 0)
    assert_no_cent_is_lost(ledgers, key)


def test_settlements_at_once_share_a_pack_to_the_cent(ledgers):
    key = ledgers.add()
    ledgers.give(key, "one", pack("0.35"))
    ledgers.give(key, "two", pack("0.35", priority=2))
    opened = [ledgers.admit(key, cost="0.1") for _ in range(12)]

    def settle(admitted):
        ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.1"))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(settle, opened))
    assert ledgers.scope(key).budget_used == Decimal("0.5")
    assert_no_cent_is_lost(ledgers, key)


# --- packs for some models ---


def test_a_pack_for_some_models_pays_for_those_alone(ledgers):
    key = ledgers.add(budget_limit="1")
    ledgers.give(key, "small only", pack("0.2", models=frozenset({"small"})))
    ledgers.give(key, "large only", pack("0.2", models=frozenset({"large"})))
    found = spend(ledgers, key, "0.25")
    assert found.pack_draws == (PackDraw(key.key_id, "small only", Decimal("0.2")),)
    assert_no_cent_is_lost(ledgers, key)


@pytest.mark.parametrize("enforcement", list(Enforcement))
def test_what_a_budget_has_too_little_for_is_reserved_of_a_pack_for_the_model(ledgers, enforcement):
    key = ledgers.add(budget_limit="1", used="1", enforcement=enforcement)
    ledgers.give(key, "small only", pack("0.5", models=frozenset({"small"})))
    admitted = ledgers.admit(key, cost="0.4")
    scope = ledgers.scope(key)
    hold = scope.holds[admitted.request_id]
    assert (hold.amount, hold.reserved) == (0, {"small only": Decimal("0.4")})
    assert scope.packs["small only"].free == Decimal("0.1")
    with pytest.raises(RefusedError):
        ledgers.admit(key, cost="0.2", model="large")

    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.3"))

    scope = ledgers.scope(key)
    assert (scope.packs["small only"].left, scope.packs["small only"].free) == (Decimal("0.2"),) * 2
    assert scope.budget_used == 1
    assert [each.pack_draws[0].amount for each in recorded(ledgers)] == [Decimal("0.3")]


def test_a_hard_budget_and_a_pack_for_the_model_are_held_together(ledgers):
    key = ledgers.add(budget_limit="1", enforcement=Enforcement.HARD)
    ledgers.give(key, "small only", pack("0.5", models=frozenset({"small"})))
    admitted = ledgers.admit(key, cost="1.4")
    hold = ledgers.scope(key).holds[admitted.request_id]
    assert (hold.amount, hold.reserved) == (1, {"small only": Decimal("0.4")})
    with pytest.raises(RefusedError) as refused:
        ledgers.admit(key, cost="0.2")
    assert refused.value.reason is Reason.BUDGET_HELD
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="1.2"))
    scope = ledgers.scope(key)
    assert (scope.packs["small only"].left, scope.budget_used) == (0, Decimal("0.7"))
    assert_no_cent_is_lost(ledgers, key)


def test_what_was_reserved_is_free_again_when_a_request_is_taken_back(ledgers):
    key = ledgers.add(budget_limit="0")
    ledgers.give(key, "small only", pack("0.5", models=frozenset({"small"})))
    admitted = ledgers.admit(key, cost="0.4")
    ledgers.ledger.release(admitted, NOW)
    assert ledgers.scope(key).packs["small only"].free == Decimal("0.5")


@pytest.mark.parametrize("cost", ["1", "0.3"])
def test_nobody_draws_what_another_request_has_reserved(ledgers, cost):
    key = ledgers.add(budget_limit="1", enforcement=Enforcement.HARD)
    ledgers.give(key, "small only", pack("0.5", models=frozenset({"small"})))
    within = ledgers.admit(key, cost="1")
    beyond = ledgers.admit(key, cost="0.4")
    ledgers.ledger.settle(within, record(within.request_id, key=key, cost=cost))
    assert drawn(ledgers, key, "small only") == Decimal("0.1")
    ledgers.ledger.settle(beyond, record(beyond.request_id, key=key, cost="0.4"))
    scope = ledgers.scope(key)
    assert (scope.budget_used, scope.packs["small only"].left) == (Decimal(cost) - Decimal("0.1"), 0)
    assert_no_cent_is_lost(ledgers, key)


def test_what_is_reserved_at_once_is_never_more_than_a_pack_has(ledgers):
    key = ledgers.add(budget_limit="0", max_parallel=100)
    ledgers.give(key, "small only", pack("0.8", models=frozenset({"small"})))

    def admit(_number):
        try:
            return ledgers.admit(key, cost="0.1")
        except RefusedError:
            return None

    with ThreadPoolExecutor(8) as pool:
        opened = [each for each in pool.map(admit, range(16)) if each is not None]
    assert len(opened) == 8
    for admitted in opened:
        ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.1"))
    assert ledgers.scope(key).packs["small only"].left == 0
    assert_no_cent_is_lost(ledgers, key)


# --- time ---


def test_a_pack_counts_from_when_it_takes_effect_until_it_expires(ledgers):
    key = ledgers.add(budget_limit="0")
    hour = timedelta(hours=1)
    ledgers.give(key, "pack", pack("1", effective_at=NOW + hour, expires_at=NOW + 2 * hour))
    moments = [NOW, NOW + hour, NOW + 2 * hour - timedelta(milliseconds=1), NOW + 2 * hour]
    let_in = []
    for at in moments:
        ledgers.now = at
        try:
            admitted = ledgers.admit(key, cost="0.1", at=at, hold_until=at + timedelta(minutes=2))
        except RefusedError:
            let_in.append(False)
        else:
            ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.1", created_at=at))
            let_in.append(True)
    assert let_in == [False, True, True, False]
    assert ledgers.scope(key).packs["pack"].left == Decimal("0.8")
    assert ledgers.scope(key).packs_left == 0


def test_a_call_draws_from_a_pack_that_has_expired_since_its_admission(ledgers):
    key = ledgers.add(budget_limit="1", enforcement=Enforcement.HARD)
    ledgers.give(key, "pack", pack("0.5", expires_at=NOW + timedelta(seconds=10)))
    admitted = ledgers.admit(key, cost="0.4")
    at = NOW + timedelta(seconds=20)
    ledgers.now = at
    # Somebody else's admission notes that the pack has expired.
    other = ledgers.admit(key, cost="0.1", at=at, hold_until=at + timedelta(minutes=2))
    assert ledgers.scope(key).packs_left == 0
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.4"))
    assert ledgers.scope(key).budget_used == 0
    ledgers.ledger.settle(other, record(other.request_id, key=key, cost="0.1", created_at=at))
    assert ledgers.scope(key).budget_used == Decimal("0.1")
    assert_no_cent_is_lost(ledgers, key)


def test_what_is_drawn_of_a_pack_while_somebody_notes_that_it_has_expired(ledgers):
    key = ledgers.add(budget_limit="1", enforcement=Enforcement.HARD)
    ledgers.give(key, "pack", pack("0.5", expires_at=NOW + timedelta(seconds=10)))
    admitted = ledgers.admit(key, cost="0.4")
    at = NOW + timedelta(seconds=20)
    ledgers.now = at

    class Late(CountingClient):
        def _call(self, operation, call, request):
            # The first try has shown the pack; it is drawn from before the second one.
            if len(self.operations) == 1:
                ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.4"))
            return super()._call(operation, call, request)

    ledger = ledgers.on(Late(ledgers.client))
    other = ledger.admit(admission(key, cost="0.1", at=at, hold_until=at + timedelta(minutes=2)))
    ledgers.ledger.settle(other, record(other.request_id, key=key, cost="0.1", created_at=at))
    assert ledgers.scope(key).budget_available == Decimal("0.9")
    assert_no_cent_is_lost(ledgers, key)


def test_a_pack_that_was_voided_pays_for_what_is_in_flight_and_for_nothing_else(ledgers):
    key = ledgers.add(budget_limit="1", enforcement=Enforcement.HARD)
    ledgers.give(key, "pack", pack("0.5"))
    admitted = ledgers.admit(key, cost="0.4")
    ledgers.now = NOW + timedelta(seconds=1)
    assert ledgers.void(key, "pack").packs_left == 0
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.4"))
    at = ledgers.now + CLOCKS_DIFFER
    later = ledgers.admit(key, cost="0.1", at=at, hold_until=at + timedelta(minutes=2))
    ledgers.ledger.settle(later, record(later.request_id, key=key, cost="0.1", created_at=at))
    scope = ledgers.scope(key)
    assert (scope.packs["pack"].left, scope.budget_used) == (Decimal("0.1"), Decimal("0.1"))
    assert_no_cent_is_lost(ledgers, key)


def test_a_new_window_begins_with_what_is_left_of_packs(ledgers):
    key = ledgers.add(budget_limit=None, quota=daily("0.5"), enforcement=Enforcement.HARD)
    ledgers.give(key, "pack", pack("0.5"))
    open_still = ledgers.admit(key, cost="0.6")
    at = NOW + timedelta(days=1)
    ledgers.now = at
    admitted = ledgers.admit(key, cost="0.9", at=at, hold_until=at + timedelta(minutes=2))
    ledgers.ledger.settle(open_still, record(open_still.request_id, key=key, cost="0.6"))
    scope = ledgers.scope(key)
    assert (scope.packs_left, scope.quota.used) == (0, 0)
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.4", created_at=at))
    assert ledgers.scope(key).quota.used == Decimal("0.4")


# --- what dies, comes twice, or comes late ---


@CUTS
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("number", range(1, 8))
def test_killed_while_it_is_settled_with_packs_on_each_scope(ledgers, depth, number, applies):
    """Once something is assigned, that is what it costs; before that, the policy decides."""
    keys = ledgers.chain(depth)
    for key in keys:
        ledgers.give(key, "one", pack("0.15"))
        ledgers.give(key, "two", pack("0.05", priority=2))
    admitted = ledgers.admit(keys[0], cost="1")
    mortal = ledgers.on(MortalClient(ledgers.client, number, applies=applies))
    scopes = tuple(key.key_id for key in keys)
    settled = number > 2 * depth + 1
    try:
        mortal.settle(admitted, record(admitted.request_id, key=keys[0], cost="0.25", scopes=scopes))
        assert settled
    except KilledError:
        assert not settled

    ledgers.sweep(*keys)

    is_decided = number > 1 or applies
    (found,) = recorded(ledgers)
    assert found.calculated_cost == (Decimal("0.25") if is_decided else 1)
    is_ours = number > depth + 1 or (number == depth + 1 and applies)
    assert (found.outcome is Outcome.SUCCEEDED) is is_ours
    assert_no_cent_is_lost(ledgers, *keys)


@CUTS
@pytest.mark.parametrize("number", range(1, 16))
def test_a_sweep_that_is_killed_is_finished_by_the_next_with_packs(ledgers, number, applies):
    keys = ledgers.chain(2)
    for key in keys:
        ledgers.give(key, "one", pack("0.15"))
    ledgers.admit(keys[0], cost="1")
    mortal = ledgers.on(MortalClient(ledgers.client, number, applies=applies))
    try:
        for key in keys:
            mortal.sweep.scope(ledgers.scope(key), ledgers.later)
    except KilledError:
        pass
    ledgers.sweep(*keys)
    assert [each.calculated_cost for each in recorded(ledgers)] == [1]
    assert_no_cent_is_lost(ledgers, *keys)


@pytest.mark.parametrize("amount", ["0.1", "5"])
def test_every_write_of_a_settlement_may_arrive_twice_and_late(ledgers, amount):
    keys = ledgers.chain(2)
    for key in keys:
        ledgers.give(key, "one", pack(amount))
    admitted = ledgers.admit(keys[0], cost="1")
    scopes = tuple(key.key_id for key in keys)
    client = RepeatingClient(ledgers.client)
    said = record(admitted.request_id, key=keys[0], cost="0.25", scopes=scopes)
    ledgers.on(client).settle(admitted, said)
    client.replay()
    ledgers.ledger.settle(admitted, said)
    client.replay()
    assert_no_cent_is_lost(ledgers, *keys)


@pytest.mark.parametrize("cut", range(1, 7))
def test_a_sweep_beside_a_slow_settlement_ends_in_one_account(ledgers, cut):
    """The sweep comes after any of the settlement's writes; what was given to packs back is given once."""
    keys = ledgers.chain(2)
    for key in keys:
        ledgers.give(key, "one", pack("0.3"))
    admitted = ledgers.admit(keys[0], cost="1")
    scopes = tuple(key.key_id for key in keys)

    class Slow(CountingClient):
        def _call(self, operation, call, request):
            if len(self.operations) == cut - 1:
                ledgers.sweep(*keys)
            return super()._call(operation, call, request)

    ledgers.on(Slow(ledgers.client)).settle(
        admitted, record(admitted.request_id, key=keys[0], cost="0.25", scopes=scopes)
    )
    assert len(recorded(ledgers)) == 1
    assert_no_cent_is_lost(ledgers, *keys)


def test_assignments_of_two_that_saw_other_packs_end_in_what_the_record_says(ledgers):
    """The settlement knows of the key's pack, the sweep of its parent's, too, which came in between."""
    keys = ledgers.chain(2)
    ledgers.give(keys[0], "one", pack("0.1"))
    admitted = ledgers.admit(keys[0], cost="1")
    ledgers.give(keys[1], "late", pack("2"))
    scopes = tuple(key.key_id for key in keys)
    settled = record(admitted.request_id, key=keys[0], cost="0.25", scopes=scopes)
    # A sweep that dies before its record, having assigned at both.
    mortal = ledgers.on(MortalClient(ledgers.client, 4, applies=False))
    with pytest.raises(KilledError):
        mortal.sweep.scope(ledgers.scope(keys[0]), ledgers.later)
    ledgers.ledger.settle(admitted, settled)
    ledgers.sweep(*keys)
    assert_no_cent_is_lost(ledgers, *keys)


def test_a_lower_or_higher_quota_meanwhile_takes_nothing_from_packs(ledgers):
    key = ledgers.add(budget_limit=None, quota=daily("1"), enforcement=Enforcement.HARD)
    ledgers.give(key, "pack", pack("0.1"))
    opened = [ledgers.admit(key, cost="0.3") for _ in range(3)]
    for limit, admitted in zip(("0.2", "5", "0.1"), opened, strict=True):
        before = ledgers.scope(key)
        ledgers.keys.edit(before, replace(before, quota=replace(before.quota, limit=Decimal(limit))))
        ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.3"))
    assert ledgers.scope(key).quota.used == Decimal("0.8")
    assert_no_cent_is_lost(ledgers, key)


def test_a_settlement_with_packs_has_one_write_and_one_round_trip_more(ledgers):
    keys = ledgers.chain(3)
    for key in keys:
        ledgers.give(key, "one", pack("10"))
    counting = CountingClient(ledgers.client)
    ledger = ledgers.on(counting)
    asked = admission(keys[0], cost="1", demand=demand("1"))
    ledger.admit(asked)
    counting.clear()
    admitted = ledger.admit(admission(keys[0], cost="1"))
    assert counting.operations == ["update_item"] * 3
    counting.clear()
    scopes = tuple(key.key_id for key in keys)
    ledger.settle(admitted, record(admitted.request_id, key=keys[0], cost="0.25", scopes=scopes))
    writes = ["update_item"] * 3
    assert counting.operations == [*writes, "put_item", *writes]
    # The key's, which decides the cost, the others' at once; the record; all closings at once.
    assert counting.round_trips == 4


def test_the_order_of_draws_is_that_of_the_packs_over_many_calls(ledgers):
    key = ledgers.add()
    for number in range(5):
        ledgers.give(key, f"pack{number}", pack("0.25", priority=number))
    seen = [draw for _ in range(9) for draw in spend(ledgers, key, "0.1").pack_draws]
    assert all(first.pack_id <= second.pack_id for first, second in pairwise(seen))
    assert sum(draw.amount for draw in seen) == Decimal("0.9")
