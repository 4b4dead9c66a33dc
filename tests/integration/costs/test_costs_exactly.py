"""Each record counts once in every sum: whatever is delivered, how often, in what order, and what fails.

After each step the table must be what the records add up to that have a marker, to the last digit, in all
dimensions, by day and by month.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_wire.errors import ServiceError
from tests.support.builders import bill, record
from tests.support.cost_model import stored_sums, stream_record, sums_of
from tests.support.faults import KilledError, LossyClient, MortalClient, RepeatingClient, _WrappedClient
from tests.support.table_pool import empty_tables
from tollgate.costs.store.costs_table import CostsTable
from tollgate.ledger.records import Outcome
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
USAGES = st.dictionaries(st.sampled_from(TokenClass), st.integers(1, 10**6), max_size=3).map(
    lambda tokens: Usage(tokens, UsageSource.PROVIDER)
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
    return made


class CancellingClient(_WrappedClient):
    """Cancels the first transactions, as DynamoDB does where others hold one of the items."""

    def __init__(self, client, cancelled: int) -> None:
        super().__init__(client)
        self._cancelled = cancelled

    def _call(self, operation, call, request):
        if self._number > self._cancelled:
            return call(**request)
        codes = ["None" for _ in request["TransactItems"]]
        codes[-1] = "TransactionConflict"
        raise ServiceError(
            operation,
            {
                "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
                "CancellationReasons": [{"Code": code} for code in codes],
            },
        )


FAULTS = {
    "none": lambda client, _: client,
    "dies before a write": lambda client, number: MortalClient(client, number, applies=False),
    "dies after a write": lambda client, number: MortalClient(client, number, applies=True),
    "a write gets lost": lambda client, number: LossyClient(client, {number}, applies=False),
    "an answer gets lost": lambda client, number: LossyClient(client, {number}, applies=True),
    "conflicts": CancellingClient,
    "conflicts again and again": lambda client, _: CancellingClient(client, 1000),
    "each write arrives twice": lambda client, _: RepeatingClient(client),
}


@st.composite
def histories(draw):
    """Records, and batches of them as they are delivered: which, in what order, and what fails meanwhile."""
    made = draw(records())
    batches = st.tuples(
        st.lists(st.integers(0, len(made) - 1), min_size=1, max_size=12),
        st.sampled_from(sorted(FAULTS)),
        st.integers(1, 2),
    )
    return made, draw(st.lists(batches, min_size=1, max_size=5))


@pytest.fixture(scope="module")
def new_table(dynamodb, table_pool):
    @contextmanager
    def made():
        with empty_tables(table_pool) as names:
            yield CostsTable(dynamodb, names["CostsTable"])

    return made


def require_books(costs, made) -> set[str]:
    """Returns the requests that have been counted."""
    sums, counted = stored_sums(costs.client, costs.table)
    assert sums == sums_of([each for each in made if each.request_id in counted], ZONE)
    return counted


def deliver(made, costs) -> None:
    """As the stream does: again from the first that failed, until none does."""
    batch = [stream_record(each, number) for number, each in enumerate(made)]
    for _ in range(3):
        failed = take(batch, costs, ZONE)["batchItemFailures"]
        if not failed:
            return
        first = [each["dynamodb"]["SequenceNumber"] for each in batch].index(failed[0]["itemIdentifier"])
        batch = batch[first:]
    raise AssertionError(batch)


@given(histories())
@settings(max_examples=15, deadline=None)
def test_every_sum_is_that_of_the_records_counted_whatever_happens(new_table, history):
    made, batches = history
    with new_table() as costs:
        for indices, fault, number in batches:
            batch = [stream_record(made[index], place) for place, index in enumerate(indices)]
            before = require_books(costs, made)
            try:
                faulty = replace(costs, client=FAULTS[fault](costs.client, number), pause=lambda _: None)
                answer = take(batch, faulty, ZONE)
            except KilledError:
                counted = require_books(costs, made)
            else:
                counted = require_books(costs, made)
                (first,) = [int(each["itemIdentifier"]) for each in answer["batchItemFailures"]] or [
                    len(indices)
                ]
                assert {made[index].request_id for index in indices[:first]} <= counted
            assert before <= counted

        deliver(made, costs)
        assert require_books(costs, made) == {each.request_id for each in made}


def test_shards_that_deliver_the_same_records_at_once_count_each_once(new_table):
    """Four workers on the same keys and days, half of the records in two shards, batches delivered again."""
    numbers = random.Random(3)
    made = [
        replace(
            record(f"req_{number:03}", cost=f"0.{number + 1:018}"),
            key_id=tree[0],
            scopes=tree,
            model=numbers.choice(["small", "large"]),
            created_at=numbers.choice(MOMENTS),
        )
        for number, tree in enumerate(numbers.choices(TREES, k=80))
    ]
    made = [replace(each, completed_at=each.created_at + timedelta(seconds=2)) for each in made]

    with new_table() as costs:

        def work(shard: int) -> None:
            mine = [each for number, each in enumerate(made) if number % 4 in {shard, (shard + 1) % 4}]
            for _ in range(2):
                take([stream_record(each, number) for number, each in enumerate(mine)], costs, ZONE)

        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(work, shard) for shard in range(4)]:
                done.result()

        deliver(made, costs)
        assert require_books(costs, made) == {each.request_id for each in made}
        assert sums_of(made, ZONE)["total#2026-11", "all", "cost"] > Decimal(0)


def test_a_batch_that_is_cut_short_again_and_again_gets_further_each_time(new_table):
    """Whichever keys its records are of: the stream goes on from the first that is left."""
    numbers = random.Random(5)
    made = [
        replace(record(f"req_{number:03}"), key_id=key, scopes=(key, "key_root"), model=numbers.choice("abc"))
        for number, key in enumerate(numbers.choices([f"key_{which}" for which in range(20)], k=50))
    ]
    batch = [stream_record(each, number) for number, each in enumerate(made)]
    with new_table() as costs:
        rounds = 0
        while batch:
            cut_short = replace(costs, client=LossyClient(costs.client, set(range(3, 100)), applies=False))
            failed = take(batch, replace(cut_short, pause=lambda _: None), ZONE)["batchItemFailures"]
            numbers_left = [each["dynamodb"]["SequenceNumber"] for each in batch]
            first = numbers_left.index(failed[0]["itemIdentifier"]) if failed else len(batch)
            assert first > 0
            batch = batch[first:]
            rounds += 1
        assert rounds > 1
        assert require_books(costs, made) == {each.request_id for each in made}
