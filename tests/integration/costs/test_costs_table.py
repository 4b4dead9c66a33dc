"""Cost queries read what requests add up to, of days and months that are closed and of those that are not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import rolled_up
from tests.support.faults import CountingClient
from tests.support.table_pool import empty_tables
from tollgate.costs.aggregates import ALL, Aggregate, Dimension, Latency, Tally
from tollgate.costs.cost_entry import CostEntry, fold
from tollgate.costs.cover import Cover, cover
from tollgate.costs.day_ends import closes_at
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.day_closing import DayClosing
from tollgate.costs.store.shard_sums import Numbered, ShardSums
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tollgate.clock import Clock

DAY = date(2026, 3, 14)
ROOT = "key_root"


@pytest.fixture
def costs(proxy_dynamodb, tables) -> CostsTable:
    """Over the wire client, which is what deployed functions read sums with."""
    return CostsTable(proxy_dynamodb, tables["CostsTable"])


def entry(number: int, *, day: date = DAY, **changes: Any) -> CostEntry:
    tally = Tally(
        requests=1,
        prompt_tokens=number,
        completion_tokens=1,
        cost=Decimal(number).scaleb(-6),
        tokens={TokenClass.CACHED_INPUT: number, TokenClass.OUTPUT: 1},
        latency=Latency.of(number),
    )
    key_id = f"key_{number % 3}"
    made = CostEntry(f"req_{number:05}", key_id, f"model-{number % 2}", day, tally, (key_id, ROOT))
    return replace(made, **changes)


def test_a_late_record_goes_to_its_own_day(costs):
    rolled_up.add(costs, entry(1), entry(2, day=DAY - timedelta(days=20)))
    days = costs.by_period(
        Dimension.TOTAL, "all", ["2026-03-14", "2026-02-22", "2026-03", "2026-02", "2026-01"]
    )
    assert {period: tally.requests for period, tally in days.items()} == {
        "2026-03-14": 1,
        "2026-02-22": 1,
        "2026-03": 1,
        "2026-02": 1,
    }


def test_a_span_is_months_and_days_less_others(costs):
    rolled_up.add(
        costs, entry(1), entry(2), entry(4, day=DAY + timedelta(days=1)), entry(3, day=date(2026, 2, 28))
    )
    covering = cover(date(2026, 2, 28), date(2026, 3, 14), date(2026, 6, 1))
    without_first = Cover(("2026-03",), (DAY.isoformat(),))

    assert sum(costs.by_value(Dimension.TOTAL, covering).values(), Tally()).requests == 3
    assert costs.by_value(Dimension.KEY, without_first, detail=True) == {"key_1": entry(4).tally}
    assert costs.by_value(Dimension.SCOPE, without_first, detail=True) == {
        "key_1": entry(4).tally,
        ROOT: entry(4).tally,
    }


def test_a_key_has_a_sum_of_its_own_only_if_it_was_used_itself(costs):
    rolled_up.add(costs, entry(1))
    period = DAY.isoformat()
    assert costs.by_value(Dimension.KEY, Cover((period,))).keys() == {"key_1"}
    assert costs.by_period(Dimension.KEY, ROOT, [period]) == {}
    assert costs.by_period(Dimension.SCOPE, ROOT, [period])[period].requests == 1
    assert costs.by_value(Dimension.KEY_MODEL, Cover((period,)), within=ROOT) == {}
    assert costs.tallies_of(
        [Aggregate(Dimension.KEY, period, ROOT), Aggregate(Dimension.SCOPE, period, ROOT)]
    ) == {Aggregate(Dimension.SCOPE, period, ROOT): entry(1).tally}


def test_tokens_by_class_and_latency_are_read_where_they_are_asked_for(costs):
    rolled_up.add(costs, entry(1))
    whole = entry(1).tally
    brief = replace(whole, tokens={}, latency=Latency())
    period = DAY.isoformat()
    for detail, expected in ((False, brief), (True, whole)):
        for dimension, within in ((Dimension.SCOPE_MODEL, ROOT), (Dimension.KEY_MODEL, "key_1")):
            by_value = costs.by_value(dimension, Cover((period,)), within, detail=detail)
            by_period = costs.by_period(dimension, "model-1", [period], within, detail=detail)
            assert (by_value, by_period) == ({"model-1": expected}, {period: expected})


@pytest.mark.parametrize("model", ["a#b", "a@b", "a#2026-03", "räume"])
def test_a_name_may_hold_what_partitions_are_put_together_with(costs, model):
    rolled_up.add(costs, entry(1, model=model), entry(2))
    period = DAY.isoformat()
    assert costs.by_period(Dimension.MODEL_KEY, "key_1", [period, "2026-03"], model).keys() == {
        period,
        "2026-03",
    }
    assert costs.by_value(Dimension.MODEL_KEY, Cover((period,)), model).keys() == {"key_1"}


def test_a_span_of_years_is_read_in_batches(costs):
    first = date(2025, 1, 1)
    rolled_up.add(costs, entry(1, day=first), entry(2, day=first + timedelta(days=300)))
    days = [(first + timedelta(days=offset)).isoformat() for offset in range(365)]
    assert len(costs.by_period(Dimension.TOTAL, "all", days)) == 2


def test_each_scope_has_its_own_sum_and_models(costs):
    rolled_up.add(costs, *(entry(number) for number in range(1, 7)))
    day = [DAY.isoformat()]
    sums = costs.by_value(Dimension.SCOPE, Cover(tuple(day)))
    assert {scope: tally.requests for scope, tally in sums.items()} == {
        "key_0": 2,
        "key_1": 2,
        "key_2": 2,
        ROOT: 6,
    }
    assert costs.by_period(Dimension.SCOPE, "key_1", day) == {day[0]: sums["key_1"]}
    models = costs.by_value(Dimension.SCOPE_MODEL, Cover(tuple(day)), within="key_1")
    assert {model: tally.requests for model, tally in models.items()} == {"model-0": 1, "model-1": 1}
    assert costs.by_value(Dimension.SCOPE_MODEL, Cover(tuple(day)), within="key_9") == {}


# --- days that are not closed ---

TODAY = datetime(2026, 3, 14, 12, tzinfo=UTC)


def clock_at(now: datetime) -> Clock:
    return lambda: now


class Week:
    """Seven days up to a moment, of which so many are closed; two shards with an entry a day each."""

    def __init__(self, dynamodb: Any, reader: Any, table: str, *, closed: date | None) -> None:
        self.client = dynamodb
        self.costs = CostsTable(reader, table, lambda: TODAY)
        self.shards = ShardSums(dynamodb, table, UTC)
        self.days = [TODAY.date() - timedelta(days=back) for back in range(6, -1, -1)]
        self.entries = [
            entry(number, day=day, tags=frozenset({"team=a"}), provider="prv_1", owner="a@b.example")
            for number, day in enumerate([*self.days, *self.days], 1)
        ]
        for number, each in enumerate(self.entries, 10**20):
            assert self.shards.add(f"shardId-{number % 2}", [Numbered(str(number), each)]) == set()
        if closed is not None:
            ClosedDays(dynamodb, table).done((self.days[0] - timedelta(days=1)).isoformat())
            DayClosing(dynamodb, table, UTC, lambda: closes_at(closed, UTC)).run()


@pytest.fixture(
    scope="module",
    params=[None, 0, 3, 4, 5],
    ids=["none closed", "1 closed", "4 closed", "5 closed", "6 closed"],
)
def new_week(request, dynamodb, proxy_dynamodb) -> Callable[[str], Week]:
    """Makes a week in a table."""
    first = TODAY.date() - timedelta(days=6)
    closed = None if request.param is None else first + timedelta(days=request.param)
    return lambda table: Week(dynamodb, proxy_dynamodb, table, closed=closed)


@pytest.fixture(scope="module")
def week(new_week, table_pool) -> Iterator[Week]:
    """What tests share that only read."""
    with empty_tables(table_pool) as names:
        yield new_week(names["CostsTable"])


def test_each_sum_is_read_as_if_all_days_were_closed(week):
    expected = fold(week.entries)
    assert week.costs.tallies_of(expected) == expected
    for aggregate, tally in expected.items():
        where = aggregate.dimension, aggregate.value, [aggregate.period], aggregate.within
        assert week.costs.by_period(*where, detail=True) == {aggregate.period: tally}, aggregate
        read = week.costs.by_value(
            aggregate.dimension, Cover((aggregate.period,)), aggregate.within, detail=True
        )
        assert read[aggregate.value] == tally, aggregate
        found = week.costs.by_sum_key(
            aggregate.dimension,
            [(aggregate.value, aggregate.within), ("nothing", "nowhere")],
            Cover((aggregate.period,)),
        )
        assert found == {(aggregate.value, aggregate.within): replace(tally, tokens={}, latency=Latency())}, (
            aggregate
        )


def test_a_month_less_days_that_are_not_closed_is_what_is_left(week):
    for days in (week.days[:2], week.days[-2:]):
        left = Cover(("2026-03",), tuple(day.isoformat() for day in days))
        expected = sum((each.tally for each in week.entries if each.day not in days), Tally())
        assert week.costs.by_value(Dimension.TOTAL, left, detail=True) == {ALL: expected}


def test_sums_of_before_are_counted_with_those_that_shards_have_added_since(dynamodb, tables):
    """As on the day of an update: what there was says of no day that its live sums are in it."""
    table = tables["CostsTable"]
    costs = CostsTable(dynamodb, table, lambda: TODAY)
    before, since = entry(1), replace(entry(2), key_id="key_1", scopes=("key_1", ROOT))
    rolled_up.add(costs, before)
    assert ShardSums(dynamodb, table, UTC).add("shardId-1", [Numbered("1", since)]) == set()
    expected = fold([before, since])
    for now in (TODAY, closes_at(DAY, UTC), closes_at(DAY, UTC) + timedelta(days=5)):
        DayClosing(dynamodb, table, UTC, clock_at(now)).run()
        read = CostsTable(dynamodb, table, clock_at(now))
        assert read.tallies_of(expected) == expected
        assert read.by_value(Dimension.TOTAL, Cover(("2026-03",)), detail=True) == {
            ALL: before.tally + since.tally
        }


def test_what_comes_late_is_counted_whether_its_day_is_closed_or_not(new_week, tables):
    week = new_week(tables["CostsTable"])
    late = [entry(100 + number, day=day) for number, day in enumerate(week.days)]
    rolled_up.add(week.costs, *late)
    expected = fold([*week.entries, *late])
    assert week.costs.tallies_of(expected) == expected
    DayClosing(week.client, week.costs.table, UTC, lambda: TODAY + timedelta(days=3)).run()
    assert week.costs.tallies_of(expected) == expected


def test_live_sums_are_read_no_longer_than_they_are_there(week):
    """A year's days take no queries of live sums."""
    later = replace(week.costs, clock=lambda: TODAY + timedelta(days=400))
    with_live = week.costs.by_period(Dimension.TOTAL, ALL, [day.isoformat() for day in week.days])
    closed = later.by_period(Dimension.TOTAL, ALL, [day.isoformat() for day in week.days])
    assert closed.items() <= with_live.items()


