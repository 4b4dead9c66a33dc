"""The admin API's costs over real tables: sums, rows and spans."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tollgate.costs import Entry, Tally

if TYPE_CHECKING:
    from tests.admin_client import Admin


@pytest.fixture
def spent(admin) -> Admin:
    """Two keys and two models over two months; today is not among the days."""
    first, second = admin.key(name="first")["id"], admin.key(name="second")["id"]
    for number, (key_id, model, day, cost) in enumerate(
        [
            (first, "small", date(2026, 2, 27), "0.000001"),
            (first, "large", date(2026, 3, 1), "1.5"),
            (second, "large", date(2026, 3, 1), "0.25"),
            (second, "small", date(2026, 3, 14), "0.1"),
        ]
    ):
        tally = Tally(1, number % 2, 0, 100, 10, Decimal(cost))
        admin.services.costs.add([Entry(f"req_{number}", key_id, model, day, tally)])
    return admin


def test_the_overview_adds_up_and_compares(spent):
    overview = spent("GET", "/costs/overview", **{"from": "2026-03-01", "to": "2026-03-31"}).json

    assert overview["totals"] == {
        "requests": 3,
        "failed": 2,
        "promptTokens": 300,
        "completionTokens": 30,
        "totalTokens": 330,
        "cost": "1.85",
    }
    assert (overview["previous"]["from"], overview["previous"]["to"]) == ("2026-01-29", "2026-02-28")
    assert overview["previous"]["cost"] == "0.000001"
    assert overview["costChange"] == "1.849999"
    assert len(overview["byDay"]) == 31
    assert {day["date"]: day["cost"] for day in overview["byDay"] if day["requests"]} == {
        "2026-03-01": "1.75",
        "2026-03-14": "0.1",
    }
    assert [(row["name"], row["cost"]) for row in overview["topKeys"]] == [
        ("first", "1.5"),
        ("second", "0.35"),
    ]
    assert [(row["model"], row["cost"]) for row in overview["topModels"]] == [
        ("large", "1.75"),
        ("small", "0.1"),
    ]


@pytest.mark.parametrize("span", [("2026-02-01", "2026-03-31"), ("2026-02-27", "2026-03-14")])
def test_by_key_and_by_model_agree_with_the_overview(spent, span):
    query = {"from": span[0], "to": span[1]}
    total = spent("GET", "/costs/overview", **query).json["totals"]["cost"]
    for route in ("by-key", "by-model"):
        rows = spent("GET", f"/costs/{route}", **query).json["data"]
        assert sum(Decimal(row["cost"]) for row in rows) == Decimal(total) == Decimal("1.850001")


def test_rows_are_sorted_and_paged(spent):
    query = {"from": "2026-02-01", "to": "2026-03-31", "limit": "1"}
    first = spent("GET", "/costs/by-key", **query, sort="cost").json
    assert [row["name"] for row in first["data"]] == ["second"]
    second = spent("GET", "/costs/by-key", **query, sort="cost", cursor=first["nextCursor"]).json
    assert [row["name"] for row in second["data"]] == ["first"]
    assert second["nextCursor"] is None


def test_rows_come_as_csv(spent):
    answer = spent("GET", "/costs/by-model", **{"from": "2026-03-01", "to": "2026-03-31", "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    header, *rows = answer.text.splitlines()
    assert header == "model,modelId,requests,failed,promptTokens,completionTokens,totalTokens,cost"
    assert [[model, *figures] for model, _id, *figures in (row.split(",") for row in rows)] == [
        ["large", "2", "1", "200", "20", "220", "1.75"],
        ["small", "1", "1", "100", "10", "110", "0.1"],
    ]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "from"),
        ({"to": "2026-3"}, "to"),
        ({"to": "0001-01-01"}, "to"),
        ({"from": "1999-12-31", "to": "2000-01-01"}, "from"),
    ],
)
def test_a_span_that_can_not_be_is_refused(admin, query, wrong):
    for route in ("overview", "by-key", "by-model"):
        answer = admin("GET", f"/costs/{route}", **query)
        assert answer.status == 422, answer.text
        assert answer.errors.keys() == {wrong}


def test_rows_are_not_asked_for_in_ways_that_there_are_not(admin):
    for query in ({"sort": "name"}, {"limit": "0"}, {"cursor": "x"}, {"format": "xml"}):
        answer = admin("GET", "/costs/by-key", **query)
        assert answer.status == 422, answer.text
        assert answer.errors.keys() == query.keys()
