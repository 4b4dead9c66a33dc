"""Rows of cost queries: spans, order, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pytest

from tollgate.costs import Tally
from tollgate_admin.cost_rows import (
    DayRow,
    KeyRow,
    ModelRow,
    Rows,
    SpanTally,
    TallyView,
    fields,
    ordered,
    to_csv,
)
from tollgate_admin.spans import Span


def key_row(key_id, name="a key", **figures):
    return KeyRow(key_id=key_id, name=name, **fields(Tally(**figures)))


def model_row(model, **figures):
    return ModelRow(model=model, model_id=f"mdl_{model}", **fields(Tally(**figures)))


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), ["2026-11-23"]),
        (date(2026, 12, 31), date(2027, 1, 1), ["2026-12-31", "2027-01-01"]),
        (date(2024, 2, 28), date(2024, 3, 1), ["2024-02-28", "2024-02-29", "2024-03-01"]),
        (date(9999, 12, 31), date(9999, 12, 31), ["9999-12-31"]),
        (date(2026, 11, 24), date(2026, 11, 23), []),
    ],
)
def test_a_span_includes_its_first_and_its_last_day(first, last, days):
    span = Span(first, last)
    assert span.days() == days
    assert span.length == len(days)


def test_a_span_of_a_leap_year_has_366_days():
    assert Span(date(2024, 1, 1), date(2024, 12, 31)).length == 366
    assert Span(date(2026, 1, 1), date(2026, 12, 31)).length == 365


def test_a_tally_shows_the_total_of_its_tokens_and_its_cost_exactly():
    tally = Tally(3, 1, 0, 1000, 200, Decimal("0.000270000000000001"))
    assert json.loads(TallyView.of(tally).model_dump_json(by_alias=True)) == {
        "requests": 3,
        "failed": 1,
        "promptTokens": 1000,
        "completionTokens": 200,
        "totalTokens": 1200,
        "cost": "0.000270000000000001",
    }


@pytest.mark.parametrize(
    ("cost", "shown"), [("0", "0"), ("1E+2", "100"), ("0.10", "0.1"), ("1E-18", "0.000000000000000001")]
)
def test_a_cost_is_a_plain_decimal_string(cost, shown):
    assert model_row("small", cost=Decimal(cost)).model_dump(mode="json")["cost"] == shown


def test_days_and_spans_have_the_names_that_queries_use():
    day = DayRow(day=date(2026, 11, 23), **fields(Tally()))
    span = SpanTally(first=date(2026, 11, 1), to=date(2026, 11, 30), **fields(Tally()))

    assert day.model_dump(by_alias=True, mode="json")["date"] == "2026-11-23"
    shown = span.model_dump(by_alias=True, mode="json")
    assert (shown["from"], shown["to"]) == ("2026-11-01", "2026-11-30")


ROWS = [
    key_row("key_c", cost=Decimal(2), requests=1),
    key_row("key_a", cost=Decimal(10), requests=1),
    key_row("key_d", cost=Decimal("2.0"), requests=3),
    key_row("key_b", cost=Decimal("9.99"), requests=2),
]


@pytest.mark.parametrize(
    ("by", "key_ids"),
    [
        ("cost", ["key_c", "key_d", "key_b", "key_a"]),
        ("-cost", ["key_a", "key_b", "key_c", "key_d"]),
        ("requests", ["key_a", "key_c", "key_b", "key_d"]),
        ("-requests", ["key_d", "key_b", "key_a", "key_c"]),
    ],
)
def test_rows_are_ordered_by_a_figure_and_equals_by_their_id(by, key_ids):
    assert [row.key_id for row in ordered(ROWS, by)] == key_ids
    assert [row.key_id for row in ordered(reversed(ROWS), by)] == key_ids


def test_equal_models_are_ordered_by_name():
    rows = [model_row(name, cost=Decimal(1)) for name in ("small", "large", "medium")]
    assert [row.model for row in ordered(rows, "-cost")] == ["large", "medium", "small"]


def test_a_csv_has_the_names_of_the_json_and_a_line_for_each_row():
    rows = [
        key_row(
            "key_a", requests=3, failed=1, prompt_tokens=1000, completion_tokens=200, cost=Decimal("0.00027")
        ),
        key_row("key_b", None),
    ]
    assert to_csv(rows, KeyRow) == (
        "keyId,name,requests,failed,promptTokens,completionTokens,totalTokens,cost\r\n"
        "key_a,a key,3,1,1000,200,1200,0.00027\r\n"
        "key_b,,0,0,0,0,0,0\r\n"
    )


def test_a_csv_of_models_names_them():
    assert to_csv([model_row("small")], ModelRow).startswith(
        "model,modelId,requests,failed,promptTokens,completionTokens,totalTokens,cost\r\nsmall,mdl_small"
    )


def test_a_csv_without_rows_still_names_its_columns():
    assert to_csv([], KeyRow) == (
        "keyId,name,requests,failed,promptTokens,completionTokens,totalTokens,cost\r\n"
    )


@pytest.mark.parametrize("name", ['with "quotes"', "with, comma", "over\r\nlines", "räume 模型", " ", ""])
def test_a_name_comes_out_of_a_csv_as_it_is(name):
    (row,) = csv.DictReader(io.StringIO(to_csv([key_row("key_a", name)], KeyRow), newline=""))
    assert row["name"] == name
    assert row["keyId"] == "key_a"


def test_a_page_of_rows_holds_what_each_kind_of_row_holds():
    page = Rows(data=[key_row("key_a"), model_row("small")], next_cursor=None)
    shown = json.loads(page.model_dump_json(by_alias=True))
    assert [row.get("keyId") or row["model"] for row in shown["data"]] == ["key_a", "small"]
    assert shown["data"][0]["name"] == "a key"
    assert shown["nextCursor"] is None
