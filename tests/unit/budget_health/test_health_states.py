"""How a scope's budgets stand, in a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.builders import NOW, hold, scope
from tollgate.budget_health.states import BudgetState, budget_state
from tollgate.ledger.quotas import QuotaSettings
from tollgate.ledger.scopes import Enforcement
from tollgate.ledger.thresholds import Level, Threshold
from tollgate.ledger.windows import Period, Schedule

if TYPE_CHECKING:
    from tollgate.ledger.scopes import Scope


def with_quota(key: Scope, limit: str, used: str) -> Scope:
    quota = key.quota.rescheduled(NOW, QuotaSettings(limit=Decimal(limit), schedule=Schedule(Period.MONTH)))
    return replace(key, quota=replace(quota, used=Decimal(used)))


def alerted_at(*percents: int) -> tuple[Threshold, ...]:
    return tuple(Threshold(percent, Level.WARNING, ("owner",)) for percent in percents)


@pytest.mark.parametrize(
    ("used", "state"),
    [
        ("0", BudgetState.FINE),
        ("7.999999", BudgetState.FINE),
        ("8", BudgetState.NEAR),
        ("9.999999", BudgetState.NEAR),
        ("10", BudgetState.EXHAUSTED),
        ("11", BudgetState.EXHAUSTED),
    ],
)
def test_a_budget_is_near_its_end_from_80_percent_and_exhausted_at_its_limit(
    used: str, state: BudgetState
) -> None:
    assert budget_state(scope(used=used), NOW) is state


def test_a_key_without_a_limit_is_unlimited_whatever_it_has_used() -> None:
    assert budget_state(scope(budget_limit=None, used="1000"), NOW) is BudgetState.UNLIMITED


def test_a_budget_of_nothing_is_exhausted() -> None:
    assert budget_state(scope(budget_limit="0"), NOW) is BudgetState.EXHAUSTED


@pytest.mark.parametrize(
    ("used", "percents", "state"),
    [
        ("5", (50, 90), BudgetState.NEAR),
        ("4.99", (50, 90), BudgetState.FINE),
        ("8.5", (90,), BudgetState.FINE),
        ("8.5", (), BudgetState.NEAR),
        ("9.99", (150,), BudgetState.FINE),
        ("10", (150,), BudgetState.EXHAUSTED),
    ],
)
def test_a_keys_own_lowest_threshold_says_what_is_near(
    used: str, percents: tuple[int, ...], state: BudgetState
) -> None:
    assert budget_state(scope(used=used, thresholds=alerted_at(*percents)), NOW) is state


@pytest.mark.parametrize(
    ("budget_used", "quota_used", "state"),
    [
        ("0", "1", BudgetState.FINE),
        ("8", "1", BudgetState.NEAR),
        ("0", "4.5", BudgetState.NEAR),
        ("9", "5", BudgetState.EXHAUSTED),
        ("10", "0", BudgetState.EXHAUSTED),
    ],
)
def test_the_worse_of_two_budgets_counts(budget_used: str, quota_used: str, state: BudgetState) -> None:
    assert budget_state(with_quota(scope(used=budget_used), "5", quota_used), NOW) is state


def test_a_quota_alone_counts() -> None:
    assert budget_state(with_quota(scope(budget_limit=None), "5", "5"), NOW) is BudgetState.EXHAUSTED


def test_a_quota_whose_window_is_over_has_nothing_used() -> None:
    key = with_quota(scope(budget_limit=None), "5", "5")

    assert budget_state(key, key.quota.resets_at - timedelta(milliseconds=1)) is BudgetState.EXHAUSTED
    assert budget_state(key, key.quota.resets_at) is BudgetState.FINE


def test_what_is_held_is_not_used_yet() -> None:
    key = scope(enforcement=Enforcement.HARD, holds={"req_1": hold("10")}, budget_available=Decimal(0))

    assert budget_state(key, NOW) is BudgetState.FINE
