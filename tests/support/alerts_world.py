"""Alerts over real tables: keys that spend, the stream of what that changes, and messages that go out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support import rolled_up
from tests.support.builders import NOW
from tests.support.faults import KilledError
from tests.support.ledger_world import LedgerWorld
from tests.support.table_stream import TableStream
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


class KeysStream(TableStream):
    """The keys table's, filtered as template.yaml says."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        super().__init__(dynamodb, table, "KeysTable", "AlertsFunctionKeys")
