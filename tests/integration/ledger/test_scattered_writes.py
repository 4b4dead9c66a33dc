"""Writes that are sent together: whichever of them apply, in any order, and whoever has moved meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import chain, combinations, permutations
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support.builders import NOW, admission, demand, record
from tests.support.faults import (
    CountingClient,
    EchoingClient,
    KilledError,
    LossyClient,
    MortalClient,
    RepeatingClient,
    ScatteringClient,
)
from tollgate.ledger.scopes import Enforcement
from tollgate.refusals import Reason, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.ledger_world import LedgerWorld
    from tollgate.ledger.store.ledger import Ledger

HELD, COST = Decimal(1), Decimal("0.25")
HARD: dict[str, Any] = {"enforcement": Enforcement.HARD}
LONG_AGO = NOW - timedelta(hours=1)
DEPTHS = (1, 2, 3, 4)


def orders(count: int) -> Iterator[tuple[int, ...]]:
    """Each subset of so many writes, in each order."""
    for size in range(count + 1):
        yield from permutations(range(count), size)


def subsets(count: int) -> list[tuple[int, ...]]:
    return list(chain.from_iterable(combinations(range(count), size) for size in range(count + 1)))


def warm(ledgers: LedgerWorld, key: Any, client: Any) -> Ledger:
    """The ledger of a process that knows the key's ancestors, from now on over `client`."""
    ledger = ledgers.on(ledgers.client)
    ledger.release(ledger.admit(admission(key, cost="0")), NOW)
    return replace(ledger, client=client)


def assert_untouched(ledgers: LedgerWorld, *keys: Any) -> None:
    for key in keys:
        scope = ledgers.scope(key)
        assert (scope.budget_used, scope.holds) == (0, {})


def assert_charged(ledgers: LedgerWorld, keys: Any, cost: Decimal) -> None:
    for key in keys:
        scope = ledgers.scope(key)
        assert (scope.budget_used, scope.holds) == (cost, {})


def sweep_both_ways(ledgers: LedgerWorld, keys: Any, *, upwards: bool) -> None:
    ledgers.sweep(*(keys if upwards else reversed(keys)))
    ledgers.sweep(*keys)


# --- admission ---


@pytest.mark.parametrize(
    ("depth", "applied"), [(depth, order) for depth in DEPTHS[1:] for order in orders(depth - 1)]
)
def test_killed_while_ancestors_let_it_in(ledgers, depth, applied):
    """Unless all of them have, it costs nothing."""
    keys = ledgers.chain(depth)
    ledger = warm(ledgers, keys[0], ScatteringClient(ledgers.client, applied, dies=True))
    with pytest.raises(KilledError):
        ledger.admit(admission(keys[0], cost="1"))

    sweep_both_ways(ledgers, keys, upwards=len(applied) % 2 == 0)

    assert_charged(ledgers, keys, HELD if len(applied) == depth - 1 else Decimal(0))
    assert ledgers.spent() == ledgers.scope(keys[0]).budget_used


LOST_ADMISSIONS = [
    (depth, applied, lost)
    for depth in DEPTHS[1:]
    for applied in subsets(depth - 1)
    for lost in subsets(depth - 1)
    if set(lost) <= set(applied) and (lost or len(applied) < depth - 1)
]


@pytest.mark.parametrize(("depth", "applied", "lost"), LOST_ADMISSIONS)
def test_answers_of_ancestors_that_never_come(ledgers, depth, applied, lost):
    """The request fails, and whatever may be open is taken back at once."""
    keys = ledgers.chain(depth)
    client = ScatteringClient(ledgers.client, applied, lost=lost)
    with pytest.raises(ReadTimeoutError):
        warm(ledgers, keys[0], client).admit(admission(keys[0], cost="1"))

    assert_untouched(ledgers, *keys)
    assert ledgers.records == []


@pytest.mark.parametrize("refusing", [1, 2, 3])
def test_the_nearest_that_refuses_says_why_and_nothing_stays(ledgers, refusing):
    keys = ledgers.chain(4)
    ledger = warm(ledgers, keys[0], ledgers.client)
    for place, key in enumerate(keys[refusing:]):
        ledgers.edit(
            key, **({"budget_limit": Decimal(0)} if place == 0 else {"allowed_models": frozenset("x")})
        )

    with pytest.raises(RefusedError) as refused:
        ledger.admit(admission(keys[0], cost="1"))

    assert refused.value.reason is Reason.PARENT_BUDGET_EXHAUSTED
    assert_untouched(ledgers, *keys)


