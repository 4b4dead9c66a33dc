"""Rows of cost queries: their figures, order, and cells of a table."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tollgate.costs.aggregates import Latency, Tally
from tollgate.costs.charge_parts import ChargeParts
from tollgate.pricing.usage import TokenClass
from tollgate_admin.costs import cost_rows
from tollgate_admin.costs.cost_queries import Sort
from tollgate_admin.costs.cost_rows import Listing, table_columns, table_row
from tollgate_admin.costs.cost_sums import Sum
from tollgate_admin.costs.schemas import (
    Change,
    ChargedView,
    DayRow,
    KeyRow,
    OwnerRow,
    SpanTally,
    TallyView,
    TotalsView,
    fields,
)

NAMES = {"key_a": "zoe", "key_b": "adam", "key_c": "mia"}


def row(value, name):
    return {"key_id": value, "name": name}


# None of these rows has a name that is looked up elsewhere.
SERVICES: Any = SimpleNamespace()
KEYS = Listing("by-key", KeyRow, row, lambda _services, _key_ids: NAMES)
SUMS = [
    Sum("key_c", Tally(cost=Decimal(2), requests=1, prompt_tokens=7)),
    Sum("key_a", Tally(cost=Decimal(10), requests=1, completion_tokens=8, failed=1)),
    Sum("key_d", Tally(cost=Decimal("2.0"), requests=3, prompt_tokens=6, abandoned=1)),
    Sum("key_b", Tally(cost=Decimal("9.99"), requests=2, completion_tokens=7, failed=2)),
]


def test_a_tally_shows_the_total_of_its_tokens_and_its_cost_exactly():
    parts = ChargeParts(Decimal("-0.1"), *map(Decimal, "12345"))
    tally = Tally(3, 1, 1, 1000, 200, Decimal("0.000270000000000001"), parts=parts)
    assert json.loads(TallyView.of(tally).model_dump_json(by_alias=True)) == {
        "requests": 3,
        "failed": 1,
        "abandoned": 1,
        "promptTokens": 1000,
        "completionTokens": 200,
        "totalTokens": 1200,
        "cost": "0.000270000000000001",
        "packs": "1",
        "included": "2",
        "metered": "3",
        "overage": "4",
        "fees": "5",
        "providerCost": "0.100270000000000001",
        "margin": "-0.1",
    }
    assert ChargedView.of(tally).model_dump().keys() == TallyView.model_fields.keys() - {
        "provider_cost",
        "margin",
    }


def test_totals_show_tokens_by_class_and_how_long_requests_took():
    tally = Tally(
        requests=2,
        tokens={TokenClass.OUTPUT: 5, TokenClass.INPUT: 7},
        latency=Latency.of(100) + Latency.of(1000),
    )
    shown = TotalsView.of(tally).model_dump(by_alias=True, mode="json")
    assert shown["tokens"] == {"input": 7, "output": 5}
    assert shown["latencyMs"] == {"mean": 550, "p50": 100, "p95": 1000, "p99": 1000}


def test_without_requests_there_is_no_latency():
    shown = TotalsView.of(Tally()).model_dump(by_alias=True, mode="json")
    assert shown["latencyMs"] == {"mean": None, "p50": None, "p95": None, "p99": None}


@pytest.mark.parametrize(
    ("previous", "present", "absolute", "percent"),
    [
        ("2", "3", "1", "50"),
        ("3", "2", "-1", "-33.33"),
        ("0.3", "0.1", "-0.2", "-66.67"),
        ("5", "5", "0", "0"),
        ("0", "5", "5", None),
        ("0.000000000000000001", "1000000000000", "999999999999.999999999999999999", "9" * 29 + "900"),
    ],
)
def test_a_change_is_exact_and_its_percentage_to_two_decimals(previous, present, absolute, percent):
    change = Change.between(
        TallyView.of(Tally(cost=Decimal(previous))), TallyView.of(Tally(cost=Decimal(present)))
    )
    assert change.model_dump(mode="json")["cost"] == {"absolute": absolute, "percent": percent}


def test_a_change_of_counts_is_a_count():
    change = Change.between(TallyView.of(Tally(requests=4)), TallyView.of(Tally(requests=5)))
    shown = change.model_dump(by_alias=True, mode="json")
    assert shown["requests"] == {"absolute": 1, "percent": "25"}
    assert shown["totalTokens"] == {"absolute": 0, "percent": None}


@pytest.mark.parametrize(
    ("cost", "shown"), [("0", "0"), ("1E+2", "100"), ("0.10", "0.1"), ("1E-18", "0.000000000000000001")]
)
def test_a_cost_is_a_plain_decimal_string(cost, shown):
    assert TallyView.of(Tally(cost=Decimal(cost))).model_dump(mode="json")["cost"] == shown


def test_days_and_spans_have_the_names_that_queries_use():
    (day,) = cost_rows.DAYS.rows(SERVICES, [Sum("2026-11-23", Tally())])
    span = SpanTally(first=date(2026, 11, 1), to=date(2026, 11, 30), **fields(Tally()))

    assert day.model_dump(by_alias=True, mode="json")["date"] == "2026-11-23"
    shown = span.model_dump(by_alias=True, mode="json")
    assert (shown["from"], shown["to"]) == ("2026-11-01", "2026-11-30")


@pytest.mark.parametrize(
    ("by", "key_ids"),
    [
        ("cost", ["key_c", "key_d", "key_b", "key_a"]),
        ("-cost", ["key_a", "key_b", "key_c", "key_d"]),
        ("requests", ["key_a", "key_c", "key_b", "key_d"]),
        ("-requests", ["key_d", "key_b", "key_a", "key_c"]),
        ("failed", ["key_c", "key_d", "key_a", "key_b"]),
        ("-failed", ["key_b", "key_a", "key_c", "key_d"]),
        ("abandoned", ["key_a", "key_b", "key_c", "key_d"]),
        ("-abandoned", ["key_d", "key_a", "key_b", "key_c"]),
        ("promptTokens", ["key_a", "key_b", "key_d", "key_c"]),
        ("-completionTokens", ["key_a", "key_b", "key_c", "key_d"]),
        ("totalTokens", ["key_d", "key_b", "key_c", "key_a"]),
        ("-totalTokens", ["key_a", "key_b", "key_c", "key_d"]),
        ("name", ["key_d", "key_b", "key_c", "key_a"]),
        ("-name", ["key_a", "key_c", "key_b", "key_d"]),
    ],
)
def test_rows_are_ordered_by_what_they_show_and_equals_by_their_id(by, key_ids):
    assert [each.value for each in KEYS.ordered(SERVICES, SUMS, Sort(by))] == key_ids
    assert [each.value for each in KEYS.ordered(SERVICES, SUMS[::-1], Sort(by))] == key_ids


def test_there_is_an_order_by_each_figure_that_rows_show():
    figures = {field.alias for field in TallyView.model_fields.values()}
    assert {each.removeprefix("-") for each in Sort} == figures | {"name"}


def test_what_has_no_owner_comes_first():
    sums = [Sum("a@b.example", Tally()), Sum(None, Tally())]
    assert [each.value for each in cost_rows.OWNERS.ordered(SERVICES, sums, Sort.NAME)] == [
        None,
        "a@b.example",
    ]
    assert cost_rows.OWNERS.rows(SERVICES, sums)[1].owner is None


def test_a_key_is_shown_under_its_name_and_one_that_is_gone_under_none():
    assert [each.name for each in KEYS.rows(SERVICES, SUMS)] == ["mia", "zoe", None, "adam"]


def test_a_table_names_first_what_its_rows_are_of():
    assert table_columns(KeyRow) == [
        "keyId", "name", "requests", "failed", "abandoned", "promptTokens", "completionTokens",
        "totalTokens", "cost", "packs", "included", "metered", "overage", "fees", "providerCost", "margin",
    ]  # fmt: skip
    assert table_columns(DayRow)[:2] == ["date", "requests"]


def test_text_in_a_table_is_no_formula_but_a_negative_figure_is_a_number():
    less = OwnerRow(owner="=1+1@b.example", **fields(Tally(requests=-1, cost=Decimal("-0.5"))))
    cells = table_row(less)
    assert cells["owner"] == "'=1+1@b.example"
    assert (cells["requests"], cells["cost"]) == (-1, "-0.5")
    assert table_row(OwnerRow(owner=None, **fields(Tally())))["owner"] is None
