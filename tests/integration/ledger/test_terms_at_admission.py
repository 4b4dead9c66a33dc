"""What a call is charged by: the terms of its key and of all above it, as they are while it is let in."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support.builders import NOW, admission, bill, demand, price_version
from tests.support.faults import (
    CountingClient,
    EchoingClient,
    KilledError,
    LossyClient,
    MortalClient,
    RepeatingClient,
)
from tests.support.ledger_world import LedgerWorld
from tollgate import money
from tollgate.ledger.billing.billing_modes import BillingMode, Overage
from tollgate.ledger.holds import AbandonedPolicy
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store import record_items
from tollgate.ledger.windows import Period, Schedule
from tollgate.pricing.price_terms import AT_COST, ScheduledFactor, Tariff
from tollgate.pricing.usage import TokenClass
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from tollgate.ledger.admissions import AdmittedRequest
    from tollgate.ledger.store.ledger import Ledger

CALLS = 80
HARD: dict[str, Any] = {"enforcement": Enforcement.HARD}
CUTS = pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])


def held(admitted: AdmittedRequest) -> list[Decimal]:
    return [opened.hold.amount for opened in admitted.opened]


def assert_untouched(ledgers: LedgerWorld, *keys: Any) -> None:
    for key in keys:
        assert (ledgers.scope(key).budget_used, ledgers.scope(key).holds) == (0, {})


def settle(ledger: Ledger, ledgers: LedgerWorld, key: Any, admitted: AdmittedRequest, cost: str) -> Any:
    """At what a cost at the provider is charged as."""
    charged = Decimal(cost) * admitted.tariff.factor
    said = ledgers.record(
        admitted,
        key,
        breakdown=admitted.tariff.billed(bill(str(charged))),
        price_factor=admitted.tariff.factor,
        created_at=admitted.at,
    )
    ledger.settle(admitted, said)
    return said


def test_a_factor_is_held_and_inherited_by_all_below_unless_they_set_their_own(ledgers):
    root = ledgers.add(price_factor=Decimal(3), **HARD)
    middle = ledgers.add(parent_id=root.key_id, minimum_fee=Decimal(4))
    heir = ledgers.add(parent_id=middle.key_id)
    own = ledgers.add(parent_id=middle.key_id, price_factor=Decimal("0.5"), minimum_fee=money.ZERO)
    at_cost = ledgers.add(parent_id=root.key_id, price_factor=money.ONE)

    for key, cost, amounts in (
        (root, "1", [3]),
        (heir, "1", [4, 4, 4]),
        (heir, "2", [6, 6, 6]),
        (own, "1", [Decimal("0.5")] * 3),
        (at_cost, "1", [1, 1]),
    ):
        admitted = ledgers.admit(key, cost=cost)
        assert held(admitted) == amounts
        ledgers.ledger.release(admitted, NOW)


def test_models_and_times_have_factors_of_their_own(ledgers):
    root = ledgers.add(
        price_factor=Decimal(3),
        model_price_factors={"large": Decimal(2)},
        scheduled_price_factors=(ScheduledFactor(Decimal("0.9"), NOW + timedelta(days=1)),),
        budget_limit="100",
    )
    leaf = ledgers.add(parent_id=root.key_id, budget_limit="100")

    assert held(ledgers.admit(leaf, cost="1")) == [3, 3]
    assert held(ledgers.admit(leaf, cost="1", model="large")) == [2, 2]
    tomorrow = {"at": NOW + timedelta(days=1), "hold_until": NOW + timedelta(days=2)}
    assert held(ledgers.admit(leaf, cost="1", model="large", **tomorrow)) == [Decimal("0.9")] * 2


def test_what_may_be_metered_is_held_at_its_factor_too(ledgers):
    included = Decimal(100)
    quota = Quota(
        starts_at=NOW,
        resets_at=NOW + timedelta(days=30),
        limit=included,
        schedule=Schedule(Period.MONTH),
        allowance=included,
        available=included,
    )
    hybrid = {"billing_mode": BillingMode.HYBRID, "overage": Overage.METERED, "overage_factor": Decimal(3)}
    root = ledgers.add(budget_limit=None, quota=quota, **hybrid, **HARD)
    heir = ledgers.add(parent_id=root.key_id, price_factor=Decimal("0.5"), minimum_fee=Decimal(2))
    inner = ledgers.add(parent_id=root.key_id, billing_mode=BillingMode.INTERNAL)

    assert held(ledgers.admit(heir, cost="1")) == [6, 6]
    assert held(ledgers.admit(heir, cost="5")) == [Decimal("7.5")] * 2
    assert held(ledgers.admit(inner, cost="1")) == [1, 1]


WARM_AND_COLD = {
    "its own, depth 1": (1, 0, 3),
    "its own, depth 3": (3, 0, 5),
    "its parent's": (2, 1, 6),
    "the root's, depth 3": (3, 2, 9),
}


@pytest.mark.parametrize(("depth", "place", "cold"), WARM_AND_COLD.values(), ids=WARM_AND_COLD)
def test_terms_that_a_process_knows_cost_no_write_and_unknown_ones_those_that_are_taken_back(
    ledgers, depth, place, cold
):
    keys = ledgers.chain(depth, budget_limit="100")
    ledgers.edit(keys[place], price_factor=Decimal("1.5"))
    counting = CountingClient(ledgers.client)
    ledger = ledgers.on(counting)
    counts, read = [], 0
    for _ in range(3):
        counting.clear()
        admitted = ledger.admit(admission(keys[0], cost="1"))
        counts.append(counting.operations.count("update_item"))
        assert held(admitted) == [Decimal("1.5")] * depth
        read = len(counting.operations) - counts[-1]
    assert counts == [cold, depth, depth]
    assert read == 0
    assert counting.round_trips == min(depth, 2)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("before", [None, Decimal("0.5"), Decimal(3)], ids=["none", "lower", "higher"])
def test_terms_that_were_changed_since_a_process_has_seen_them_are_noticed(ledgers, place, before):
    keys = ledgers.chain(3, **HARD)
    ledgers.edit(keys[place], price_factor=before)
    ledger = ledgers.on(ledgers.client)
    ledger.release(ledger.admit(admission(keys[0], cost="1")), NOW)
    ledgers.edit(keys[place], price_factor=Decimal(2))

    admitted = ledger.admit(admission(keys[0], cost="1"))

    assert (admitted.tariff, held(admitted)) == (Tariff(Decimal(2)), [2, 2, 2])
    assert [len(ledgers.scope(key).holds) for key in keys] == [1, 1, 1]
    settle(ledger, ledgers, keys[0], admitted, "0.5")
    assert [ledgers.scope(key).budget_used for key in keys] == [1, 1, 1]


@pytest.mark.parametrize("tight", [0, 1, 2])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_nothing_is_refused_for_terms_that_are_no_longer_so(ledgers, place, tight):
    """By a process that still takes the factor for ten, and by one that knows of none."""
    keys = ledgers.chain(3, **HARD)
    ledgers.edit(keys[place], price_factor=Decimal(10))
    ledgers.edit(keys[tight], budget_limit=Decimal(1))
    ledger = ledgers.on(ledgers.client)
    with pytest.raises(RefusedError):
        ledger.admit(admission(keys[0], cost="1"))
    ledgers.edit(keys[place], price_factor=Decimal("0.5"))

    for each in (ledger, ledgers.on(ledgers.client)):
        admitted = each.admit(admission(keys[0], cost="2"))
        assert held(admitted) == [1, 1, 1]
        each.release(admitted, NOW)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_refused_is_refused_at_the_chains_terms_and_leaves_nothing(ledgers, place):
    keys = ledgers.chain(3, **HARD)
    ledgers.edit(keys[place], price_factor=Decimal(2))
    ledger = ledgers.on(ledgers.client)
    for _ in range(2):
        with pytest.raises(RefusedError) as refused:
            ledger.admit(admission(keys[0], cost="6"))
        assert refused.value.reason is Reason.REQUEST_EXCEEDS_BUDGET
        assert refused.value.shortage.cost == 12
    assert_untouched(ledgers, *keys)


def test_what_costs_nothing_is_let_in_at_once_whatever_the_terms(ledgers):
    keys = ledgers.chain(2)
    ledgers.edit(keys[1], price_factor=Decimal(2), minimum_fee=Decimal(1))
    counting = CountingClient(ledgers.client)

    admitted = ledgers.on(counting).admit(admission(keys[0], cost="0", is_free=True))

    assert counting.operations == ["update_item"] * 2
    assert held(admitted) == [0, 0]
    assert admitted.tariff == Tariff(Decimal(2), Decimal(1))


@pytest.mark.parametrize("to_root", [False, True])
def test_a_key_that_is_moved_is_charged_by_the_terms_where_it_is(ledgers, to_root):
    old, new = ledgers.add(price_factor=Decimal(2)), ledgers.add(price_factor=Decimal(3))
    middle = ledgers.add(parent_id=old.key_id)
    leaf = ledgers.add(parent_id=middle.key_id)
    ledger = ledgers.on(ledgers.client)
    ledger.release(ledger.admit(admission(leaf, cost="1")), NOW)
    long_ago = NOW - timedelta(hours=1)
    ledgers.edit(middle, parent_id=None if to_root else new.key_id, moved_at=long_ago)

    admitted = ledger.admit(admission(leaf, cost="1"))

    assert admitted.tariff == (AT_COST if to_root else Tariff(Decimal(3)))
    assert set(held(admitted)) == {admitted.tariff.factor}
    assert_untouched(ledgers, old)


@pytest.mark.parametrize(
    ("policy", "charged", "at_provider"),
    [
        (AbandonedPolicy.CHARGE, "3", "1"),
        (AbandonedPolicy.CHARGE_INPUT, "0.01", "0.003333333333333333"),
        (AbandonedPolicy.RELEASE, "0", "0"),
    ],
)
def test_an_abandoned_call_is_charged_at_the_terms_of_its_admission(ledgers, policy, charged, at_provider):
    root = ledgers.add(price_factor=Decimal(3), minimum_fee=Decimal("0.01"), cost_centre="CC-1")
    leaf = ledgers.add(parent_id=root.key_id)
    # The input costs 0.0001 of it.
    prices = (price_version({TokenClass.INPUT: "1", TokenClass.OUTPUT: "999.9"}),)
    ledgers.admit(leaf, demand=demand("1", prices=prices))
    ledgers.edit(root, price_factor=Decimal(7), minimum_fee=None)

    replace(ledgers.ledger, abandoned=policy).sweep.scope(ledgers.scope(leaf), ledgers.later)

    (written,) = [record_items.to_record(each) for each in ledgers.records]
    assert written.calculated_cost == Decimal(charged)
    assert written.cost_at_provider == Decimal(at_provider)
    assert (written.price_factor, written.cost_centre) == (3, "CC-1")


# --- crashes, lost answers, duplicates ---


class Changed:
    """A chain whose root has just got a factor that a process doesn't know of yet."""

    def __init__(self, ledgers: LedgerWorld, depth: int = 3) -> None:
        self.keys = ledgers.chain(depth, **HARD)
        ledger = ledgers.on(ledgers.client)
        ledger.release(ledger.admit(admission(self.keys[0], cost="0")), NOW)
        ledgers.edit(self.keys[-1], price_factor=Decimal(2))
        self.ledger = ledger

    def admit(self, client: Any, asked: Any = None) -> AdmittedRequest:
        asked = asked or admission(self.keys[0], cost="1")
        return replace(self.ledger, client=client).admit(asked)


