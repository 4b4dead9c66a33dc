"""What a family allows, and how it keeps up with its keys."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import scope
from tollgate.keys.families import (
    MAX_CHILDREN,
    NO_LIMITS,
    Family,
    HierarchyError,
    Limits,
    RecordedLimits,
    require_below_ancestors,
)
from tollgate.ledger.scopes import Priority
from tollgate.ledger.windows import Period

CHILD = "key_child00000000000"


def budget(limit: int | str) -> Limits:
    return Limits(Decimal(limit))


def by(period: Period, limit: int | str) -> Limits:
    return Limits(None, {period: Decimal(limit)})


def family(own: Limits = NO_LIMITS, *, overcommit: bool = False, **members: Limits) -> Family:
    noted = {name: RecordedLimits(limits, 1) for name, limits in members.items()}
    return Family("key_parent", RecordedLimits(own, 1), overcommit, noted, revision=1)


amounts = st.integers(0, 5).map(Decimal)
limits = st.builds(
    Limits,
    st.none() | amounts,
    st.dictionaries(st.sampled_from(Period), amounts),
    st.none() | st.integers(0, 5),
    st.none() | st.sampled_from(Priority),
)


@given(limits, limits)
def test_what_is_widest_promises_and_what_is_strictest_allows_no_more_than_each(one, other):
    wide, strict = one.widest(other), one.strictest(other)
    for each in (one, other):
        assert wide.widest(each) == wide
        assert strict.strictest(each) == strict
        assert all(wide.share(period) >= each.share(period) for period in Period)


@pytest.mark.parametrize(
    ("period", "month", "week", "day"),
    [(Period.DAY, 31, 7, 1), (Period.WEEK, 6, 1, 1), (Period.MONTH, 1, 1, 1)],
)
def test_a_quotas_share_of_a_longer_window_is_that_of_all_its_own_within(period, month, week, day):
    quota = by(period, 1)
    assert (quota.share(Period.MONTH), quota.share(Period.WEEK), quota.share(Period.DAY)) == (
        month,
        week,
        day,
    )


def test_only_what_grows_is_asked_for():
    crowded = family(budget(10), a=budget(8), b=budget(8))
    crowded.require_room("a", budget(8), budget(8))
    crowded.require_room("a", budget(7), budget(8))
    crowded.require_room("a", NO_LIMITS, budget(8))
    with pytest.raises(HierarchyError, match="would take 9 USD"):
        crowded.require_room("a", budget(9), budget(8))


def test_a_child_without_limits_of_its_own_takes_no_room():
    family(budget(10), a=budget(10)).require_room(CHILD, NO_LIMITS)


def test_a_parent_without_limits_gives_what_is_asked_for():
    family(a=budget(10)).require_room(CHILD, Limits(Decimal(1000), {Period.DAY: Decimal(1000)}))


def test_a_family_has_room_for_so_many_and_no_more():
    members: dict[str, Any] = {f"key_{number}": NO_LIMITS for number in range(MAX_CHILDREN)}
    full = family(**members)
    full.require_room("key_7", NO_LIMITS)
    with pytest.raises(
        HierarchyError, match="parentId names a key that already has 2000 children, the maximum"
    ):
        full.require_room(CHILD, NO_LIMITS)


def test_an_edit_under_way_counts_until_it_is_settled():
    promised = family(budget(10), a=budget(2)).promised("a", budget(6), revision=4)
    with pytest.raises(HierarchyError):
        promised.require_room(CHILD, budget(5))
    assert promised.promised("a", budget(3), revision=4) == promised

    promised.settled("a", budget(4), revision=5).require_room(CHILD, budget(6))


def test_a_settlement_takes_nothing_from_a_later_edits_promise():
    promised = family(budget(10), a=budget(2)).promised("a", budget(6), revision=5)
    assert promised.settled("a", budget(2), revision=5) == promised
    assert promised.settled("key_left", budget(2), revision=5) == promised


def test_what_a_parent_is_about_to_have_is_what_its_children_share():
    tightened = family(budget(10)).tightened(budget(4), 3, overcommit=False)
    with pytest.raises(HierarchyError):
        tightened.require_room(CHILD, budget(5))
    assert tightened.relaxed(budget(10), 3, overcommit=True) == tightened
    tightened.relaxed(budget(10), 4, overcommit=False).require_room(CHILD, budget(10))


def test_no_family_overcommits_while_it_is_being_told_not_to():
    tightened = family(budget(10), overcommit=True, a=budget(9)).tightened(budget(10), 2, overcommit=False)
    with pytest.raises(HierarchyError):
        tightened.require_room(CHILD, budget(2))


def test_a_family_begins_with_what_its_parent_has():
    parent = scope(budget_limit="3", overcommit=False, revision=9, safety_level=40, priority=Priority.HIGH)
    own = Limits(Decimal(3), safety_level=40, priority=Priority.HIGH)
    assert Family.of(parent) == Family(parent.key_id, RecordedLimits(own, 9), overcommit=False)


def safety(level: int) -> Limits:
    return Limits(safety_level=level)


def urgent(priority: Priority) -> Limits:
    return Limits(priority=priority)


@pytest.mark.parametrize("overcommit", [True, False])
def test_a_childs_levels_are_at_most_its_parents_whether_or_not_it_overcommits(overcommit):
    parent = family(Limits(safety_level=40, priority=Priority.NORMAL), overcommit=overcommit)
    parent.require_room(CHILD, Limits(safety_level=40, priority=Priority.NORMAL))
    parent.require_room(CHILD, Limits(safety_level=0, priority=Priority.LOW))
    parent.require_room(CHILD, NO_LIMITS)
    with pytest.raises(
        HierarchyError, match="safetyLevel must not exceed that of its ancestor key_parent, 40"
    ):
        parent.require_room(CHILD, safety(41))
    with pytest.raises(
        HierarchyError, match="priority must not exceed that of its parent key_parent, normal"
    ):
        parent.require_room(CHILD, urgent(Priority.HIGH))
    family().require_room(CHILD, Limits(safety_level=100, priority=Priority.CRITICAL))


@pytest.mark.parametrize("overcommit", [True, False])
def test_a_parents_levels_are_not_lowered_below_a_childs_who_is_named(overcommit):
    parent = family(overcommit=overcommit, a=safety(20), b=urgent(Priority.HIGH))
    parent.require_cover(Limits(safety_level=20, priority=Priority.HIGH), overcommit=overcommit)
    with pytest.raises(HierarchyError, match="safetyLevel is too low: its descendant a has 20"):
        parent.require_cover(safety(19), overcommit=overcommit)
    with pytest.raises(HierarchyError, match="priority is too low: its descendant b has high"):
        parent.require_cover(urgent(Priority.NORMAL), overcommit=overcommit)


def test_a_child_whose_level_goes_down_is_not_measured_again():
    parent = family(safety(10))
    parent.require_room(CHILD, safety(30), safety(50))
    with pytest.raises(HierarchyError):
        parent.require_room(CHILD, safety(51), safety(50))


def test_the_nearest_ancestor_that_has_a_safety_level_bounds_what_is_below():
    chain = [("near", NO_LIMITS), ("middle", safety(40)), ("far", safety(60))]
    require_below_ancestors(chain, safety(40))
    with pytest.raises(HierarchyError, match="safetyLevel must not exceed that of its ancestor"):
        require_below_ancestors(chain, safety(41))
