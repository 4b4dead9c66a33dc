"""Packs and metering where two settle a call, or someone edits or resets a key in the midst of that."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.integration.ledger.billing.test_hybrid_billing import assert_parts_add_up, hybrid, spend
from tests.support.builders import NOW, pack, record
from tests.support.faults import CountingClient
from tollgate.ledger.billing.billing_modes import Overage
from tollgate.ledger.store import record_items

SMALL_ONLY = frozenset({"small"})


class Interrupted(CountingClient):
    """Before its `number`-th call something else happens, once."""

    def __init__(self, client, number, what):
        super().__init__(client)
        self._before, self._what = number, what

    def _call(self, operation, call, request):
        if len(self.operations) == self._before - 1:
            self._what()
        return super()._call(operation, call, request)


def the_record(ledgers):
    (found,) = ledgers.records
    return record_items.to_record(found)


def assert_paid_once(ledgers, key, pack_id):
    """The pack lacks what the record says it has paid, and the budget was charged the rest."""
    scope, found = ledgers.scope(key), the_record(ledgers)
    drawn = sum((each.amount for each in found.pack_draws if each.scope_id == key.key_id), Decimal(0))
    assert scope.holds == {}
    assert scope.packs[pack_id].left == scope.packs[pack_id].amount - drawn
    assert scope.budget_used == found.calculated_cost - drawn


@pytest.mark.parametrize("depth", [1, 2])
def test_a_reserved_pack_pays_once_for_an_abandoned_call(ledgers, depth):
    """The sweep closes what it saw before it had the pack pay."""
    *below, key = ledgers.chain(depth, budget_limit="0")
    for each in below:
        ledgers.edit(each, budget_limit=Decimal(9))
    ledgers.give(key, "small only", pack("1", models=SMALL_ONLY))
    ledgers.admit([*below, key][0], cost="0.4")
    ledgers.sweep(key, *below)
    assert ledgers.scope(key).packs["small only"].left == Decimal("0.6")
    assert_paid_once(ledgers, key, "small only")


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("models", [None, SMALL_ONLY], ids=["all models", "some models"])
def test_what_a_sweep_has_drawn_comes_back_where_a_record_knows_nothing_of_it(ledgers, models, number):
    """Of a pack that the call's process has never seen, it closes the hold as it was before the sweep."""
    key = ledgers.add(budget_limit="5")
    admitted = ledgers.admit(key, cost="0.4")
    given = pack("1") if models is None else pack("1", models=models)
    ledgers.give(key, "new", given)

    def settle():
        ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.3"))

    swept = ledgers.scope(key)
    ledgers.on(Interrupted(ledgers.client, number, settle)).sweep.scope(swept, ledgers.later)
    assert_paid_once(ledgers, key, "new")


def meter(ledgers, key, overage=Overage.METERED):
    ledgers.edit(key, overage=overage)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_ends_while_metering_begins_counts_as_included(ledgers, number):
    """Its record says so, whether the edit comes before that, after it, or once the hold is closed."""
    key = hybrid(ledgers, "1", max_parallel=10)
    meter(ledgers, key, Overage.STOP)
    admitted = ledgers.admit(key, cost="0.7")
    said = record(admitted.request_id, key=key, cost="0.7")
    ledgers.on(Interrupted(ledgers.client, number, lambda: meter(ledgers, key))).settle(admitted, said)
    if number > 2:
        meter(ledgers, key)
    assert_parts_add_up(ledgers, key)
    assert ledgers.scope(key).quota.included == Decimal("0.7")
    assert spend(ledgers, key, "0.5").billing.included == Decimal("0.3")
    assert_parts_add_up(ledgers, key)


@pytest.mark.parametrize("cost", ["0.4", "0.7"])
def test_metering_that_begins_while_a_call_is_charged_counts_it_once(ledgers, cost):
    """The edit has read the key before that, and is written after it."""
    key = hybrid(ledgers, "1", max_parallel=10)
    meter(ledgers, key, Overage.STOP)
    seen, admitted = ledgers.scope(key), ledgers.admit(key, cost="0.7")
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost=cost))
    ledgers.keys.edit(seen, replace(seen, overage=Overage.METERED))
    assert_parts_add_up(ledgers, key)


@pytest.mark.parametrize("number", [2, 3, 4])
@pytest.mark.parametrize("cost", ["0.7", "1.3"])
def test_metering_that_ends_and_begins_while_a_call_is_settled_keeps_its_parts(ledgers, number, cost):
    key = hybrid(ledgers, "1", max_parallel=10)
    spend(ledgers, key, "0.2")
    admitted = ledgers.admit(key, cost="1.5")

    def toggle():
        meter(ledgers, key, Overage.STOP)
        meter(ledgers, key)

    said = record(admitted.request_id, key=key, cost=cost)
    ledgers.on(Interrupted(ledgers.client, number, toggle)).settle(admitted, said)
    assert_parts_add_up(ledgers, key)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("cost", ["0.7", "1.3"])
def test_a_reset_leaves_what_a_call_is_assigned_that_is_not_charged_yet(ledgers, number, cost):
    key = hybrid(ledgers, "1", max_parallel=10)
    spend(ledgers, key, "0.2")
    admitted = ledgers.admit(key, cost="1.5")
    said = record(admitted.request_id, key=key, cost=cost)

    def reset():
        ledgers.keys.reset_used(ledgers.scope(key), NOW)

    ledgers.on(Interrupted(ledgers.client, number, reset)).settle(admitted, said)
    quota = ledgers.scope(key).quota
    (billed,) = (
        each.billing
        for each in map(record_items.to_record, ledgers.records)
        if each.request_id == said.request_id
    )
    assert (quota.included, quota.metered) == (billed.included, billed.metered)
    assert quota.used == Decimal(cost)
