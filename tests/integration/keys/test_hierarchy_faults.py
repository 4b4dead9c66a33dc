"""The process dies at any write of a change to the hierarchy: whoever comes next finds it sound."""

from __future__ import annotations

from contextlib import nullcontext
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.faults import KilledError, MortalClient
from tests.support.tree_world import TreeWorld
from tollgate.aws.dynamodb import pages
from tollgate.conflicts import ExternalIdTakenError
from tollgate.keys.families import HierarchyError
from tollgate.ledger.scopes import Priority

if TYPE_CHECKING:
    from collections.abc import Callable

    from tollgate.keys.store.hierarchy import Hierarchy

_MAX_WRITES = 30


class MortalWriter(MortalClient):
    """Dies right after a chosen write, by 0 before the first one."""

    def __init__(self, client: Any, last_write: int) -> None:
        super().__init__(client, last_write, applies=True)

    def __getattr__(self, operation: str) -> Any:
        if operation in {"get_item", "batch_get_item", "query", "scan"} and self._number < self._last:
            return getattr(self._client, operation)
        return super().__getattr__(operation)


@pytest.fixture
def tree(dynamodb, tables) -> TreeWorld:
    return TreeWorld(dynamodb, tables)


def die_at_each_write(tree: TreeWorld, run: Callable[[Hierarchy], object], after: Callable[[], None]) -> int:
    """Runs something again and again, dying one write later each time; returns how many writes it makes.

    It dies right after a write, and before the first one: to die anywhere else leaves what one of these does.
    `after` says what comes next, and cleans up for the next round.
    """
    for number in range(_MAX_WRITES):
        try:
            run(tree.on(MortalWriter(tree.client, number)))
        except KilledError:
            tree.assert_sound()
            after()
            tree.assert_sound()
        else:
            return number - 1
    raise AssertionError


def test_a_creation_is_made_in_full_or_not_at_all(tree):
    parent = tree.add(budget_limit="1000", overcommit=False)
    made = []

    def create(hierarchy) -> None:
        tree.add(parent.key_id, hierarchy=hierarchy, budget_limit="1")

    def count() -> None:
        children = tree.hierarchy.children(parent.key_id, 100, None)[0]
        noted = tree.hierarchy.families.get(parent.key_id)
        assert sorted(noted.members if noted else []) == [each.key_id for each in children]
        for each in children:
            assert [change.actions for change in tree.changes(each.key_id)] == [("key.update",)]
        made.append(len(children))

    assert die_at_each_write(tree, create, count) == 1
    assert made == [0, 1]


@pytest.mark.parametrize("goes", ["up", "down"])
def test_a_childs_limit_is_never_more_than_its_family_shows(tree, goes):
    parent = tree.add(budget_limit="10", overcommit=False)
    child = tree.add(parent.key_id, budget_limit="2")
    sibling = tree.add(parent.key_id, budget_limit="1")
    start, end = (Decimal(2), Decimal(6)) if goes == "up" else (Decimal(6), Decimal(2))
    tree.edit(child.key_id, budget_limit=start)
    entries = len(tree.changes(child.key_id))

    def edit(hierarchy) -> None:
        tree.edit(child.key_id, hierarchy=hierarchy, budget_limit=end)

    def room_is_what_the_child_leaves() -> None:
        nonlocal entries
        now = tree.get(child.key_id).budget_limit
        assert now in {start, end}
        tree.edit(sibling.key_id, budget_limit=10 - now)
        tree.edit(sibling.key_id, budget_limit=Decimal(1))
        tree.edit(child.key_id, budget_limit=end)
        tree.edit(child.key_id, budget_limit=start)
        changes = tree.changes(child.key_id)
        assert len(changes) == entries + 2
        assert len({change.id for change in changes}) == len(changes)
        entries = len(changes)

    assert die_at_each_write(tree, edit, room_is_what_the_child_leaves) == 6


@pytest.mark.parametrize("goes", ["up", "down"])
def test_a_parents_limit_is_never_less_than_its_family_shows(tree, goes):
    start, end = (Decimal(5), Decimal(9)) if goes == "up" else (Decimal(9), Decimal(5))
    parent = tree.add(budget_limit=str(start), overcommit=False)
    child = tree.add(parent.key_id, budget_limit="2")

    def edit(hierarchy) -> None:
        tree.edit(parent.key_id, hierarchy=hierarchy, budget_limit=end)

    def room_is_what_the_parent_has() -> None:
        now = tree.get(parent.key_id).budget_limit
        assert now in {start, end}
        tree.edit(child.key_id, budget_limit=now)
        tree.edit(child.key_id, budget_limit=Decimal(2))
        tree.edit(parent.key_id, budget_limit=start)

    assert die_at_each_write(tree, edit, room_is_what_the_parent_has) == (4 if goes == "up" else 5)


