"""JSON or CSV, and what a CSV is made of."""

from __future__ import annotations

import csv
import io

import pytest

from tollgate_admin.web import csv_output
from tollgate_admin.web.csv_output import Format
from tollgate_admin.web.problems import ProblemError


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("application/json", "json"),
        ("text/csv", "csv"),
        ("TEXT/CSV; charset=utf-8", "csv"),
        ("text/csv, application/json", "json"),
        ("text/csv, application/json;q=0.9", "csv"),
        ("text/csv;q=0.9, application/json", "json"),
        ("text/csv, */*;q=0.1", "csv"),
        ("text/*, application/json;q=0.5", "csv"),
        ("*/*, text/csv;q=0", "json"),
        ("text/csv;q=0", "json"),
        ("application/json;q=0, */*", "csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
        ("image/png", "json"),
        ("text/csv;q=high", "json"),
        ("text/csv;q=nan", "json"),
        (";;,,q=1", "json"),
    ],
)
def test_a_client_gets_what_it_prefers_and_json_if_it_does_not_care(accept, form):
    assert csv_output.negotiated(None, accept) is Format(form)


def test_a_format_that_is_named_wins():
    assert csv_output.negotiated(Format.JSON, "text/csv") is Format.JSON
    assert csv_output.negotiated(Format.CSV, "application/json") is Format.CSV


@pytest.mark.parametrize("name", ['with "quotes"', "with, comma", "over\r\nlines", "räume 模型", " ", ""])
def test_a_name_comes_out_of_a_csv_as_it_is(name):
    body = csv_output.csv_response(["name", "cost"], [{"name": name, "cost": "0.00027"}], "costs").body
    (row,) = csv.DictReader(io.StringIO(str(body), newline=""))
    assert row == {"name": name, "cost": "0.00027"}


def test_a_csv_is_a_file_with_a_name_and_a_line_of_columns_even_without_rows():
    answer = csv_output.csv_response(["name", "cost"], [], "costs-by-key-2026-03-01-2026-03-31")
    assert answer.body == "name,cost\r\n"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="costs-by-key-2026-03-01-2026-03-31.csv"'
    )


def test_nothing_is_left_in_a_cell_that_has_no_value():
    assert csv_output.csv_response(["name", "cost"], [{"name": None, "cost": "1"}], "c").body == (
        "name,cost\r\n,1\r\n"
    )


def test_a_table_that_lambda_can_not_carry_is_refused():
    with pytest.raises(ProblemError) as refused:
        csv_output.csv_response(["name"], [{"name": "n" * 1_000_000}] * 6, "costs")
    assert [field for field, _ in refused.value.errors] == ["format"]
