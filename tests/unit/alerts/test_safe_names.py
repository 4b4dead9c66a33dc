"""Names that others chose, in a line of a mail."""

from __future__ import annotations

import pytest

from tollgate_alerts.message import safe_names


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("search team", "search team"),
        ("a\r\nBcc: all@example.com", "a Bcc: all@example.com"),
        ("a\x00\x1b[31mb\x7f", "a[31mb"),
        ("a\u2028b\u2029c\x85d\te", "a b c d e"),
        ("\u202eevil\u202c \u200fx\u2066y\u2069\ufeff\u200b", "evil xy"),
        ("\ud800half", "half"),
        ("👩\u200d👩\u200d👧 family", "👩\u200d👩\u200d👧 family"),
        (" \n\u200b ", ""),
    ],
)
def test_a_name_becomes_one_line_of_what_can_be_seen(name, line):
    assert safe_names.one_line(name, 100) == line


def test_a_long_name_is_cut_where_a_character_ends():
    assert safe_names.one_line("x" * 200, 60) == "x" * 59 + "…"
    assert safe_names.one_line("x" * 60, 60) == "x" * 60
    assert safe_names.one_line("abc👩\u200d👩\u200d👧def", 6) == "abc…"
    assert safe_names.one_line("abcde\u0301fgh", 6) == "abcd…"


def test_a_name_from_right_to_left_does_not_turn_its_sentence():
    assert safe_names.isolated("שלח") == "\u2068שלח\u2069"
    assert safe_names.isolated("team") == "team"
