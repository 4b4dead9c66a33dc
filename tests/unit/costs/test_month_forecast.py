"""What a month comes to: by what days of the week came to before."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from tollgate.costs.month_forecast import forecast

# A Monday; the month has fifteen days after it.
TODAY = date(2026, 6, 15)


def days(back: int, cost: str, weekend: str | None = None) -> dict[date, Decimal]:
    """The days before today, so many, each with a cost, and those of weekends with another one."""
    found = [TODAY - timedelta(days=ago) for ago in range(1, back + 1)]
    return {day: Decimal(weekend if weekend and day.weekday() > 4 else cost) for day in found}


def test_each_day_to_come_costs_what_such_days_did():
    made = forecast(days(40, "10", weekend="1"), Decimal(100), TODAY)

    # Of the fifteen days after today, four are of weekends. Nothing was spent today yet.
    assert made is not None
    assert made.cost == 100 + 11 * 10 + 4 * 1 + 10
    assert (made.days, made.since) == (28, TODAY - timedelta(days=28))


def test_what_was_spent_today_is_part_of_what_today_comes_to():
    before = days(28, "10")

    little = forecast(before | {TODAY: Decimal(4)}, Decimal(104), TODAY)
    much = forecast(before | {TODAY: Decimal(30)}, Decimal(130), TODAY)

    assert little is not None
    assert much is not None
    assert little.cost == 100 + 10 + 15 * 10
    assert much.cost == 130 + 15 * 10


def test_days_before_the_first_use_do_not_count_and_days_of_the_week_without_any_are_like_all():
    made = forecast(days(2, "7"), Decimal(14), TODAY)

    assert made is not None
    assert made.days == 2
    assert made.cost == 14 + 16 * 7


def test_days_without_use_between_others_count():
    made = forecast({TODAY - timedelta(days=2): Decimal(6)}, Decimal(6), TODAY)

    assert made is not None
    assert made.days == 2
    # Saturday had 6, Sunday nothing. Two days to come are of each; the others, and today, are like both.
    assert made.cost == 6 + 2 * 6 + 12 * 3


def test_there_is_none_before_a_day_is_over():
    assert forecast({TODAY: Decimal(3)}, Decimal(3), TODAY) is None
    assert forecast({TODAY - timedelta(days=40): Decimal(3)}, Decimal(0), TODAY) is None


def test_on_the_last_day_only_the_rest_of_it_is_to_come():
    last = date(2026, 6, 30)
    made = forecast({last - timedelta(days=7): Decimal(9), last: Decimal(2)}, Decimal(50), last)

    assert made is not None
    assert made.cost == 50 + 7


def test_what_was_spent_is_exact_and_what_is_to_come_has_millionths():
    spent = Decimal("0.123456789012345678")
    made = forecast({TODAY - timedelta(days=3): Decimal("0.0000003")}, spent, TODAY)

    assert made is not None
    assert (made.cost - spent) % Decimal("0.000001") == 0
