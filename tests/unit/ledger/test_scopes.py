"""A scope: its budgets, its holds, and what is left of the minute."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import KEY, NOW, admission, hold, scope
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement, KeyStatus
from tollgate.ledger.windows import Period, Schedule


@pytest.mark.parametrize(
    ("stored", "expires_at", "status"),
    [
        (KeyStatus.ACTIVE, None, KeyStatus.ACTIVE),
        (KeyStatus.ACTIVE, NOW + timedelta(milliseconds=1), KeyStatus.ACTIVE),
        (KeyStatus.ACTIVE, NOW, KeyStatus.EXPIRED),
        (KeyStatus.ACTIVE, NOW - timedelta(milliseconds=1), KeyStatus.EXPIRED),
        (KeyStatus.REVOKED, NOW - timedelta(days=1), KeyStatus.REVOKED),
        (KeyStatus.REVOKED, None, KeyStatus.REVOKED),
    ],
)
def test_a_key_expires_by_the_clock(stored, expires_at, status):
    assert scope(status=stored, expires_at=expires_at).status_at(NOW) is status


@pytest.mark.parametrize(
    ("limit", "used", "remaining", "exhausted"),
    [
        ("10", "0", "10", False),
        ("10", "9.99", "0.01", False),
        ("10", "10", "0", True),
        ("10", "12.5", "0", True),
        ("0", "0", "0", True),
    ],
)
@pytest.mark.parametrize("enforcement", Enforcement)
def test_what_remains_of_a_budget_is_never_below_nothing(limit, used, remaining, exhausted, enforcement):
    (balance,) = scope(budget_limit=limit, used=used, enforcement=enforcement).balances()
    assert balance.remaining == Decimal(remaining)
    assert balance.is_exhausted is exhausted


def test_without_a_limit_there_is_no_balance():
    assert scope(budget_limit=None, used="1000").balances() == []


HELD: dict[str, Any] = {
    "holds": {"req_1": hold("4")},
    "budget_available": Decimal(5),
    "budget_used": Decimal(1),
}


def test_holds_count_where_the_budget_is_hard():
    (soft,) = scope(**HELD).balances()
    (hard,) = scope(**HELD, enforcement=Enforcement.HARD).balances()
    assert (soft.held, soft.remaining) == (4, 9)
    assert (hard.held, hard.remaining) == (4, 5)


def test_a_quota_is_a_balance_beside_the_budget():
    quota = Quota(
        starts_at=NOW,
        resets_at=NOW + timedelta(days=1),
        limit=Decimal(2),
        schedule=Schedule(Period.DAY),
        allowance=Decimal(3),
        used=Decimal("0.5"),
        available=Decimal("2.5"),
    )
    total, daily = scope(quota=quota).balances()
    assert (total.window, total.resets_at) == ("total", None)
    assert (daily.window, daily.limit, daily.allowance, daily.remaining) == ("day", 2, 3, Decimal("2.5"))
    assert daily.resets_at == NOW + timedelta(days=1)


def test_what_is_held_is_the_sum_of_the_holds():
    holds = {f"req_{amount}": hold(amount) for amount in ("0.1", "0.2", "1E-18")}
    assert scope().budget_held == 0
    assert scope(holds=holds).budget_held == Decimal("0.300000000000000001")


def test_a_quota_holds_what_was_admitted_in_its_window():
    holds = {"old": hold("1", at=NOW - timedelta(hours=1)), "new": hold("2")}
    assert scope(holds=holds, quota=Quota(starts_at=NOW)).quota_held() == 2


@pytest.mark.parametrize(
    ("changes", "limits"),
    [
        ({}, False),
        ({"enforcement": Enforcement.HARD}, True),
        ({"enforcement": Enforcement.HARD, "budget_limit": None}, False),
        ({"tpm_limit": 1000}, True),
    ],
)
def test_a_request_must_keep_to_its_claim_where_a_limit_rests_on_it(changes, limits):
    assert scope(**changes).limits_output is limits


def test_a_minute_that_nobody_has_used_has_all_there_is():
    limited = scope(rpm_limit=2, tpm_limit=100)
    assert (limited.requests_left(NOW), limited.tokens_left(NOW)) == (2, 100)
    assert (scope().requests_left(NOW), scope().tokens_left(NOW)) == (None, None)


@pytest.mark.parametrize("secretive", [scope(), admission()], ids=["scope", "admission"])
def test_nothing_logs_the_hash_of_a_secret(secretive):
    assert KEY.secret_hash not in repr(secretive)
    assert KEY.key_id in repr(secretive)
