"""A key that was never used is deleted; whoever comes in between finds it whole, or gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, admission, hold
from tests.support.faults import DyingAtWrites, KilledError
from tests.support.tree_world import GoneError, TreeWorld, change_of
from tests.support.turns import InterruptedClient
from tollgate.conflicts import EditConflictError, InUseError
from tollgate.keys import api_keys
from tollgate.keys.families import HierarchyError
from tollgate.ledger.quotas import Quota
from tollgate.refusals import Reason, RefusedError


@pytest.fixture
def tree(dynamodb, tables) -> TreeWorld:
    return TreeWorld(dynamodb, tables)


def interrupted(tree, operation, key_id, happens):
    client = InterruptedClient(tree.client, operation, key_id, happens)
    return tree.on(client), client


def test_a_deleted_key_leaves_its_family_and_its_name_and_is_noted(tree):
    parent = tree.add(budget_limit="5", overcommit=False)
    child = tree.add(parent.key_id, budget_limit="5", external_id="crm-1")

    tree.delete(child.key_id)

    assert tree.keys.get(child.key_id) is None
    assert tree.hierarchy.children(parent.key_id, 10, None) == ([], None)
    assert "external#crm-1" not in str(tree.items())
    assert [each.actions for each in tree.changes(child.key_id)] == [("key.update",), ("key.delete",)]
    tree.add(parent.key_id, budget_limit="5", external_id="crm-1")
    tree.assert_sound()
    tree.delete(tree.add().key_id)


USED = {
    "a request": {"last_used_at": NOW},
    "what it has spent": {"budget_used": Decimal(1), "budget_available": Decimal(-1)},
    "what was reset": {"budget_reset": Decimal(1)},
    "what was reset of its quota": {"quota": Quota(NOW - timedelta(days=1), reset=Decimal(1))},
    "a request that is open": {"holds": {"req_1": hold("0")}},
    "a request that may come again": {"closed": {"req_1": NOW + timedelta(minutes=10)}},
}


@pytest.mark.parametrize("trace", USED.values(), ids=USED)
def test_what_has_been_used_is_not_deleted(tree, trace):
    key = tree.add(**trace)
    with pytest.raises(InUseError, match="used"):
        tree.delete(key.key_id)
    # Nor by who has seen it before.
    unused = replace(
        key, last_used_at=None, budget_used=Decimal(0), budget_reset=Decimal(0), holds={}, closed={}
    )
    unused = replace(unused, quota=Quota(NOW - timedelta(days=1)))
    with pytest.raises(EditConflictError):
        tree.hierarchy.delete(unused, change_of(unused, unused))
    assert tree.get(key.key_id) == key


def test_what_has_keys_below_it_is_not_deleted_until_they_are_gone(tree):
    parent, elsewhere = tree.add(), tree.add()
    one, other = tree.add(parent.key_id), tree.add(parent.key_id)
    with pytest.raises(InUseError, match="it has child keys"):
        tree.delete(parent.key_id)

    tree.move(one.key_id, elsewhere.key_id)
    tree.delete(other.key_id)
    tree.delete(parent.key_id)

    tree.assert_sound()


def test_a_first_request_right_before_a_deletion_is_served(tree, ledgers):
    key = api_keys.issue()
    ledgers.add(key)
    asked = admission(key)
    hierarchy, client = interrupted(
        tree, "transact_write_items", key.key_id, lambda: ledgers.ledger.admit(asked)
    )

    with pytest.raises(InUseError):
        tree.delete(key.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    assert list(ledgers.scope(key).holds) == [asked.request_id]


def test_a_first_request_right_after_a_deletion_is_a_strangers(tree, ledgers):
    key = api_keys.issue()
    ledgers.add(key)
    client = InterruptedClient(ledgers.client, "update_item", key.key_id, lambda: tree.delete(key.key_id))

    with pytest.raises(RefusedError) as refused:
        ledgers.on(client).admit(admission(key))

    assert refused.value.reason is Reason.INVALID_API_KEY
    assert ledgers.keys.get(key.key_id) is None


def test_a_request_whose_parent_is_deleted_for_the_key_has_moved_may_try_again(tree, ledgers):
    parent, key = tree.add(), api_keys.issue()
    ledgers.add(key, parent_id=parent.key_id)

    def move_and_delete() -> None:
        tree.move(key.key_id, None)
        tree.delete(parent.key_id)

    client = InterruptedClient(ledgers.client, "update_item", parent.key_id, move_and_delete)
    asked = admission(key)

    with pytest.raises(RefusedError) as refused:
        ledgers.on(client).admit(asked)

    assert refused.value.reason is Reason.BUDGET_HELD
    assert refused.value.retry_after is not None
    assert ledgers.scope(key).holds == {}
    ledgers.ledger.admit(asked)


BETWEEN = {
    "a creation below": lambda tree, key, other: tree.add(key.key_id),
    "a move below": lambda tree, key, other: tree.move(other.key_id, key.key_id),
}


@pytest.mark.parametrize("happens", BETWEEN.values(), ids=BETWEEN)
@pytest.mark.parametrize("has_family", [False, True], ids=["a first child", "a family"])
def test_what_comes_below_a_key_right_before_its_deletion_keeps_it(tree, happens, has_family):
    key, other = tree.add(), tree.add()
    if has_family:
        tree.delete(tree.add(key.key_id).key_id)
    hierarchy, client = interrupted(
        tree, "transact_write_items", key.key_id, lambda: happens(tree, key, other)
    )

    with pytest.raises(InUseError, match="it has child keys"):
        tree.delete(key.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    tree.assert_sound()


@pytest.mark.parametrize("has_family", [False, True], ids=["a first child", "a family"])
def test_a_creation_below_a_key_that_is_deleted_meanwhile_is_refused(tree, has_family):
    key = tree.add(budget_limit="5")
    if has_family:
        tree.delete(tree.add(key.key_id).key_id)
    hierarchy, client = interrupted(tree, "transact_write_items", key.key_id, lambda: tree.delete(key.key_id))

    with pytest.raises(HierarchyError, match="names a key that does not exist"):
        tree.add(key.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    tree.assert_sound()


def test_a_creation_that_has_seen_the_key_and_then_its_closed_family_is_refused(tree):
    key = tree.add(budget_limit="5")
    hierarchy, client = interrupted(tree, "get_item", f"family#{key.key_id}", lambda: tree.delete(key.key_id))

    with pytest.raises(HierarchyError, match="names a key that does not exist"):
        tree.add(key.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    tree.assert_sound()


@pytest.mark.parametrize("operation", ["get_item", "update_item"], ids=["before it begins", "as it begins"])
def test_a_move_below_a_key_that_is_deleted_meanwhile_is_refused(tree, operation):
    key, child = tree.add(), tree.add()
    hierarchy, client = interrupted(
        tree,
        operation,
        f"family#{key.key_id}" if operation == "get_item" else "hierarchy",
        lambda: tree.delete(key.key_id),
    )

    with pytest.raises(HierarchyError, match="names a key that does not exist"):
        tree.move(child.key_id, key.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    assert tree.hierarchy.moves.get().move is None
    assert tree.get(child.key_id).parent_id is None
    tree.assert_sound()


def test_a_deletion_completes_a_move_below_the_key_whose_process_has_died(tree):
    key, child = tree.add(), tree.add()

    with pytest.raises(KilledError):
        tree.move(child.key_id, key.key_id, hierarchy=tree.on(DyingAtWrites(tree.client, 1, applies=True)))
    assert tree.hierarchy.moves.get().move is not None

    with pytest.raises(InUseError, match="it has child keys"):
        tree.delete(key.key_id)
    assert tree.get(child.key_id).parent_id == key.key_id
    tree.assert_sound()


def test_a_move_of_a_key_that_is_deleted_meanwhile_finds_it_gone(tree):
    key, parent = tree.add(), tree.add()
    hierarchy, client = interrupted(tree, "update_item", "hierarchy", lambda: tree.delete(key.key_id))

    with pytest.raises(GoneError):
        tree.move(key.key_id, parent.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    assert tree.hierarchy.moves.get().move is None
    assert tree.hierarchy.children(parent.key_id, 10, None)[0] == []
    tree.assert_sound()


def test_a_key_that_is_moved_right_before_its_deletion_leaves_its_new_family(tree):
    key, parent = tree.add(), tree.add()
    hierarchy, client = interrupted(
        tree, "transact_write_items", key.key_id, lambda: tree.move(key.key_id, parent.key_id)
    )

    tree.delete(key.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    assert tree.keys.get(key.key_id) is None
    assert tree.hierarchy.families.get(parent.key_id).members == {}
    assert [each.actions for each in tree.changes(key.key_id)][1:] == [("key.move",), ("key.delete",)]


def test_what_was_edited_since_it_was_seen_is_not_deleted(tree):
    seen = tree.add()
    tree.edit(seen.key_id, name="another")

    with pytest.raises(EditConflictError):
        tree.hierarchy.delete(seen, change_of(seen, seen))

    assert tree.get(seen.key_id).name == "another"


def test_a_deletion_sees_the_move_that_has_noted_a_child_and_not_put_it_there_yet(tree):
    key, child = tree.add(), tree.add()

    def begin_move() -> None:
        with pytest.raises(KilledError):
            tree.move(
                child.key_id, key.key_id, hierarchy=tree.on(DyingAtWrites(tree.client, 2, applies=True))
            )
        assert child.key_id in tree.hierarchy.families.get(key.key_id).members

    hierarchy, client = interrupted(tree, "get_item", f"family#{key.key_id}", begin_move)

    with pytest.raises(InUseError, match="it has child keys"):
        tree.delete(key.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    tree.assert_sound()


def test_an_edit_right_before_a_deletion_is_noted_before_it(tree):
    key = tree.add()
    hierarchy, client = interrupted(
        tree, "transact_write_items", key.key_id, lambda: tree.edit(key.key_id, budget_limit=Decimal(1))
    )

    tree.delete(key.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    assert [each.actions for each in tree.changes(key.key_id)][1:] == [("budget.set",), ("key.delete",)]


def test_an_edit_of_a_key_that_is_deleted_meanwhile_finds_it_gone(tree):
    parent = tree.add(budget_limit="9", overcommit=False)
    key = tree.add(parent.key_id)
    hierarchy, client = interrupted(tree, "update_item", key.key_id, lambda: tree.delete(key.key_id))

    with pytest.raises(GoneError):
        tree.edit(key.key_id, hierarchy=hierarchy, budget_limit=Decimal(9), external_id="crm-1")

    assert client.was_interrupted
    assert tree.keys.get(key.key_id) is None
    # What it was promised is given to others, and so is its name.
    tree.add(parent.key_id, budget_limit="9", external_id="crm-1")
    tree.assert_sound()
