"""Each record counts once in every sum: whatever is delivered, how often, in what order, and what fails.

After each step each item must be what the records add up to that it says it has, to the last digit: a shard's
item those up to its mark, an item of a day or month those that have a marker and the live sums through the
day that it names. What queries read must be what all records add up to.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_wire.errors import ServiceError
from tests.support.builders import bill, record
from tests.support.cost_model import Stored, live_sum_of, stream_record, sums_of, window_event
from tests.support.faults import (
    DyingAtWrites,
    KilledError,
    LossyClient,
    MortalClient,
    RepeatingClient,
    _WrappedClient,
)
from tests.support.table_pool import empty_tables
from tollgate.costs.cost_entry import fold
from tollgate.costs.store import cost_items
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.cost_entries import entry_of
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.day_closing import DayClosing
from tollgate.costs.store.marked_records import MarkedRecords
from tollgate.costs.store.rollup import Rollup
from tollgate.costs.store.shard_sums import ShardSums
from tollgate.ledger.records import BillingParts, LedgerRecord, Outcome, PackDraw
from tollgate.ledger.store import record_items
from tollgate.pricing.bill import Breakdown, BreakdownLine
from tollgate.pricing.usage import TokenClass, Usage, UsageSource
from tollgate_rollup.handler import take

ZONE = ZoneInfo("America/New_York")
TREES = [
    ("key_a", "key_team", "key_root"),
    ("key_team", "key_root"),
    ("key_b", "key_team", "key_root"),
    ("key_c",),
]
# The end of a month, the month before, and the hour that clocks show twice.
MOMENTS = [
    datetime(2026, 11, 1, 3, 59, 59, 999_000, tzinfo=UTC),
    datetime(2026, 11, 1, 4, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    datetime(2026, 11, 2, 5, tzinfo=UTC),
]
# All days of these are live; the first is closed; all are.
LIVE, ONE_CLOSED, ALL_CLOSED = (
    datetime(2026, 11, day, hour, 15, tzinfo=UTC) for day, hour in ((2, 5), (2, 6), (4, 8))
)
# Long after the end of the day of any of them, when a sweep had failed.
LATE = timedelta(hours=30)
USAGES = st.dictionaries(st.sampled_from(TokenClass), st.integers(1, 10**6), max_size=3).map(
    lambda tokens: Usage(tokens, UsageSource.PROVIDER)
)


@st.composite
def charged_somehow(draw, made):
    """Half of them at the provider's price and by nobody in particular, the others in all ways there are."""
    if draw(st.booleans()):
        return made
    lines = made.breakdown.lines
    for item in draw(st.sets(st.sampled_from(["overage", "minimum_fee"]))):
        lines = (*lines, BreakdownLine(item, 1, Decimal("0.01"), Decimal("0.01")))
    cost = Breakdown(lines).total
    quarter = cost.quantize(Decimal("1e-6"), ROUND_DOWN) / 4
    draws, billing = [], None
    for scope in draw(st.sets(st.sampled_from(made.scopes))):
        packs = draw(st.integers(1, 2))
        draws += [PackDraw(scope, f"pck_{number}", quarter * (number + 1)) for number in range(packs)]
    if draw(st.booleans()):
        scope = draw(st.sampled_from(made.scopes))
        left = cost - sum(each.amount for each in draws if each.scope_id == scope)
        included = min(left, quarter)
        billing = BillingParts(scope, included, left - included)
    return replace(
        made,
        breakdown=Breakdown(lines),
        pack_draws=tuple(draws),
        billing=billing,
        cost_centre=draw(st.sampled_from([None, "4711", "4712"])),
        provider_cost=draw(st.sampled_from([None, cost, cost / 2, cost + 1])),
    )