@pytest.mark.parametrize(
    ("number", "applied"),
    [(number, order) for number in (1, 2) for order in subsets(3 if number == 1 else 2)],
)
def test_killed_while_the_last_ancestor_refuses(ledgers, number, applied):
    """While they are asked, and while those that have let it in are closed again."""
    keys = ledgers.chain(4)
    client = ScatteringClient(ledgers.client, applied, dies=True, number=number)
    ledger = warm(ledgers, keys[0], client)
    ledgers.edit(keys[3], budget_limit=Decimal(0))
    with pytest.raises(KilledError):
        ledger.admit(admission(keys[0], cost="1"))

    sweep_both_ways(ledgers, keys, upwards=len(applied) % 2 == 0)

    assert_untouched(ledgers, *keys)
    assert ledgers.spent() == 0


def test_what_refuses_is_what_the_next_admission_tries_last(ledgers):
    """Nothing is opened above it in vain, until it lets a request in."""
    keys = ledgers.chain(3)
    counting = CountingClient(ledgers.client)
    ledger = warm(ledgers, keys[0], counting)
    ledgers.edit(keys[1], budget_limit=Decimal(0))
    writes = []
    for _ in range(2):
        counting.clear()
        with pytest.raises(RefusedError):
            ledger.admit(admission(keys[0], cost="1"))
        writes.append(len(counting.operations))
    # The key and both others, then the last and the key again; the second time without the last.
    assert writes == [5, 3]
    ledgers.edit(keys[1], budget_limit=Decimal(10))
    for round_trips in (3, 2):
        counting.clear()
        ledger.admit(admission(keys[0], cost="1"))
        assert counting.round_trips == round_trips


def test_a_claim_is_cut_to_what_the_tightest_of_all_scopes_has(ledgers):
    for tightest in range(4):
        keys = ledgers.chain(4, budget_limit="1000", **HARD)
        ledgers.edit(keys[tightest], budget_limit=Decimal(1))
        ledger = warm(ledgers, keys[0], ledgers.client)

        admitted = ledger.admit(admission(keys[0], demand=demand("5", least="0.1")))

        assert admitted.claim.amount == Decimal("0.5")
        assert ledgers.scope(keys[tightest]).budget_held == Decimal("0.5")
        assert all(opened.hold.amount >= admitted.claim.amount for opened in admitted.opened)


def test_late_duplicates_of_a_whole_call_change_nothing(ledgers):
    settled, refused = ledgers.chain(4), ledgers.chain(4)
    repeating = RepeatingClient(ledgers.client)
    ledger = warm(ledgers, settled[0], repeating)
    admitted = ledger.admit(admission(settled[0], cost="1"))
    ledger.settle(admitted, record(admitted.request_id, key=settled[0], cost="0.25"))
    ledger = warm(ledgers, refused[0], repeating)
    ledgers.edit(refused[1], budget_limit=Decimal(0))
    with pytest.raises(RefusedError):
        ledger.admit(admission(refused[0], cost="1"))
    ledgers.edit(refused[1], budget_limit=Decimal(10))

    repeating.replay()

    assert_charged(ledgers, settled, COST)
    assert_untouched(ledgers, *refused)


def test_a_late_duplicate_closes_nothing_that_the_same_request_has_opened_since(ledgers):
    """One that only open requests keep out is tried again under its own id."""
    key, parent = ledgers.chain(2, **HARD)
    ledgers.edit(parent, max_parallel=1)
    echoing = EchoingClient(ledgers.client)
    ledger, asked = warm(ledgers, key, echoing), admission(key, cost="1")
    other = ledgers.admit(parent, cost="1")
    with pytest.raises(RefusedError):
        ledger.admit(asked)
    ledgers.ledger.release(other, NOW)
    again = replace(asked, at=NOW + timedelta(milliseconds=50))
    admitted = replace(ledger, client=ledgers.client).admit(again)

    echoing.replay()

    assert [ledgers.scope(each).budget_held for each in (key, parent)] == [HELD] * 2
    ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.25"))
    assert_charged(ledgers, (key, parent), COST)