@CUTS
@pytest.mark.parametrize("upwards", [False, True], ids=["downwards", "upwards"])
@pytest.mark.parametrize("number", range(1, 10))
def test_killed_while_it_starts_over(ledgers, number, applies, upwards):
    """Three holds are opened, closed and opened again. What was let in by all is charged what it held."""
    changed = Changed(ledgers)
    with pytest.raises(KilledError):
        changed.admit(MortalClient(ledgers.client, number, applies=applies))

    ledgers.sweep(*(changed.keys if upwards else reversed(changed.keys)))
    ledgers.sweep(*changed.keys)

    done = number - (not applies)
    charged = {3: Decimal(1), 9: Decimal(2)}.get(done, Decimal(0))
    for key in changed.keys:
        assert (ledgers.scope(key).budget_used, ledgers.scope(key).holds) == (charged, {})
    assert ledgers.spent() == charged
    assert all(each.get("price_factor", 1) == (2 if done > 6 else 1) for each in ledgers.records)


@CUTS
@pytest.mark.parametrize("number", range(1, 10))
def test_an_answer_that_is_lost_for_good_while_it_starts_over(ledgers, number, applies):
    """Either it is let in at the chain's terms, or it fails, and nothing is left once it was swept."""
    changed = Changed(ledgers)
    with pytest.raises(ReadTimeoutError):
        changed.admit(LossyClient(ledgers.client, {number}, applies=applies))
    ledgers.sweep(*changed.keys)
    ledgers.sweep(*changed.keys)
    for key in changed.keys:
        assert ledgers.scope(key).holds == {}
        assert ledgers.scope(key).budget_used == ledgers.spent()


