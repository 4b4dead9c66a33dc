"""Every call of the ledger cut before and after it applies, at every depth: what the sweep makes of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.support.builders import admission, record
from tests.support.faults import KilledError, LossyClient, MortalClient
from tollgate.refusals import RefusedError

if TYPE_CHECKING:
    from tests.support.ledger_world import LedgerWorld

HELD, COST = Decimal(1), Decimal("0.25")
CUTS = pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])


def calls(*phases: str) -> Any:
    """A call in each phase at each depth from 1 to 4, by its number."""
    counts = {
        "admit": lambda depth: depth,
        "settle": lambda depth: 1 + depth,
        "refuse": lambda depth: 2 * depth - 1,
    }
    return pytest.mark.parametrize(
        ("depth", "number"),
        [(depth, n + 1) for depth in range(1, 5) for n in range(sum(counts[each](depth) for each in phases))],
    )


def assert_settled(ledgers: LedgerWorld, keys: list[Any], cost: Decimal, records: int) -> None:
    """So many records, what they say on each scope, and nothing left open."""
    assert len(ledgers.records) == records
    assert ledgers.spent() == cost
    for key in keys:
        scope = ledgers.scope(key)
        assert scope.budget_used == cost
        assert scope.holds == {}


@CUTS
@calls("admit")
def test_killed_while_it_is_admitted(ledgers, depth, number, applies):
    """Never let through, it costs nothing; let through, nobody knows what the provider did with it."""
    keys = ledgers.chain(depth)
    with pytest.raises(KilledError):
        ledgers.on(MortalClient(ledgers.client, number, applies=applies)).admit(admission(keys[0], cost="1"))

    ledgers.sweep(*reversed(keys))
    ledgers.sweep(*keys)

    is_admitted = number == depth and applies
    left_a_hold = number > 1 or applies
    assert_settled(ledgers, keys, HELD if is_admitted else Decimal(0), records=int(left_a_hold))


@CUTS
@calls("settle")
def test_killed_while_it_is_settled(ledgers, depth, number, applies):
    """With a record, that counts; without one, the policy."""
    keys = ledgers.chain(depth)
    admitted = ledgers.admit(keys[0], cost="1")
    with pytest.raises(KilledError):
        ledgers.on(MortalClient(ledgers.client, number, applies=applies)).settle(
            admitted, record(admitted.request_id, key=keys[0], cost="0.25")
        )

    ledgers.sweep(*keys)

    is_recorded = number > 1 or applies
    assert_settled(ledgers, keys, COST if is_recorded else HELD, records=1)


@CUTS
@calls("refuse")
def test_killed_while_an_ancestor_refuses_it(ledgers, depth, number, applies):
    keys = ledgers.chain(depth)
    ledgers.edit(keys[-1], budget_limit=Decimal(0))
    with pytest.raises((KilledError, RefusedError)):
        ledgers.on(MortalClient(ledgers.client, number, applies=applies)).admit(admission(keys[0], cost="1"))

    ledgers.sweep(*reversed(keys))
    ledgers.sweep(*keys)

    assert ledgers.spent() == 0
    for key in keys:
        assert (ledgers.scope(key).budget_used, ledgers.scope(key).holds) == (0, {})


@CUTS
@calls("admit")
def test_an_answer_that_is_lost_for_good_while_it_is_admitted(ledgers, depth, number, applies):
    """The request fails, and what it has opened is taken back at once."""
    keys = ledgers.chain(depth)
    with pytest.raises(ReadTimeoutError):
        ledgers.on(LossyClient(ledgers.client, {number}, applies=applies)).admit(admission(keys[0], cost="1"))

    assert_settled(ledgers, keys, Decimal(0), records=0)


@CUTS
@calls("settle")
def test_an_answer_that_is_lost_for_good_while_it_is_settled(ledgers, depth, number, applies):
    """The other scopes are charged all the same; settling again or the sweep does the rest."""
    keys = ledgers.chain(depth)
    admitted = ledgers.admit(keys[0], cost="1")
    settlement = record(admitted.request_id, key=keys[0], cost="0.25")
    with pytest.raises(ReadTimeoutError):
        ledgers.on(LossyClient(ledgers.client, {number}, applies=applies)).settle(admitted, settlement)
    if number > 1:
        assert sum(ledgers.scope(key).budget_used == COST for key in keys) >= depth - 1

    if depth % 2:
        ledgers.ledger.settle(admitted, settlement)
    else:
        ledgers.sweep(*keys)

    is_recorded = number > 1 or applies or depth % 2
    assert_settled(ledgers, keys, COST if is_recorded else HELD, records=1)


@CUTS
@pytest.mark.parametrize("number", range(1, 12))
def test_a_sweep_that_is_killed_is_finished_by_the_next(ledgers, number, applies):
    keys = ledgers.chain(3)
    ledgers.admit(keys[0], cost="1")
    mortal = ledgers.on(MortalClient(ledgers.client, number, applies=applies))
    try:
        for key in keys:
            mortal.sweep.scope(ledgers.scope(key), ledgers.later)
    except KilledError:
        pass

    ledgers.sweep(*keys)

    assert_settled(ledgers, keys, HELD, records=1)
