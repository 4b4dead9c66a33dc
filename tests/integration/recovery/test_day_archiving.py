"""Days into the archive: each record once, however often and wherever a run ends."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aws_wire.errors import ServiceError
from tests.support import rolled_up
from tests.support.builders import record, scope
from tests.support.faults import KilledError
from tollgate import identifiers
from tollgate.costs.store.closed_days import ClosedDays
from tollgate.costs.store.cost_entries import entry_of
from tollgate.keys import api_keys
from tollgate.ledger.store import record_items
from tollgate.ledger.store.record_table import RecordTable
from tollgate_admin.archive.archive_bucket import ArchiveBucket
from tollgate_admin.archive.day_archiving import DayArchiving, OutOfTimeError

RETENTION = timedelta(days=400)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 15)
LONG = NOW + timedelta(minutes=10)


class FakeS3:
    """A bucket's objects, whole or not there. The process dies before the `dies_at`-th write."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.writes = 0
        self.dies_at = 0

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: N803 - boto3's names
        if Key not in self.objects:
            raise ServiceError("GetObject", {"Error": {"Code": "NoSuchKey", "Message": Key}})
        return {"Body": io.BytesIO(self.objects[Key])}

    def put_object(self, *, Key: str, Body: bytes, IfNoneMatch: str = "", **_: str) -> None:  # noqa: N803
        if IfNoneMatch and Key in self.objects:
            raise ServiceError("PutObject", {"Error": {"Code": "PreconditionFailed", "Message": Key}})
        self._written(Key, Body)

    def upload_fileobj(self, file: Any, bucket: str, key: str, ExtraArgs: Any) -> None:  # noqa: N803
        self._written(key, file.read())

    def _written(self, key: str, content: bytes) -> None:
        self.writes += 1
        if self.writes == self.dies_at:
            raise KilledError
        self.objects[key] = content


class Archive:
    def __init__(self, admin: Any, dynamodb: Any, tables: Any, zone: str = "UTC") -> None:
        self.s3 = FakeS3()
        settings = replace(admin.services.settings, reporting_zone=ZoneInfo(zone))
        services = replace(admin.services, settings=settings, clock=lambda: NOW)
        client: Any = self.s3
        self.archiving = DayArchiving(services, ArchiveBucket(client, "archive"), RETENTION, few=3)
        self.costs, self.zone = services.costs, ZoneInfo(zone)
        self.usage = RecordTable(dynamodb, tables["UsageTable"], RETENTION)
        self.key = api_keys.issue()
        services.keys.add(scope(self.key, name="search", tags={"team": "red"}))
        ClosedDays(dynamodb, tables["CostsTable"]).done("2026-11-18")

    def request(self, at: datetime, cost: str = "0.25", *, let_in: datetime | None = None) -> str:
        made = record(
            identifiers.request_id(at),
            key=self.key,
            cost=cost,
            created_at=let_in or at,
            completed_at=(let_in or at) + timedelta(seconds=1),
        )
        self.usage.put(made)
        rolled_up.add(self.costs, entry_of(record_items.to_item(made, RETENTION), self.zone))
        return made.request_id

    def run(self, first: date = DAY, last: date = DAY, deadline: datetime = LONG) -> list[date]:
        return list(self.archiving.run(first, last, deadline))

    def rows(self, day: date = DAY) -> list[dict[str, Any]]:
        """What Athena finds in a day's partition."""
        return [
            json.loads(line)
            for key, content in sorted(self.s3.objects.items())
            if key.startswith(f"requests/day={day}/")
            for line in gzip.decompress(content).splitlines()
        ]

    def ids(self, day: date = DAY) -> list[str]:
        return sorted(row["id"] for row in self.rows(day))


@pytest.fixture
def archive(admin, dynamodb, tables) -> Archive:
    return Archive(admin, dynamodb, tables)


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def test_a_closed_day_has_each_of_its_requests_once_and_its_charges(archive):
    made = sorted(archive.request(at(hour, 30), cost="0.1") for hour in (0, 0, 9, 23))
    archive.request(at(23, 59, date(2026, 11, 14)))
    archive.request(at(0, 0, date(2026, 11, 16)))
    assert archive.run() == [DAY]
    assert archive.ids() == made
    (row, *_) = archive.rows()
    assert (row["keyId"], row["calculatedCost"], row["tokens"]) == (
        archive.key.key_id,
        "0.1",
        {"input": 1000, "output": 200},
    )
    text = gzip.decompress(archive.s3.objects[f"charges/day={DAY}/focus.csv.gz"]).decode()
    (charge,) = csv.DictReader(io.StringIO(text))
    assert (charge["SubAccountName"], charge["x_RequestCount"]) == ("search", "4")
    assert Decimal(charge["BilledCost"]) == Decimal("0.4")


def files(archive) -> list[str]:
    folder = f"requests/day={DAY}/"
    return sorted(key.removeprefix(folder) for key in archive.s3.objects if key.startswith(folder))


def test_a_day_of_few_requests_is_one_file_and_stays_one(archive):
    made = [archive.request(at(9, minute)) for minute in range(3)]
    archive.run()
    assert files(archive) == ["20261115T0000Z.jsonl.gz"]
    made.append(archive.request(at(9, 31)))
    archive.run()
    assert files(archive) == ["20261115T0000Z.jsonl.gz"]
    assert archive.ids() == sorted(made)


