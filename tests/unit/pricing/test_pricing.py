"""What requests cost: exactly, never below zero, and never above their bound."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_wire.attribute_values import plain
from tests.support.builders import NOW, price_version, record
from tollgate import money
from tollgate.aws.dynamodb import item
from tollgate.catalog.store import price_items
from tollgate.ledger.store import record_items
from tollgate.pricing.bill import RequestLimits, ServingModes, bound, price
from tollgate.pricing.price_versions import UNPRICED, PriceWindow, Tier, inexact_multipliers
from tollgate.pricing.provider_usage import MAX_TOKENS
from tollgate.pricing.usage import NO_USAGE, ModelUsage, TokenClass, Usage, UsageSource

COUNTS = st.integers(0, MAX_TOKENS // len(TokenClass))
PRICES = st.decimals(0, money.PRICE_MAX, places=money.PRICE_DECIMALS)
FACTORS = st.decimals(0, money.FACTOR_MAX, places=money.FACTOR_DECIMALS)
CLASSES = st.sampled_from(TokenClass)
RATES = st.dictionaries(CLASSES, PRICES)
TIERS = st.lists(
    st.builds(Tier, st.integers(1, MAX_TOKENS), RATES), max_size=3, unique_by=lambda tier: tier.above
)
TIMES = st.times().map(lambda each: each.replace(second=0, microsecond=0))
ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"])
WINDOWS = st.lists(
    st.builds(PriceWindow, st.frozensets(st.integers(0, 6), min_size=1), TIMES, TIMES, ZONES, FACTORS),
    max_size=2,
)
# Such that no product of two of them and a place's has too many digits.
TIER_FACTORS = st.sampled_from([Decimal(each) for each in ("0", "0.5", "1.5", "2", "6")])
GEO_FACTORS = st.sampled_from([Decimal(each) for each in ("0.5", "1", "1.1", "1.25")])
SERVICE_TIERS = st.dictionaries(st.sampled_from(["batch", "flex", "priority", "fast"]), TIER_FACTORS)
TOOLS = st.dictionaries(st.sampled_from(["web_search", "file_search"]), PRICES)
VERSIONS = st.builds(
    replace,
    st.just(price_version({})),
    rates=RATES,
    tiers=TIERS.map(tuple),
    service_tiers=SERVICE_TIERS,
    service_tier_rates=st.dictionaries(st.sampled_from(["flex", "priority", "fast"]), RATES),
    inference_geos=st.dictionaries(st.sampled_from(["us", "eu"]), GEO_FACTORS),
    windows=WINDOWS.map(tuple),
    request_price=PRICES,
    tool_prices=TOOLS,
)
USAGES = st.builds(
    Usage,
    st.dictionaries(CLASSES, COUNTS),
    st.sampled_from(UsageSource),
    st.dictionaries(st.sampled_from(["web_search", "file_search", "unheard_of"]), st.integers(1, 99)),
    st.sampled_from([None, "default", "batch", "flex", "priority"]),
    st.sampled_from([None, "standard", "fast"]),
    st.sampled_from([None, "global", "us", "EU"]),
)
# With what another model has used besides.
WITH_OTHERS = st.builds(
    replace,
    USAGES,
    others=st.lists(
        st.builds(ModelUsage, st.sampled_from(["known", "unknown"]), st.dictionaries(CLASSES, COUNTS)),
        max_size=2,
    ).map(tuple),
)
TEXT = frozenset({TokenClass.INPUT, TokenClass.OUTPUT})
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
thorough = settings(max_examples=200, deadline=None)


@given(WITH_OTHERS, VERSIONS, VERSIONS, MOMENTS, FACTORS)
@thorough
def test_a_bill_is_never_negative_and_adds_up_exactly(usage, version, other, at, factor):
    bill = price(usage, version, at, factor, {"known": other})
    assert all(line.cost >= 0 for line in bill.lines)
    exact = sum(
        Fraction(line.unit_price)
        * line.quantity
        / (1_000_000 if line.item.rpartition(":")[2] in set(TokenClass) else 1)
        for line in bill.lines
    )
    assert Fraction(bill.total) == exact


@given(USAGES, VERSIONS, MOMENTS, FACTORS)
@thorough
def test_no_request_costs_more_than_the_bound_of_its_limits(usage, version, at, factor):
    speeds = frozenset({None, usage.speed})
    for ways in (
        ServingModes(speeds=speeds),
        ServingModes(frozenset({None, usage.service_tier}), speeds, frozenset({None, usage.inference_geo})),
        ServingModes(frozenset({usage.service_tier}), speeds, classes=TEXT | usage.tokens.keys()),
    ):
        limits = RequestLimits(usage.prompt_tokens, usage.completion_tokens, usage.tool_calls, ways)
        assert price(usage, version, at, factor).total <= bound(limits, version, factor)


@given(USAGES, VERSIONS, MOMENTS, CLASSES, st.integers(1, 1_000_000))
@thorough
def test_more_tokens_of_a_class_never_cost_less(usage, version, at, token_class, more):
    """Within a tier: a provider whose longer prompts are cheaper would be another matter."""
    version = replace(version, tiers=())
    grown = replace(usage, tokens={**usage.tokens, token_class: usage.tokens.get(token_class, 0) + more})
    assert price(usage, version, at).total <= price(grown, version, at).total


@given(USAGES, VERSIONS, MOMENTS, st.randoms())
@thorough
def test_the_order_of_tiers_and_windows_does_not_matter(usage, version, at, order):
    tiers, windows = list(version.tiers), list(version.windows)
    order.shuffle(tiers)
    order.shuffle(windows)
    shuffled = replace(version, tiers=tuple(tiers), windows=tuple(windows))
    assert price(usage, version, at) == price(usage, shuffled, at)


@given(USAGES, VERSIONS, MOMENTS, FACTORS)
@thorough
def test_a_stored_request_repriced_under_its_own_stored_version_costs_what_it_cost(
    usage, version, at, factor
):
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    made = record(
        "req_1", usage=usage, price_factor=factor, breakdown=price(usage, version, at, factor), created_at=at
    )

    stored = record_items.to_record(plain(item(record_items.to_item(made, timedelta(days=400)))))
    kept = price_items.to_version(
        plain(item(price_items.to_item(version))) | {"source": None, "sourced_at": None}
    )

    assert stored == made
    assert price(stored.usage, kept, stored.created_at, stored.price_factor).total == made.calculated_cost


def test_a_version_that_was_stored_before_places_had_prices_is_read_without():
    stored = price_items.to_item(price_version({}))
    del stored["inference_geos"]
    assert price_items.to_version(stored) == price_version({})


@given(VERSIONS, MOMENTS, COUNTS)
@thorough
def test_a_version_that_is_free_costs_nothing_whatever_is_used(version, at, count):
    usage = Usage(dict.fromkeys(TokenClass, count), UsageSource.PROVIDER, {"web_search": 1, "file_search": 1})
    zero = dict.fromkeys(version.rates, money.ZERO)
    free = replace(
        version, rates=zero, tiers=(), service_tier_rates={}, request_price=money.ZERO, tool_prices={}
    )
    assert free.is_free
    assert price(usage, free, at).total == 0


@pytest.mark.parametrize(
    ("tokens", "rates", "cost"),
    [
        ({"input": 1000, "output": 200}, {"input": "0.15", "output": "0.6"}, "0.00027"),
        ({"input": 1, "output": 1}, {"output": "0.00000001"}, "0.00000000000001"),
        ({"cached_input": 1000}, {"input": "2", "cached_input": "0.5"}, "0.0005"),
        ({"cached_input": 1000}, {"input": "2"}, "0.002"),
        ({"cache_write": 1000}, {"input": "2"}, "0.002"),
        ({"cache_write_1h": 1000}, {"input": "2", "cache_write": "2.5"}, "0.0025"),
        ({"cache_write_1h": 1000}, {"cache_write": "2.5", "cache_write_1h": "4"}, "0.004"),
        ({"reasoning": 1000}, {"output": "8"}, "0.008"),
        ({"reasoning": 1000}, {"output": "8", "reasoning": "4"}, "0.004"),
        ({"input_audio": 1000, "output_audio": 1000}, {"input": "2", "output": "8"}, "0.01"),
        ({"input_image": 1000}, {"input": "2", "input_image": "0"}, "0"),
        ({"output": 1000}, {"input": "2"}, "0"),
    ],
)
def test_a_class_costs_its_own_price_or_that_of_what_it_is_part_of(tokens, rates, cost):
    usage = Usage({TokenClass(name): count for name, count in tokens.items()}, UsageSource.PROVIDER)
    version = price_version({TokenClass(name): rate for name, rate in rates.items()})
    assert price(usage, version, NOW).total == Decimal(cost)


INPUT, OUTPUT = TokenClass.INPUT, TokenClass.OUTPUT
PLAIN = price_version({INPUT: "1", OUTPUT: "10"})


@pytest.mark.parametrize(
    ("prompt", "cost"),
    [(200_000, "0.2"), (200_001, "0.400002"), (1_000_000, "2"), (1_000_001, "5.000005")],
)
def test_a_tier_begins_above_its_border_and_covers_the_whole_request(prompt, cost):
    tiers = (Tier(1_000_000, {INPUT: Decimal(5)}), Tier(200_000, {INPUT: Decimal(2)}))
    assert price(Usage.of(prompt, 0), replace(PLAIN, tiers=tiers), NOW).total == Decimal(cost)


def test_what_a_tier_does_not_name_keeps_its_rate():
    tiered = replace(PLAIN, tiers=(Tier(10, {INPUT: Decimal(2)}),))
    assert price(Usage.of(100, 100), tiered, NOW).total == Decimal("0.0012")


def test_cached_tokens_count_towards_the_length_that_decides_the_tier():
    usage = Usage({INPUT: 100_000, TokenClass.CACHED_INPUT: 100_001}, UsageSource.PROVIDER)
    tiered = replace(PLAIN, tiers=(Tier(200_000, {INPUT: Decimal(2)}),))
    assert price(usage, tiered, NOW).total == Decimal("0.400002")


def test_factors_multiply_and_fees_take_the_keys_alone():
    always = PriceWindow(frozenset(range(7)), time(0), time(0), "UTC", Decimal("0.5"))
    version = replace(
        PLAIN,
        service_tiers={"priority": Decimal(2)},
        windows=(always,),
        request_price=Decimal("0.01"),
        tool_prices={"web_search": Decimal("0.025")},
    )
    usage = replace(Usage.of(1_000_000, 0), tool_calls={"web_search": 2}, service_tier="priority")

    bill = price(usage, version, NOW, Decimal("1.1"))

    assert [(line.item, line.quantity, line.unit_price, line.cost) for line in bill.lines] == [
        ("input", 1_000_000, Decimal("1.1"), Decimal("1.1")),
        ("request", 1, Decimal("0.011"), Decimal("0.011")),
        ("tool:web_search", 2, Decimal("0.0275"), Decimal("0.055")),
    ]
    assert bill.total == Decimal("1.166")


def test_a_service_tier_may_have_rates_of_its_own_and_keeps_the_others():
    dear = {INPUT: Decimal("0.25")}
    version = replace(PLAIN, service_tier_rates={"priority": dear}, tiers=(Tier(10, {INPUT: Decimal(2)}),))
    for service_tier, cost in (("priority", "0.001025"), ("default", "0.0012")):
        usage = replace(Usage.of(100, 100), service_tier=service_tier)
        assert price(usage, version, NOW).total == Decimal(cost)


def test_an_unheard_of_service_tier_costs_the_plain_rate():
    usage = replace(Usage.of(1_000_000, 0), service_tier="scale")
    assert price(usage, PLAIN, NOW).total == 1


MULTIPLIED = replace(
    PLAIN,
    service_tiers={"priority": Decimal(2), "fast": Decimal(6), "eu_1": Decimal(3)},
    inference_geos={"us": Decimal("1.1")},
)


@pytest.mark.parametrize(
    ("served", "cost"),
    [
        ({"speed": "fast"}, "6"),
        ({"service_tier": "standard", "speed": "fast"}, "6"),
        ({"service_tier": "priority", "speed": "standard"}, "2"),
        ({"service_tier": "priority", "speed": "fast"}, "12"),
        ({"service_tier": "fast", "speed": "fast"}, "6"),
        ({"inference_geo": "us"}, "1.1"),
        ({"inference_geo": "US"}, "1.1"),
        ({"inference_geo": "EU-1"}, "3"),
        ({"inference_geo": "not_available"}, "1"),
        ({"service_tier": "priority", "speed": "fast", "inference_geo": "us"}, "13.2"),
    ],
)
def test_tier_speed_and_place_multiply(served, cost):
    usage = replace(Usage.of(1_000_000, 0), **served)
    assert price(usage, MULTIPLIED, NOW).total == Decimal(cost)


def test_a_tiers_own_rates_come_before_a_speeds():
    version = replace(
        PLAIN,
        service_tier_rates={
            "priority": {INPUT: Decimal(3)},
            "fast": {INPUT: Decimal(6), OUTPUT: Decimal(60)},
        },
    )
    usage = replace(Usage.of(1_000_000, 1_000_000), service_tier="priority", speed="fast")
    assert [line.cost for line in price(usage, version, NOW).lines] == [3, 60]


def test_what_another_model_has_used_is_billed_at_its_own_price_and_length():
    cheap = replace(PLAIN, tiers=(Tier(1_000_000, {INPUT: Decimal(9)}),))
    dear = price_version({INPUT: "5", OUTPUT: "50"}, inference_geos={"us": Decimal(2)})
    usage = replace(
        Usage.of(1_000_000, 1_000),
        inference_geo="us",
        others=(ModelUsage("wise", {INPUT: 1_000_000}), ModelUsage("unknown", {OUTPUT: 1_000_000})),
    )
    bill = price(usage, cheap, NOW, Decimal(2), {"wise": dear})
    assert [(line.item, line.quantity, line.cost) for line in bill.lines] == [
        ("input", 1_000_000, 2),
        ("output", 1_000, Decimal("0.02")),
        ("model:wise:input", 1_000_000, 20),
        ("model:unknown:output", 1_000_000, 20),
    ]


@pytest.mark.parametrize(
    ("ways", "most"),
    [
        (ServingModes(), "99"),
        (ServingModes(frozenset({None})), "16.5"),
        (ServingModes(frozenset({None}), geos=frozenset({None})), "15"),
        (ServingModes(frozenset({None}), frozenset({None, "fast"}), frozenset({None})), "90"),
        (ServingModes(frozenset({None, "flex"}), geos=frozenset({None})), "15"),
        (ServingModes(frozenset({None}), geos=frozenset({None}), classes=TEXT), "11"),
    ],
)
def test_a_bound_is_of_the_ways_that_a_request_may_be_served_in(ways, most):
    version = price_version(
        {INPUT: "1", OUTPUT: "10", TokenClass.CACHE_WRITE_1H: "5"},
        service_tiers={"flex": Decimal("0.5"), "fast": Decimal(6)},
        inference_geos={"us": Decimal("1.1")},
    )
    limits = RequestLimits(1_000_000, 1_000_000, serving_modes=ways)
    assert bound(limits, version) == Decimal(most)


def test_a_model_without_a_price_is_billed_at_zero_line_by_line():
    bill = price(Usage.of(1000, 200), UNPRICED, NOW)
    assert [(line.item, line.quantity) for line in bill.lines] == [("input", 1000), ("output", 200)]
    assert bill.total == 0
    assert price(NO_USAGE, UNPRICED, NOW).lines == ()


NIGHT = PriceWindow(frozenset({0, 1, 2, 3, 4}), time(22), time(6), "Europe/Berlin", Decimal("0.5"))
OFFICE = PriceWindow(frozenset({0, 1, 2, 3, 4}), time(9), time(17), "America/New_York", Decimal(2))
SUNDAY_NIGHT = PriceWindow(frozenset({6}), time(1), time(4), "Europe/Berlin", Decimal("0.5"))


@pytest.mark.parametrize(
    ("window", "moment", "within"),
    [
        (OFFICE, "2026-03-06T13:59:59Z", False),
        (OFFICE, "2026-03-06T14:00:00Z", True),
        (OFFICE, "2026-03-06T21:59:59Z", True),
        (OFFICE, "2026-03-06T22:00:00Z", False),
        # Summer time in New York from 8 March on: the same hours, an hour earlier in UTC.
        (OFFICE, "2026-03-09T13:00:00Z", True),
        (OFFICE, "2026-03-09T21:00:00Z", False),
        (OFFICE, "2026-03-07T15:00:00Z", False),
        (NIGHT, "2026-01-05T20:59:59Z", False),
        (NIGHT, "2026-01-05T21:00:00Z", True),
        (NIGHT, "2026-01-06T04:59:59Z", True),
        (NIGHT, "2026-01-06T05:00:00Z", False),
        # Friday's night reaches into Saturday; Sunday's night isn't one, though Monday is among the days.
        (NIGHT, "2026-01-10T04:00:00Z", True),
        (NIGHT, "2026-01-10T22:00:00Z", False),
        (NIGHT, "2026-01-12T04:00:00Z", False),
        # Clocks in Berlin go from 2:00 to 3:00 on 29 March, and from 3:00 back to 2:00 on 25 October.
        (SUNDAY_NIGHT, "2026-03-29T00:30:00Z", True),
        (SUNDAY_NIGHT, "2026-03-29T01:59:59Z", True),
        (SUNDAY_NIGHT, "2026-03-29T02:00:00Z", False),
        (SUNDAY_NIGHT, "2026-10-25T00:30:00Z", True),
        (SUNDAY_NIGHT, "2026-10-25T01:30:00Z", True),
        (SUNDAY_NIGHT, "2026-10-25T02:59:59Z", True),
        (SUNDAY_NIGHT, "2026-10-25T03:00:00Z", False),
    ],
)
def test_a_window_opens_and_shuts_by_the_clocks_of_its_zone(window, moment, within):
    assert window.contains(datetime.fromisoformat(moment)) is within


def test_a_window_from_a_time_to_the_same_lasts_a_day():
    window = PriceWindow(frozenset({0}), time(9), time(9), "UTC", Decimal("0.5"))
    monday_nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert window.contains(monday_nine)
    assert window.contains(monday_nine + timedelta(hours=24) - timedelta(microseconds=1))
    assert not window.contains(monday_nine + timedelta(hours=24))
    assert not window.contains(monday_nine - timedelta(microseconds=1))


def test_of_windows_that_overlap_the_dearest_counts():
    every_day = frozenset(range(7))
    windows = tuple(
        PriceWindow(every_day, time(0), time(0), "UTC", Decimal(each)) for each in ("0.5", "3", "2")
    )
    assert replace(PLAIN, windows=windows).multiplier(None, NOW) == 3


@pytest.mark.parametrize(
    ("changes", "free"),
    [
        ({}, True),
        ({"rates": {INPUT: money.ZERO}}, True),
        ({"rates": {INPUT: Decimal("0.00000001")}}, False),
        ({"tiers": (Tier(1, {OUTPUT: Decimal(1)}),)}, False),
        ({"service_tier_rates": {"priority": {OUTPUT: Decimal(1)}}}, False),
        ({"request_price": Decimal("0.01")}, False),
        ({"tool_prices": {"web_search": Decimal("0.01")}}, False),
    ],
)
def test_a_version_is_free_if_nothing_of_it_can_cost(changes, free):
    assert replace(price_version({}), **changes).is_free is free


@pytest.mark.parametrize(
    ("tiers", "geos", "names"),
    [
        ({"batch": "0.5", "priority": "2", "fast": "6"}, {"us": "1.1"}, ()),
        ({"priority": "1.25", "fast": "1.15"}, {}, ()),
        ({"priority": "1.25", "fast": "1.15"}, {"us": "1.05"}, ("priority", "fast", "us")),
        ({"priority": "20", "fast": "6"}, {}, ("priority", "fast")),
        ({"priority": "99.999"}, {"us": "1.1"}, ("priority", "us")),
        ({"priority": "1.001"}, {"us": "1.001"}, ("priority", "us")),
    ],
)
def test_multipliers_that_come_to_too_many_digits_together_are_told(tiers, geos, names):
    version = price_version(
        {},
        service_tiers={name: Decimal(factor) for name, factor in tiers.items()},
        inference_geos={name: Decimal(factor) for name, factor in geos.items()},
    )
    assert inexact_multipliers(version) == names


def test_a_bill_is_exact_with_the_most_digits_that_every_factor_may_have():
    every_hour = PriceWindow(frozenset(range(7)), time(0), time(0), "UTC", Decimal("99.999"))
    version = price_version(
        dict.fromkeys(TokenClass, "99998.12345679"),
        service_tiers={"priority": Decimal("9.01"), "fast": Decimal("1.1")},
        inference_geos={"us": Decimal("9.1")},
        windows=(every_hour,),
    )
    assert inexact_multipliers(version) == ()
    usage = Usage(
        dict.fromkeys(TokenClass, 99_999_999),
        UsageSource.PROVIDER,
        service_tier="priority",
        speed="fast",
        inference_geo="us",
    )
    assert price(usage, version, NOW, Decimal("99.999")).total > 0
