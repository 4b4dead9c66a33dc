"""Families of keys: what a parent's children may have, and where a key may be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.tree_world import MAX_DEPTH, TreeWorld, quota
from tollgate.keys.families import HierarchyError
from tollgate.ledger.scopes import Priority
from tollgate.ledger.windows import Period


@pytest.fixture
def tree(dynamodb, tables) -> TreeWorld:
    return TreeWorld(dynamodb, tables)


def refusal(call, *arguments, **named) -> HierarchyError:
    with pytest.raises(HierarchyError) as refused:
        call(*arguments, **named)
    return refused.value


def test_a_child_may_have_what_its_parent_has_and_not_more(tree):
    parent = tree.add(budget_limit="10", quota=quota("5"))

    tree.add(parent.key_id, budget_limit="10", quota=quota("5"))
    tree.add(parent.key_id)
    assert refusal(tree.add, parent.key_id, budget_limit="10.01").field == "budgetLimit"
    assert refusal(tree.add, parent.key_id, quota=quota("5.01")).field == "quotaLimit"

    child = tree.add(parent.key_id, budget_limit="1")
    assert refusal(tree.edit, child.key_id, budget_limit=Decimal(11)).field == "budgetLimit"
    assert tree.edit(child.key_id, budget_limit=Decimal(10)).budget_limit == 10
    assert refusal(tree.edit, child.key_id, quota=quota("6")).field == "quotaLimit"
    assert tree.edit(child.key_id, quota=quota("4")).quota.limit == 4
    tree.assert_sound()


def test_what_a_parent_itself_inherits_bounds_its_children(tree):
    root = tree.add(budget_limit="10", quota=quota("5"))
    middle = tree.add(root.key_id)

    refused = refusal(tree.add, middle.key_id, budget_limit="11")
    assert refused.message == f"must not exceed the budget of its ancestor {root.key_id}: 10 USD"
    assert refusal(tree.add, middle.key_id, quota=quota("6")).field == "quotaLimit"
    tree.add(middle.key_id, budget_limit="10", quota=quota("5"))


PERIODS = {
    "a day within a month": ((Period.MONTH, "30"), (Period.DAY, "30"), (Period.DAY, "31")),
    "a month of days": ((Period.DAY, "1"), (Period.MONTH, "31"), (Period.MONTH, "31.01")),
    "a week of days": ((Period.DAY, "1"), (Period.WEEK, "7"), (Period.WEEK, "7.01")),
    "a month of weeks": ((Period.WEEK, "1"), (Period.MONTH, "6"), (Period.MONTH, "6.01")),
}


@pytest.mark.parametrize(("parents", "fits", "above"), PERIODS.values(), ids=PERIODS)
def test_quotas_of_other_periods_are_compared_by_what_the_parent_lets_through(tree, parents, fits, above):
    parent = tree.add(quota=quota(parents[1], parents[0]))

    tree.add(parent.key_id, quota=quota(fits[1], fits[0]))
    assert refusal(tree.add, parent.key_id, quota=quota(above[1], above[0])).field == "quotaLimit"


def test_a_parent_that_does_not_overcommit_gives_no_more_than_it_has(tree):
    parent = tree.add(budget_limit="10", quota=quota("30"), overcommit=False)
    first = tree.add(parent.key_id, budget_limit="6")
    tree.add(parent.key_id)

    refused = refusal(tree.add, parent.key_id, budget_limit="4.01")
    assert refused.message == (
        f"would take 4.01 USD of the budget of its parent {parent.key_id}, which does not overcommit and has "
        "given 6 of its 10 USD to other children"
    )
    tree.edit(first.key_id, budget_limit=Decimal(5))
    second = tree.add(parent.key_id, budget_limit="5")
    assert refusal(tree.edit, second.key_id, budget_limit=Decimal("5.5")).field == "budgetLimit"
    # A day's quota may be spent on each day of the parent's month.
    tree.edit(first.key_id, quota=quota("0.9", Period.DAY))
    assert refusal(tree.edit, second.key_id, quota=quota("2.2")).field == "quotaLimit"
    assert tree.edit(second.key_id, quota=quota("2.1")).quota.limit == Decimal("2.1")
    tree.assert_sound()


def test_a_parents_limits_cover_what_its_children_have_unless_it_overcommits(tree):
    parent = tree.add(budget_limit="10", quota=quota("10"))
    for _ in range(3):
        tree.add(parent.key_id, budget_limit="4", quota=quota("2"))

    refused = refusal(tree.edit, parent.key_id, overcommit=False)
    assert (refused.field, refused.message) == (
        "overcommit",
        "can't be turned off: its children's budgets add up to 12 USD, more than its own 10 USD",
    )
    assert tree.edit(parent.key_id, budget_limit=Decimal(1)).budget_limit == 1
    tree.edit(parent.key_id, budget_limit=Decimal(12))
    tree.edit(parent.key_id, overcommit=False)
    refused = refusal(tree.edit, parent.key_id, budget_limit=Decimal("11.99"))
    assert (refused.field, refused.message) == (
        "budgetLimit",
        "is too low: its children's budgets add up to 12 USD, and the key does not overcommit",
    )
    assert refusal(tree.edit, parent.key_id, quota=quota("5.9")).field == "quotaLimit"
    assert tree.edit(parent.key_id, budget_limit=None, quota=quota("6")).budget_limit is None
    tree.assert_sound()


def test_a_child_above_a_parent_that_was_lowered_keeps_what_it_has_until_it_asks_for_more(tree):
    parent = tree.add(budget_limit="10")
    child = tree.add(parent.key_id, budget_limit="8")
    tree.edit(parent.key_id, budget_limit=Decimal(5))

    assert tree.edit(child.key_id, name="renamed", budget_limit=Decimal(7)).budget_limit == 7
    assert refusal(tree.edit, child.key_id, budget_limit=Decimal("7.5")).field == "budgetLimit"


def ids_above(tree, scope):
    return [each.key_id for each in tree.keys.chains([scope])[scope.key_id]]


def test_a_key_is_no_deeper_than_the_deployment_allows_wherever_it_is_put(tree):
    chain = [tree.add()]
    for _ in range(MAX_DEPTH - 1):
        chain.append(tree.add(chain[-1].key_id))
    assert ids_above(tree, tree.get(chain[-1].key_id)) == [each.key_id for each in reversed(chain)]

    refused = refusal(tree.add, chain[-1].key_id)
    assert (refused.field, refused.message) == (
        "parentId",
        f"would make the hierarchy {MAX_DEPTH + 1} levels deep; this deployment allows {MAX_DEPTH}",
    )
    other = tree.add()
    tree.add(other.key_id)
    assert refusal(tree.move, other.key_id, chain[-2].key_id).field == "parentId"
    assert tree.move(other.key_id, chain[-3].key_id).parent_id == chain[-3].key_id
    tree.assert_sound()


def test_a_key_is_moved_with_what_is_below_it_and_never_under_itself(tree):
    first, second = tree.add(budget_limit="10"), tree.add(budget_limit="10", overcommit=False)
    child = tree.add(first.key_id, budget_limit="7")
    grandchild = tree.add(child.key_id)

    assert refusal(tree.move, child.key_id, child.key_id).message == "names the key itself"
    assert refusal(tree.move, child.key_id, grandchild.key_id).message == "names a descendant of the key"
    assert refusal(tree.move, first.key_id, grandchild.key_id).field == "parentId"
    assert (
        refusal(tree.move, child.key_id, "key_0000000000000000").message == "names a key that does not exist"
    )
    moved = tree.move(child.key_id, second.key_id)

    assert moved.parent_id == second.key_id
    assert moved.moved_at is not None
    assert ids_above(tree, grandchild) == [grandchild.key_id, child.key_id, second.key_id]
    assert [each.key_id for each in tree.hierarchy.children(second.key_id, 10, None)[0]] == [child.key_id]
    assert tree.hierarchy.children(first.key_id, 10, None) == ([], None)
    assert tree.hierarchy.families.get(first.key_id).members == {}
    refused = refusal(tree.add, second.key_id, budget_limit="4")
    assert "has given 7 of its 10" in refused.message
    assert tree.move(child.key_id, None).parent_id is None
    tree.add(second.key_id, budget_limit="4")
    assert refusal(tree.move, child.key_id, second.key_id).message == (
        f"has no room for the key: its budgetLimit would take 7 USD of the budget of its parent "
        f"{second.key_id}, which does not overcommit and has given 4 of its 10 USD to other children"
    )
    tree.assert_sound()


def test_moving_a_key_to_where_it_is_changes_nothing(tree):
    parent = tree.add()
    child = tree.add(parent.key_id)
    assert tree.move(child.key_id, parent.key_id) == tree.get(child.key_id) == child


def test_children_are_listed_page_by_page(tree):
    parent = tree.add()
    made = sorted(tree.add(parent.key_id).key_id for _ in range(5))
    tree.add(made[0])

    listed, after = [], None
    while True:
        page, after = tree.hierarchy.children(parent.key_id, 2, after)
        listed += [each.key_id for each in page]
        if after is None:
            break
    assert listed == made


def test_a_list_of_keys_holds_keys_alone_page_by_page(tree):
    parent = tree.add()
    for _ in range(4):
        tree.move(tree.add(parent.key_id).key_id, tree.add().key_id)
    kinds = {each["key_id"].partition("_")[0].partition("#")[0] for each in tree.items()}
    assert kinds == {"key", "family", "hierarchy"}

    for size in (1, 2, 3, 8, 9, 10):
        listed, after, pages = [], None, 0
        while True:
            page, after = tree.keys.page(size, after)
            listed += [each.key_id for each in page]
            pages += 1
            if after is None:
                break
        assert sorted(listed) == sorted(set(listed))
        assert len(listed) == 9
        assert pages == -(-9 // size)


def test_many_children_at_once_get_no_more_than_the_parent_has(tree):
    """16 at once ask for 1 of 10 USD each, and for 3 of 30 a month."""
    parent = tree.add(budget_limit="10", quota=quota("30"), overcommit=False)

    def create(_number: int) -> bool:
        try:
            tree.add(parent.key_id, budget_limit="1", quota=quota("3"))
        except HierarchyError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        created = list(pool.map(create, range(16)))

    assert sum(created) == 10
    tree.assert_sound()
    assert len(tree.hierarchy.children(parent.key_id, 100, None)[0]) == 10


def test_children_that_grow_at_once_get_no_more_than_the_parent_has(tree):
    parent = tree.add(budget_limit="10", overcommit=False)
    children = [tree.add(parent.key_id, budget_limit="1") for _ in range(6)]

    def grow(child) -> bool:
        try:
            tree.edit(child.key_id, budget_limit=Decimal(3))
        except HierarchyError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        grown = list(pool.map(grow, children))

    assert sum(grown) == 2
    tree.assert_sound()
    tree.edit(children[grown.index(True)].key_id, budget_limit=Decimal(1))
    tree.edit(children[grown.index(False)].key_id, budget_limit=Decimal(3))
    tree.assert_sound()


@pytest.mark.parametrize("attempt", range(5))
def test_a_parent_is_lowered_while_its_first_children_are_created(tree, attempt):
    parent = tree.add(budget_limit="10", overcommit=False)

    def create(_number: int) -> None:
        try:
            tree.add(parent.key_id, budget_limit="2")
        except HierarchyError:
            return

    def lower(limit: int) -> None:
        try:
            tree.edit(parent.key_id, budget_limit=Decimal(limit))
        except HierarchyError:
            return

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(create, number) for number in range(4)]
        done += [pool.submit(lower, limit) for limit in (7, 5, 6, 12)]
        for each in done:
            each.result()

    tree.assert_sound()


@pytest.mark.parametrize("attempt", range(5))
def test_two_keys_that_are_moved_under_each_other_at_once_make_no_cycle(tree, attempt):
    one, other = tree.add(), tree.add()
    below_one, below_other = tree.add(one.key_id), tree.add(other.key_id)

    def move(pair) -> str:
        try:
            tree.move(*pair)
        except HierarchyError as error:
            return error.message
        return ""

    pairs = [(one.key_id, below_other.key_id), (other.key_id, below_one.key_id)]
    with ThreadPoolExecutor(2) as pool:
        moved = list(pool.map(move, pairs))

    assert sorted(moved) == ["", "names a descendant of the key"]
    tree.assert_sound()


def test_moves_and_creations_at_once_stay_within_the_depth_and_the_parents_limits(tree):
    roots = [tree.add(budget_limit="6", overcommit=False) for _ in range(3)]
    moving = [tree.add(roots[number % 3].key_id, budget_limit="2") for number in range(6)]

    def move(number: int) -> None:
        child, target = moving[number % 6], [*roots, *moving][number * 5 % 9]
        try:
            tree.move(child.key_id, target.key_id)
        except HierarchyError:
            return

    def create(number: int) -> None:
        try:
            tree.add(moving[number % 6].key_id, budget_limit="1")
        except HierarchyError:
            return

    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(move, number) for number in range(18)]
        done += [pool.submit(create, number) for number in range(12)]
        for each in done:
            each.result()

    tree.assert_sound()
    assert tree.hierarchy.moves.get().move is None


def test_requests_in_flight_are_settled_where_they_were_admitted(tree, ledgers):
    old, new = tree.add(budget_limit="10"), tree.add(budget_limit="10")
    key = ledgers.add(parent_id=None)
    tree.move(key.key_id, old.key_id)
    admitted = ledgers.admit(key)
    tree.move(key.key_id, new.key_id)

    ledgers.ledger.settle(admitted, ledgers.record(admitted, key, cost="0.75"))
    ledgers.spend(key, "0.5")

    assert ledgers.scope(key).budget_used == Decimal("1.25")
    assert tree.get(old.key_id).budget_used == Decimal("0.75")
    assert tree.get(new.key_id).budget_used == Decimal("0.5")
    for each in (old, new):
        assert tree.get(each.key_id).holds == {}
    tree.assert_sound()


def test_a_refusal_by_what_a_crash_left_behind_heals_the_family(tree):
    parent = tree.add(budget_limit="10", overcommit=False)
    child = tree.add(parent.key_id, budget_limit="2")
    families = tree.hierarchy.families
    family = families.get(parent.key_id)
    promised = family.promised(
        child.key_id, replace(family.members[child.key_id].limits, budget=Decimal(9)), 1
    )
    families.put(replace(promised.promised("key_gone000000000", family.own.limits, 1)))

    assert tree.add(parent.key_id, budget_limit="8").parent_id == parent.key_id
    assert "key_gone000000000" not in families.get(parent.key_id).members
    tree.assert_sound()


def test_a_childs_safety_level_and_priority_are_at_most_its_parents_on_every_way(tree):
    parent = tree.add(safety_level=40, priority=Priority.NORMAL)
    loose = tree.add(safety_level=60, priority=Priority.HIGH)

    child = tree.add(parent.key_id, safety_level=40, priority=Priority.NORMAL)
    assert refusal(tree.add, parent.key_id, safety_level=41).field == "safetyLevel"
    assert refusal(tree.add, parent.key_id, priority=Priority.HIGH).field == "priority"
    assert refusal(tree.edit, child.key_id, safety_level=41).field == "safetyLevel"
    assert refusal(tree.edit, child.key_id, priority=Priority.HIGH).field == "priority"
    assert refusal(tree.move, loose.key_id, parent.key_id).message == (
        f"has no room for the key: its safetyLevel must not exceed that of its ancestor {parent.key_id}, 40"
    )
    tree.edit(loose.key_id, safety_level=40)
    assert "its priority must not exceed that of its parent" in (
        refusal(tree.move, loose.key_id, parent.key_id).message
    )
    tree.edit(loose.key_id, priority=Priority.LOW)
    assert tree.move(loose.key_id, parent.key_id).parent_id == parent.key_id
    tree.assert_sound()


def test_a_parent_is_not_lowered_below_a_childs_safety_level_or_priority(tree):
    parent = tree.add()
    child = tree.add(parent.key_id, safety_level=40)

    refused = refusal(tree.edit, parent.key_id, safety_level=39)
    assert (refused.field, refused.message) == (
        "safetyLevel",
        f"is too low: its descendant {child.key_id} has 40",
    )
    refused = refusal(tree.edit, parent.key_id, priority=Priority.LOW)
    assert (refused.field, refused.message) == (
        "priority",
        f"is too low: its descendant {child.key_id} has normal",
    )
    tree.edit(child.key_id, priority=Priority.LOW)
    lowered = tree.edit(parent.key_id, safety_level=40, priority=Priority.LOW)
    assert (lowered.safety_level, lowered.priority) == (40, Priority.LOW)
    tree.edit(child.key_id, safety_level=None)
    assert tree.edit(parent.key_id, safety_level=0).safety_level == 0
    tree.assert_sound()


def test_a_key_without_a_safety_level_hands_on_that_of_those_above_it(tree):
    root = tree.add(safety_level=60)
    middle = tree.add(root.key_id)
    assert refusal(tree.add, middle.key_id, safety_level=61).field == "safetyLevel"
    leaf = tree.add(middle.key_id, safety_level=50)

    refused = refusal(tree.edit, root.key_id, safety_level=49)
    assert (refused.field, refused.message) == (
        "safetyLevel",
        f"is too low: its descendant {leaf.key_id} has 50",
    )
    strict = tree.add(safety_level=40)
    assert refusal(tree.move, middle.key_id, strict.key_id).message == (
        f"has no room for the key: its descendant {leaf.key_id} has safetyLevel 50, above that of "
        f"{strict.key_id}, 40"
    )
    tree.edit(leaf.key_id, safety_level=40)
    assert tree.edit(root.key_id, safety_level=49).safety_level == 49
    assert tree.move(middle.key_id, strict.key_id).parent_id == strict.key_id
    tree.assert_sound()
