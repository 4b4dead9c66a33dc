"""Series and the outlook of the admin API over real tables."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.support.spent_costs import Spent

MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
NOW = datetime(2026, 4, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shared_spent(shared_admin) -> Spent:
    return Spent(shared_admin)


@pytest.fixture
def spent(shared_spent, monkeypatch) -> Spent:
    seen_then = replace(shared_spent.admin.services, clock=lambda: NOW)
    monkeypatch.setattr(shared_spent.admin, "services", seen_then)
    return shared_spent


def values(row: dict[str, Any]) -> dict[str, str]:
    """Those of a row that are not nothing, by their numbers."""
    return {str(at): value for at, value in enumerate(row["values"]) if value != "0"}


def test_groups_have_their_days_and_the_rest_is_exact(spent):
    series = spent("series", group="key", top="1", **MARCH)

    assert (series["metric"], series["interval"], series["zone"]) == ("cost", "day", "UTC")
    assert (len(series["periods"]), series["periods"][13]) == (31, "2026-03-14")
    (parent,) = series["groups"]
    assert (parent["value"], parent["id"], parent["name"]) == (spent.parent, spent.parent, "parent")
    assert (parent["cost"], values(parent)) == ("1.5", {"0": "1.5"})
    assert (series["other"]["count"], series["other"]["requests"]) == (1, 2)
    assert values(series["other"]) == {"0": "0.25", "13": "0.1"}
    assert values(series["total"]) == {"0": "1.75", "13": "0.1"}


def test_months_of_a_span_are_of_what_lies_within(spent):
    series = spent("series", group="model", interval="month", **{"from": "2026-02-27", "to": "2026-03-10"})

    assert series["periods"] == ["2026-02", "2026-03"]
    assert [(row["value"], row["values"]) for row in series["groups"]] == [
        ("large", ["0", "1.75"]),
        ("small", ["0.000001", "0"]),
    ]
    assert all(row["id"].startswith("mdl_") for row in series["groups"])
    assert (series["other"]["count"], series["other"]["cost"]) == (0, "0")


def test_groups_are_those_that_have_any_of_the_metric(spent):
    series = spent("series", group="tag", tagName="team", metric="failed", **MARCH)

    assert [(row["value"], values(row)) for row in series["groups"]] == [("blue", {"13": "1"})]
    assert (values(series["other"]), series["other"]["count"]) == ({"0": "1"}, 0)


def test_requests_of_nobody_are_a_group(spent):
    series = spent("series", group="owner", **MARCH)
    assert [(row["value"], row["id"], row["cost"]) for row in series["groups"]] == [
        ("a@b.example", None, "1.5"),
        (None, None, "0.35"),
    ]


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ({"group": "key", "subgroup": "model"}, [["large"], ["large", "small"]]),
        ({"group": "key", "subgroup": "model", "keyId": "parent", "tree": "true"}, [["large", "small"]]),
        ({"group": "model", "subgroup": "key"}, [["parent", "child"], ["child"]]),
        ({"group": "owner", "subgroup": "model"}, [["large"], ["large", "small"]]),
    ],
)
def test_a_subgroup_tells_groups_apart_further(spent, query, parts):
    ids = {"parent": spent.parent, "child": spent.child}
    query = {name: ids.get(value, value) if name == "keyId" else value for name, value in query.items()}

    series = spent("series", **query, **MARCH)

    assert [[part["name"] for part in group["parts"]["groups"]] for group in series["groups"]] == parts
    for group in series["groups"]:
        counted = [*group["parts"]["groups"], group["parts"]["other"]]
        assert sum(part["requests"] for part in counted) == group["requests"]


def test_filters_leave_what_they_leave_in_by_day(spent):
    in_tree = spent("series", group="model", keyId=spent.parent, tree="true", **MARCH)
    assert [(row["value"], row["cost"]) for row in in_tree["groups"]] == [("large", "1.75"), ("small", "0.1")]
    alone = spent("series", tag="team=red", **MARCH)
    assert (alone["groups"], alone["group"], values(alone["total"])) == ([], None, {"0": "0.25"})
    one = spent("series", group="key", keyId=spent.child, model="small", **MARCH)
    assert [values(row) for row in one["groups"]] == [{"13": "0.1"}]


def test_a_series_comes_as_a_table(spent):
    answer = spent.admin("GET", "/costs/series", group="key", top="1", format="csv", **MARCH)

    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == 2 * 31
    assert rows[0] == {
        "period": "2026-03-01",
        "kind": "group",
        "value": spent.parent,
        "name": "parent",
        "cost": "1.5",
    }
    assert rows[31 + 13] == {"period": "2026-03-14", "kind": "other", "value": "", "name": "", "cost": "0.1"}


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"group": "team"}, "group"),
        ({"metric": "profit"}, "metric"),
        ({"interval": "week"}, "interval"),
        ({"group": "key", "top": "13"}, "top"),
        ({"group": "tag"}, "tagName"),
        ({"group": "key", "tagName": "team"}, "tagName"),
        ({"group": "tag", "tagName": "team", "tag": "team=red"}, "tag"),
        ({"subgroup": "model"}, "subgroup"),
        ({"group": "provider", "subgroup": "model"}, "subgroup"),
        ({"group": "key", "subgroup": "owner"}, "subgroup"),
        ({"group": "key", "subgroup": "model", "owner": "a@b.example"}, "subgroup"),
        ({"group": "key", "tree": "true"}, "tree"),
        ({"group": "model", "tag": "team=red"}, "tag"),
        ({"group": "key", "model": "small", "owner": "a@b.example"}, "owner"),
        ({"limit": "3"}, "limit"),
        ({"zone": "Europe/Berlin"}, "zone"),
    ],
)
def test_what_is_not_kept_is_refused_by_its_name(spent, query, wrong):
    answer = spent.admin("GET", "/costs/series", **query)
    assert answer.status == 422, answer.text
    assert answer.errors.keys() == {wrong}


def test_the_outlook_compares_with_last_month_and_forecasts_this_one(spent):
    spent.spend(spent.parent, "small", date(2026, 4, 1), "2")
    outlook = spent("outlook")

    assert (outlook["month"], outlook["today"], outlook["lastDay"]) == ("2026-04", "2026-04-02", "2026-04-30")
    assert (outlook["thisMonth"]["cost"], outlook["thisMonth"]["to"]) == ("2", "2026-04-02")
    assert (outlook["lastMonth"]["cost"], outlook["lastMonth"]["from"]) == ("1.85", "2026-03-01")
    assert (outlook["lastMonthToDate"]["cost"], outlook["lastMonthToDate"]["to"]) == ("1.75", "2026-03-02")
    assert outlook["change"]["cost"] == {"absolute": "0.25", "percent": "14.29"}
    # Since 14 March, its first day with a cost: Saturdays had 0.1 in three weeks, Wednesdays 2 in three.
    assert (outlook["forecast"]["from"], outlook["forecast"]["days"]) == ("2026-03-14", 19)
    wednesdays, saturdays = 5 - 1, 4
    assert float(outlook["forecast"]["cost"]) == pytest.approx(2 + wednesdays * 2 / 3 + saturdays * 0.1 / 3)
