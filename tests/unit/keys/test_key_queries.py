"""Which keys a list shows, and which pages lists by name have."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import KEY, NOW, scope
from tollgate.ledger.scopes import KeyStatus, Priority
from tollgate_admin.keys.key_queries import KeysQuery
from tollgate_admin.web.pagination import ListQuery

FULL = scope(
    name="Search Team",
    owner_email="Owner@Example.com",
    external_id="Ext-7",
    managed_by="platform",
    tags={"Cost=Center": "R&D 42", "team": "a=b"},
    priority=Priority.HIGH,
    used="8.5",
)

FOUND = [
    {"search": "ch tea"},
    {"search": KEY.key_id[4:12].upper()},
    {"search": "owner@example"},
    {"search": "eXT-7"},
    {"search": "center"},
    {"search": "r&d"},
    {"status": "active"},
    {"owner": "owner@example.com"},
    {"tag": "team"},
    {"tag": "team=a=b"},
    {"tag": "Cost=Center"},
    {"tag": "Cost=Center=R&D 42"},
    {"priority": "high"},
    {"budgetState": "near"},
    {"managedBy": "platform"},
    {"search": "search", "status": "active", "priority": "high", "tag": "team", "budgetState": "near"},
]
LEFT_OUT = [
    {"search": "nobody"},
    {"search": "R&D 42team"},
    {"status": "revoked"},
    {"status": "expired"},
    {"owner": "owner@example.co"},
    {"tag": "Team"},
    {"tag": "team=a"},
    {"tag": "Cost"},
    {"tag": "R&D 42"},
    {"priority": "critical"},
    {"budgetState": "exhausted"},
    {"managedBy": "plat"},
    {"managedBy": "Platform"},
    {"search": "search", "priority": "low"},
]


def is_shown(key, query) -> bool:
    return KeysQuery.model_validate(query).matches(key, NOW)


@pytest.mark.parametrize("query", FOUND, ids=str)
def test_a_key_is_shown_that_fits_all_that_is_named(query):
    assert is_shown(FULL, query)


@pytest.mark.parametrize("query", LEFT_OUT, ids=str)
def test_a_key_is_left_out_that_misses_one_thing(query):
    assert not is_shown(FULL, query)


def test_a_key_without_owner_tags_or_external_id_is_found_by_its_name_alone():
    bare = scope(name="bare")
    assert is_shown(bare, {"search": "BARE"})
    assert not is_shown(bare, {"search": "none"})
    assert not is_shown(bare, {"owner": "none"})


def test_a_key_is_expired_from_that_moment_on_unless_it_is_revoked():
    expiring = scope(expires_at=NOW)
    assert is_shown(expiring, {"status": "expired"})
    assert not is_shown(replace(expiring, expires_at=NOW + timedelta(seconds=1)), {"status": "expired"})
    assert not is_shown(replace(expiring, status=KeyStatus.REVOKED), {"status": "expired"})
    assert is_shown(replace(expiring, status=KeyStatus.REVOKED), {"status": "revoked"})


names = st.text("abcAB-", min_size=1, max_size=4)


@given(st.sets(names), st.integers(1, 4), st.data())
def test_lists_by_name_show_what_stays_once_whatever_comes_and_goes(stays, limit, data):
    """Before each page others come and go."""
    seen, cursor = [], None
    for _ in range(100):
        others = data.draw(st.sets(names, max_size=5))
        query = ListQuery(limit=limit, cursor=cursor)
        page, cursor = query.page(stays | others, str, lambda name: (name,))
        assert len(page) <= limit
        seen += page
        if cursor is None:
            break
    assert seen == sorted(set(seen))
    assert stays <= set(seen)


def test_a_list_is_searched_in_any_case_by_each_of_its_texts():
    pairs = [("a", "First"), ("b", "second"), ("c", "FIRSTLY"), ("first", "d")]
    query = ListQuery(search="fIrSt", limit=2)
    shown, cursor = query.page(pairs, lambda pair: pair[0], lambda pair: pair)
    assert (shown, cursor) == ([pairs[0], pairs[2]], "c")
    last = query.model_copy(update={"cursor": cursor}).page(pairs, lambda pair: pair[0], lambda pair: pair)
    assert last == ([pairs[3]], None)
