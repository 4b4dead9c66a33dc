"""When a scope is tight, and which models its rules name."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOW, scope
from tollgate.ledger.policies.downgrades import Downgrade, DowngradeRule, tight_from
from tollgate.ledger.quotas import Quota
from tollgate.ledger.windows import Period, Schedule

POLICY = Downgrade((DowngradeRule("large", ("small", "tiny")), DowngradeRule("fast", ("small",))))


def balances(used: str, *, quota_used: str | None = None, allowance: str = "10"):
    quota = Quota(starts_at=NOW)
    if quota_used is not None:
        quota = Quota(
            starts_at=NOW,
            limit=Decimal(10),
            schedule=Schedule(Period.DAY),
            allowance=Decimal(allowance),
            used=Decimal(quota_used),
        )
    return scope(used=used, quota=quota).balances()


@pytest.mark.parametrize(
    ("used", "latched", "tight"),
    [
        ("8.999999999999999999", False, False),
        ("9", False, True),
        ("9", True, True),
        ("8", True, True),
        ("7.999999999999999999", True, False),
        ("8", False, False),
    ],
)
def test_a_scope_is_tight_from_one_share_on_and_no_longer_below_another(used, latched, tight):
    assert POLICY.is_tight(balances(used), latched=latched) is tight


@pytest.mark.parametrize(
    ("used", "quota_used", "tight"), [("1", "9", True), ("9", "1", True), ("1", "1", False)]
)
def test_one_tight_budget_is_enough(used, quota_used, tight):
    assert POLICY.is_tight(balances(used, quota_used=quota_used), latched=False) is tight


def test_a_window_that_begins_overspent_is_tight_from_its_start():
    assert POLICY.is_tight(balances("0", quota_used="0", allowance="-1"), latched=False)
    assert POLICY.is_tight(balances("0", quota_used="0", allowance="0"), latched=True)


def test_a_scope_without_a_budget_is_never_tight():
    assert not POLICY.is_tight([], latched=False)


def test_a_rule_is_for_the_model_that_it_names():
    assert POLICY.models_for("large") == ("small", "tiny")
    assert POLICY.models_for("fast") == ("small",)
    assert POLICY.models_for("small") == POLICY.models_for(None) == ()


@given(
    used=st.decimals(0, 20, places=18),
    allowance=st.decimals(-1, 10**12, places=18),
    percent=st.integers(1, 100),
)
def test_the_share_is_compared_exactly(used, allowance, percent):
    """As alerts do: by the same rule on both sides, whichever multiplies."""
    (balance,) = balances(str(used))
    balance = replace(balance, allowance=allowance)
    if allowance > 0:
        assert (balance.used >= tight_from(balance, percent)) is balance.is_reached(percent)
