"""When a scope is tight, and which models its rules name."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOW, admission, scope
from tollgate.ledger.admissions import DowngradeError, Switched, Switching
from tollgate.ledger.policies.downgrades import (
    Downgrade,
    DowngradeRule,
    require_model,
    tight_balance,
    tight_from,
)
from tollgate.ledger.quotas import Quota
from tollgate.ledger.windows import Period, Schedule

POLICY = Downgrade((DowngradeRule("large", ("small", "tiny")), DowngradeRule("fast", ("small",))))


def budgeted(used: str, *, quota_used: str | None = None, allowance: str = "10", latched: bool = False):
    quota = Quota(starts_at=NOW)
    if quota_used is not None:
        quota = Quota(
            starts_at=NOW,
            limit=Decimal(10),
            schedule=Schedule(Period.DAY),
            allowance=Decimal(allowance),
            used=Decimal(quota_used),
        )
    return scope(used=used, quota=quota, downgrade=POLICY, downgrading=latched)


def window_of(balance):
    return None if balance is None else balance.window


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
    assert (tight_balance(budgeted(used, latched=latched), NOW) is not None) is tight


@pytest.mark.parametrize(
    ("used", "quota_used", "window"),
    [("1", "9", "day"), ("9", "1", "total"), ("1", "1", None), ("9", "9.5", "day"), ("9.5", "9", "total")],
)
def test_one_tight_budget_is_enough_and_the_tightest_is_told(used, quota_used, window):
    assert window_of(tight_balance(budgeted(used, quota_used=quota_used), NOW)) == window


def test_a_window_that_begins_overspent_is_tight_from_its_start():
    assert window_of(tight_balance(budgeted("0", quota_used="0", allowance="-1"), NOW)) == "day"
    assert window_of(tight_balance(budgeted("0", quota_used="0", allowance="0", latched=True), NOW)) == "day"


def test_a_scope_without_a_budget_or_without_rules_is_never_tight():
    assert tight_balance(scope(budget_limit=None, used="10", downgrade=POLICY), NOW) is None
    assert tight_balance(scope(used="10"), NOW) is None


ASKED = admission(model="large", switching=Switching.FREE)


@pytest.mark.parametrize(
    ("used", "switching", "switches", "expected"),
    [
        ("1", Switching.FREE, False, None),
        ("9", Switching.FREE, False, True),
        ("1", Switching.UNKNOWN, False, False),
        ("9", Switching.UNKNOWN, False, True),
        ("9", Switching.CONVERSATION, False, None),
        ("9", Switching.NEVER, False, None),
        ("1", Switching.UNKNOWN, True, None),
        ("9", Switching.UNKNOWN, True, True),
        ("9", Switching.CONVERSATION, True, True),
        ("9", Switching.NEVER, True, None),
    ],
)
def test_who_may_have_another_model_serve_a_call(used, switching, switches, expected):
    asking = replace(budgeted(used), downgrade=replace(POLICY, switch_conversations=switches))
    asked = replace(ASKED, switching=switching)
    if expected is None:
        require_model(asking, asked, NOW)
        return
    with pytest.raises(DowngradeError) as raised:
        require_model(asking, asked, NOW)
    assert (raised.value.scope, raised.value.to, raised.value.is_tight) == (
        asking,
        ("small", "tiny"),
        expected,
    )


@pytest.mark.parametrize(
    "asked",
    [replace(ASKED, is_free=True), replace(ASKED, model="small"), replace(ASKED, model=None)],
    ids=["free", "of a model without a rule", "of no model"],
)
def test_a_call_is_served_as_asked_if_it_is(asked):
    require_model(budgeted("9"), asked, NOW)


def test_a_call_goes_back_to_its_own_model_where_a_scope_was_only_thought_to_be_tight_or_to_have_the_rule():
    switched = Switched(budgeted("1").key_id, "large", "small")
    served = replace(ASKED, model="small", tight_at=(switched,))
    require_model(budgeted("9"), served, NOW)
    require_model(scope(key_id="key_other"), served, NOW)
    changed = Downgrade((DowngradeRule("large", ("tiny",)), DowngradeRule("fast", ("small",))))
    for other in (
        budgeted("1"),
        replace(budgeted("9"), downgrade=changed),
        replace(budgeted("9"), downgrade=None),
    ):
        with pytest.raises(DowngradeError) as raised:
            require_model(other, served, NOW)
        assert not raised.value.is_tight


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
    (balance,) = budgeted(str(used)).balances()
    balance = replace(balance, allowance=allowance)
    if allowance > 0:
        assert (balance.used >= tight_from(balance, percent)) is balance.is_reached(percent)
