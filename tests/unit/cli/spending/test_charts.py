"""Bars and sparklines: what they may never get wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollgate_cli.output import charts
from tollgate_cli.output.charts import bar, sparkline

AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=9).map(lambda amount: f"{amount:f}")
HEIGHTS = "▁▂▃▄▅▆▇█"


@given(st.lists(AMOUNTS, max_size=60))
def test_only_nothing_is_lowest_and_the_most_is_highest(values):
    line = sparkline(values)
    assert len(line) == len(values)
    for value, mark in zip(values, line, strict=True):
        assert (mark == HEIGHTS[0]) is (Decimal(value) == 0)
        if Decimal(value) and Decimal(value) == max(map(Decimal, values)):
            assert mark == HEIGHTS[-1]


@given(st.lists(AMOUNTS, min_size=2, max_size=2))
def test_more_is_never_lower(values):
    first, second = (HEIGHTS.index(mark) for mark in sparkline([*values, "1000000000"])[:2])
    assert (Decimal(values[0]) <= Decimal(values[1])) <= (first <= second)


@given(st.lists(AMOUNTS, max_size=500), st.integers(1, 100))
def test_a_sparkline_fits(values, width):
    assert len(sparkline(values, width)) <= width


@given(AMOUNTS, AMOUNTS, st.integers(1, 40))
def test_a_bar_fits_and_is_empty_for_nothing_alone(part, whole, width):
    drawn = bar(part, whole, width)
    assert len(drawn) <= width
    assert (drawn == "") is (Decimal(part) == 0 or Decimal(whole) == 0)
    if Decimal(part) >= Decimal(whole) > 0:
        assert drawn == "━" * width


@pytest.mark.parametrize(("part", "drawn"), [("0", ""), ("0.001", "╸"), ("1", "━━╸"), ("9", "━" * 10)])
def test_bars(part, drawn):
    assert bar(part, "4", 10) == drawn


def test_values_below_nothing_are_nothing():
    assert sparkline(["-5", "1"]) == "▁█"
    assert bar("-5", "1", 10) == ""


def test_without_unicode_they_are_ascii(monkeypatch):
    monkeypatch.setattr(charts, "_encodes", lambda text: text.isascii())
    assert sparkline(["0", "1", "5"]) == "_.#"
    assert bar("1", "4", 10) == "###"
