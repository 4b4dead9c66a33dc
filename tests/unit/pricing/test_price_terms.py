"""Price terms: which factor and which fee apply to a call, and what a bill comes to at them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import NOW, bill
from tests.unit.pricing.test_pricing import FACTORS, MOMENTS, USAGES, VERSIONS
from tollgate import money
from tollgate.pricing import price_terms
from tollgate.pricing.bill import price
from tollgate.pricing.price_terms import AT_COST, INHERITED, PriceTerms, ScheduledFactor, Tariff, tariff

HOUR = timedelta(hours=1)
SOON, LATER = NOW + HOUR, NOW + 2 * HOUR


def factor(chain, model="small", at=NOW):
    return tariff(chain, model, at).factor


def test_without_any_terms_a_call_is_charged_at_cost():
    assert tariff([INHERITED, INHERITED], "small", NOW) == AT_COST == Tariff()


def test_the_nearest_scope_that_sets_a_factor_decides():
    root, middle = PriceTerms(Decimal("1.5")), PriceTerms(Decimal(2))
    assert factor([INHERITED, INHERITED, root]) == Decimal("1.5")
    assert factor([INHERITED, middle, root]) == 2
    assert factor([PriceTerms(money.ONE), middle, root]) == 1
    assert factor([PriceTerms(money.ZERO), middle, root]) == 0


def test_a_models_factor_comes_before_the_plain_one_of_the_same_scope():
    terms = PriceTerms(Decimal(2), {"small": Decimal("0.5")})
    assert (factor([terms]), factor([terms], "large"), factor([terms], None)) == (Decimal("0.5"), 2, 2)


def test_a_scope_with_a_factor_of_one_model_leaves_others_to_those_above():
    chain = [PriceTerms(model_factors={"small": Decimal("0.5")}), PriceTerms(Decimal(2))]
    assert (factor(chain), factor(chain, "large")) == (Decimal("0.5"), 2)


def test_a_plain_factor_comes_before_a_models_of_a_scope_above():
    above = PriceTerms(model_factors={"small": Decimal("0.5")}, schedule=(ScheduledFactor(money.ZERO),))
    assert factor([PriceTerms(Decimal(2)), above]) == 2


def test_a_scheduled_factor_counts_from_its_start_until_before_its_end():
    terms = PriceTerms(Decimal(2), {"small": Decimal(3)}, (ScheduledFactor(Decimal("0.9"), SOON, LATER),))
    moments = (NOW, SOON - timedelta(milliseconds=1), SOON, LATER - timedelta(milliseconds=1), LATER)
    assert [factor([terms], "small", at) for at in moments] == [3, 3, Decimal("0.9"), Decimal("0.9"), 3]


def test_a_schedule_that_is_over_leaves_a_model_to_the_scope_above():
    chain = [PriceTerms(schedule=(ScheduledFactor(Decimal("0.9"), ends_at=SOON),)), PriceTerms(Decimal(2))]
    assert (factor(chain), factor(chain, "small", SOON)) == (Decimal("0.9"), 2)


def test_the_first_of_a_schedule_that_applies_to_the_model_counts():
    schedule = (
        ScheduledFactor(Decimal("0.5"), models=frozenset({"small"})),
        ScheduledFactor(Decimal("0.9"), ends_at=SOON),
        ScheduledFactor(Decimal("0.8")),
    )
    terms = PriceTerms(schedule=schedule)
    assert [factor([terms], model) for model in ("small", "large", None)] == [
        Decimal("0.5"),
        Decimal("0.9"),
        Decimal("0.9"),
    ]
    assert factor([terms], "large", SOON) == Decimal("0.8")


def test_the_nearest_scope_that_sets_a_fee_decides_whoever_sets_the_factor():
    fee = PriceTerms(minimum_fee=Decimal("0.01"))
    chain = [INHERITED, fee, PriceTerms(Decimal(2), minimum_fee=money.ONE)]
    assert tariff(chain, "small", NOW) == Tariff(Decimal(2), Decimal("0.01"))
    assert tariff([PriceTerms(minimum_fee=money.ZERO), *chain], "small", NOW) == Tariff(Decimal(2))


def test_the_nearest_scope_that_sets_a_billing_mode_decides_on_what_is_metered():
    chain = [INHERITED, PriceTerms(overage=money.ONE), PriceTerms(Decimal(2), overage=Decimal(3))]
    assert tariff(chain, "small", NOW) == Tariff(Decimal(2))
    assert tariff(chain[2:], "small", NOW) == Tariff(Decimal(2), overage=Decimal(3))


@pytest.mark.parametrize(
    ("cost", "charged"), [("0", "0"), ("0.004", "0.01"), ("0.01", "0.01"), ("0.010001", "0.010001")]
)
def test_a_fee_makes_up_for_what_a_bill_comes_to_less_unless_that_is_nothing(cost, charged):
    billed = Tariff(minimum_fee=Decimal("0.01")).billed(bill(cost))

    assert billed.total == Tariff(minimum_fee=Decimal("0.01")).charged(Decimal(cost)) == Decimal(charged)
    assert billed.lines[:1] == bill(cost).lines
    added = [line for line in billed.lines if line.item == price_terms.MINIMUM_FEE]
    assert sum(line.cost for line in added) == Decimal(charged) - Decimal(cost)
    assert len(added) == (charged != cost)


AMOUNTS = st.decimals(0, 1000, places=18)
TARIFFS = st.builds(
    Tariff,
    minimum_fee=st.just(money.ZERO) | st.decimals(0, 10, places=6),
    overage=st.decimals(0, 9, places=2),
)


@given(TARIFFS, AMOUNTS, AMOUNTS)
@settings(max_examples=500, deadline=None)
def test_what_an_amount_affords_is_charged_as_no_more_and_anything_higher_as_more(terms, amount, more):
    affordable = terms.affords(amount)
    assert terms.most_charged(affordable) <= amount
    if more:
        higher = affordable + more
        assert terms.most_charged(higher) > amount


@given(TARIFFS, AMOUNTS)
@settings(max_examples=500, deadline=None)
def test_the_most_that_is_charged_covers_fee_and_overage_in_either_order(terms, cost):
    most = terms.most_charged(cost)
    assert most >= terms.charged(cost) >= cost
    with money.exact():
        assert most >= terms.charged(cost) * terms.overage
        assert most >= terms.charged(cost * terms.overage)


def test_a_budget_that_is_passed_affords_nothing():
    for terms in (AT_COST, Tariff(minimum_fee=money.ONE), Tariff(overage=Decimal(3))):
        assert terms.affords(Decimal(-1)) < 0


@given(USAGES, VERSIONS, MOMENTS, FACTORS)
@settings(max_examples=200, deadline=None)
def test_what_is_charged_is_the_price_times_the_factor_to_the_last_digit(usage, version, at, factor):
    at_cost = price(usage, version, at)
    with money.exact():
        assert price(usage, version, at, factor).total == at_cost.total * factor