def test_of_a_day_of_more_requests_each_hour_that_had_any_has_a_file(archive):
    made = [archive.request(at(9, minute)) for minute in range(3)] + [archive.request(at(10))]
    archive.run()
    assert files(archive) == ["20261115T0900Z.jsonl.gz", "20261115T1000Z.jsonl.gz"]
    assert archive.ids() == sorted(made)


def test_of_two_runs_that_begin_a_day_at_once_the_first_decides_of_its_files(archive):
    """The second counts a request more, which is more than one file would have."""
    made = [archive.request(at(hour)) for hour in range(3)]
    slow = archive.archiving.states(DAY, DAY)
    (seen,) = slow
    made.append(archive.request(at(5)))
    assert archive.run() == [DAY]
    by_hours = files(archive)
    assert len(by_hours) == 4
    archive.archiving._write(seen, LONG)
    assert files(archive) == by_hours
    assert archive.ids() == sorted(made)


def test_a_day_is_that_of_the_sums_wherever_the_stack_reports(admin, dynamodb, tables):
    archive = Archive(admin, dynamodb, tables, zone="Asia/Kolkata")  # five hours and a half ahead
    first, last = archive.request(at(18, 30, date(2026, 11, 14))), archive.request(at(18, 29))
    archive.request(at(18, 29, date(2026, 11, 14)))
    archive.request(at(18, 30))
    # Came in before midnight, and was let in after it.
    late = archive.request(at(18, 29, date(2026, 11, 14)), let_in=at(18, 31, date(2026, 11, 14)))
    archive.run()
    assert archive.ids() == sorted([first, last, late])
    assert {state.is_archived for state in archive.archiving.states(DAY, DAY)} == {True}


def test_what_is_archived_is_written_no_more(archive):
    archive.request(at(9))
    assert archive.run(DAY - timedelta(days=2)) == [DAY - timedelta(days=2), DAY - timedelta(days=1), DAY]
    writes = archive.s3.writes
    assert archive.run(DAY - timedelta(days=2)) == []
    assert archive.s3.writes == writes


def test_days_that_are_not_closed_wait(archive):
    assert archive.run(date(2026, 11, 18), date(2026, 11, 20)) == [date(2026, 11, 18)]


def test_a_request_that_is_recorded_late_is_added_and_no_other_doubled(archive):
    made = [archive.request(at(9)), archive.request(at(21))]
    archive.run()
    made.append(archive.request(at(9, 5)))
    assert archive.run() == [DAY]
    assert archive.ids() == sorted(made)
    assert archive.run() == []


def test_wherever_a_run_dies_the_next_one_ends_it_and_nothing_is_there_twice(archive):
    made = sorted(archive.request(at(hour)) for hour in (3, 17))
    archive.run()
    whole, writes = dict(archive.s3.objects), archive.s3.writes
    for dies_at in range(1, writes + 1):
        archive.s3.objects.clear()
        archive.s3.writes, archive.s3.dies_at = 0, dies_at
        with pytest.raises(KilledError):
            archive.run()
        ids = archive.ids()
        assert len(set(ids)) == len(ids)
        archive.s3.dies_at = 0
        archive.run()
        assert archive.ids() == made
        assert archive.s3.objects == whole


def test_what_there_is_no_time_for_is_gone_on_with(archive):
    made = sorted(archive.request(at(hour)) for hour in (1, 2, 20, 21))
    services = replace(archive.archiving.services, clock=lambda: NOW if archive.s3.writes < 6 else LONG)
    hurried = replace(archive.archiving, services=services)
    with pytest.raises(OutOfTimeError):
        list(hurried.run(DAY, DAY, LONG))
    assert 0 < len(archive.ids()) < len(made)
    (state,) = archive.archiving.states(DAY, DAY)
    assert not state.is_archived
    written = archive.s3.writes
    assert archive.run() == [DAY]
    assert archive.ids() == made
    # 21 more hours, of which two have a file, the charges, and the manifest of all.
    assert archive.s3.writes - written == 25


def test_two_runs_at_once_write_the_same(archive):
    archive.request(at(9))
    archive.run()
    before = dict(archive.s3.objects)
    archive.s3.objects.pop(f"manifests/{DAY}.json")
    archive.run()
    assert archive.s3.objects == before


def test_a_day_whose_records_expire_is_left_as_it_was_archived(archive):
    archive.request(at(9))
    archive.run()
    before = dict(archive.s3.objects)
    archive.request(at(10))
    old = replace(archive.archiving, retention=NOW - at(12))
    assert list(old.run(DAY, DAY, LONG)) == []
    assert archive.s3.objects == before


def test_how_days_stand(archive):
    archive.request(at(9))
    archive.run()
    archive.request(at(9, 1))
    shown = [
        SimpleNamespace(day=state.day, counted=state.counted, archived=state.is_archived)
        for state in archive.archiving.states(DAY, date(2026, 11, 30))
    ]
    assert [(each.day.day, each.counted, each.archived) for each in shown] == [
        (15, 2, False),
        (16, 0, False),
        (17, 0, False),
        (18, 0, False),
    ]
