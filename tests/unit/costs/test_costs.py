"""Cost aggregates: which there are of a record, how they add up, and which make up a span."""

from __future__ import annotations

import calendar
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tollgate.costs.aggregates import (
    LATENCY_BOUNDS,
    NOBODY,
    Aggregate,
    Dimension,
    Latency,
    LiveKind,
    LiveSum,
    Tally,
)
from tollgate.costs.charge_parts import NO_PARTS, ChargeParts
from tollgate.costs.cost_entry import CostEntry, fold, scope_that_pays
from tollgate.costs.cover import Cover, cover, month_of
from tollgate.pricing.usage import TokenClass

DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))
TALLIES = st.builds(
    Tally,
    requests=st.just(1),
    failed=st.integers(0, 1),
    abandoned=st.integers(0, 1),
    prompt_tokens=st.integers(0, 10**9),
    completion_tokens=st.integers(0, 10**9),
    cost=st.decimals(0, 10**6, places=18),
    tokens=st.dictionaries(st.sampled_from(TokenClass), st.integers(1, 10**9)),
    latency=st.builds(Latency) | st.integers(0, 10**6).map(Latency.of),
    parts=st.just(NO_PARTS)
    | st.builds(
        ChargeParts,
        margin=st.decimals(-(10**6), 10**6, places=18),
        **dict.fromkeys(
            ("packs", "included", "metered", "overage", "fees"), st.decimals(0, 10**6, places=18)
        ),
    ),
)
TREES = [("key_a", "key_root"), ("key_b", "key_a", "key_root"), ("key_c",), ("key_root",)]
ENTRIES = st.builds(
    lambda tree, **rest: CostEntry(key_id=tree[0], scopes=tree, **rest),
    st.sampled_from(TREES),
    request_id=st.uuids().map("req_{}".format),
    model=st.sampled_from(["small", "large"]),
    day=st.dates(date(2026, 1, 30), date(2026, 3, 2)),
    tally=TALLIES,
    provider=st.sampled_from([NOBODY, "prv_1", "prv_2"]),
    owner=st.sampled_from([NOBODY, "a@example.com", "b@example.com"]),
    tags=st.frozensets(st.sampled_from(["team=red", "team=blue", "use=chat"])),
    cost_centre=st.sampled_from(["", "4711", "4712"]),
    billed_at=st.sampled_from(["", "key_root"]),
    drawn=st.dictionaries(
        st.tuples(st.sampled_from(["key_a", "key_root"]), st.sampled_from(["pck_1", "pck_2"])),
        st.decimals(0, 10**6, places=18),
    ),
)
# Those that every record counts in once, and those that are so within each value of another dimension.
EVERYWHERE = (Dimension.TOTAL, Dimension.KEY, Dimension.MODEL, Dimension.PROVIDER, Dimension.OWNER)
WITHIN = {
    Dimension.KEY_MODEL: Dimension.KEY,
    Dimension.SCOPE_MODEL: Dimension.SCOPE,
    Dimension.MODEL_KEY: Dimension.MODEL,
    Dimension.OWNER_KEY: Dimension.OWNER,
    Dimension.OWNER_MODEL: Dimension.OWNER,
    Dimension.CENTRE_KEY: Dimension.COST_CENTRE,
    Dimension.CENTRE_MODEL: Dimension.COST_CENTRE,
}
LENGTHS = (len("2026-11"), len("2026-11-23"))
LONG_AGO = date(9999, 12, 31)


def days_of(period):
    """The days that a period stands for."""
    if len(period) == len("2026-11-23"):
        return [date.fromisoformat(period)]
    first = date.fromisoformat(f"{period}-01")
    return [first + timedelta(offset) for offset in range(calendar.monthrange(first.year, first.month)[1])]


def entry(day=date(2026, 11, 23), key_id="key_a", model="small", **figures):
    return CostEntry("req_1", key_id, model, day, Tally(requests=1, **figures))