def test_what_closed_the_first_holds_closes_none_of_the_second_if_it_arrives_again(ledgers):
    changed = Changed(ledgers)
    # The amounts are alike: both claims are cut down to half of what there is.
    ledgers.edit(changed.keys[0], budget_limit=Decimal(1))
    echoing = EchoingClient(ledgers.client)
    asked = admission(changed.keys[0], demand=demand("5", least="0.1"))

    admitted = changed.admit(echoing, asked)
    # Three are opened, and closed, before they are opened again.
    echoing.replay(6)

    assert (admitted.tariff.factor, held(admitted)) == (2, [Decimal("0.5")] * 3)
    assert all(list(ledgers.scope(key).holds) == [asked.request_id] for key in changed.keys)
    settle(changed.ledger, ledgers, changed.keys[0], admitted, "0.1")
    assert [ledgers.scope(key).budget_used for key in changed.keys] == [Decimal("0.2")] * 3


def test_where_the_first_opening_may_arrive_again_the_request_is_to_come_again(ledgers):
    changed = Changed(ledgers)
    repeating = RepeatingClient(ledgers.client)
    with pytest.raises(RefusedError) as refused:
        changed.admit(repeating)
    assert (refused.value.reason, refused.value.retry_after) == (Reason.BUDGET_HELD, 1)

    repeating.replay()

    assert_untouched(ledgers, *changed.keys)
    assert changed.admit(ledgers.client).tariff.factor == 2


