"""Reconciliation over the tables: every scope, beside the records that name it."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_wire.attribute_values import plain, values
from tollgate import money
from tollgate.aws import dynamodb
from tollgate.aws.dynamodb import pages
from tollgate.clock import Clock, from_rfc3339, utc_now
from tollgate.identifiers import first_request_id
from tollgate.lean_dataclass import dataclass
from tollgate.ledger.store import record_items, scope_items
from tollgate.money import ZERO
from tollgate.reconcile import reconciliation
from tollgate.reconcile.drift import SuspectedDrift
from tollgate.reconcile.reconciliation import RecordedCharge, ScopeSnapshot
from tollgate.reconcile.store import checkpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime
    from decimal import Decimal

    from mypy_boto3_dynamodb import DynamoDBClient

    from tollgate.aws.dynamodb import Item
    from tollgate.ledger.scopes import Scope
    from tollgate.reconcile.reconciliation import Checkpoint, Counter, CounterTally, Drift

# Requests that began earlier than this are over, or their holds show.
_CUT = timedelta(hours=1)
_PASSES = 3
_PAUSE_SECONDS = 2.0

Known = dict[str, dict["Counter", "Checkpoint"]]


def _unheard(_read: int, _of: int) -> None:
    """Where nobody watches."""


class OutOfTimeError(Exception):
    """The reconciliation was not done by its deadline."""


@dataclass(frozen=True, slots=True)
class ReconciliationReport:
    """What was found in so many `passes`. `records` counts, and `scopes` shows, what it read first.

    `busy` counts those counters for which so many requests ended meanwhile that a small drift would not show.
    """

    drifts: tuple[Drift, ...]
    scopes: Mapping[str, Scope]
    records: int
    passes: int
    busy: int

    @property
    def drifting(self) -> set[str]:
        return {drift.scope_id for drift in self.drifts}


@dataclass(slots=True)
class _Reading:
    tallies: list[CounterTally]
    records: int = 0
    by_scope: dict[str, list[CounterTally]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_scope = defaultdict(list)
        for tally in self.tallies:
            self.by_scope[tally.scope.key_id].append(tally)

    def add(self, spend: RecordedCharge) -> None:
        self.records += 1
        for scope_id in spend.scopes:
            for tally in self.by_scope.get(scope_id, ()):
                tally.add(spend)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Reads consistently, and again where a first reading looks wrong: `passes` times at most.

    `skew` is how far the clocks of those who spend and this one's may be apart. `on_progress` is told of
    how many keys the records have been read, and how many there are; each reading begins anew.
    """

    client: DynamoDBClient
    keys_table: str
    usage_table: str
    clock: Clock = utc_now
    pause: Callable[[float], None] = time.sleep
    skew: timedelta = reconciliation.SKEW
    passes: int = _PASSES
    on_progress: Callable[[int, int], None] = _unheard

    def run(
        self, only: Collection[str] | None = None, deadline: datetime | None = None
    ) -> ReconciliationReport:
        """Compares all scopes, or `only` some, with their records; raises `OutOfTimeError`."""
        report, _ = self._compare(only, deadline)
        return report

    def run_and_remember(self, deadline: datetime | None = None) -> ReconciliationReport:
        """As `run`; records that were found to be counted needn't be read the next time."""
        report, reading = self._compare(None, deadline)
        wrong = {(drift.scope_id, drift.counter) for drift in report.drifts}
        for scope_id, tallies in reading.by_scope.items():
            known = {tally.counter: tally.checkpoint() for tally in tallies}
            moved = {counter: each for counter, each in known.items() if (scope_id, counter) not in wrong}
            if any(moved.values()):
                remembered = {tally.counter: moved.get(tally.counter) or tally.start for tally in tallies}
                self.client.put_item(
                    TableName=self.keys_table,
                    Item=values(checkpoints.to_item(scope_id, remembered)),
                )
        return report

    def _compare(
        self, only: Collection[str] | None, deadline: datetime | None
    ) -> tuple[ReconciliationReport, _Reading]:
        snapshots, known = self._all() if only is None else self._some(only)
        first = self._read(snapshots, known, deadline)
        differences = {(tally.scope.key_id, tally.counter): tally.differences() for tally in first.tallies}
        suspicions: dict[tuple[str, Counter], SuspectedDrift | None] = {
            place: SuspectedDrift(each) for place, each in differences.items() if not each.admit(ZERO)
        }
        passes = 1
        while passes < self.passes and (open_ones := _open(suspicions)):
            self.pause(_PAUSE_SECONDS)
            again, _ = self._some({scope_id for scope_id, _ in open_ones})
            reading = self._read(again, known, deadline)
            for tally in reading.tallies:
                place = tally.scope.key_id, tally.counter
                if (suspicion := open_ones.get(place)) is not None:
                    suspicions[place] = suspicion.reconsidered(tally.differences())
            passes += 1
        found = [
            tally.drift(suspicion.differences)
            for tally in first.tallies
            if (suspicion := suspicions.get((tally.scope.key_id, tally.counter))) and suspicion.confirmed
        ]
        by_themselves = [drift for each in snapshots for drift in reconciliation.item_drifts(each.scope)]
        drifts = sorted([*found, *by_themselves], key=lambda drift: (drift.scope_id, drift.counter))
        scopes = {each.scope.key_id: each.scope for each in snapshots}
        busy = sum(each.candidates is None for each in differences.values())
        return ReconciliationReport(tuple(drifts), scopes, first.records, passes, busy), first

    def _read(self, snapshots: Iterable[ScopeSnapshot], known: Known, deadline: datetime | None) -> _Reading:
        """Adds up the records of all keys: those of a scope are its descendants', of today and before."""
        cut = self.clock() - _CUT
        reading = _Reading(
            [
                tally
                for each in snapshots
                for tally in reconciliation.counter_tallies(
                    each, known.get(each.scope.key_id, {}), cut, self.skew
                )
            ]
        )
        if reading.tallies:
            since = min(tally.start.until for tally in reading.tallies)
            # Listed only now: a key that has spent something before its ancestor was read is among them.
            key_ids = self._key_ids()
            for number, key_id in enumerate(key_ids):
                self.on_progress(number, len(key_ids))
                if deadline is not None and self.clock() >= deadline:
                    raise OutOfTimeError
                for spend in self._spends(key_id, since):
                    reading.add(spend)
        return reading

    def _all(self) -> tuple[list[ScopeSnapshot], Known]:
        snapshots: list[ScopeSnapshot] = []
        known: Known = {}
        request: dict[str, Any] = {"TableName": self.keys_table, "ConsistentRead": True}
        while True:
            begun_at = self.clock()
            answer: Any = self.client.scan(**request)
            ended_at = self.clock()
            for found in map(plain, answer["Items"]):
                if "secret_hash" in found:
                    snapshots.append(ScopeSnapshot(scope_items.to_scope(found), begun_at, ended_at))
                elif (scope_id := checkpoints.scope_of(found["key_id"])) is not None:
                    known[scope_id] = checkpoints.to_checkpoints(found)
            if "LastEvaluatedKey" not in answer:
                return snapshots, known
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _some(self, scope_ids: Collection[str]) -> tuple[list[ScopeSnapshot], Known]:
        snapshots: list[ScopeSnapshot] = []
        known: Known = {}
        for scope_id in sorted(scope_ids):
            if checkpoint := self._get(checkpoints.key_of(scope_id)):
                known[scope_id] = checkpoints.to_checkpoints(checkpoint)
            begun_at = self.clock()
            if found := self._get(scope_id):
                snapshots.append(ScopeSnapshot(scope_items.to_scope(found), begun_at, self.clock()))
        return snapshots, known

    def _get(self, key_id: str) -> Item | None:
        return dynamodb.get(self.client, self.keys_table, key_id=key_id)

    def _key_ids(self) -> list[str]:
        found = pages(
            self.client.scan,
            TableName=self.keys_table,
            ConsistentRead=True,
            ProjectionExpression="key_id",
            FilterExpression="attribute_exists(secret_hash)",
        )
        return [each["key_id"] for each in found]

    def _spends(self, key_id: str, since: datetime) -> Iterator[RecordedCharge]:
        found = pages(
            self.client.query,
            TableName=self.usage_table,
            ConsistentRead=True,
            KeyConditionExpression="key_id = :key AND request_id >= :first",
            ProjectionExpression="request_id, calculated_cost, #scopes, created_at, completed_at, pack_draws",
            ExpressionAttributeNames={"#scopes": "scopes"},
            ExpressionAttributeValues=values({":key": key_id, ":first": first_request_id(since)}),
        )
        for each in found:
            yield RecordedCharge(
                request_id=each["request_id"],
                cost=each["calculated_cost"],
                scopes=tuple(each["scopes"]),
                created_at=from_rfc3339(each["created_at"]),
                completed_at=from_rfc3339(each["completed_at"]),
                drawn=_drawn(each),
            )


def _drawn(stored: Item) -> dict[str, Decimal]:
    """What packs have paid of a record, by scope."""
    found: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for draw in record_items.to_draws(stored):
        with money.exact():
            found[draw.scope_id] += draw.amount
    return found


def _open(
    suspicions: Mapping[tuple[str, Counter], SuspectedDrift | None],
) -> dict[tuple[str, Counter], SuspectedDrift]:
    return {place: each for place, each in suspicions.items() if each is not None and not each.is_clear}