@pytest.mark.parametrize(
    ("first", "last", "plus", "minus"),
    [
        ("2026-11-23", "2026-11-23", ["2026-11-23"], []),
        ("2026-11-01", "2026-11-30", ["2026-11"], []),
        ("2026-11-01", "2026-11-29", ["2026-11"], ["2026-11-30"]),
        ("2026-11-02", "2026-11-30", ["2026-11"], ["2026-11-01"]),
        ("2026-11-02", "2026-11-29", ["2026-11"], ["2026-11-01", "2026-11-30"]),
        ("2026-11-01", "2026-11-03", ["2026-11-01", "2026-11-02", "2026-11-03"], []),
        ("2026-01-01", "2026-03-31", ["2026-01", "2026-02", "2026-03"], []),
        ("2026-01-30", "2026-03-02", ["2026-01-30", "2026-01-31", "2026-02", "2026-03-01", "2026-03-02"], []),
        ("2026-01-02", "2026-03-30", ["2026-01", "2026-02", "2026-03"], ["2026-01-01", "2026-03-31"]),
        ("2026-12-31", "2027-01-31", ["2026-12-31", "2027-01"], []),
        ("2025-02-01", "2025-02-28", ["2025-02"], []),
        ("2024-02-01", "2024-02-29", ["2024-02"], []),
        ("2024-02-01", "2024-02-28", ["2024-02"], ["2024-02-29"]),
        ("2024-02-29", "2024-02-29", ["2024-02-29"], []),
        ("1900-02-01", "1900-02-28", ["1900-02"], []),
        ("0999-12-01", "0999-12-31", ["0999-12"], []),
        ("9999-12-30", "9999-12-31", ["9999-12-30", "9999-12-31"], []),
        ("9999-12-01", "9999-12-31", ["9999-12"], []),
        ("2026-11-24", "2026-11-23", [], []),
    ],
)
def test_a_span_is_made_up_of_months_and_the_days_around_or_without(first, last, plus, minus):
    found = cover(date.fromisoformat(first), date.fromisoformat(last), LONG_AGO)
    assert found == Cover(tuple(plus), tuple(minus))


@pytest.mark.parametrize(
    ("today", "minus"),
    [("2026-11-30", 0), ("2026-12-01", 0), ("2026-12-02", 1), ("2027-01-01", 1)],
)
def test_nothing_is_taken_away_from_a_month_before_it_ended_two_days_ago(today, minus):
    found = cover(date(2026, 11, 1), date(2026, 11, 29), date.fromisoformat(today))
    assert len(found.minus) == minus
    assert len(found.plus) == (1 if minus else 29)


@given(first=DAYS, length=st.integers(1, 800), today=DAYS)
@settings(max_examples=150, deadline=None)
def test_the_periods_of_a_span_are_exactly_its_days_none_twice(first, length, today):
    last = date.fromordinal(min(first.toordinal() + length - 1, date.max.toordinal()))
    found = cover(first, last, today)

    days = Counter(day for period in found.plus for day in days_of(period))
    days.subtract(day for period in found.minus for day in days_of(period))
    assert {day for day, count in days.items() if count} == {
        first + timedelta(offset) for offset in range((last - first).days + 1)
    }
    assert set(days.values()) <= {0, 1}


@given(first=DAYS, length=st.integers(1, 800))
@settings(max_examples=150, deadline=None)
def test_no_part_of_a_month_takes_more_reads_than_half_of_it(first, length):
    last = date.fromordinal(min(first.toordinal() + length - 1, date.max.toordinal()))
    found = cover(first, last, LONG_AGO)

    reads = Counter(period[:7] for period in (*found.plus, *found.minus))
    if last < date(9999, 11, 1):
        assert max(reads.values()) <= 16


@pytest.mark.parametrize(
    ("day", "month"),
    [(date(2026, 1, 1), "2026-01"), (date(2026, 12, 31), "2026-12"), (date(999, 2, 3), "0999-02")],
)
def test_a_month_is_written_as_a_days_first_part(day, month):
    assert month_of(day) == month
    assert day.isoformat().startswith(month)


