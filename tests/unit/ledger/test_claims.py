"""Claims: the largest that fits is never more than what there is, and never less than it could be."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import NOW, price_version
from tollgate import money
from tollgate.ledger.claims import Demand, SideDemand
from tollgate.pricing.bill import ANY_MODE, RequestLimits, ServingModes, price
from tollgate.pricing.price_terms import Tariff
from tollgate.pricing.price_versions import UNPRICED, PriceWindow, Tier
from tollgate.pricing.usage import ModelUsage, TokenClass, Usage, UsageSource

INPUT, OUTPUT = TokenClass.INPUT, TokenClass.OUTPUT
ALWAYS: dict[str, Any] = {"days": frozenset(range(7)), "start": time(0), "end": time(0), "zone": "UTC"}
# USD 1 for 1,000 tokens of input, 10 for 1,000 of output.
PRICE = price_version({INPUT: "1000", OUTPUT: "10000"})
ASKED = Demand((PRICE,), prompt_tokens=1000, output_tokens=500, min_output_tokens=100)

RATES = st.dictionaries(st.sampled_from(TokenClass), st.decimals(0, 1000, places=4))
FACTORS = st.decimals(0, 10, places=money.FACTOR_DECIMALS)
VERSIONS = st.builds(
    replace,
    st.just(price_version({})),
    rates=RATES,
    tiers=st.lists(
        st.builds(Tier, st.integers(1, 10_000), RATES), max_size=2, unique_by=lambda tier: tier.above
    ).map(tuple),
    service_tiers=st.dictionaries(st.sampled_from(["batch", "priority"]), FACTORS),
    service_tier_rates=st.dictionaries(st.just("flex"), RATES),
    inference_geos=st.dictionaries(st.just("us"), FACTORS),
    windows=st.lists(FACTORS.map(lambda factor: PriceWindow(**ALWAYS, multiplier=factor)), max_size=1).map(
        tuple
    ),
    request_price=st.decimals(0, 1, places=4),
    tool_prices=st.dictionaries(st.sampled_from(["web_search", "file_search"]), st.decimals(0, 1, places=4)),
)


SIDES = st.builds(
    SideDemand,
    st.lists(VERSIONS, min_size=1, max_size=2).map(tuple),
    st.builds(RequestLimits, st.integers(0, 1000), st.integers(0, 1000)),
)
# Of a request that asks for a tier, a speed and a place.
ASKED_WAY = ServingModes(frozenset({None, "priority"}), frozenset({None, "batch"}), frozenset({None, "us"}))


@st.composite
def demands(draw: st.DrawFn) -> Demand:
    output = draw(st.integers(0, 20_000))
    modes = draw(st.sampled_from([ANY_MODE, ASKED_WAY]))
    sides = draw(st.lists(SIDES, max_size=1))
    return Demand(
        prices=draw(st.lists(VERSIONS, min_size=1, max_size=3).map(tuple)),
        prompt_tokens=draw(st.integers(0, 20_000)),
        output_tokens=output,
        min_output_tokens=draw(st.integers(0, output)),
        choices=draw(st.integers(1, 128)),
        other_output_tokens=draw(st.integers(0, 1000)),
        tool_calls=draw(st.dictionaries(st.sampled_from(["web_search", "unheard_of"]), st.integers(1, 10))),
        lost_inputs=draw(st.integers(0, 2)),
        serving_modes=modes,
        # Whatever works on a request besides is served as the request is.
        sides=tuple(replace(side, limits=replace(side.limits, serving_modes=modes)) for side in sides),
    )


TARIFFS = st.builds(
    Tariff,
    FACTORS,
    st.just(money.ZERO) | st.decimals(0, 10, places=6),
    st.just(money.ONE) | st.decimals(0, 9, places=2),
)
TOKENS = st.integers(-1, 3_000_000)
# Of what the claim can be, and more.
SHARES = st.decimals(0, 2, places=3)
thorough = settings(max_examples=100, deadline=None)


def test_a_claim_is_of_the_input_and_of_the_output_asked_for():
    most, least = ASKED.max_claim(), ASKED.min_claim()
    assert (most.amount, most.tokens, most.output_tokens) == (6, 1500, 500)
    assert (least.amount, least.tokens, least.output_tokens) == (2, 1100, 100)
    assert ASKED.input_cost() == 1


def test_a_keys_factor_is_on_everything():
    tariff = Tariff(Decimal("1.5"))
    assert ASKED.max_claim(tariff).amount == 9
    assert ASKED.input_cost(tariff.factor) == Decimal("1.5")
    assert ASKED.fitting(Decimal(3), None, tariff).output_tokens == 100


def test_a_claim_is_a_minimum_fee_at_least_and_counts_what_is_metered_beyond_the_quota():
    tariff = Tariff(minimum_fee=Decimal(4), overage=Decimal(2))
    assert ASKED.claim(100, tariff).amount == 8
    assert ASKED.claim(300, tariff).amount == 8
    assert ASKED.claim(301, tariff).amount == Decimal("8.02")
    assert ASKED.fitting(Decimal("7.999"), None, tariff) is None
    assert ASKED.fitting(Decimal(8), None, tariff).output_tokens == 300
    assert ASKED.fitting(Decimal(10), None, tariff).output_tokens == 400
    # Less is metered at a discount than is included at the full price.
    assert ASKED.max_claim(Tariff(overage=Decimal("0.5"))) == ASKED.max_claim()


def test_what_is_free_stays_free_of_fees():
    free = replace(ASKED, prices=(price_version({}),))
    tariff = Tariff(minimum_fee=Decimal(4), overage=Decimal(2))
    assert free.max_claim(tariff).amount == 0
    assert free.fitting(money.ZERO, None, tariff) == free.max_claim()


def test_without_limits_the_most_fits():
    assert ASKED.fitting(None, None) == ASKED.max_claim()


@pytest.mark.parametrize(
    ("amount", "output"),
    [
        ("100", 500),
        ("6", 500),
        ("5.999", 499),
        ("2.005", 100),
        ("2", 100),
        ("1.999", None),
        ("1", None),
        ("0.5", None),
        ("0", None),
        ("-1", None),
    ],
)
def test_an_output_gets_what_the_money_left_pays_for(amount, output):
    claim = ASKED.fitting(Decimal(amount), None)
    assert (claim and claim.output_tokens) == output


@pytest.mark.parametrize(
    ("tokens", "output"), [(9999, 500), (1500, 500), (1499, 499), (1100, 100), (1099, None), (0, None)]
)
def test_an_output_gets_the_tokens_that_are_left(tokens, output):
    claim = ASKED.fitting(None, tokens)
    assert (claim and claim.output_tokens) == output


def test_of_money_and_tokens_the_scarcer_decides():
    assert ASKED.fitting(Decimal(3), 1300).output_tokens == 200
    assert ASKED.fitting(Decimal(5), 1300).output_tokens == 300


def test_an_output_that_the_client_has_limited_fits_whole_or_not_at_all():
    stated = replace(ASKED, min_output_tokens=500)
    assert stated.fitting(Decimal("5.999"), None) is None
    assert stated.fitting(Decimal(6), None) == stated.max_claim()


def test_choices_share_what_is_left_equally():
    asked = replace(ASKED, choices=3)
    claim = asked.fitting(Decimal("7.005"), None)
    assert (claim.output_tokens, claim.amount, claim.tokens) == (200, 7, 1600)


def test_rejected_predictions_come_before_any_output():
    asked = replace(ASKED, other_output_tokens=200)
    assert asked.fitting(Decimal(5), None).output_tokens == 200
    assert asked.fitting(None, 1400).output_tokens == 200
    assert asked.input_cost() == 1


def test_fees_come_before_any_output():
    version = replace(PRICE, request_price=money.ONE, tool_prices={"web_search": Decimal("0.5")})
    asked = replace(ASKED, prices=(version,), tool_calls={"web_search": 4, "without_a_price": 9})
    assert asked.input_cost() == 4
    assert asked.fitting(Decimal(5), None).output_tokens == 100
    assert asked.fitting(Decimal("4.999"), None) is None


def test_the_dearest_way_to_be_served_is_claimed():
    version = replace(
        PRICE,
        tiers=(Tier(999, {OUTPUT: Decimal(20_000)}), Tier(1000, {OUTPUT: Decimal(90_000)})),
        service_tiers={"batch": Decimal("0.5"), "priority": Decimal(2)},
        service_tier_rates={"flex": {INPUT: Decimal(500)}},
        windows=(PriceWindow(**ALWAYS, multiplier=Decimal(3)),),
    )
    assert replace(ASKED, prices=(version,)).max_claim().amount == (1 + 10) * 2 * 3


@pytest.mark.parametrize("version", [UNPRICED, price_version({INPUT: "0", OUTPUT: "0"})])
def test_what_is_free_fits_into_any_budget(version):
    free = replace(ASKED, prices=(version,))
    assert free.fitting(money.ZERO, None) == free.max_claim()
    assert free.fitting(money.ZERO, 1200).output_tokens == 200


def test_with_free_output_the_input_decides():
    version = price_version({INPUT: "1000"})
    asked = replace(ASKED, prices=(version,))
    assert asked.fitting(Decimal(1), None) == asked.max_claim()
    assert asked.fitting(Decimal("0.999"), None) is None


def test_an_embedding_fits_if_its_input_does():
    asked = Demand((PRICE,), prompt_tokens=1000, output_tokens=0, min_output_tokens=0)
    assert asked.fitting(Decimal(1), 1000) == asked.max_claim()
    assert asked.fitting(Decimal("0.999"), None) is None
    assert asked.fitting(None, 999) is None


@given(demands(), TARIFFS, SHARES, st.none() | TOKENS)
@thorough
def test_what_fits_is_within_the_limits(asked, tariff, share, tokens):
    amount = asked.max_claim(tariff).amount * share
    claim = asked.fitting(amount, tokens, tariff)
    if claim is not None:
        assert claim.amount <= amount
        assert tokens is None or claim.tokens <= tokens
        assert asked.min_output_tokens <= claim.output_tokens <= asked.output_tokens
        assert claim == asked.claim(claim.output_tokens, tariff)


@given(demands(), TARIFFS, SHARES, st.none() | TOKENS)
@thorough
def test_of_what_fits_one_more_token_would_not(asked, tariff, share, tokens):
    amount = asked.max_claim(tariff).amount * share
    claim = asked.fitting(amount, tokens, tariff)
    output = asked.min_output_tokens if claim is None else claim.output_tokens + 1
    if output <= asked.output_tokens:
        larger = asked.claim(output, tariff)
        assert larger.amount > amount or (tokens is not None and larger.tokens > tokens)


@given(demands(), TARIFFS)
@thorough
def test_every_claim_fits_into_itself(asked, tariff):
    for output in {asked.min_output_tokens, asked.output_tokens}:
        claim = asked.claim(output, tariff)
        fitting = asked.fitting(claim.amount, claim.tokens, tariff)
        assert fitting is not None
        assert fitting.output_tokens >= output
        assert (fitting.amount, fitting.tokens) == (claim.amount, claim.tokens)


@given(demands(), TARIFFS, st.integers(0, 1000), st.integers(0, 1000))
@thorough
def test_more_output_never_costs_less(asked, tariff, output, more):
    claim, larger = asked.claim(output, tariff), asked.claim(output + more, tariff)
    assert larger.amount >= claim.amount >= asked.input_cost(tariff.factor)
    assert larger.tokens >= claim.tokens


@given(demands(), TARIFFS, st.data())
@thorough
def test_nothing_within_a_claim_costs_more(asked, tariff, data):
    claim = asked.max_claim(tariff)
    prompt = data.draw(st.integers(0, asked.prompt_tokens))
    input_class = data.draw(st.sampled_from([each for each in TokenClass if not each.is_output]))
    output_class = data.draw(st.sampled_from([each for each in TokenClass if each.is_output]))
    completion = data.draw(st.integers(0, claim.tokens - asked.prompt_tokens))
    usage = Usage(
        {input_class: prompt, output_class: completion},
        UsageSource.PROVIDER,
        asked.tool_calls,
        data.draw(
            st.sampled_from(sorted(asked.serving_modes.tiers or {"batch", "priority", "flex"}, key=str))
        ),
        data.draw(st.sampled_from(sorted(asked.serving_modes.speeds, key=str))),
        data.draw(st.sampled_from([None, "us"])),
        tuple(ModelUsage(str(at), _all_of(side, data)) for at, side in enumerate(asked.sides)),
    )
    version = data.draw(st.sampled_from(asked.prices))
    others = {str(at): data.draw(st.sampled_from(side.prices)) for at, side in enumerate(asked.sides)}
    lost = [asked.input_cost(tariff.factor)] * asked.lost_inputs
    cost = money.total([price(usage, version, NOW, tariff.factor, others).total, *lost])
    with money.exact():
        assert tariff.charged(cost) * max(tariff.overage, money.ONE) <= claim.amount


def _all_of(side, data):
    """All that an advisor could use, in some class."""
    inputs, outputs = ([each for each in TokenClass if each.is_output is output] for output in (False, True))
    return {
        data.draw(st.sampled_from(inputs)): side.limits.prompt_tokens,
        data.draw(st.sampled_from(outputs)): side.limits.completion_tokens,
    }


def test_an_advisor_is_claimed_besides_at_the_dearest_of_its_prices():
    side = SideDemand((PRICE, price_version({OUTPUT: "20000"})), RequestLimits(1000, 1000))
    asked = replace(ASKED, sides=(side,))
    assert asked.max_claim().amount == 6 + 20
    assert asked.input_cost() == 1
    assert asked.fitting(Decimal(24), None).output_tokens == 300
    assert asked.fitting(Decimal(20), None) is None


def test_the_dearest_of_several_prices_is_claimed_whichever_it_is_at_that_length():
    dear_input, dear_output = (
        price_version({INPUT: "4000", OUTPUT: "5000"}),
        price_version({INPUT: "1000", OUTPUT: "10000"}),
    )
    asked = replace(ASKED, prices=(dear_input, dear_output))
    assert asked.claim(100).amount == Decimal("4.5")
    assert asked.claim(900).amount == 10
    assert asked.input_cost() == 4
    assert asked.fitting(Decimal("4.5"), None).output_tokens == 100


def test_an_input_that_may_be_billed_in_vain_is_claimed_with_the_rest():
    asked = replace(ASKED, lost_inputs=2)
    assert asked.max_claim().amount == 8
    assert asked.fitting(Decimal(5), None).output_tokens == 200
    assert asked.fitting(Decimal("3.9"), None) is None


def test_the_largest_budget_pays_for_the_smallest_price():
    smallest = str(Decimal(10) ** -money.PRICE_DECIMALS)
    asked = replace(ASKED, prices=(price_version({INPUT: smallest, OUTPUT: smallest}),))
    tariff = Tariff(Decimal(10) ** -money.FACTOR_DECIMALS)
    assert asked.fitting(money.AMOUNT_MAX, None, tariff) == asked.max_claim(tariff)
