"""How results look: tables, blocks, JSON and CSV, on terminals and in pipes."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.support.cli_runner import SIGNED_IN, Gateway, page, run
from tollgate_cli.output.dollars import usd
from tollgate_cli.output.table_layout import Cell, Heading, folded, table

KEY: dict[str, Any] = {
    "id": "key_0123456789abcdef",
    "name": "Search team",
    "status": "active",
    "budgetUsed": "1234.5",
    "budgetLimit": "2000",
    "budgetState": "near",
    "quotaLimit": None,
    "externalId": None,
    "ownerEmail": "owner@example.com",
    "parentId": None,
    "budgetRemaining": "765.5",
    "revision": 3,
    "tags": {"stage": "prod"},
    "allowedModels": ["gpt-5", "claude"],
}
OTHER = {**KEY, "id": "key_0123456789abcdeg", "name": "n" * 100, "budgetLimit": None, "budgetState": "fine"}
COLOUR = "\x1b["


def listed(*options: str, keys=(KEY, OTHER), **how: Any) -> str:
    gateway = Gateway({"GET /api/admin/apiKey": page(*keys)})
    ran = run("keys", "list", *options, gateway=gateway, **how)
    assert ran.code == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("width", [80, 100, 200])
def test_a_table_fits_the_terminal_and_breaks_no_number(width):
    lines = listed("--no-color", terminal=True, width=width).splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= width
    assert "$1,234.50  $2,000.00" in lines[1]
    assert "key_0123456789abcdef" in lines[1]


def test_a_narrow_terminal_gets_a_block_for_each_row():
    text = listed("--no-color", terminal=True, width=40)
    assert max(map(len, text.splitlines())) <= 40
    assert "Used    $1,234.50\n" in text
    assert text.count("key_") == 2


def test_nothing_is_cut_in_a_pipe_and_nothing_is_coloured():
    text = listed(terminal=False, width=40)
    assert "n" * 100 in text
    assert "\x1b" not in text


def test_colour_is_for_terminals_that_have_it():
    assert COLOUR in listed(terminal=True)
    assert COLOUR not in listed("--no-color", terminal=True)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_the_environment_rules_colour_out(name, value):
    assert COLOUR not in listed(terminal=True, environment={**SIGNED_IN, name: value})


def test_json_is_what_the_api_answered():
    ran = run("keys", "list", "--json", gateway=Gateway({"GET /api/admin/apiKey": page(KEY, OTHER)}))
    assert ran.json == [KEY, OTHER]
    assert run("keys", "list", "--json", gateway=Gateway({"GET /api/admin/apiKey": page()})).json == []


def test_json_of_one_thing_is_an_object():
    gateway = Gateway({f"GET /api/admin/apiKey/{KEY['id']}": KEY})
    assert run("keys", "show", KEY["id"], "--json", gateway=gateway).json == KEY


def test_csv_has_every_field_and_lists_as_json():
    rows = list(csv.DictReader(io.StringIO(listed("--csv"))))
    assert len(rows) == 2
    assert rows[0]["tags.stage"] == "prod"
    assert rows[0]["allowedModels"] == '["gpt-5", "claude"]'
    assert (rows[0]["externalId"], rows[0]["budgetUsed"]) == ("", "1234.5")


def test_fields_that_only_some_rows_have_are_columns_too():
    few = {name: value for name, value in KEY.items() if name != "tags"}
    rows = list(csv.DictReader(io.StringIO(listed("--csv", keys=(few, OTHER)))))
    assert [row["tags.stage"] for row in rows] == ["", "prod"]


@pytest.mark.parametrize(("name", "shown"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("-5", "-5"), ("+a", "'+a")])
def test_no_text_of_csv_runs_as_a_formula(name, shown):
    assert next(csv.DictReader(io.StringIO(listed("--csv", keys=({**KEY, "name": name},)))))["name"] == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202edef", "abc\\u202edef"),
        ("[b]no markup[/b]", "[b]no markup[/b]"),
    ],
)
@pytest.mark.parametrize("terminal", [True, False])
def test_names_do_nothing_to_a_terminal(name, shown, terminal):
    text = listed("--no-color", keys=({**KEY, "name": name},), terminal=terminal)
    assert shown in text
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize("name", ["\x1b[31m", "\u202e", "\x9b"])
def test_json_and_csv_do_nothing_to_a_terminal_either(name):
    assert name not in listed("--json", keys=({**KEY, "name": name},), terminal=True)
    assert name not in listed("--csv", keys=({**KEY, "name": name},), terminal=True)
    assert name in listed("--csv", keys=({**KEY, "name": name},))


def test_an_empty_list_says_so_on_stderr():
    ran = run("keys", "list", gateway=Gateway({"GET /api/admin/apiKey": page()}))
    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "No keys.\n")
    ran = run("keys", "list", "--quiet", gateway=Gateway({"GET /api/admin/apiKey": page()}))
    assert (ran.stdout, ran.stderr) == ("", "")


def test_wide_characters_count_twice():
    headings = [Heading("Name", wide=True), Heading("Used", right=True)]
    rows = [[Cell("日本語のキー"), Cell("1")], [Cell("ab"), Cell("22")]]
    lines = list(table(headings, rows, 30, colour=False))
    assert lines == ["Name          Used", "日本語のキー     1", "ab              22"]


def test_decimal_points_are_below_each_other_if_there_is_room():
    headings = [Heading("Name"), Heading("Of", right=True)]
    rows = [
        [Cell(name), Cell(text)] for name, text in (("a", "$14.7237421"), ("b", "$1,057.20"), ("c", "none"))
    ]
    assert list(table(headings, rows, 80, colour=False)) == [
        "Name              Of",
        "a        $14.7237421",
        "b     $1,057.20",
        "c               none",
    ]
    assert list(table(headings, rows, 17, colour=False))[2] == "b       $1,057.20"


def test_long_texts_are_folded_at_blanks_and_lose_nothing():
    text = "one two three " + "x" * 25
    parts = folded(text, 10)
    assert parts[0] == "one two"
    assert max(map(len, parts)) <= 10
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("12.5", "$12.50"),
        ("1234567.123456789", "$1,234,567.123456789"),
        ("0.0001236", "$0.0001236"),
        ("-3", "-$3.00"),
        ("100.000", "$100.00"),
        ("1E-7", "$0.0000001"),
        ("1E+999999999", "$1E+999999999"),
        ("NaN", "$NaN"),
        (None, "none"),
    ],
)
def test_money_is_exact(amount, shown):
    assert usd(amount, absent="none") == shown
