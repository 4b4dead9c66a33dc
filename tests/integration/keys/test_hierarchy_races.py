"""Someone else comes right before a certain write of a change: the races that chance rarely finds."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.faults import KilledError, MortalClient
from tests.support.tree_world import MAX_DEPTH, TreeWorld
from tests.support.turns import InterruptedClient
from tollgate.keys.families import HierarchyError
from tollgate.ledger.scopes import Priority

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def tree(dynamodb, tables) -> TreeWorld:
    return TreeWorld(dynamodb, tables)


def interrupted(tree: TreeWorld, operation: str, key_id: str, happens: Callable[[], object]):
    """A hierarchy, and a check that it was interrupted."""
    client = InterruptedClient(tree.client, operation, key_id, happens)
    return tree.on(client), client


def refused(call: Callable[..., object], *arguments: Any, **named: Any) -> str:
    with pytest.raises(HierarchyError) as error:
        call(*arguments, **named)
    return error.value.message


def killed(call: Callable[..., object], *arguments: Any, **named: Any) -> None:
    with pytest.raises(KilledError):
        call(*arguments, **named)


def test_a_raise_under_way_whose_room_a_sibling_takes_begins_again_and_is_refused(tree):
    parent = tree.add(budget_limit="10", overcommit=False)
    child = tree.add(parent.key_id, budget_limit="2")
    hierarchy, client = interrupted(
        tree, "update_item", child.key_id, lambda: tree.add(parent.key_id, budget_limit="8")
    )

    assert "would take 6 USD" in refused(
        tree.edit, child.key_id, hierarchy=hierarchy, budget_limit=Decimal(6)
    )

    assert client.was_interrupted
    assert tree.get(child.key_id).budget_limit == 2
    tree.assert_sound()


def test_a_parent_being_lowered_whose_room_a_child_takes_begins_again_and_is_refused(tree):
    parent = tree.add(budget_limit="10", overcommit=False)
    tree.add(parent.key_id, budget_limit="2")
    hierarchy, client = interrupted(
        tree, "update_item", parent.key_id, lambda: tree.add(parent.key_id, budget_limit="8")
    )

    assert "is too low" in refused(tree.edit, parent.key_id, hierarchy=hierarchy, budget_limit=Decimal(5))

    assert client.was_interrupted
    tree.assert_sound()


def test_a_childs_level_that_its_parent_comes_below_meanwhile_is_refused(tree):
    parent = tree.add(safety_level=80)
    child = tree.add(parent.key_id, safety_level=20)
    hierarchy, client = interrupted(
        tree, "put_item", f"family#{parent.key_id}", lambda: tree.edit(parent.key_id, safety_level=40)
    )

    message = refused(tree.edit, child.key_id, hierarchy=hierarchy, safety_level=60)

    assert message == f"must not exceed that of its ancestor {parent.key_id}, 40"
    assert client.was_interrupted
    tree.assert_sound()


def test_a_parents_level_that_a_child_passes_meanwhile_is_not_lowered(tree):
    parent = tree.add(priority=Priority.CRITICAL)
    child = tree.add(parent.key_id, priority=Priority.LOW)
    hierarchy, client = interrupted(
        tree, "update_item", parent.key_id, lambda: tree.edit(child.key_id, priority=Priority.NORMAL)
    )

    tree.edit(parent.key_id, hierarchy=hierarchy, priority=Priority.NORMAL)
    assert client.was_interrupted
    hierarchy, client = interrupted(
        tree,
        "put_item",
        f"family#{parent.key_id}",
        lambda: tree.edit(child.key_id, priority=Priority.NORMAL, name="renamed"),
    )
    message = refused(tree.edit, parent.key_id, hierarchy=hierarchy, priority=Priority.LOW)

    assert message == f"is too low: its descendant {child.key_id} has normal"
    tree.assert_sound()


def test_a_child_whose_parent_moves_down_meanwhile_is_too_deep(tree):
    chain = [tree.add()]
    for _ in range(MAX_DEPTH - 2):
        chain.append(tree.add(chain[-1].key_id))
    parent = tree.add()
    hierarchy, client = interrupted(
        tree,
        "transact_write_items",
        parent.key_id,
        lambda: tree.move(parent.key_id, chain[-1].key_id),
    )

    assert "would make the hierarchy" in refused(tree.add, parent.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    tree.assert_sound()


def begun_move(tree: TreeWorld, child_id: str, parent_id: str, writes: int) -> None:
    """A move whose process dies after so many writes, each of them applied."""

    class Dying(MortalClient):
        def __getattr__(self, operation: str) -> Any:
            if operation in {"get_item", "batch_get_item"} and self._number < self._last:
                return getattr(self._client, operation)
            return super().__getattr__(operation)

    killed(tree.move, child_id, parent_id, hierarchy=tree.on(Dying(tree.client, writes, applies=True)))


def test_a_move_that_others_have_given_up_meanwhile_is_not_made(tree):
    """Between noting the child in the new family and writing its key the room there is taken away."""
    old, new = tree.add(budget_limit="10"), tree.add(budget_limit="10")
    child = tree.add(old.key_id, budget_limit="7")

    def give_up() -> None:
        tree.edit(new.key_id, budget_limit=Decimal(5))
        tree.hierarchy.finish_move()
        assert tree.hierarchy.moves.get().move is None

    hierarchy, client = interrupted(tree, "update_item", child.key_id, give_up)

    assert "has no room for the key" in refused(tree.move, child.key_id, new.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    assert tree.get(child.key_id).parent_id == old.key_id
    tree.assert_sound()


def test_a_move_that_has_ended_meanwhile_notes_its_child_nowhere(tree):
    old, new = tree.add(budget_limit="20"), tree.add(budget_limit="10")
    child = tree.add(old.key_id, budget_limit="7")

    def give_up() -> None:
        tree.edit(child.key_id, budget_limit=Decimal(15))
        tree.hierarchy.finish_move()
        assert tree.hierarchy.moves.get().move is None

    hierarchy, client = interrupted(tree, "transact_write_items", child.key_id, give_up)

    assert "has no room for the key" in refused(tree.move, child.key_id, new.key_id, hierarchy=hierarchy)

    assert client.was_interrupted
    family = tree.hierarchy.families.get(new.key_id)
    assert family is None or child.key_id not in family.members
    tree.assert_sound()


def test_a_move_begins_only_when_the_one_before_has_ended(tree):
    old, new, other = tree.add(), tree.add(), tree.add()
    child = tree.add(old.key_id)
    hierarchy, client = interrupted(
        tree, "update_item", "hierarchy", lambda: begun_move(tree, child.key_id, new.key_id, writes=2)
    )

    assert tree.move(other.key_id, new.key_id, hierarchy=hierarchy).parent_id == new.key_id

    assert client.was_interrupted
    assert tree.get(child.key_id).parent_id == new.key_id
    assert tree.hierarchy.families.get(old.key_id).members == {}
    tree.assert_sound()


def test_an_entry_that_waits_is_not_forgotten_by_who_appends_another(tree):
    key = tree.add()

    def another_edit_dies() -> None:
        # The third write: the entry before this is appended and forgotten first.
        tree.keys.append_audit(key.key_id)
        dying = tree.on(MortalClient(tree.client, 2, applies=True))
        killed(tree.edit, key.key_id, hierarchy=dying, name="second")

    class BeforeClearing(InterruptedClient):
        def __getattr__(self, operation: str) -> Any:
            clears = InterruptedClient.__getattr__(self, operation)
            plain = getattr(self._client, operation)

            def only_clearing(**request: Any) -> Any:
                is_clearing = "REMOVE" in request.get("UpdateExpression", "")
                return clears(**request) if is_clearing else plain(**request)

            return only_clearing

    client = BeforeClearing(tree.client, "update_item", key.key_id, another_edit_dies)
    tree.edit(key.key_id, hierarchy=tree.on(client), name="first")

    assert client.was_interrupted
    assert tree.get(key.key_id).name == "second"
    assert len(tree.changes(key.key_id)) == 3