@pytest.mark.parametrize("name", ["x" * 1000, "räume" * 90, "a\x1fb", "\x1f", "x" * 401])
def test_names_of_any_length_and_text_are_told_apart(dynamodb, proxy_dynamodb, tables, name):
    costs = CostsTable(proxy_dynamodb, tables["CostsTable"], lambda: TODAY)
    shards = ShardSums(dynamodb, tables["CostsTable"], UTC)
    entries = [
        entry(3, model=name, owner=name, tags=frozenset({name})),
        entry(3, model=name[:-1] + "y", owner=name[:-1] + "y", tags=frozenset({name[:-1] + "y"})),
    ]
    assert shards.add("shardId-1", [Numbered(str(n), each) for n, each in enumerate(entries)]) == set()
    expected = fold(entries)
    ClosedDays(dynamodb, tables["CostsTable"]).done((DAY - timedelta(days=1)).isoformat())
    for now in (TODAY, TODAY + timedelta(days=5)):
        DayClosing(dynamodb, tables["CostsTable"], UTC, clock_at(now)).run()
        then = replace(costs, clock=clock_at(now))
        assert then.tallies_of(expected) == expected
        assert then.by_value(Dimension.MODEL_KEY, Cover((DAY.isoformat(),)), name).keys() == {"key_0"}


