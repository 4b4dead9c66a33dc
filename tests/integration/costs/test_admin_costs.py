"""The admin API's costs over real tables: sums, rows, filters and pages."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.admin_client import PROVIDER
from tests.support.spent_costs import Spent
from tollgate.clock import utc_now
from tollgate.costs.store.query_pages import SnapshotTable

MARCH = {"from": "2026-03-01", "to": "2026-03-31"}
BOTH_MONTHS = {"from": "2026-02-01", "to": "2026-03-31"}
NOW = datetime(2026, 4, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shared_spent(shared_admin) -> Spent:
    return Spent(shared_admin)


@pytest.fixture
def spent(shared_spent, monkeypatch) -> Spent:
    """For tests that only read."""
    seen_then = replace(shared_spent.admin.services, clock=lambda: NOW)
    monkeypatch.setattr(shared_spent.admin, "services", seen_then)
    return shared_spent


@pytest.fixture
def own(admin) -> Spent:
    """For tests that spend more, or change keys or settings."""
    admin.services = replace(admin.services, clock=lambda: NOW)
    return Spent(admin)


def figures(rows: list[dict[str, Any]], name: str, figure: str = "cost") -> list[tuple[Any, Any]]:
    return [(row[name], row[figure]) for row in rows]


def test_the_overview_adds_up_and_compares(spent):
    overview = spent("overview", **MARCH)

    assert (overview["from"], overview["to"], overview["zone"]) == ("2026-03-01", "2026-03-31", "UTC")
    assert overview["totals"] == {
        "requests": 3,
        "failed": 2,
        "abandoned": 0,
        "promptTokens": 300,
        "completionTokens": 30,
        "totalTokens": 330,
        "cost": "1.85",
        "packs": "0",
        "included": "0",
        "metered": "0",
        "overage": "0",
        "fees": "0",
        "providerCost": "1.85",
        "margin": "0",
        "tokens": {"input": 300, "output": 30},
        "latencyMs": {"mean": 3000, "p50": 3000, "p95": 4000, "p99": 4000},
    }
    assert (overview["previous"]["from"], overview["previous"]["to"]) == ("2026-01-29", "2026-02-28")
    assert overview["previous"]["cost"] == "0.000001"
    assert overview["change"] == {
        "requests": {"absolute": 2, "percent": "200"},
        "totalTokens": {"absolute": 220, "percent": "200"},
        "cost": {"absolute": "1.849999", "percent": "184999900"},
    }
    assert len(overview["byDay"]) == 31
    assert {day["date"]: day["cost"] for day in overview["byDay"] if day["requests"]} == {
        "2026-03-01": "1.75",
        "2026-03-14": "0.1",
    }
    assert figures(overview["topKeys"], "name") == [("parent", "1.5"), ("child", "0.35")]
    assert figures(overview["topModels"], "model") == [("large", "1.75"), ("small", "0.1")]
    assert figures(overview["topOwners"], "owner") == [("a@b.example", "1.5"), (None, "0.35")]
    assert overview["topCostCentres"] == []


def test_the_overview_names_as_many_as_are_asked_for(spent):
    overview = spent("overview", top="1", **MARCH)
    assert [len(overview[top]) for top in ("topKeys", "topModels", "topOwners")] == [1, 1, 1]


def test_there_is_no_percentage_of_nothing(spent):
    overview = spent("overview", **{"from": "2026-02-01", "to": "2026-02-28"})
    assert overview["change"]["cost"] == {"absolute": "0.000001", "percent": None}


@pytest.mark.parametrize("span", [("2026-02-01", "2026-03-31"), ("2026-02-27", "2026-03-14")])
def test_rows_of_every_kind_agree_with_the_overview(spent, span):
    query = {"from": span[0], "to": span[1]}
    total = spent("overview", **query)["totals"]["cost"]
    for route in ("by-key", "by-model", "by-owner", "by-provider", "by-day", "by-month"):
        rows = spent(route, **query)["data"]
        assert sum(Decimal(row["cost"]) for row in rows) == Decimal(total) == Decimal("1.850001")
    for tag in ("team", "site", "none"):
        rows = spent("by-tag", tag=tag, **query)["data"]
        assert sum(Decimal(row["cost"]) for row in rows) == Decimal(total)


def test_the_tree_of_a_key_has_what_is_below_it(spent):
    assert figures(spent("by-key", tree="true", **BOTH_MONTHS)["data"], "name") == [
        ("parent", "1.850001"),
        ("child", "0.35"),
    ]
    own = spent("by-model", keyId=spent.parent, **BOTH_MONTHS)["data"]
    tree = spent("by-model", keyId=spent.parent, tree="true", **BOTH_MONTHS)["data"]
    assert figures(own, "model") == [("large", "1.5"), ("small", "0.000001")]
    assert figures(tree, "model") == [("large", "1.75"), ("small", "0.100001")]


@pytest.mark.parametrize(
    ("route", "query", "name", "rows"),
    [
        ("by-key", {"model": "large"}, "name", [("parent", "1.5"), ("child", "0.25")]),
        ("by-key", {"owner": "a@b.example"}, "name", [("parent", "1.500001")]),
        ("by-key", {"owner": "-"}, "name", [("child", "0.35")]),
        ("by-key", {"keyId": "parent"}, "name", [("parent", "1.500001")]),
        ("by-key", {"keyId": "parent", "tree": "true"}, "name", [("parent", "1.850001")]),
        ("by-key", {"keyId": "parent", "model": "small"}, "name", [("parent", "0.000001")]),
        ("by-key", {"keyId": "parent", "model": "small", "tree": "true"}, "name", [("parent", "0.100001")]),
        ("by-key", {"keyId": "child", "owner": "a@b.example"}, "name", []),
        ("by-model", {"owner": "a@b.example"}, "model", [("large", "1.5"), ("small", "0.000001")]),
        ("by-owner", {}, "owner", [("a@b.example", "1.500001"), (None, "0.35")]),
        ("by-owner", {"model": "large"}, "owner", [("a@b.example", "1.5"), (None, "0.25")]),
        ("by-owner", {"keyId": "child"}, "owner", [(None, "0.35")]),
        ("by-provider", {}, "name", [("mock", "1.850001")]),
        ("by-tag", {"tag": "team"}, "value", [(None, "1.500001"), ("red", "0.25"), ("blue", "0.1")]),
        ("by-tag", {"tag": "site"}, "value", [(None, "1.600001"), ("=", "0.25")]),
        ("by-month", {}, "month", [("2026-02", "0.000001"), ("2026-03", "1.85")]),
        ("by-month", {"keyId": "child"}, "month", [("2026-02", "0"), ("2026-03", "0.35")]),
        ("by-month", {"model": "small"}, "month", [("2026-02", "0.000001"), ("2026-03", "0.1")]),
        ("by-month", {"tag": "team=red"}, "month", [("2026-02", "0"), ("2026-03", "0.25")]),
    ],
)  # fmt: skip
def test_rows_are_of_what_is_asked_for(spent, route, query, name, rows):
    if "keyId" in query:
        query = query | {"keyId": getattr(spent, query["keyId"])}
    assert figures(spent(route, **BOTH_MONTHS, **query)["data"], name) == rows


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ({"model": "large"}, "1.75"),
        ({"owner": "a@b.example"}, "1.5"),
        ({"provider": "prv_0"}, "0"),
        ({"tag": "team=red"}, "0.25"),
        ({"owner": "a@b.example", "model": "large"}, "1.5"),
        ({"owner": "-", "model": "large"}, "0.25"),
    ],
)
def test_days_are_of_what_is_asked_for_and_those_without_use_show_nothing(spent, query, cost):
    days = spent("by-day", **MARCH, **query)
    assert days["nextCursor"] is None
    assert [row["date"] for row in days["data"]] == [f"2026-03-{day:02}" for day in range(1, 32)]
    assert days["data"][0]["cost"] == cost
    assert days["data"][1]["cost"] == "0"


def test_a_key_of_an_owner_and_a_model_within_a_key_are_seen_by_day(spent):
    of_owner = spent("by-day", keyId=spent.parent, owner="a@b.example", **MARCH)["data"]
    of_model = spent("by-day", keyId=spent.parent, model="large", tree="true", **MARCH)["data"]
    assert (of_owner[0]["cost"], of_model[0]["cost"]) == ("1.5", "1.75")


def test_a_month_that_the_span_cuts_has_what_lies_within(spent):
    rows = spent("by-month", **{"from": "2026-02-28", "to": "2026-03-13"})["data"]
    assert figures(rows, "month") == [("2026-02", "0"), ("2026-03", "1.75")]


def test_twelve_months_come_by_month_if_none_are_asked_for(spent):
    rows = spent("by-month")["data"]
    assert len(rows) == 12
    assert (rows[0]["month"], rows[-1]["month"]) == ("2025-05", "2026-04")


def test_days_begin_in_the_reporting_zone(own):
    of_berlin = replace(own.admin.services.settings, reporting_zone=ZoneInfo("Europe/Berlin"))
    own.admin.services = replace(own.admin.services, settings=of_berlin)
    assert own("overview", zone="Europe/Berlin", **MARCH)["zone"] == "Europe/Berlin"
    refused = own.admin("GET", "/costs/overview", zone="UTC", **MARCH)
    assert refused.status == 422
    assert "Europe/Berlin" in refused.errors["zone"]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("-cost", ["parent", "child"]),
        ("cost", ["child", "parent"]),
        ("name", ["child", "parent"]),
        ("-name", ["parent", "child"]),
    ],
)
def test_rows_are_sorted_by_figures_and_by_name(spent, sort, names):
    rows = spent("by-key", sort=sort, **BOTH_MONTHS)["data"]
    assert [row["name"] for row in rows] == names


def pages(spent: Spent, route: str, between: Any = None, **query: str) -> list[list[dict[str, Any]]]:
    found = [spent(route, **query)]
    for _ in range(20):
        if found[-1]["nextCursor"] is None:
            break
        if between is not None:
            between()
        found.append(spent(route, cursor=found[-1]["nextCursor"], **query))
    return [page["data"] for page in found]


def many_models(spent: Spent) -> None:
    for number in range(7):
        spent.spend(spent.parent, f"model-{number}", date(2026, 3, 20), f"{number + 2}")


def test_pages_are_of_the_rows_that_there_were_whatever_is_written_meanwhile(own):
    many_models(own)
    wanted = own("by-model", **MARCH)["data"]

    def busy() -> None:
        own.spend(own.parent, "model-0", date(2026, 3, 20), "100")
        own.spend(own.parent, f"new-{own.count}", date(2026, 3, 20), "100")

    paged = pages(own, "by-model", busy, limit="2", **MARCH)

    assert [len(page) for page in paged] == [2, 2, 2, 2, 1]
    assert [row for page in paged for row in page] == wanted
    assert own("by-model", **MARCH)["data"][0]["model"] == "model-0"


def test_a_page_can_be_had_again_and_in_another_size(own):
    many_models(own)
    everything = own("by-model", **MARCH)["data"]
    first = own("by-model", limit="2", **MARCH)
    second = own("by-model", limit="3", cursor=first["nextCursor"], **MARCH)
    again = own("by-model", limit="100", cursor=first["nextCursor"], **MARCH)
    assert first["data"] + second["data"] == everything[:5]
    assert first["data"] + again["data"] == everything
    assert again["nextCursor"] is None


def test_names_on_later_pages_are_those_of_by_now(own):
    first = own("by-key", limit="1", **MARCH)
    own.admin("PATCH", f"/apiKey/{own.child}", {"name": "renamed"})
    second = own("by-key", limit="1", cursor=first["nextCursor"], **MARCH)
    assert figures(second["data"], "name") == [("renamed", "0.35")]


def test_a_cursor_serves_the_query_that_it_comes_from_alone(spent):
    cursor = spent("by-key", limit="1", **MARCH)["nextCursor"]
    for route, other in [
        ("by-key", {**BOTH_MONTHS}),
        ("by-key", {**MARCH, "sort": "name"}),
        ("by-key", {**MARCH, "tree": "true"}),
        ("by-key", {**MARCH, "model": "small"}),
        ("by-model", {**MARCH}),
    ]:
        answer = spent.admin("GET", f"/costs/{route}", limit="1", cursor=cursor, **other)
        assert answer.status == 422, (route, other)
        assert "another query" in answer.errors["cursor"]


def test_a_cursor_serves_fifteen_minutes(own):
    cursor = own("by-key", limit="1", **MARCH)["nextCursor"]
    costs = own.admin.services.costs
    later = SnapshotTable(costs.client, costs.table, lambda: utc_now() + timedelta(minutes=15, seconds=1))
    own.admin.services = replace(own.admin.services, snapshots=later)
    answer = own.admin("GET", "/costs/by-key", limit="1", cursor=cursor, **MARCH)
    assert answer.status == 422
    assert "15 minutes" in answer.errors["cursor"]


def test_a_cursor_that_never_was_is_refused(spent):
    answer = spent.admin("GET", "/costs/by-key", cursor=f"{'x' * 22}.0.0", **MARCH)
    assert answer.status == 422
    assert answer.errors.keys() == {"cursor"}


def test_rows_come_as_csv(spent):
    answer = spent.admin("GET", "/costs/by-model", format="csv", **MARCH)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="costs-by-model-2026-03-01-2026-03-31.csv"'
    )
    header, *rows = answer.text.splitlines()
    assert header == (
        "model,modelId,requests,failed,abandoned,promptTokens,completionTokens,totalTokens,cost,"
        "packs,included,metered,overage,fees,providerCost,margin"
    )
    assert [[model, *counts[:7]] for model, _id, *counts in (row.split(",") for row in rows)] == [
        ["large", "2", "1", "0", "200", "20", "220", "1.75"],
        ["small", "1", "1", "0", "100", "10", "110", "0.1"],
    ]


def test_a_client_that_accepts_csv_gets_all_rows_of_it(own):
    many_models(own)
    answer = own.admin("GET", "/costs/by-model", headers={"Accept": "text/csv"}, limit="2", **MARCH)
    assert len(answer.text.splitlines()) == 10
    refused = own.admin("GET", "/costs/by-model", format="csv", cursor=f"{'x' * 22}.0.0", **MARCH)
    assert refused.errors.keys() == {"cursor"}


def test_names_in_a_csv_are_no_formulas(own):
    own.admin("PATCH", f"/apiKey/{own.child}", {"name": '=HYPERLINK("http://x")'})
    text = own.admin("GET", "/costs/by-key", format="csv", **MARCH).text
    names = [row["name"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert names == ["parent", '\'=HYPERLINK("http://x")']


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
        ({"zone": "Europe/Berlin"}, "zone"),
    ],
)
def test_a_span_that_can_not_be_is_refused(spent, query, wrong):
    for route in ("overview", "by-key", "by-model", "by-day"):
        answer = spent.admin("GET", f"/costs/{route}", **query)
        assert answer.status == 422, answer.text
        assert answer.errors.keys() == {wrong}


@pytest.mark.parametrize(
    ("route", "query", "wrong"),
    [
        ("by-key", {"sort": "date"}, "sort"),
        ("by-key", {"limit": "0"}, "limit"),
        ("by-key", {"limit": "1001"}, "limit"),
        ("by-key", {"cursor": "x"}, "cursor"),
        ("by-key", {"format": "xml"}, "format"),
        ("by-key", {"keyId": "me"}, "keyId"),
        ("by-key", {"model": "m" * 1025}, "model"),
        ("by-key", {"owner": "ä" * 513}, "owner"),
        ("by-key", {"model": "small", "owner": "a@b.example"}, "owner"),
        ("by-key", {"model": "small", "tree": "true"}, "tree"),
        ("by-model", {"tree": "true"}, "tree"),
        ("by-owner", {"keyId": "key_0123456789abcdef", "model": "small"}, "model"),
        ("by-day", {"tag": "team"}, "tag"),
        ("by-day", {"provider": "prv_1", "model": "small"}, "provider"),
        ("by-tag", {}, "tag"),
        ("by-tag", {"tag": "team=red"}, "tag"),
        ("overview", {"top": "21"}, "top"),
    ],
)
def test_what_can_not_be_asked_for_is_refused_by_its_name(spent, route, query, wrong):
    answer = spent.admin("GET", f"/costs/{route}", **query)
    assert answer.status == 422, answer.text
    assert answer.errors.keys() == {wrong}


def test_what_a_provider_that_is_gone_has_served_still_counts(own):
    own.spend(own.parent, "small", date(2026, 3, 2), "7", provider="prv_gone")
    own.spend(own.parent, "small", date(2026, 3, 2), "3", provider="-")
    rows = own("by-provider", **MARCH)["data"]
    assert [(row["providerId"], row["name"], row["cost"]) for row in rows] == [
        ("prv_gone", None, "7"),
        (None, None, "3"),
        (own.provider, PROVIDER["name"], "1.85"),
    ]


def bill(spent: Spent, key_id: str, **query: Any) -> Any:
    answer = spent.admin("GET", f"/apiKey/{key_id}/bill", **query)
    assert answer.status == 200, answer.text
    return answer.json


def test_a_monthly_bill_adds_up_by_model_and_by_key(spent):
    made = bill(spent, spent.parent, month="2026-03")
    assert (made["month"], made["from"], made["to"]) == ("2026-03", "2026-03-01", "2026-03-31")
    assert (made["tree"]["cost"], made["own"]["cost"]) == ("1.85", "1.5")
    assert figures(made["byModel"], "model") == [("large", "1.75"), ("small", "0.1")]
    assert figures(made["byKey"], "name") == [("parent", "1.5"), ("child", "0.35")]
    assert (made["moved"]["requests"], made["moved"]["cost"]) == (0, "0")
    assert bill(spent, spent.child, month="2026-03")["tree"]["cost"] == "0.35"


def test_a_bill_of_a_month_without_use_shows_nothing(spent):
    made = bill(spent, spent.parent)
    assert made["month"] == "2026-04"
    assert (made["tree"]["requests"], made["byModel"]) == (0, [])
    assert figures(made["byKey"], "name", "requests") == [("parent", 0)]


def test_a_bill_adds_up_after_keys_were_moved(own):
    elsewhere = own.admin.key(name="elsewhere")["id"]
    own.spend(elsewhere, "small", date(2026, 3, 3), "8", scopes=(elsewhere,))
    for key_id, parent in ((own.child, None), (elsewhere, own.parent)):
        assert own.admin("PATCH", f"/apiKey/{key_id}", {"parentId": parent}).status == 200

    made = bill(own, own.parent, month="2026-03")

    assert made["tree"]["cost"] == "1.85"
    assert figures(made["byKey"], "name") == [("parent", "1.5"), ("elsewhere", "8")]
    assert made["moved"]["cost"] == "-7.65"


def test_a_bill_comes_as_csv(spent):
    answer = spent.admin("GET", f"/apiKey/{spent.parent}/bill", month="2026-03", format="csv")
    assert answer.headers["content-disposition"].endswith(f'"bill-{spent.parent}-2026-03.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(row["part"], row["name"], row["cost"]) for row in rows] == [
        ("tree", "parent", "1.85"),
        ("included", "", "0"),
        ("metered", "", "0"),
        ("other", "", "1.85"),
        ("model", "large", "1.75"),
        ("model", "small", "0.1"),
        ("key", "parent", "1.5"),
        ("key", "child", "0.35"),
        ("moved", "", "0"),
    ]


@pytest.mark.parametrize(
    ("key_id", "query", "status"),
    [
        ("key_0123456789abcdef", {}, 404),
        ("nobody", {}, 404),
        (None, {"month": "2026-13"}, 422),
        (None, {"month": "1999-12"}, 422),
    ],
)
def test_a_bill_that_can_not_be_is_refused(spent, key_id, query, status):
    assert spent.admin("GET", f"/apiKey/{key_id or spent.parent}/bill", **query).status == status
