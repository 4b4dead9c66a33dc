"""The audit of all entities, by time: spans, filters, and pages while others append."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.faults import CountingClient
from tollgate.audit.entry import Change
from tollgate.audit.store import audit_table
from tollgate.audit.store.audit_table import AuditSearch, AuditTable

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def noted(dynamodb, tables) -> AuditTable:
    return AuditTable(dynamodb, tables["AuditTable"])


def change(at: datetime, entity: str = "key_0123456789abcdef", **told) -> Change:
    made = {"actor": "admin", "actions": ("key.update",)} | told
    actions = made.pop("actions")
    return Change.of(entity, actions, {"a": 0}, {"a": 1}, at=at, request_id=None, **made)


def put(table: AuditTable, *changes: Change) -> list[str]:
    for each in changes:
        table.put(each)
    return [each.id for each in changes]


def read(table: AuditTable, wanted: AuditSearch, size: int = 2) -> list[str]:
    found, cursor = [], None
    for _ in range(200):
        page, cursor = table.search(wanted, size=size, after=cursor)
        assert len(page) <= size
        found += [each.id for each in page]
        if cursor is None:
            return found
    pytest.fail("there was no end")


def test_changes_of_all_entities_come_newest_first_over_months_without_any(noted):
    moments = [NOW, NOW, NOW - DAY, NOW - 30 * DAY, NOW - 200 * DAY, NOW - 201 * DAY]
    ids = put(noted, *(change(at, f"prv_{number}") for number, at in enumerate(moments)))
    wanted = AuditSearch(since=NOW - 365 * DAY, until=NOW + DAY)

    for size in (1, 2, 3, 50):
        found = read(noted, wanted, size)
        assert found[2:] == ids[2:]
        assert set(found) == set(ids)


def test_a_span_holds_its_beginning_and_not_its_end(noted):
    first, second, third = put(noted, change(NOW), change(NOW + DAY), change(NOW + 2 * DAY))
    for entity in (None, "key_0123456789abcdef"):
        assert read(noted, AuditSearch(entity, NOW, NOW + 2 * DAY)) == [second, first]
        assert read(noted, AuditSearch(entity, NOW + DAY, NOW + 3 * DAY)) == [third, second]


def test_changes_are_found_by_who_made_them_and_what_they_did(noted):
    mine = put(
        noted, change(NOW, actor="adm_1"), change(NOW - DAY, actor="adm_1", actions=("a.b", "key.move"))
    )
    put(noted, *(change(NOW - number * DAY, "prv_1") for number in range(9)))
    span = AuditSearch(since=NOW - 40 * DAY, until=NOW + DAY)

    assert read(noted, replace(span, actor="adm_1")) == mine
    assert read(noted, replace(span, action="key.move")) == mine[1:]
    assert read(noted, replace(span, entity="prv_1", actor="adm_1")) == []
    assert read(noted, replace(span, actor="adm_1", action="key.mov")) == []


def test_what_is_appended_between_pages_moves_nothing(noted):
    ids = put(noted, *(change(NOW - number * 9 * DAY) for number in range(7)))
    wanted = AuditSearch(since=NOW - 100 * DAY, until=NOW + DAY)

    found, cursor = [], None
    for number in range(100):
        page, cursor = noted.search(wanted, size=2, after=cursor)
        found += [each.id for each in page]
        if cursor is None:
            break
        put(noted, change(NOW + timedelta(seconds=number)), change(NOW - 2 * DAY, f"prv_{number}"))

    assert found[:2] == ids[:2]
    assert [each for each in found if each in ids] == ids
    assert len(set(found)) == len(found)


def test_a_page_costs_a_bounded_number_of_reads_however_far_it_looks(noted, monkeypatch):
    counting = CountingClient(noted.client)
    oldest = put(noted, change(NOW - 365 * 9 * DAY))
    wanted = AuditSearch(since=NOW - 3650 * DAY, until=NOW)

    page, cursor = replace(noted, client=counting).search(wanted, size=50, after=None)

    assert (page, len(counting.operations)) == ([], audit_table.MAX_READS)
    assert cursor is not None
    assert read(noted, wanted) == oldest


def test_the_route_lists_all_changes_of_a_span_page_by_page(admin):
    keys = [admin.key()["id"] for _ in range(3)]
    admin.provider()
    today = {"from": "2000-01-01"}

    listed, cursor = [], {}
    for _ in range(50):
        page = admin("GET", "/audit", limit="2", action="key.create", **today, **cursor)
        assert page.status == 200, page.text
        listed += [each["entity"] for each in page.json["data"]]
        if page.json["nextCursor"] is None:
            break
        cursor = {"cursor": page.json["nextCursor"]}

    assert listed == keys[::-1]
    assert len(admin("GET", "/audit").json["data"]) == 5
    assert admin("GET", "/audit", to="2000-01-01", **{"from": "2000-01-01"}).json["data"] == []
    assert admin("GET", "/audit", **{"from": "2999-01-01"}).json["data"] == []
    assert (
        admin("GET", "/audit", **today, cursor=f"2000-01-01T00:00:00.000Z#chg_{'f' * 20}").json["data"] == []
    )
    assert admin("GET", "/audit", cursor=f"2001-01-01T00:00:00.000Z#chg_{'f' * 20}").json["data"] == []
    assert admin("GET", "/audit", cursor=f"2026-19-01T00:00:00.000Z#chg_{'f' * 20}").status == 422
    assert admin("GET", "/audit", actor="adm_0123456789abcdef").json["data"] == []
    assert len(admin("GET", "/audit", entity=keys[0], actor="admin").json["data"]) == 1