@st.composite
def records(draw):
    """A few requests that share keys, models, owners, tags and days in all ways."""
    made = []
    for number in range(draw(st.integers(1, 10))):
        tree = draw(st.sampled_from(TREES))
        created_at = draw(st.sampled_from(MOMENTS))
        outcome = draw(st.sampled_from(Outcome))
        made.append(
            replace(
                record(f"req_{number:03}"),
                key_id=tree[0],
                scopes=tree,
                model=draw(st.sampled_from(["small", "large"])),
                outcome=outcome,
                provider_id=None
                if outcome is Outcome.ABANDONED
                else draw(st.sampled_from(["prv_1", "prv_2"])),
                owner_email=draw(st.sampled_from([None, "a@example.com"])),
                tags=draw(st.dictionaries(st.sampled_from(["team", "use"]), st.sampled_from(["x", ""]))),
                usage=draw(USAGES),
                breakdown=bill(str(draw(st.decimals(0, 1000, places=18)))),
                created_at=created_at,
                completed_at=created_at + draw(st.integers(0, 900_000)) * timedelta(milliseconds=1),
            )
        )
    return [draw(charged_somehow(each)) for each in made]


class ThrottledClient(_WrappedClient):
    """DynamoDB takes nothing from the `number`-th call on."""

    def __init__(self, client: Any, number: int) -> None:
        super().__init__(client)
        self._first = number

    def _call(self, operation: str, call: Any, request: dict[str, Any]) -> Any:
        if self._number < self._first:
            return call(**request)
        answer: Any = {"Error": {"Code": "ProvisionedThroughputExceededException", "Message": "slow down"}}
        raise ServiceError(operation, answer)


FAULTS = {
    "none": lambda client, _: client,
    "dies before a call": lambda client, number: MortalClient(client, number, applies=False),
    "dies after a call": lambda client, number: MortalClient(client, number, applies=True),
    "a call gets lost": lambda client, number: LossyClient(client, {number}, applies=False),
    "an answer gets lost": lambda client, number: LossyClient(client, {number}, applies=True),
    "throttled": ThrottledClient,
    "each call arrives twice": lambda client, _: RepeatingClient(client),
}


@dataclass
class Shard:
    """A shard of the stream, from which records are delivered in order until they were all taken."""

    name: str
    records: list[dict[str, Any]] = field(default_factory=list)
    taken: int = 0