def test_reads_grow_neither_with_requests_nor_with_batches(dynamodb, tables):
    """What is closed, and the live sums from the last closed day on, to the one that it may be elsewhere."""
    table = tables["CostsTable"]
    ClosedDays(dynamodb, table).done((DAY - timedelta(days=2)).isoformat())
    shards = ShardSums(dynamodb, table, UTC)
    month, days = "2026-03", [(DAY - timedelta(days=back)).isoformat() for back in range(10)]
    counted = []
    for batch in range(3):
        for number in range(batch * 20, batch * 20 + 20):
            assert shards.add("shardId-1", [Numbered(str(number + 1), entry(number % 3))]) == set()
        client: Any = CountingClient(dynamodb)
        costs = CostsTable(client, table, lambda: TODAY)
        reads: dict[str, Counter[str]] = {}

        def read(name: str, *, into: dict[str, Counter[str]] = reads, of: Any = client) -> None:
            into[name] = Counter(of.operations)
            of.operations.clear()

        assert costs.by_period(Dimension.SCOPE, ROOT, days)
        read("ten days of a tree")
        assert costs.by_period(Dimension.TOTAL, ALL, [month])
        read("a month's total")
        assert costs.by_value(Dimension.KEY, Cover((month,)))
        read("a month by key")
        assert costs.by_sum_key(Dimension.OWNER_MODEL, [("model-0", "-"), ("x", "y")], Cover((month,)))
        read("a month of owners' model")
        counted.append(reads)
    assert counted[0] == counted[1] == counted[2]
    live = Counter(get_item=1, query=4)
    assert counted[0] == {
        "ten days of a tree": Counter(get_item=1, query=3, batch_get_item=1),
        "a month's total": live + Counter(batch_get_item=1),
        "a month by key": live + Counter(query=1),
        "a month of owners' model": live + Counter(batch_get_item=1),
    }
