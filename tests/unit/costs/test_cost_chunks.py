"""Entries are cut into what one transaction can hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tollgate.costs.aggregates import CostEntry, Tally, fold
from tollgate.costs.store import cost_items
from tollgate.costs.store.costs_table import chunks

# DynamoDB's limit of items in one TransactWriteItems.
LIMIT = 100
FIRST = date(2026, 1, 1)


def entries(drawn):
    return [
        CostEntry(
            f"req_{number}",
            f"key_{key}",
            f"model_{model}",
            FIRST + timedelta(day),
            Tally(requests=1),
            (f"key_{key}", "key_root"),
        )
        for number, (key, model, day) in enumerate(drawn)
    ]


def draws(keys, models, days):
    whose = st.tuples(st.integers(0, keys), st.integers(0, models), st.integers(0, days))
    return st.lists(whose, max_size=250).map(entries)


# From busy keys that share their aggregates to a stranger's request each.
ANY = draws(0, 0, 0) | draws(3, 2, 1) | draws(20, 5, 40) | draws(10**6, 10**6, 3000)


def writes(chunk):
    """A marker for each entry and an update for each item."""
    return len(chunk) + len({cost_items.address(aggregate) for aggregate in fold(chunk)})


@given(ANY)
@settings(max_examples=60, deadline=None)
def test_no_chunk_is_larger_than_a_transaction(given_entries):
    assert all(0 < writes(chunk) <= LIMIT for chunk in chunks(given_entries))


@given(ANY)
@settings(max_examples=60, deadline=None)
def test_chunks_joined_are_the_entries_in_their_order(given_entries):
    assert [entry for chunk in chunks(given_entries) for entry in chunk] == given_entries


@given(ANY)
@settings(max_examples=60, deadline=None)
def test_a_chunk_ends_only_where_the_next_entry_would_not_fit(given_entries):
    for chunk, following in pairwise(chunks(given_entries)):
        assert writes([*chunk, following[0]]) > LIMIT


def test_no_entries_need_no_transaction():
    assert list(chunks([])) == []


@pytest.mark.parametrize(
    ("drawn", "sizes"),
    [
        pytest.param([(0, 0, 0)] * 78, [78], id="one key, model and day: 22 items"),
        pytest.param([(0, 0, 0)] * 79, [78, 1], id="one more than fits"),
        pytest.param([(n, n, 0) for n in range(8)], [6, 2], id="all keys and models differ"),
        pytest.param([(n, n, 32 * n) for n in range(8)], [4, 4], id="days differ, too"),
    ],
)
def test_a_chunk_holds_as_many_entries_as_their_aggregates_leave_room_for(drawn, sizes):
    assert [len(chunk) for chunk in chunks(entries(drawn))] == sizes


def test_a_record_of_the_deepest_tree_with_the_most_tags_fits_into_a_transaction():
    """Ten levels of keys (`MaxKeyDepth`) and 20 tags (`Tags`) are the most that there may be."""
    (made,) = entries([(0, 0, 0)])
    largest = replace(
        made,
        scopes=(made.key_id, *(f"key_above_{level}" for level in range(9))),
        tags=frozenset(f"tag_{number}=value" for number in range(20)),
    )
    assert writes([largest]) == 95


def test_entries_may_come_one_by_one():
    given_entries = entries([(0, 0, 0)] * 200)
    assert [*chunks(iter(given_entries))] == [*chunks(given_entries)]