LOW = {"safety_level": 20, "priority": Priority.LOW}
HIGH = {"safety_level": 60, "priority": Priority.HIGH}


def levels_of(scope) -> dict[str, Any]:
    return {"safety_level": scope.safety_level, "priority": scope.priority}


def test_a_childs_levels_are_never_above_what_its_family_shows(tree):
    top = {"safety_level": 80, "priority": Priority.CRITICAL}
    parent = tree.add(**top)
    child = tree.add(parent.key_id, **LOW)

    def edit(hierarchy) -> None:
        tree.edit(child.key_id, hierarchy=hierarchy, **HIGH)

    def the_parent_can_come_down_to_the_child() -> None:
        now = levels_of(tree.get(child.key_id))
        assert now in (LOW, HIGH)
        tree.edit(parent.key_id, **now)
        tree.assert_sound()
        tree.edit(parent.key_id, **top)
        tree.edit(child.key_id, **LOW)

    assert die_at_each_write(tree, edit, the_parent_can_come_down_to_the_child) == 6


def test_a_parents_levels_are_never_below_what_its_family_shows(tree):
    parent = tree.add(**HIGH)
    child = tree.add(parent.key_id, **LOW)

    def edit(hierarchy) -> None:
        tree.edit(parent.key_id, hierarchy=hierarchy, **LOW)

    def the_child_can_come_up_to_the_parent() -> None:
        now = levels_of(tree.get(parent.key_id))
        assert now in (LOW, HIGH)
        tree.edit(child.key_id, **now)
        tree.assert_sound()
        tree.edit(child.key_id, **LOW)
        tree.edit(parent.key_id, **HIGH)

    assert die_at_each_write(tree, edit, the_child_can_come_up_to_the_parent) == 5


@pytest.mark.parametrize("next_comes", ["a retry", "another's move", "another's creation"])
def test_a_move_is_completed_by_whoever_comes_next(tree, next_comes):
    old = tree.add(budget_limit="10", overcommit=False)
    new = tree.add(budget_limit="10", overcommit=False)
    child = tree.add(old.key_id, budget_limit="7")
    bystander, elsewhere = tree.add(), tree.add()

    def move(hierarchy) -> None:
        tree.move(child.key_id, new.key_id, hierarchy=hierarchy)

    def completed() -> None:
        began = tree.hierarchy.moves.get().move is not None
        was_made = tree.get(child.key_id).parent_id == new.key_id
        before = len(tree.changes(child.key_id))
        if next_comes == "a retry":
            move(None)
        elif next_comes == "another's move":
            tree.move(bystander.key_id, elsewhere.key_id)
            tree.move(bystander.key_id, None)
        else:
            tree.add(elsewhere.key_id)
        tree.assert_sound()
        is_made = tree.get(child.key_id).parent_id == new.key_id
        assert is_made == (was_made or began or next_comes == "a retry")
        assert tree.hierarchy.moves.get().move is None
        changes = tree.changes(child.key_id)
        assert len(changes) == before + (is_made and not was_made)
        assert changes[-1].actions == (("key.move",) if is_made else changes[-1].actions)
        left, joined = (old, new) if is_made else (new, old)
        assert tree.hierarchy.children(left.key_id, 10, None)[0] == []
        assert [each.key_id for each in tree.hierarchy.children(joined.key_id, 10, None)[0]] == [child.key_id]
        for each, limit in ((left, "10"), (joined, "3")):
            filler = tree.add(each.key_id, budget_limit=limit)
            tree.move(filler.key_id, None)
        tree.move(child.key_id, old.key_id)

    assert die_at_each_write(tree, move, completed) == 6


def test_a_move_that_is_no_longer_allowed_is_given_up(tree):
    """The mover dies when it has noted the child in the new family; then the room there is taken."""
    old = tree.add(budget_limit="10")
    new = tree.add(budget_limit="10", overcommit=False)
    child = tree.add(old.key_id, budget_limit="7")

    def given_up() -> None:
        assert tree.get(child.key_id).parent_id == old.key_id

    with pytest.raises(KilledError):
        tree.move(child.key_id, new.key_id, hierarchy=tree.on(MortalWriter(tree.client, 2)))
    assert child.key_id in tree.hierarchy.families.get(new.key_id).members
    tree.edit(new.key_id, budget_limit=None)
    tree.edit(new.key_id, overcommit=True)
    tree.edit(new.key_id, budget_limit=Decimal(5))
    tries = die_at_each_write(tree, lambda hierarchy: hierarchy.finish_move(), given_up)

    assert tries >= 2
    assert tree.hierarchy.moves.get().move is None
    assert tree.get(child.key_id).parent_id == old.key_id
    assert tree.hierarchy.children(new.key_id, 10, None)[0] == []
    assert child.key_id not in tree.hierarchy.families.get(new.key_id).members


