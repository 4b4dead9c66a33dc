"""What a batch is held for: no less than its calls, one by one, could cost, and no more."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import NOW, price_version
from tollgate import money
from tollgate.gateway_state.store import batch_items
from tollgate.gateway_state.stored_batches import BatchCall, BatchCalls, CallLimits
from tollgate.pricing.price_terms import Tariff
from tollgate.pricing.price_versions import Tier
from tollgate.pricing.usage import TokenClass
from tollgate_proxy.batches import batch_prices

RATES = {TokenClass.INPUT: "2", TokenClass.OUTPUT: "8"}
LONG = Tier(above=1000, rates={TokenClass.INPUT: Decimal(4), TokenClass.OUTPUT: Decimal(10)})
PRICES = [
    price_version(RATES),
    price_version(RATES, service_tiers={"batch": Decimal("0.5"), "priority": Decimal(2)}, tiers=(LONG,)),
    price_version(RATES, request_price=Decimal("0.01")),
]
OPTIONS = {"requested": [], "geo": False, "classes": ["input", "output"], "ttls": [], "calls": 10}
LIMITS = (
    CallLimits(1, 0, {}, limits_output=True, options=OPTIONS),
    CallLimits(3, 5, {}, limits_output=False, options={**OPTIONS, "ttls": ["1h"]}),
)
calls = st.lists(
    st.builds(
        BatchCall,
        name=st.binary(min_size=8, max_size=8),
        prompt_tokens=st.integers(0, 3000),
        output_tokens=st.integers(0, 500),
        limits=st.integers(0, 1),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, deadline=None)
@given(calls, st.sampled_from(PRICES), st.sampled_from(["1", "0.5", "1.1"]))
def test_a_batch_asks_for_the_sum_of_its_calls(found, price, factor):
    batch = BatchCalls(tuple(found), LIMITS)
    tariff = Tariff(Decimal(factor))

    summed = batch_prices.sum_of(batch, price)

    each = [batch_prices.demand_of(call, LIMITS[call.limits], price).max_claim(tariff) for call in found]
    claim = summed.max_claim(tariff)
    assert claim.amount == money.total(one.amount for one in each)
    assert summed.input_cost(tariff.factor) <= claim.amount
    assert claim.tokens == 0
    assert summed.fitting(claim.amount, 0, tariff) == claim
    assert summed.last(money.difference(claim.amount, Decimal("0.000001")), None, tariff) is None


@settings(max_examples=20, deadline=None)
@given(calls)
def test_calls_are_stored_as_they_are(found):
    batch = BatchCalls(tuple(found), LIMITS)
    assert batch_items.to_calls(batch_items.calls_to_item("req_1", batch, NOW)) == batch


def test_the_tier_of_batches_counts_and_no_other():
    (usual, tiered, _) = PRICES
    assert batch_prices.modes_of(LIMITS[0], tiered).tiers == {"batch"}
    assert batch_prices.modes_of(LIMITS[0], usual).tiers == {None}