# --- edits while calls are let in ---


@pytest.mark.timeout(300)
def test_each_record_is_charged_at_terms_that_were_in_force_while_it_was_let_in(ledger_client, tables):
    """An ancestor's factor is edited again and again while 8 clients of 4 processes call."""
    ledgers = LedgerWorld(ledger_client, tables, hard=True)
    keys = ledgers.chain(3, budget_limit="1000", **HARD)
    processes = [ledgers.on(ledgers.client) for _ in range(4)]
    # The last of them may be in force already, the one before it still.
    factors = [Decimal(1)]
    begun: dict[str, int] = {}
    done: dict[str, int] = {}
    let_in = threading.Semaphore(0)

    def edit() -> None:
        for number in range(2, 2 + CALLS // 4):
            factors.append(Decimal(number) / 100)
            ledgers.edit(keys[2], price_factor=factors[-1])
            for _ in range(4):
                let_in.acquire(timeout=60)

    def call(number: int) -> tuple[AdmittedRequest, Any]:
        ledger = processes[number % 4]
        asked = admission(keys[0], cost="1", request_id=f"req_{number}")
        begun[asked.request_id] = len(factors)
        admitted = ledger.admit(asked)
        done[asked.request_id] = len(factors)
        let_in.release()
        return admitted, settle(ledger, ledgers, keys[0], admitted, "0.9")

    with ThreadPoolExecutor(9) as pool:
        editing = pool.submit(edit)
        calls = [each.result() for each in [pool.submit(call, number) for number in range(CALLS)]]
        editing.result()

    total = Decimal(0)
    for admitted, said in calls:
        at_once = factors[max(begun[said.request_id] - 2, 0) : done[said.request_id]]
        assert said.price_factor == admitted.tariff.factor
        assert said.price_factor in at_once
        assert set(held(admitted)) == {said.price_factor}
        assert said.calculated_cost == Decimal("0.9") * said.price_factor <= min(held(admitted))
        total += said.calculated_cost
    assert len({said.price_factor for _, said in calls}) > CALLS // 8
    for key in keys:
        scope = ledgers.scope(key)
        assert (scope.holds, scope.budget_used) == ({}, total)
    assert len(ledgers.records) == CALLS


def test_a_minimum_fee_never_overspends_a_hard_budget(ledger_client, tables):
    """24 calls of a cent that cost a dollar at least, eight at once, on a budget worth ten."""
    ledgers = LedgerWorld(ledger_client, tables, hard=True)
    root = ledgers.add(budget_limit="10", minimum_fee=Decimal(1), **HARD)
    keys = [ledgers.add(budget_limit=None, parent_id=root.key_id) for _ in range(4)]

    def call(number: int) -> int:
        try:
            admitted = ledgers.admit(keys[number % 4], cost="0.01")
        except RefusedError:
            return 0
        assert held(admitted) == [1, 1]
        said = settle(ledgers.ledger, ledgers, keys[number % 4], admitted, "0.005")
        assert said.calculated_cost == 1
        return 1

    with ThreadPoolExecutor(8) as pool:
        served = sum(pool.map(call, range(24)))
    while served < 10:
        served += call(served)

    assert call(0) == 0
    assert ledgers.scope(root).budget_used == 10
    assert ledgers.scope(root).holds == {}
