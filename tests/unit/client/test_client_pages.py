"""All rows of a list, by the page."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.support.canned_api import CannedApi, json_answer
from tollgate_client import TollgateError, pages


def page(*rows, cursor=None):
    return json_answer(200, {"data": [{"id": row} for row in rows], "nextCursor": cursor})


def ids(rows):
    return [row["id"] for row in rows]


def test_the_rows_of_all_pages_come_in_order():
    api = CannedApi([page("a", "b", cursor="1"), page(cursor="2"), page("c", cursor="3"), page()])
    found = ids(pages(api.admin().list_children, "key_1", status="active", limit=2))
    assert found == ["a", "b", "c"]
    assert [asked.url.params.get("cursor") for asked in api.asked] == [None, "1", "2", "3"]
    assert {(asked.url.params["status"], asked.url.params["limit"]) for asked in api.asked} == {
        ("active", "2")
    }


def test_a_page_is_asked_for_when_its_rows_are():
    api = CannedApi([page("a", "b", cursor="1"), page("c")])
    assert ids(islice(pages(api.admin().list_keys), 2)) == ["a", "b"]
    assert len(api.asked) == 1


def test_it_begins_where_it_is_told_to():
    api = CannedApi([page("b")])
    assert ids(pages(api.admin().list_keys, cursor="1")) == ["b"]
    assert api.asked[0].url.params["cursor"] == "1"


def test_an_operation_without_a_cursor_has_one_page():
    assert ids(pages(CannedApi([page("a")]).admin().list_remote_models, "prv_1")) == ["a"]


@pytest.mark.parametrize("circle", [["1"], ["1", "2"]])
def test_a_list_that_turns_in_a_circle_is_an_error(circle):
    api = CannedApi([page("a", cursor=cursor) for cursor in [*circle, *circle]])
    with pytest.raises(TollgateError, match="does not end"):
        ids(pages(api.admin().list_keys))
    assert len(api.asked) == len(circle) + 1


def test_a_list_without_end_is_an_error(monkeypatch):
    monkeypatch.setattr("tollgate_client.paging._MOST_PAGES", 3)
    api = CannedApi([page(cursor=str(number)) for number in range(9)])
    with pytest.raises(TollgateError, match="within 3 pages"):
        ids(pages(api.admin().list_keys))
    assert len(api.asked) == 3
