"""External ids: each leads to the one key that has it, whoever asks for it at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.support.builders import NOW
from tests.support.faults import CountingClient, DyingAtWrites, KilledError, LossyClient
from tests.support.tree_world import TreeWorld
from tests.support.turns import InterruptedClient
from tollgate.conflicts import ExternalIdTakenError
from tollgate.ledger.store.ledger import Ledger
from tollgate.ledger.store.sweeper import Sweeper
from tollgate.reconcile.store.reconciliation_run import Reconciliation


@pytest.fixture
def tree(dynamodb, tables) -> TreeWorld:
    return TreeWorld(dynamodb, tables)


def promised(tree, key_id, external_id):
    """An edit that has died after it put the pointer."""
    dying = tree.on(DyingAtWrites(tree.client, 1, applies=True))
    with pytest.raises(KilledError):
        tree.edit(key_id, hierarchy=dying, external_id=external_id)


def test_a_key_is_found_by_its_external_id_in_two_reads(tree):
    key = tree.add(external_id="crm-1")
    tree.add(external_id="crm-2")
    counting = CountingClient(tree.client)

    assert tree.on(counting).keys.by_external_id("crm-1") == key
    assert counting.operations == ["get_item"] * 2
    assert tree.keys.by_external_id("crm") is None


def test_an_external_id_is_given_to_one_key(tree):
    key, other = tree.add(external_id="crm-1"), tree.add()
    with pytest.raises(ExternalIdTakenError) as taken:
        tree.add(external_id="crm-1")
    assert taken.value.key_id == key.key_id
    with pytest.raises(ExternalIdTakenError):
        tree.edit(other.key_id, external_id="crm-1")
    assert tree.get(other.key_id).external_id is None

    tree.edit(key.key_id, external_id="crm-2")

    tree.edit(other.key_id, external_id="crm-1")
    tree.assert_sound()
    tree.edit(other.key_id, external_id=None)
    assert tree.keys.by_external_id("crm-1") is None


def test_of_many_who_create_a_key_for_one_external_id_one_does(tree):
    def create(_number: int) -> bool:
        try:
            tree.add(external_id="crm-1")
        except ExternalIdTakenError:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(create, range(6))) == 1
    tree.assert_sound()


def test_of_many_keys_that_are_given_one_external_id_one_gets_it(tree):
    keys = [tree.add() for _ in range(4)]

    def name(key) -> bool:
        try:
            tree.edit(key.key_id, external_id="crm-1")
        except ExternalIdTakenError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(name, keys)) == 1
    tree.assert_sound()


def test_an_edit_under_way_whose_promise_was_taken_over_is_not_made(tree):
    slow, quick = tree.add(), tree.add()
    client = InterruptedClient(
        tree.client, "update_item", slow.key_id, lambda: tree.edit(quick.key_id, external_id="crm-1")
    )

    with pytest.raises(ExternalIdTakenError):
        tree.edit(slow.key_id, hierarchy=tree.on(client), external_id="crm-1")

    assert client.was_interrupted
    assert tree.keys.by_external_id("crm-1").key_id == quick.key_id
    tree.assert_sound()


def test_a_promise_that_is_made_again_right_before_it_is_taken_over_holds(tree):
    """It was stale when the other key saw it; then its own edit began again, and was made."""
    dead, other = tree.add(), tree.add()
    promised(tree, dead.key_id, "crm-1")
    client = InterruptedClient(
        tree.client, "put_item", "external#crm-1", lambda: tree.edit(dead.key_id, external_id="crm-1")
    )

    with pytest.raises(ExternalIdTakenError):
        tree.edit(other.key_id, hierarchy=tree.on(client), external_id="crm-1")

    assert client.was_interrupted
    assert tree.keys.by_external_id("crm-1").key_id == dead.key_id
    tree.assert_sound()


def test_an_external_id_that_is_given_back_right_before_it_would_be_dropped_stays(tree):
    key = tree.add(external_id="crm-1")
    client = InterruptedClient(
        tree.client, "delete_item", "external#crm-1", lambda: tree.edit(key.key_id, external_id="crm-1")
    )

    tree.edit(key.key_id, hierarchy=tree.on(client), external_id="crm-2")

    assert client.was_interrupted
    assert tree.keys.by_external_id("crm-1").key_id == key.key_id
    tree.assert_sound()


def test_a_creation_takes_over_what_a_deleted_keys_edit_left_behind(tree):
    gone = tree.add()
    promised(tree, gone.key_id, "crm-1")
    tree.delete(gone.key_id)

    made = tree.add(external_id="crm-1")

    assert tree.keys.by_external_id("crm-1") == made


def test_a_renaming_whose_last_answer_is_lost_was_made(tree):
    key = tree.add(external_id="crm-1")
    calls = CountingClient(tree.client)
    tree.edit(key.key_id, hierarchy=tree.on(calls), external_id="crm-2")
    drops = calls.operations.index("delete_item") + 1
    client = LossyClient(tree.client, {drops}, applies=False)

    renamed = tree.edit(key.key_id, hierarchy=tree.on(client), external_id="crm-3")

    assert renamed.external_id == "crm-3"
    assert tree.keys.by_external_id("crm-2") is None
    tree.add(external_id="crm-2")
    tree.assert_sound()


def test_who_reads_the_whole_table_passes_pointers_by(tree, tables):
    keys = {tree.add(external_id=f"crm-{number}").key_id for number in range(3)}
    used, usage = tables["KeysTable"], tables["UsageTable"]

    assert {each.key_id for each in tree.keys.page(10, None)[0]} == keys
    audited = Reconciliation(tree.client, used, usage, clock=lambda: NOW + timedelta(days=1))
    assert audited.run_and_remember().scopes.keys() == keys
    swept = Sweeper(Ledger(tree.client, used, usage, timedelta(days=1))).run()
    assert (swept.keys, swept.failed) == (0, ())