def test_each_edit_that_was_made_has_one_audit_entry(tree, dynamodb, tables):
    key = tree.add(budget_limit="10")
    name = 0

    def edit(hierarchy) -> None:
        tree.edit(key.key_id, hierarchy=hierarchy, name=f"name {name}")

    def is_noted_once() -> None:
        nonlocal name
        was_made = tree.get(key.key_id).name == f"name {name}"
        stored = len(list(pages(dynamodb.scan, TableName=tables["AuditTable"])))
        edit(None)
        noted = len(tree.changes(key.key_id))
        # The creation, and each name until now.
        assert noted == name + 2
        assert stored in ({noted, noted - 1} if was_made else {noted - 1})
        assert "pending_audit" not in str(tree.items())
        name += 1

    assert die_at_each_write(tree, edit, is_noted_once) == 3


@pytest.mark.parametrize("next_comes", ["a retry", "a creation below"])
def test_a_deletion_is_made_in_full_or_not_at_all(tree, next_comes):
    parent = tree.add(budget_limit="1", overcommit=False)
    child = tree.add(parent.key_id, budget_limit="1", external_id="crm-1")

    def delete(hierarchy) -> None:
        tree.delete(child.key_id, hierarchy=hierarchy)

    def is_gone_or_as_it_was() -> None:
        nonlocal child
        is_gone = tree.keys.get(child.key_id) is None
        assert ("key.delete",) in [each.actions for each in tree.changes(child.key_id)] or not is_gone
        if next_comes == "a creation below":
            with pytest.raises(HierarchyError) if is_gone else nullcontext():
                tree.delete(tree.add(child.key_id, budget_limit="1").key_id)
        if not is_gone:
            delete(None)
        assert [each.actions for each in tree.changes(child.key_id)][1:] == [("key.delete",)]
        assert tree.hierarchy.children(parent.key_id, 10, None)[0] == []
        child = tree.add(parent.key_id, budget_limit="1", external_id="crm-1")

    assert die_at_each_write(tree, delete, is_gone_or_as_it_was) == 1


def test_a_deletion_first_notes_the_edit_before_it_that_died(tree):
    key = tree.add()

    def edit_and_die() -> None:
        with pytest.raises(KilledError):
            tree.edit(key.key_id, hierarchy=tree.on(MortalWriter(tree.client, 1)), name="another")

    def delete(hierarchy) -> None:
        tree.delete(key.key_id, hierarchy=hierarchy)

    def everything_is_noted() -> None:
        nonlocal key
        if tree.keys.get(key.key_id):
            delete(None)
        actions = [each.actions for each in tree.changes(key.key_id)]
        assert actions == [("key.update",), ("key.update",), ("key.delete",)]
        key = tree.add()
        edit_and_die()

    edit_and_die()
    assert die_at_each_write(tree, delete, everything_is_noted) == 3


@pytest.mark.parametrize("next_comes", ["a retry", "another key", "a new key"])
def test_an_external_id_belongs_to_one_key_wherever_a_renaming_dies(tree, next_comes):
    key, other = tree.add(external_id="old"), tree.add()

    def rename(hierarchy) -> None:
        tree.edit(key.key_id, hierarchy=hierarchy, external_id="new")

    def each_id_leads_to_its_key() -> None:
        has = tree.get(key.key_id).external_id
        free = "old" if has == "new" else "new"
        assert tree.keys.by_external_id(has).key_id == key.key_id
        assert tree.keys.by_external_id(free) is None
        if next_comes == "another key":
            tree.edit(other.key_id, external_id=free)
            tree.edit(other.key_id, external_id=None)
        elif next_comes == "a new key":
            tree.delete(tree.add(external_id=free).key_id)
        with pytest.raises(ExternalIdTakenError):
            tree.edit(other.key_id, external_id=has)
        rename(None)
        tree.edit(key.key_id, external_id="old")

    assert die_at_each_write(tree, rename, each_id_leads_to_its_key) == 5