class World:
    """The stream's shards and the table that they are added to, at a moment."""

    def __init__(self, client: Any, reader: Any, table: str) -> None:
        """`reader` is what deployed functions read sums with, `client` what they write them with."""
        self.client, self.reader, self.table = client, reader, table
        self.now = LIVE
        self.shards = [Shard(f"shardId-0000000{number}-x") for number in range(3)]
        self.made: dict[str, LedgerRecord] = {}
        self.late: set[str] = set()
        self.ghosts: list[RepeatingClient] = []
        ClosedDays(client, table).done("2026-10-30")

    def put(self, made: LedgerRecord, shard: int, *, late: bool = False) -> None:
        """A request's record, the next of a shard."""
        self.made[made.request_id] = made
        if late:
            self.late.add(made.request_id)
        number, written_after = len(self.made), LATE if late else timedelta(0)
        self.shards[shard].records.append(stream_record(made, number, written_after))

    def rollup(self, client: Any = None, at_once: int = 1) -> Rollup:
        client = client or self.client
        return Rollup(
            ShardSums(client, self.table, ZONE, at_once),
            MarkedRecords(client, self.table, pause=lambda _: None),
            clock=lambda: self.now,
        )

    def closing(self, client: Any = None, at_once: int = 1) -> DayClosing:
        return DayClosing(client or self.client, self.table, ZONE, lambda: self.now, at_once)

    def faulty(self, fault: str, number: int) -> Any:
        client = FAULTS[fault](self.client, number)
        if isinstance(client, RepeatingClient):
            self.ghosts.append(client)
        return client

    def deliver(self, shard: Shard, batch: list[dict[str, Any]], fault: str = "none", number: int = 0) -> int:
        """Returns how many of the batch were taken; none if the worker has died."""
        event = window_event(batch, shard.name)
        try:
            answer = take(event, self.rollup(self.faulty(fault, number), at_once=1 + number % 3))
        except KilledError:
            return 0
        numbers = [each["dynamodb"]["SequenceNumber"] for each in batch]
        failed = [numbers.index(each["itemIdentifier"]) for each in answer["batchItemFailures"]]
        assert answer["state"] == {}
        return failed[0] if failed else len(batch)

    def deliver_next(self, shard: Shard, size: int, fault: str = "none", number: int = 0) -> None:
        batch = shard.records[shard.taken : shard.taken + size]
        if batch:
            shard.taken += self.deliver(shard, batch, fault, number)

    def deliver_all(self) -> None:
        for shard in self.shards:
            while shard.taken < len(shard.records):
                before = shard.taken
                self.deliver_next(shard, 5)
                assert shard.taken > before

    def close(self, fault: str, number: int) -> None:
        """As far as it gets."""
        try:
            self.closing(self.faulty(fault, number), at_once=1 + number % 3).run()
        except (KilledError, ServiceError, ReadTimeoutError):
            assert fault not in {"none", "each call arrives twice"}

    def repeat_all(self, chance: random.Random) -> None:
        """What was written once arrives again, and the stream brings all records once more, in any order."""
        for ghost in self.ghosts:
            ghost.replay()
        for shard in self.shards:
            self.deliver(shard, chance.sample(shard.records, len(shard.records)))

    def require_books(self) -> Stored:
        stored = Stored.of(self.client, self.table)
        expected_live: Any = {}
        for (partition, place), mark in stored.marks.items():
            (shard,) = (each for each in self.shards if f"\x1f{each.name}" in place)
            counted = [each for number, each in self._live(shard) if number.zfill(40) <= mark]
            expected_live |= live_sum_of(counted, partition, place, ZONE)
        assert stored.live == expected_live
        marked = sums_of([self.made[each] for each in stored.marked], ZONE)
        assert stored.marked <= self.late
        assert {**marked, **stored.sums} == self._with_live(marked, stored)
        return stored

    def require_all(self) -> None:
        """What is read of every sum is what all records add up to."""
        stored = self.require_books()
        entries = [
            entry_of(record_items.to_item(each, timedelta(days=400)), ZONE) for each in self.made.values()
        ]
        expected = fold(entries)
        costs = CostsTable(self.reader, self.table, lambda: self.now)
        found = costs.tallies_of(expected)
        assert found == expected
        assert stored.marked == self.late
        read: Any = {}
        for aggregate, tally in found.items():
            partition, value = cost_items.address(aggregate)
            read |= {
                (partition, value, name): Decimal(number)
                for name, number in cost_items.additions(aggregate, tally)
            }
        assert read == sums_of(self.made.values(), ZONE)

    def _live(self, shard: Shard) -> list[tuple[str, LedgerRecord]]:
        return [
            (each["dynamodb"]["SequenceNumber"], made)
            for each in shard.records
            for made in [self.made[each["dynamodb"]["NewImage"]["request_id"]["S"]]]
            if made.request_id not in self.late
        ]

    def _with_live(self, marked: Any, stored: Stored) -> Any:
        """What items of days and months are, given through which day each has live sums."""
        on_time = [each for name, each in self.made.items() if name not in self.late]
        sums = dict(marked)
        for (partition, value, name), number in sums_of(on_time, ZONE).items():
            through = stored.through.get((partition, value), "")
            period = partition.rpartition("#")[2]
            if through and len(period) == len(through):
                sums[partition, value, name] = sums.get((partition, value, name), 0) + number
        for (partition, value), through in stored.through.items():
            period = partition.rpartition("#")[2]
            if through and len(period) < len(through):
                until = [
                    each
                    for each in on_time
                    if period <= each.created_at.astimezone(ZONE).strftime("%Y-%m-%d") <= through
                ]
                for (where, what, name), number in sums_of(until, ZONE).items():
                    if (where, what) == (partition, value):
                        sums[where, what, name] = sums.get((where, what, name), 0) + number
        return sums


