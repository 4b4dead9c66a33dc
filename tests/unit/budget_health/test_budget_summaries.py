"""How keys stand: what is kept of them, and what it comes to later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, scope
from tollgate.budget_health.states import BudgetState
from tollgate.budget_health.summaries import BudgetSummary, WindowSummary
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import KeyStatus
from tollgate.ledger.windows import Period, Schedule

TOMORROW = NOW + timedelta(days=1)
LONG_AFTER = NOW + timedelta(days=40)


def daily(used: str, limit: str = "10", **changes) -> Quota:
    made = Quota(
        starts_at=NOW,
        resets_at=TOMORROW,
        limit=Decimal(limit),
        schedule=Schedule(Period.DAY),
        allowance=Decimal(limit),
        used=Decimal(used),
        available=Decimal(limit) - Decimal(used),
    )
    return replace(made, **changes)


def worst(made, at=NOW) -> tuple:
    found = BudgetSummary.of(made, NOW).worst(at)
    return found.window, found.state, found.percent


@pytest.mark.parametrize(
    ("used", "state", "percent"),
    [
        ("0", "fine", 0),
        ("7.99", "fine", 79),
        ("8", "near", 80),
        ("9.999", "near", 99),
        ("10", "exhausted", 100),
        ("25", "exhausted", 250),
    ],
)
def test_a_budget_stands_by_what_is_used_of_it_in_whole_percent(used, state, percent):
    assert worst(scope(used=used)) == ("total", state, percent)
    assert worst(scope(budget_limit=None, quota=daily(used))) == ("day", state, percent)


def test_the_worse_budget_counts_and_of_two_that_are_as_bad_the_one_that_is_used_more():
    assert worst(scope(used="1", quota=daily("9"))) == ("day", "near", 90)
    assert worst(scope(used="9.5", quota=daily("9"))) == ("total", "near", 95)


def test_a_key_without_a_budget_is_unlimited():
    assert worst(scope(budget_limit=None, used="100")) == ("", "unlimited", None)


def test_a_budget_of_nothing_is_exhausted_and_no_percent_says_so():
    assert worst(scope(budget_limit="0")) == ("total", "exhausted", None)


def test_a_quota_whose_window_is_over_counts_as_fine_though_nothing_was_written():
    exhausted = scope(budget_limit=None, quota=daily("10"))
    assert worst(exhausted, TOMORROW - timedelta(seconds=1)) == ("day", "exhausted", 100)
    assert worst(exhausted, TOMORROW) == ("day", "fine", 0)
    assert worst(replace(exhausted, budget_limit=Decimal(10)), LONG_AFTER)[1] == "fine"


def test_a_quota_of_nothing_and_a_debt_outlast_their_window():
    assert worst(scope(budget_limit=None, quota=daily("0", "0")), TOMORROW) == ("day", "exhausted", None)
    debt = daily("25", carries_overspend=True)
    assert worst(scope(budget_limit=None, quota=debt), TOMORROW) == ("day", "exhausted", None)


def test_a_summary_is_of_the_present_window_if_asked_for_a_moment_and_else_of_the_stored_one():
    exhausted = scope(budget_limit=None, quota=daily("10"))
    (stored,) = BudgetSummary.of(exhausted).budgets
    (present,) = BudgetSummary.of(exhausted, LONG_AFTER).budgets
    assert (stored.state, stored.resets_at) == (BudgetState.EXHAUSTED, TOMORROW)
    assert (present.state, present.percent) == (BudgetState.FINE, 0)
    assert present.resets_at > LONG_AFTER


def test_keys_that_are_revoked_or_expired_are_not_in_use():
    summary = BudgetSummary(KeyStatus.ACTIVE, None, (WindowSummary("total", BudgetState.NEAR, 90),))
    assert summary.is_in_use(LONG_AFTER)
    assert not replace(summary, status=KeyStatus.REVOKED).is_in_use(NOW)
    expiring = replace(summary, expires_at=TOMORROW)
    assert (expiring.is_in_use(NOW), expiring.is_in_use(TOMORROW)) == (True, False)
