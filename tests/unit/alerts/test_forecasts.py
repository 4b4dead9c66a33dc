"""Where budgets get to at the pace that money is spent at."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW
from tollgate.alerts import forecasts
from tollgate.alerts.forecasts import BurnRate
from tollgate.ledger.scopes import Balance, Enforcement

DAY = timedelta(days=1)


def balance(used: str = "4", limit: str = "10", *, resets_in: timedelta | None = None) -> Balance:
    left = Decimal(limit) - Decimal(used)
    resets_at = None if resets_in is None else NOW + resets_in
    return Balance("month", Decimal(limit), Decimal(limit), Decimal(used), left, Enforcement.SOFT, resets_at)


def test_a_pace_is_what_was_spent_a_day():
    assert BurnRate.of(Decimal(7), NOW - 7 * DAY, NOW).per_day == 1
    assert BurnRate.of(Decimal(1), NOW - 3 * DAY, NOW).per_day == Decimal("0.333333")


@pytest.mark.parametrize(
    ("per_day", "days"), [("2", 3), ("0.6", 10), ("0.59", None), ("0", None), ("24", 0.25), ("-1", None)]
)
def test_a_budget_is_used_up_when_what_is_left_is_spent(per_day, days):
    found = forecasts.exhausted_at(balance(), Decimal(per_day), NOW, NOW + 10 * DAY)
    assert found == (None if days is None else NOW + days * DAY)


def test_what_will_be_used_is_what_is_used_and_the_pace_until_the_window_ends():
    assert forecasts.projected(balance(resets_in=5 * DAY), Decimal("2.5"), NOW) == Decimal("16.5")
    assert forecasts.projected(balance(resets_in=DAY / 2), Decimal(1), NOW) == Decimal("4.5")


def test_a_budget_without_windows_has_no_end_to_look_at():
    assert forecasts.projected(balance(), Decimal(1), NOW) is None
