"""Alerts over real tables: keys that spend, the stream of what that changes, and messages that go out."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3

from infra.local.environment import CREDENTIAL, REGION, ROOT
from infra.local.tables import read_template, table_schemas
from tests.support import rolled_up
from tests.support.builders import NOW
from tests.support.faults import KilledError
from tests.support.ledger_world import LedgerWorld
from tollgate import identifiers
from tollgate.alerts.decisions import AlertPolicy
from tollgate.alerts.store.alert_policy import AlertPolicyTable
from tollgate.alerts.store.alerts_table import AlertsTable
from tollgate.alerts.store.fresh_spending import FreshSpending
from tollgate.alerts.store.recent_spending import RecentSpending
from tollgate.alerts.store.samples_table import SamplesTable
from tollgate.audit.store.audit_table import AuditTable
from tollgate.budget_health.store.summaries_table import SummariesTable, SummaryWriter
from tollgate.costs.aggregates import Tally
from tollgate.costs.cost_entry import CostEntry
from tollgate.costs.store.costs_table import CostsTable
from tollgate.keys.store.automatic_increases import AutomaticIncreases
from tollgate.keys.store.hierarchy import Hierarchy
from tollgate.keys.store.keys_table import KeysTable
from tollgate.keys.store.pack_definitions_table import PackDefinitionTable
from tollgate_alerts import handler
from tollgate_alerts.alerting import Alerting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.alerts.alerts import Alert, AlertKind, Delivery, Notice
    from tollgate.keys import api_keys

OWNER, ADMIN, TOPIC = "owner@example.com", "ops@example.com", None
HOUR = timedelta(hours=1)
CONTEXT: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
_TEMPLATE = read_template(ROOT / "template.yaml")
_FILTERS = [
    json.loads(each["Pattern"])
    for each in _TEMPLATE["Resources"]["AlertsFunctionKeys"]["Properties"]["FilterCriteria"]["Filters"]
]
_STREAM = table_schemas(_TEMPLATE)["KeysTable"]["StreamSpecification"]


@dataclass
class InBetween:
    """Keys as they were read before something else happened."""

    keys: Any
    happens: list[Callable[[], None]] = field(default_factory=list)

    def get(self, key_id: str) -> Any:
        found = self.keys.get(key_id)
        if self.happens:
            self.happens.pop()()
        return found


class Message(NamedTuple):
    alert_id: str
    key_id: str
    window: str
    kind: AlertKind
    percent: int | None
    to: str | None
    at: datetime


class BouncedError(Exception):
    """A message that wasn't taken."""


@dataclass
class FakeMessenger:
    """Notes what is sent. `bouncing` addresses take nothing; the process dies at the `dies_at`-th send."""

    clock: Callable[[], datetime]
    sent: list[Message] = field(default_factory=list)
    bouncing: set[str | None] = field(default_factory=set)
    dies_at: int | None = None
    taken: bool = True

    def send(self, notice: Notice, delivery: Delivery) -> None:
        dies = False
        if self.dies_at is not None:
            self.dies_at -= 1
            dies = self.dies_at <= 0
        if dies and not self.taken:
            raise KilledError("send")
        if delivery.address in self.bouncing:
            raise BouncedError(f"{delivery.address} takes nothing")
        alert = notice.alert
        told = alert.content
        self.sent.append(
            Message(
                alert.id,
                alert.key_id,
                told.window,
                told.kind,
                told.percent,
                delivery.address,
                self.clock(),
            )
        )
        if dies:
            raise KilledError("send")


class Meter:
    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def count(self, figures: Mapping[str, int], /) -> None:
        self.counted.update(figures)