def test_a_record_adds_to_its_day_and_month_by_all_that_it_has():
    made = replace(
        entry(),
        scopes=("key_a", "key_root"),
        provider="prv_1",
        owner="a@example.com",
        tags=frozenset({"team=red", "use=chat"}),
    )
    found = [aggregate for aggregate, _ in made.aggregates()]

    of_a_period = {
        (Dimension.TOTAL, "", "all"),
        (Dimension.KEY, "", "key_a"),
        (Dimension.SCOPE, "", "key_a"),
        (Dimension.SCOPE, "", "key_root"),
        (Dimension.MODEL, "", "small"),
        (Dimension.PROVIDER, "", "prv_1"),
        (Dimension.OWNER, "", "a@example.com"),
        (Dimension.TAG, "", "team=red"),
        (Dimension.TAG, "", "use=chat"),
        (Dimension.KEY_MODEL, "key_a", "small"),
        (Dimension.SCOPE_MODEL, "key_a", "small"),
        (Dimension.SCOPE_MODEL, "key_root", "small"),
        (Dimension.MODEL_KEY, "small", "key_a"),
        (Dimension.OWNER_KEY, "a@example.com", "key_a"),
        (Dimension.OWNER_MODEL, "a@example.com", "small"),
    }
    assert set(found) == {
        Aggregate(dimension, period, value, within)
        for dimension, within, value in of_a_period
        for period in ("2026-11-23", "2026-11")
    }
    assert len(found) == len(set(found))


def test_dimensions_keep_the_words_that_stored_sums_are_found_by():
    assert [*Dimension] == [
        "total",
        "key",
        "scope",
        "model",
        "provider",
        "owner",
        "tag",
        "key_model",
        "scope_model",
        "model_key",
        "owner_key",
        "owner_model",
        "cost_centre",
        "centre_key",
        "centre_model",
        "billed",
        "pack",
    ]


def test_the_models_of_two_scopes_are_told_apart():
    sums = fold([replace(entry(), scopes=("key_a",)), replace(entry(), scopes=("key_b",))])
    assert sums[Aggregate(Dimension.SCOPE_MODEL, "2026-11-23", "small", within="key_a")].requests == 1


@given(st.lists(ENTRIES, max_size=20))
@settings(max_examples=50, deadline=None)
def test_a_scope_adds_up_to_the_records_that_were_charged_to_it(entries):
    sums = fold(entries)

    for scope in {scope for each in entries for scope in each.scopes}:
        total = sum((each.tally for each in entries if scope in each.scopes), Tally())
        for length in LENGTHS:
            assert _sum(sums, Dimension.SCOPE, length, value=scope) == total


@given(st.lists(ENTRIES, max_size=20))
@settings(max_examples=50, deadline=None)
def test_a_tag_adds_up_to_the_records_of_keys_that_had_it(entries):
    sums = fold(entries)

    for tag in {tag for each in entries for tag in each.tags}:
        total = sum((each.tally for each in entries if tag in each.tags), Tally())
        for length in LENGTHS:
            assert _sum(sums, Dimension.TAG, length, value=tag) == total


def _sum(sums, dimension, length, **said):
    """What the aggregates of a dimension add up to, by day or month, for the value or within it."""
    return sum(
        (
            tally
            for aggregate, tally in sums.items()
            if aggregate.dimension is dimension
            and len(aggregate.period) == length
            and all(getattr(aggregate, name) == value for name, value in said.items())
        ),
        Tally(),
    )


def test_tallies_add_figure_by_figure():
    first = Tally(2, 1, 0, 100, 20, Decimal("0.1"), {TokenClass.INPUT: 100}, Latency(70, {50: 1, 75: 1}))
    second = Tally(
        1, 0, 1, 30, 4, Decimal("0.2"), {TokenClass.INPUT: 20, TokenClass.OUTPUT: 4}, Latency.of(60)
    )
    both = Tally(
        3,
        1,
        1,
        130,
        24,
        Decimal("0.3"),
        {TokenClass.INPUT: 120, TokenClass.OUTPUT: 4},
        Latency(130, {50: 1, 75: 2}),
    )
    assert first + second == both
    assert both - second == first


@given(TALLIES, TALLIES)
@settings(max_examples=100, deadline=None)
def test_what_is_added_can_be_taken_away(one, other):
    assert one + other - other == one
    assert one - one == Tally()


