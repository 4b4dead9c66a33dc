"""How amounts and percents are written in an alert."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from tests.support.notices import notice
from tollgate.alerts.alerts import Spending
from tollgate_alerts.message.figures import days_left, dollars, figures, percents, used_percent

D = Decimal


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("8.12", "$8.12"),
        ("10", "$10.00"),
        ("0", "$0.00"),
        ("1000", "$1,000.00"),
        ("999999999999.99", "$999,999,999,999.99"),
        ("0.5", "$0.50"),
        ("0.07", "$0.07"),
        ("8.1299", "$8.12"),
        ("0.004", "$0.004"),
        ("0.0001234", "$0.00012"),
        ("1E-18", "$0.000000000000000001"),
        ("1E+3", "$1,000.00"),
        ("-2.5", "-$2.50"),
    ],
)
def test_dollars_are_exact_to_the_cent_and_never_zero_for_something(amount, written):
    assert dollars(D(amount)) == written


def value(written: str) -> Decimal:
    return D(written.replace("$", "").replace(",", ""))


AMOUNTS = [
    "0.000000000000000001",
    "0.004",
    "0.3333333333",
    "9.996",
    "10",
    "10.005",
    "77.777777",
    "1000000000000",
]


@pytest.mark.parametrize(("limit", "used"), list(product(AMOUNTS, AMOUNTS)))
def test_what_is_used_and_what_remains_add_up_to_the_limit_as_written(limit, used):
    shown = figures(notice(limit=limit, used=used))
    beyond = value(shown.beyond) if shown.beyond else 0
    assert value(shown.used) + value(shown.remaining) - beyond == value(shown.limit)
    assert (value(shown.remaining) > 0) == (D(limit) > D(used))
    assert (beyond > 0) == (D(used) > D(limit))


def test_a_limit_is_not_said_to_be_used_before_it_is():
    shown = figures(notice(used="9.9999"))
    assert (shown.used, shown.remaining) == ("$9.9999", "$0.0001")
    assert percents(shown.percent) == "99.9 %"


@pytest.mark.parametrize(
    ("used", "limit", "written"),
    [
        ("9.73", "10", "97.3"),
        ("9.5", "10", "95"),
        ("10.35", "10", "103.5"),
        ("2", "3", "66.6"),
        ("0", "1", "0"),
    ],
)
def test_the_percent_of_use_is_in_tenths(used, limit, written):
    assert percents(used_percent(notice(used=used, limit=limit).alert.content)) == f"{written} %"


def test_there_is_no_percent_of_a_limit_of_nothing():
    assert used_percent(notice(limit="0", used="0").alert.content) is None
    assert used_percent(notice(limit="-1", used="0").alert.content) is None


def test_days_left_are_in_hundredths_however_many():
    assert days_left(notice()) == D("0.08")
    assert days_left(notice(spending=None)) is None
    endless = notice(limit="1000000000000", used="0", spending=Spending(D("1E-18")))
    assert days_left(endless) == D(10) ** 30