class AlertsWorld:
    """Time stands still unless it is moved: `now` is everybody's clock."""

    def __init__(self, dynamodb: Any, tables: dict[str, str]) -> None:
        self.now = NOW
        self.client, self.tables = dynamodb, tables
        self.ledgers = LedgerWorld(dynamodb, tables)
        self.messenger = FakeMessenger(self.clock)
        self.meter = Meter()
        self.table = AlertsTable(dynamodb, tables["AlertsTable"])
        self.deployed = AlertPolicy(forecast_days=0)
        self.stream = KeysStream(dynamodb, tables["KeysTable"])

    def clear(self) -> None:
        """Empties what an earlier world on the same tables has left, and passes its records over."""
        for name, keys in (("KeysTable", ("key_id",)), ("AlertsTable", ("key_id", "alert"))):
            for item in self.client.scan(TableName=self.tables[name])["Items"]:
                key = {each: item[each] for each in keys}
                self.client.delete_item(TableName=self.tables[name], Key=key)
        while self.stream.read():
            pass

    def clock(self) -> datetime:
        return self.now

    def alerting(self, client: Any = None, messenger: Any = None, clock: Any = None) -> Alerting:
        """Alerting as another process does it."""
        client = client or self.client
        return Alerting(
            scopes=KeysTable(client, self.tables["KeysTable"], clock=clock or self.clock),
            policies=AlertPolicyTable(client, self.tables["CatalogTable"], self.deployed),
            table=AlertsTable(client, self.tables["AlertsTable"]),
            spending=FreshSpending(
                self.samples(client), RecentSpending(CostsTable(client, self.tables["CostsTable"]), UTC)
            ),
            messenger=messenger or self.messenger,
            meter=self.meter,
            clock=clock or self.clock,
            stage="test",
            packs=PackDefinitionTable(client, self.tables["CatalogTable"]),
        )

    def increases(self) -> AutomaticIncreases:
        """What another process raises limits with."""
        audits = AuditTable(self.client, self.tables["AuditTable"])
        keys = KeysTable(self.client, self.tables["KeysTable"], audits, self.clock)
        return AutomaticIncreases(Hierarchy.over(keys, 10, self.clock), self.clock)

    def samples(self, client: Any = None) -> SamplesTable:
        """Where another process keeps what keys have spent when."""
        return SamplesTable(client or self.client, self.tables["AlertsTable"])

    def budget_summaries(self, client: Any = None) -> SummaryWriter:
        """What another process writes summaries with."""
        client = client or self.client
        keys = KeysTable(client, self.tables["KeysTable"], clock=self.clock)
        return SummaryWriter(keys, SummariesTable(client, self.tables["CostsTable"]), self.clock)

    @property
    def later(self) -> datetime:
        """When a process that begins now has to stop."""
        return self.now + timedelta(seconds=40)

    def add(self, **changes: Any) -> api_keys.ApiKey:
        return self.ledgers.add(**{"owner_email": OWNER, **changes})

    def spend(self, key: api_keys.ApiKey, charged: str, **said: Any) -> None:
        """A whole call, at this moment."""
        admitted = self.ledgers.admit(key, at=self.now, hold_until=self.now + timedelta(minutes=2))
        said = {"cost": charged, "created_at": self.now, "completed_at": self.now, **said}
        self.ledgers.ledger.settle(admitted, self.ledgers.record(admitted, key, **said))

    def rolled_up(self, key: api_keys.ApiKey, cost: str, **changes: Any) -> None:
        """What a request has cost, in the aggregates."""
        tally = Tally(requests=1, cost=Decimal(cost))
        entry = CostEntry(
            identifiers.request_id(self.now), key.key_id, "small", self.now.date(), tally, (key.key_id,)
        )
        costs = CostsTable(self.client, self.tables["CostsTable"])
        rolled_up.add(costs, replace(entry, **changes))

    def look(self, *keys: api_keys.ApiKey, alerting: Alerting | None = None) -> None:
        for key in keys:
            (alerting or self.alerting()).look(key.key_id, self.later)

    def process_due(self, alerting: Alerting | None = None, *, after: timedelta = timedelta(0)) -> int:
        self.now += after
        return (alerting or self.alerting()).process_due(self.later)

    def take(self, records: list[dict[str, Any]], alerting: Alerting | None = None) -> list[dict[str, Any]]:
        """A batch of the stream, taken by the handler; returns what is to be delivered again."""
        if not records:
            return []
        answer = handler.take(
            {"Records": records},
            self.later,
            CONTEXT,
            alerting or self.alerting(),
            self.budget_summaries(),
            charged=self.samples(),
            raises=self.increases(),
        )
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        numbers = [each["dynamodb"]["SequenceNumber"] for each in records]
        assert failed <= set(numbers)
        first = min((numbers.index(each) for each in failed), default=len(records))
        return records[first:]

    def alerts(self, key: api_keys.ApiKey | None = None) -> list[Alert]:
        """From the oldest on."""
        found, _ = self.table.history(key.key_id if key else None, 1000, None)
        return found[::-1]

    def percents(self, key: api_keys.ApiKey) -> list[int | None]:
        return [each.content.percent for each in self.alerts(key)]

    def sent(self, key: api_keys.ApiKey | None = None) -> list[tuple[int | None, str | None]]:
        return [
            (each.percent, each.to)
            for each in self.messenger.sent
            if key is None or each.key_id == key.key_id
        ]


class KeysStream:
    """DynamoDB Local's own stream of the keys table, filtered as template.yaml says."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._client = _streams(dynamodb.meta.endpoint_url)
        described = dynamodb.describe_table(TableName=table)["Table"]
        if "LatestStreamArn" not in described:
            described = dynamodb.update_table(TableName=table, StreamSpecification=_STREAM)[
                "TableDescription"
            ]
        self._arn = described["LatestStreamArn"]
        (self._shard,) = self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]
        self._at: dict[str, str] = {"ShardIteratorType": "TRIM_HORIZON"}

    def read(self) -> list[dict[str, Any]]:
        """What was changed since the last read, in Lambda's format."""
        iterator = self._client.get_shard_iterator(
            StreamArn=self._arn, ShardId=self._shard["ShardId"], **self._at
        )["ShardIterator"]
        found: list[dict[str, Any]] = self._client.get_records(ShardIterator=iterator)["Records"]
        if found:
            last = found[-1]["dynamodb"]["SequenceNumber"]
            self._at = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        for each in found:
            for image in ("OldImage", "NewImage"):
                _mend(each["dynamodb"].get(image, {}))
        return [each for each in found if any(_matches(each, pattern) for pattern in _FILTERS)]


@cache
def _streams(endpoint_url: str) -> Any:
    return boto3.client(
        "dynamodbstreams",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
    )


def _mend(image: dict[str, Any]) -> None:
    """Gives empty maps their type, which DynamoDB Local leaves out of its streams."""
    image.update({name: {"M": {}} for name, value in image.items() if value == {}})
    for value in image.values():
        _mend(value.get("M", {}))


def _is_wanted(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    return value.startswith(wanted["prefix"]) if "prefix" in wanted else wanted["exists"] is True


def _matches(part: Any, pattern: Any) -> bool:
    """Whether all attributes exist that a pattern asks for, with one of the values that it names."""
    return all(
        name in part
        and (
            any(_is_wanted(part[name], each) for each in wanted)
            if isinstance(wanted, list)
            else _matches(part[name], wanted)
        )
        for name, wanted in pattern.items()
    )