@pytest.mark.parametrize(
    ("milliseconds", "bucket"),
    [
        (0, 50),
        (50, 50),
        (51, 75),
        (100, 100),
        (1000, 1000),
        (1001, 1500),
        (900_000, 1_000_000),
        (10**7, 1_000_000),
    ],
)
def test_a_request_counts_in_the_bucket_whose_bound_it_does_not_exceed(milliseconds, bucket):
    assert Latency.of(milliseconds) == Latency(milliseconds, {bucket: 1})


def test_bounds_lie_at_most_half_as_much_again_apart():
    assert LATENCY_BOUNDS[0] == 50
    assert all(lower < upper <= lower * 1.5 for lower, upper in pairwise(LATENCY_BOUNDS))


@given(st.lists(st.integers(50, 900_000), min_size=1, max_size=100), st.integers(1, 100))
@settings(max_examples=100, deadline=None)
def test_a_percentile_is_at_most_half_as_much_again_too_high(samples, percent):
    latency = sum(map(Latency.of, samples), Latency())
    true = sorted(samples)[-(-len(samples) * percent // 100) - 1]
    assert true <= latency.percentile_ms(percent) <= true * 1.5
    assert latency.mean_ms == round(sum(samples) / len(samples))
    assert latency.requests == len(samples)


def test_nobody_waited_where_there_was_no_request():
    assert (Latency().mean_ms, Latency().percentile_ms(50)) == (None, None)


def test_sums_hold_the_smallest_cost_beside_the_largest():
    large, small = Decimal("99999999999.999999999999999999"), Decimal("0.000000000000000001")
    assert (Tally(cost=large) + Tally(cost=small)).cost == Decimal(100_000_000_000)


def test_nothing_adds_up_to_nothing():
    assert fold([]) == {}


def test_records_of_one_day_key_and_model_share_their_aggregates():
    sums = fold([entry(cost=Decimal("0.1"), prompt_tokens=5), entry(cost=Decimal("0.2"), failed=1)])

    assert sums.keys() == {aggregate for aggregate, _ in entry().aggregates()}
    assert set(map(repr, sums.values())) == {repr(Tally(2, 1, 0, 5, 0, Decimal("0.3")))}


def test_records_of_two_days_and_keys_meet_in_the_months_total():
    sums = fold([entry(), entry(date(2026, 11, 24), "key_b", "large")])

    assert sums[Aggregate(Dimension.TOTAL, "2026-11", "all")] == Tally(requests=2)
    assert sums[Aggregate(Dimension.TOTAL, "2026-11-23", "all")] == Tally(requests=1)
    assert sums[Aggregate(Dimension.KEY, "2026-11", "key_a")] == Tally(requests=1)


@given(st.lists(ENTRIES, max_size=20))
@settings(max_examples=50, deadline=None)
def test_every_dimension_adds_up_to_the_same_by_day_and_by_month(entries):
    sums = fold(entries)

    total = sum((each.tally for each in entries), Tally())
    for dimension in EVERYWHERE:
        for length in LENGTHS:
            assert _sum(sums, dimension, length) == total


@given(st.lists(ENTRIES, max_size=20))
@settings(max_examples=50, deadline=None)
def test_what_is_within_a_value_adds_up_to_the_value(entries):
    sums = fold(entries)

    for inner, outer in WITHIN.items():
        for value in {aggregate.value for aggregate in sums if aggregate.dimension is outer}:
            for length in LENGTHS:
                assert _sum(sums, inner, length, within=value) == _sum(sums, outer, length, value=value)


def test_the_live_sums_of_a_record_are_one_for_each_scope_and_tag_and_one_more():
    made = replace(
        entry(),
        scopes=("key_a", "key_root"),
        provider="prv_1",
        owner="a@example.com",
        tags=frozenset({"team=red", "use=chat"}),
    )
    assert {live for live, _ in made.live_sums()} == {
        LiveSum(LiveKind.KEY, "2026-11-23", ("key_a", "small", "a@example.com")),
        LiveSum(LiveKind.OWNER, "2026-11-23", ("a@example.com", "small", "prv_1")),
        LiveSum(LiveKind.BELOW, "2026-11-23", ("key_root", "small")),
        LiveSum(LiveKind.TAG, "2026-11-23", ("team=red",)),
        LiveSum(LiveKind.TAG, "2026-11-23", ("use=chat",)),
    }


def test_a_cost_centre_a_hybrid_scope_and_packs_have_sums_of_their_own():
    amounts = {("key_a", "pck_1"): Decimal(2), ("key_root", "pck_2"): Decimal(3)}
    made = replace(
        entry(cost=Decimal(4), parts=ChargeParts(packs=Decimal(3), metered=Decimal(1))),
        scopes=("key_a", "key_root"),
        cost_centre="4711",
        billed_at="key_root",
        drawn=amounts,
    )
    plain = replace(made, cost_centre="", billed_at="", drawn={})
    others = dict(plain.aggregates())
    paid = {
        Aggregate(Dimension.PACK, "2026-11-23", "pck_1", "key_a"): Tally(requests=1, cost=Decimal(2)),
        Aggregate(Dimension.PACK, "2026-11-23", "pck_2", "key_root"): Tally(
            requests=1, cost=Decimal(3), parts=ChargeParts(packs=Decimal(3))
        ),
    }
    requests = {
        Aggregate(Dimension.COST_CENTRE, "2026-11-23", "4711"),
        Aggregate(Dimension.CENTRE_KEY, "2026-11-23", "key_a", "4711"),
        Aggregate(Dimension.CENTRE_MODEL, "2026-11-23", "small", "4711"),
        Aggregate(Dimension.BILLED, "2026-11-23", "key_root"),
    }
    of_day = {
        aggregate: tally
        for aggregate, tally in made.aggregates()
        if aggregate.period == "2026-11-23" and aggregate not in others
    }
    assert of_day == paid | dict.fromkeys(requests, made.tally)
    usual = dict(plain.live_sums())
    assert {live: tally for live, tally in made.live_sums() if live not in usual} == {
        LiveSum(LiveKind.CENTRE, "2026-11-23", ("4711", "key_a", "small")): made.tally,
        LiveSum(LiveKind.BILLED, "2026-11-23", ("key_root",)): made.tally,
        LiveSum(LiveKind.PACK, "2026-11-23", ("key_a", "pck_1")): Tally(requests=1, cost=Decimal(2)),
        LiveSum(LiveKind.PACK, "2026-11-23", ("key_root", "pck_2")): Tally(
            requests=1, cost=Decimal(3), parts=ChargeParts(packs=Decimal(3))
        ),
    }


@pytest.mark.parametrize(
    ("billed_at", "drawn_at", "paying"),
    [
        ("", [], ""),
        ("", ["key_a"], "key_a"),
        ("", ["key_a", "key_team"], "key_team"),
        ("key_team", ["key_a", "key_root"], "key_team"),
        ("key_a", ["key_a", "key_root"], "key_a"),
    ],
)
def test_packs_count_where_the_request_is_billed_or_at_the_highest_scope_that_has_some(
    billed_at, drawn_at, paying
):
    scopes = ("key_a", "key_team", "key_root")
    assert scope_that_pays(scopes, billed_at, [(scope, "pck_1") for scope in drawn_at]) == paying


@given(st.lists(ENTRIES, max_size=20))
@settings(max_examples=50, deadline=None)
def test_packs_add_up_to_what_was_drawn_of_each(entries):
    sums = fold(entries)

    for scope, pack in {place for each in entries for place in each.drawn}:
        drawn = sum(each.drawn.get((scope, pack), Decimal()) for each in entries)
        for length in LENGTHS:
            assert _sum(sums, Dimension.PACK, length, value=pack, within=scope).cost == drawn


def test_the_providers_price_is_the_cost_less_the_margin():
    marked_up = Tally(cost=Decimal("1.2"), parts=ChargeParts(margin=Decimal("0.2")))
    assert marked_up.provider_cost == Decimal(1)
    assert (marked_up + Tally(cost=Decimal(5))).provider_cost == Decimal(6)
    discounted = Tally(cost=Decimal("0.8"), parts=ChargeParts(margin=Decimal("-0.2")))
    assert (marked_up + discounted).provider_cost == Decimal(2)