# --- ancestors that have moved since a process has seen them ---


class Moved:
    """A key below a parent below a grandparent, and another process that still takes them for that."""

    def __init__(self, ledgers: LedgerWorld, to: Any, client: Any = None) -> None:
        self.key, self.parent, self.left = ledgers.chain(3, **HARD)
        self.ledger = warm(ledgers, self.key, client or ledgers.client)
        self.to = to
        parent_id = to.key_id if to else None
        ledgers.edit(self.parent, parent_id=parent_id, moved_at=LONG_AGO)

    @property
    def chain(self) -> list[Any]:
        return [self.key, self.parent, *([self.to] if self.to else [])]


@pytest.mark.parametrize("to_root", [False, True], ids=["to another parent", "to the top"])
def test_a_moved_parents_requests_are_let_in_by_its_new_ancestors_alone(ledgers, to_root):
    moved = Moved(ledgers, None if to_root else ledgers.add(**HARD))
    ledgers.edit(moved.left, budget_limit=Decimal(5))

    for _ in range(2):
        admitted = moved.ledger.admit(admission(moved.key, cost="1"))
        assert admitted.scope_ids == tuple(key.key_id for key in moved.chain)
        assert_untouched(ledgers, moved.left)
        moved.ledger.settle(admitted, record(admitted.request_id, key=moved.key, cost="0.25"))

    assert_charged(ledgers, moved.chain, 2 * COST)
    assert_untouched(ledgers, moved.left)


@pytest.mark.parametrize("to_root", [False, True], ids=["to another parent", "to the top"])
def test_who_is_no_ancestor_any_more_refuses_nothing(ledgers, to_root):
    moved = Moved(ledgers, None if to_root else ledgers.add(**HARD))
    ledgers.edit(moved.left, budget_limit=Decimal(0))

    assert moved.ledger.admit(admission(moved.key, cost="1")).scope_ids[-1] == moved.chain[-1].key_id


def test_what_the_new_parent_refuses_leaves_nothing_with_the_old_one(ledgers):
    moved = Moved(ledgers, ledgers.add(**HARD))
    ledgers.edit(moved.to, budget_limit=Decimal(0))

    with pytest.raises(RefusedError) as refused:
        moved.ledger.admit(admission(moved.key, cost="1"))

    assert refused.value.reason is Reason.PARENT_BUDGET_EXHAUSTED
    assert_untouched(ledgers, *moved.chain, moved.left)


@pytest.mark.parametrize("to_root", [False, True], ids=["to another parent", "to the top"])
@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("upwards", [False, True], ids=["downwards", "upwards"])
def test_killed_while_the_old_ancestor_is_still_taken_for_one(ledgers, to_root, number, applies, upwards):
    """It pays for nothing; the others do only for what all of them have let in."""
    moved = Moved(ledgers, None if to_root else ledgers.add(**HARD))
    mortal: Any = MortalClient(ledgers.client, number, applies=applies)
    if to_root and number == 5:
        return  # there are no more than four
    with pytest.raises(KilledError):
        replace(moved.ledger, client=mortal).admit(admission(moved.key, cost="1"))

    sweep_both_ways(ledgers, [*moved.chain, moved.left], upwards=upwards)

    assert_untouched(ledgers, moved.left)
    done = number - (not applies)
    is_let_in = done >= (2 if to_root else 5)
    assert_charged(ledgers, moved.chain, HELD if is_let_in else Decimal(0))


@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
def test_a_request_is_not_let_in_while_an_old_ancestor_may_hold_it(ledgers, applies):
    moved = Moved(ledgers, ledgers.add(**HARD))
    # The key, its parent and the old ancestor are asked, then what that holds is closed.
    lossy: Any = LossyClient(ledgers.client, {4}, applies=applies)
    with pytest.raises(ReadTimeoutError):
        replace(moved.ledger, client=lossy).admit(admission(moved.key, cost="1"))

    ledgers.sweep(moved.left)
    ledgers.sweep(*moved.chain)
    assert_untouched(ledgers, *moved.chain, moved.left)
    assert ledgers.spent() == 0


