"""Packs that admins add and void while calls are admitted and settled on them."""

from __future__ import annotations

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, pack, record
from tests.support.faults import DyingAtWrites, KilledError
from tests.support.invariants import assert_consistent
from tollgate import money
from tollgate.audit.entry import Change
from tollgate.audit.store.audit_table import AuditTable
from tollgate.conflicts import EditConflictError, PackConflictError
from tollgate.keys.pack_definitions import PackCategory, PackDefinition, new_pack_id
from tollgate.keys.store.pack_definitions_table import PackDefinitionTable
from tollgate.keys.store.resource_packs import ResourcePacks
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.store import record_items
from tollgate.refusals import RefusedError


@pytest.fixture
def packs(ledgers, tables):
    audited = replace(ledgers.keys, audit_table=AuditTable(ledgers.client, tables["AuditTable"]))
    return ResourcePacks(audited, PackDefinitionTable(ledgers.client, tables["CatalogTable"]))


def change(key):
    return Change.of(key.key_id, ("pack",), {"it": 0}, {"it": 1}, actor="admin", at=NOW, request_id=None)


def definition(key, amount):
    return PackDefinition(new_pack_id(), key.key_id, Decimal(amount), PackCategory.PAID, 1, NOW, NOW)


def again(edit, key, keys):
    """An edit by the key as it is, until nobody comes between."""
    while True:
        seen = keys.get(key.key_id)
        try:
            return edit(seen)
        except EditConflictError:
            continue


def call(ledgers, key, cost="0.01"):
    """Whether a whole call was let in."""
    try:
        admitted = ledgers.admit(key, cost=cost)
    except RefusedError:
        return False
    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost=cost))
    return True


def paid(ledgers):
    """What packs have paid, by records."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for each in ledgers.records:
        for draw in record_items.to_record(each).pack_draws:
            found[draw.pack_id] += draw.amount
    return found


def assert_adds_up(ledgers, packs, key):
    scope = ledgers.scope(key)
    assert_consistent(scope)
    assert scope.holds == {}
    shown, _ = packs.page(scope, 100, None)
    with money.exact():
        for each in shown:
            assert each.used == paid(ledgers).get(each.definition.id, 0)
            assert each.used + each.left + each.voided == each.definition.amount
        assert scope.budget_used == ledgers.spent() - sum(paid(ledgers).values())
    return shown


@contextmanager
def calling(ledgers, key, callers=4):
    """Calls without a pause; yields a list that in the end has how many were let in by each caller."""
    served, is_over = [], threading.Event()

    def caller(_number):
        count = 0
        while not is_over.is_set():
            count += call(ledgers, key)
        return count

    with ThreadPoolExecutor(callers) as pool:
        made = [pool.submit(caller, number) for number in range(callers)]
        try:
            yield served
        finally:
            is_over.set()
        served += [each.result() for each in made]


def give(packs, key, amount):
    made = definition(key, amount)
    again(lambda seen: packs.add(seen, made, NOW, change(key)), key, packs.keys)
    return made.id


def void(packs, key, pack_id):
    """Unless calls have been quicker and used it up."""
    with suppress(PackConflictError):
        again(lambda seen: packs.void(seen, pack_id, NOW, change(key)), key, packs.keys)


def test_no_cent_is_lost_or_doubled_while_packs_come_and_go_under_calls(ledgers, packs):
    key = ledgers.add(budget_limit="0.3", enforcement=Enforcement.HARD, max_parallel=100)
    give(packs, key, "0.1")
    with calling(ledgers, key) as served:
        for number in range(9):
            pack_id = give(packs, key, "0.08")
            if number % 3 == 2:
                void(packs, key, pack_id)

    assert len(assert_adds_up(ledgers, packs, key)) == 10
    assert len(ledgers.records) == sum(served)
    assert ledgers.scope(key).budget_used <= Decimal("0.3")
    while call(ledgers, key):
        pass
    # All of the budget, and all of the packs that were not voided, to the last cent.
    scope = ledgers.scope(key)
    assert (scope.budget_used, scope.packs_left) == (Decimal("0.3"), 0)
    assert_adds_up(ledgers, packs, key)


@pytest.mark.parametrize("change_comes_from", ["itself", "another pack", "a raised limit"])
@pytest.mark.parametrize("begins", [0, 5], ids=["in effect", "in a while"])
def test_a_pack_that_is_voided_just_before_the_key_changes_is_not_counted_again(
    ledgers, change_comes_from, begins
):
    key = ledgers.add(budget_limit="0")
    soon, later = NOW + timedelta(seconds=5), NOW + timedelta(seconds=7)
    own_end = later if change_comes_from == "itself" else None
    if change_comes_from == "another pack":
        ledgers.give(key, "other", pack("1", expires_at=soon))
    if change_comes_from == "a raised limit":
        ledgers.raise_limit(key, "1", soon)
    ledgers.give(key, "voided", pack("1", effective_at=NOW + timedelta(seconds=begins), expires_at=own_end))
    ledgers.void(key, "voided")
    for at in (soon, later):
        ledgers.now = at
        with suppress(RefusedError):
            admitted = ledgers.admit(key, cost="0.1", at=at, hold_until=at + timedelta(minutes=2))
            ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.1", created_at=at))
        assert ledgers.scope(key).packs["voided"].left == 1
    assert ledgers.scope(key).packs_left == 0


def test_an_edit_of_anything_else_gives_no_pack_back_what_calls_have_drawn(ledgers, packs):
    """An edit that is tried again, as another's audit entry was in its way, leaves packs as they are then."""
    key = ledgers.add(budget_limit="1")
    pack_id = definition(key, "0.5")
    packs.add(ledgers.scope(key), pack_id, NOW, change(key))
    before = packs.keys.get(key.key_id)
    dying = DyingAtWrites(ledgers.client, 1, applies=True)
    with pytest.raises(KilledError):
        replace(packs.keys, client=dying).edit(before, replace(before, name="one"), change(key))
    before = packs.keys.get(key.key_id)
    assert call(ledgers, key, "0.2")

    packs.keys.edit(before, replace(before, name="two"), change(key))

    scope = ledgers.scope(key)
    assert (scope.name, scope.packs_left) == ("two", Decimal("0.3"))
    assert_adds_up(ledgers, packs, key)


def test_a_used_pack_is_taken_out_only_when_no_open_call_can_give_back_to_it(ledgers, packs):
    key = ledgers.add(budget_limit="1")
    ledgers.give(key, "pack", pack("0.1"))
    admitted = ledgers.admit(key, cost="0.1")
    cut = DyingAtWrites(ledgers.client, 2, applies=False)
    with pytest.raises(KilledError):
        ledgers.on(cut).settle(admitted, record(admitted.request_id, key=key, cost="0.1"))
    assert ledgers.scope(key).packs["pack"].left == 0
    packs.add(ledgers.scope(key), definition(key, "1"), NOW, change(key))
    assert "pack" in ledgers.scope(key).packs

    ledgers.ledger.settle(admitted, record(admitted.request_id, key=key, cost="0.04"))

    packs.add(ledgers.scope(key), definition(key, "1"), NOW, change(key))
    assert_consistent(ledgers.scope(key))
    assert len(ledgers.records) == 1