BATCHES = st.tuples(
    st.integers(0, 2), st.integers(1, 6), st.sampled_from(sorted(FAULTS)), st.integers(1, 25), st.booleans()
)


@st.composite
def histories(draw):
    """Records and their shards; batches as they are delivered, and what fails then; what closings meet."""
    made = draw(records())
    shards = draw(st.lists(st.integers(0, 2), min_size=len(made), max_size=len(made)))
    late = draw(
        st.lists(st.sampled_from([False, False, False, True]), min_size=len(made), max_size=len(made))
    )
    closings = st.tuples(st.sampled_from(sorted(FAULTS)), st.integers(1, 40))
    return (
        list(zip(made, shards, late, strict=True)),
        draw(st.lists(BATCHES, min_size=1, max_size=8)),
        draw(st.lists(closings, max_size=3)),
        draw(st.randoms(use_true_random=False)),
    )


@pytest.fixture(scope="module")
def new_world(dynamodb, proxy_dynamodb, table_pool):
    @contextmanager
    def made():
        with empty_tables(table_pool) as names:
            yield World(dynamodb, proxy_dynamodb, names["CostsTable"])

    return made


@given(histories())
@settings(max_examples=15, deadline=None)
def test_every_sum_is_that_of_the_records_counted_whatever_happens(new_world, history):
    made, batches, closings, chance = history
    with new_world() as world:
        for each, shard, late in made:
            world.put(each, shard, late=late)
        for shard, size, fault, number, again in batches:
            chosen = world.shards[shard]
            before = world.require_books()
            if again and chosen.taken:
                batch = chance.choices(chosen.records[: chosen.taken], k=size)
                world.deliver(chosen, batch, fault, number)
                assert world.require_books().live == before.live
            else:
                world.deliver_next(chosen, size, fault, number)
                world.require_books()
        world.deliver_all()
        world.require_all()

        for fault, number in closings:
            world.now = max(world.now, chance.choice([ONE_CLOSED, ALL_CLOSED]))
            world.close(fault, number)
            world.require_all()
        for now in (ONE_CLOSED, ALL_CLOSED):
            world.now = max(now, world.now)
            world.closing().run()
            world.require_all()
            world.repeat_all(chance)
            world.require_all()


def many(count: int, seed: int) -> list[LedgerRecord]:
    numbers = random.Random(seed)
    made = [
        replace(
            record(f"req_{number:03}", cost=f"0.{number + 1:018}"),
            key_id=tree[0],
            scopes=tree,
            model=numbers.choice(["small", "large"]),
            created_at=numbers.choice(MOMENTS),
            provider_cost=numbers.choice([None, Decimal("1e-18")]),
            cost_centre=numbers.choice([None, "4711"]),
            pack_draws=(PackDraw(tree[0], "pck_1", Decimal("1e-18")),) if number % 4 == 0 else (),
            billing=BillingParts(tree[-1], Decimal(0), Decimal("1e-18")) if number % 8 == 1 else None,
        )
        for number, tree in enumerate(numbers.choices(TREES, k=count))
    ]
    return [replace(each, completed_at=each.created_at + timedelta(seconds=2)) for each in made]


def test_workers_of_several_shards_and_those_that_they_have_overtaken_count_each_record_once(new_world):
    """Two workers a shard deliver the same batches at once; each shard goes on when one of them is done."""
    with new_world() as world:
        for number, each in enumerate(many(80, seed=3)):
            world.put(each, number % 3)

        def work(shard: Shard, seed: int) -> None:
            chance, taken = random.Random(seed), 0
            while taken < len(shard.records):
                batch = shard.records[taken : taken + chance.randint(1, 8)]
                answer = take(window_event(batch, shard.name), world.rollup(at_once=4))
                assert answer["batchItemFailures"] == []
                taken += len(batch)

        with ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(work, world.shards[seed % 3], seed) for seed in range(6)]:
                done.result()
        world.require_all()