def test_who_holds_the_request_already_is_never_taken_for_an_ancestor_ahead(ledgers):
    """The top was below the key once, and this process has not heard that it was moved."""
    key, old_child = ledgers.chain(2, **HARD)[::-1]
    ledger = warm(ledgers, old_child, ledgers.client)
    leaf = ledgers.add(parent_id=old_child.key_id)
    ledger.release(ledger.admit(admission(leaf, cost="0")), NOW)
    middle = ledgers.add(parent_id=old_child.key_id, **HARD)
    ledgers.edit(old_child, parent_id=None, moved_at=LONG_AGO)
    ledgers.edit(key, parent_id=middle.key_id, moved_at=LONG_AGO)
    chained = [key, middle, old_child]

    admitted = ledger.admit(admission(key, cost="1"))

    assert admitted.scope_ids == tuple(each.key_id for each in chained)
    assert [ledgers.scope(each).budget_held for each in chained] == [HELD] * 3
    ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.25"))
    assert_charged(ledgers, chained, COST)


# --- settlement ---


@pytest.mark.parametrize("upwards", [False, True], ids=["downwards", "upwards"])
@pytest.mark.parametrize(
    ("depth", "applied"), [(depth, order) for depth in DEPTHS for order in subsets(depth)]
)
def test_killed_when_the_answer_is_sent_and_the_holds_are_being_closed(ledgers, depth, applied, upwards):
    """The record decides: each scope pays its cost, once."""
    keys = ledgers.chain(depth)
    admitted = ledgers.admit(keys[0], cost="1")
    client = ScatteringClient(ledgers.client, applied, lost=range(depth))
    settlement = record(admitted.request_id, key=keys[0], cost="0.25")
    begun = ledgers.on(client).begin_settlement(admitted, settlement)
    assert begun.expected[0].budget_used == COST
    del begun

    sweep_both_ways(ledgers, keys, upwards=upwards)

    assert_charged(ledgers, keys, COST)
    assert len(ledgers.records) == 1


@pytest.mark.parametrize("again", ["settled again", "swept"])
@pytest.mark.parametrize(
    ("depth", "applied", "lost"),
    [
        (depth, applied, lost)
        for depth in DEPTHS[:3]
        for applied in subsets(depth)
        for lost in subsets(depth)
        if set(lost) <= set(applied) and (lost or len(applied) < depth)
    ],
)
def test_closings_whose_answers_never_come(ledgers, depth, applied, lost, again):
    """Those that get through charge their scopes; the others are charged later, once."""
    keys = ledgers.chain(depth)
    admitted = ledgers.admit(keys[0], cost="1")
    settlement = record(admitted.request_id, key=keys[0], cost="0.25")
    begun = ledgers.on(ScatteringClient(ledgers.client, applied, lost=lost)).begin_settlement(
        admitted, settlement
    )
    with pytest.raises(ReadTimeoutError):
        begun.finish()
    assert {place for place, key in enumerate(keys) if ledgers.scope(key).budget_used == COST} == set(applied)

    if again == "swept":
        ledgers.sweep(*keys)
    else:
        ledgers.ledger.settle(admitted, settlement)

    assert_charged(ledgers, keys, COST)
    assert len(ledgers.records) == 1


def test_what_a_settlement_is_expected_to_come_to_is_what_it_comes_to(ledgers):
    keys = ledgers.chain(2, **HARD)
    admitted = ledgers.admit(keys[0], cost="1")

    begun = ledgers.ledger.begin_settlement(admitted, record(admitted.request_id, key=keys[0], cost="0.25"))

    settled = begun.finish()
    assert begun.expected[0].balances() == settled.balances()
    assert begun.expected[0].holds == settled.holds == {}


def test_a_closing_that_meets_another_write_is_made_again(ledgers):
    """A new window has begun meanwhile, on some of the scopes."""
    keys = ledgers.chain(3)
    admitted = ledgers.admit(keys[0], cost="1")
    seen = replace(admitted.opened[1].scope.quota, starts_at=LONG_AGO - timedelta(days=1))
    stale = replace(admitted.opened[1], scope=replace(admitted.opened[1].scope, quota=seen))
    admitted = replace(admitted, opened=(admitted.opened[0], stale, admitted.opened[2]))
    counting = CountingClient(ledgers.client)

    ledgers.on(counting).settle(admitted, record(admitted.request_id, key=keys[0], cost="0.25"))

    assert counting.operations == ["put_item", *["update_item"] * 4]
    assert_charged(ledgers, keys, COST)
