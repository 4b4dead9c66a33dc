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
        ("\u200d\u200d\u200c", ""),
        ("a\u200db \u200dc", "ab c"),
        ("\u3164\u2800\u115f\u034f\uffa0", ""),
        ("\U000e0041\U000e0042tagged", "tagged"),
        ("private\ue000 \ufdd0", "private"),
        ("e" + "\u0301" * 40 + "f", "e" + "\u0301" * 3 + "f"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
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


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("https://evil.example/login?a=b.c", "https[:]//evil[.]example/login?a=b[.]c"),
        ("HTTP://2130706433/", "HTTP[:]//2130706433/"),
        ("www.evil.com", "www[.]evil[.]com"),
        ("jo@evil.example", "jo@evil[.]example"),
        ("evil。example", "evil[.]example"),
        ("пример.рф", "пример[.]рф"),
        ("10.0.0.1:80", "10[.]0[.]0.1:80"),
        ("mailto:jo", "mailto[:]jo"),
        ("Tel:+4930123", "Tel[:]+4930123"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("gpt-4.1 team, v1.2. Really", "gpt-4.1 team, v1.2. Really"),
        ("team: search", "team: search"),
    ],
)
def test_no_name_becomes_a_link(name, shown):
    assert safe_names.unlinked(name) == shown


def test_a_strangers_name_is_marked_as_one_and_no_line_begins_within_it():
    assert safe_names.quoted('a" b” c') == "“a'\u00a0b'\u00a0c”"


def test_a_name_of_any_length_is_cut():
    assert len(safe_names.one_line("x " * 50_000, 128)) <= 128
    assert safe_names.one_line("\u202e" * 50_000, 128) == ""