def test_closings_at_once_add_each_day_once(new_world):
    with new_world() as world:
        for number, each in enumerate(many(40, seed=4)):
            world.put(each, number % 3)
        world.deliver_all()
        world.now = ALL_CLOSED
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(world.closing(at_once=3).run) for _ in range(4)]:
                done.result()
        world.require_all()


def test_a_closing_that_dies_at_any_write_is_finished_by_the_next(new_world):
    """Of a record that came in time, and one that came late. To die before a write, or at a read, is to die
    after the write before it.
    """
    writes = 1
    while True:
        with new_world() as world:
            for late, each in enumerate(many(2, seed=6)):
                world.put(replace(each, created_at=MOMENTS[0], completed_at=MOMENTS[0]), 0, late=bool(late))
            world.deliver_all()
            world.now = ONE_CLOSED
            try:
                world.closing(DyingAtWrites(world.client, writes, applies=True)).run()
            except KilledError:
                world.require_all()
            else:
                break
            world.closing().run()
            world.require_all()
            writes += 1
            assert writes < 100
    assert writes > 30


def test_a_shard_that_was_split_goes_on_in_its_children(new_world):
    """Lambda delivers a child's records once its parent's are all taken."""
    with new_world() as world:
        made = many(30, seed=7)
        for number, each in enumerate(made):
            world.put(each, 0 if number < 10 else 1 + number % 2)
        parent, *children = world.shards
        while parent.taken < len(parent.records):
            world.deliver_next(parent, 3)
        for child in children:
            world.deliver_next(child, 4)
        world.deliver(parent, parent.records)
        world.deliver_all()
        world.require_all()


def test_a_batch_that_is_cut_short_again_and_again_gets_further_each_time(new_world):
    """Sums of the first records come first, so that the stream goes on from a later one."""
    with new_world() as world:
        for each in many(30, seed=5):
            world.put(each, 0)
        shard, rounds = world.shards[0], 0
        while shard.taken < len(shard.records):
            before = shard.taken
            world.deliver_next(shard, 30, "throttled", 15)
            assert shard.taken > before
            rounds += 1
        assert rounds > 1
        world.require_all()


def test_what_was_given_up_is_missing_where_it_was_not_added_and_nowhere_counted_twice(new_world):
    """The stream gives a batch up after some tries, goes on, and may yet bring it again."""
    with new_world() as world:
        for each in many(12, seed=8):
            world.put(each, 0)
        shard = world.shards[0]
        world.deliver(shard, shard.records[:4], "throttled", 9)
        shard.taken = 4
        world.deliver_all()
        world.deliver(shard, shard.records)
        costs = CostsTable(world.reader, world.table, lambda: world.now)
        entries = [
            entry_of(record_items.to_item(each, timedelta(days=400)), ZONE) for each in world.made.values()
        ]
        expected = fold(entries)
        for aggregate, tally in costs.tallies_of(expected).items():
            assert tally.requests <= expected[aggregate].requests
            assert tally.cost <= expected[aggregate].cost


def test_records_of_no_named_shard_count_once_each_too(new_world):
    """As on the local stack, and where a mapping has no windows."""
    with new_world() as world:
        for each in many(10, seed=9):
            world.put(each, 0, late=True)
        batch = world.shards[0].records
        for _ in range(2):
            answer = take(window_event(batch, shard=None), world.rollup())
            assert answer["batchItemFailures"] == []
        assert world.require_books().live == {}
        world.require_all()


def test_what_was_added_before_the_mapping_had_windows_is_not_added_again(new_world):
    with new_world() as world:
        for number, each in enumerate(many(10, seed=10)):
            world.put(each, 0, late=number < 6)
        shard = world.shards[0]
        on_time = [stream_record(made, number) for number, made in enumerate(world.made.values(), 1)]
        take(window_event(on_time[:6], shard=None), world.rollup())
        shard.taken += world.deliver(shard, on_time)
        assert shard.taken == 10
        world.require_all()
