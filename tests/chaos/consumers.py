"""What follows calls: the rollup, the alerts and the sweeper, which fail and die as well."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.retries import standard

from infra.local.environment import CREDENTIAL, REGION
from tests.chaos.chaos_world import SkewedClock, brief
from tests.chaos.environments import RETENTION, STORE_SECONDS
from tests.chaos.fated_client import FatedClient, WatchedClient
from tests.support.alerts_world import CONTEXT, OWNER, TOPIC, FakeMessenger, Meter
from tests.support.cost_model import window_event
from tests.support.faults import KilledError
from tollgate.alerts.alerts import DeliveryState
from tollgate.alerts.decisions import AlertPolicy
from tollgate.alerts.store.alert_policy import AlertPolicyTable
from tollgate.alerts.store.alerts_table import AlertsTable
from tollgate.alerts.store.fresh_spending import FreshSpending
from tollgate.alerts.store.recent_spending import RecentSpending
from tollgate.alerts.store.samples_table import SamplesTable
from tollgate.audit.store.audit_table import AuditTable
from tollgate.aws import boto3_clients
from tollgate.budget_health.store.summaries_table import SummariesTable, SummaryWriter
from tollgate.costs.store.costs_table import CostsTable
from tollgate.costs.store.day_closing import DayClosing
from tollgate.costs.store.marked_records import MarkedRecords
from tollgate.costs.store.rollup import Rollup
from tollgate.costs.store.shard_sums import ShardSums
from tollgate.keys.store.automatic_increases import AutomaticIncreases
from tollgate.keys.store.hierarchy import Hierarchy
from tollgate.keys.store.keys_table import KeysTable
from tollgate.keys.store.pack_definitions_table import PackDefinitionTable
from tollgate.ledger.store.ledger import Ledger
from tollgate.ledger.store.sweeper import Sweeper
from tollgate_alerts import handler as alerts_handler
from tollgate_alerts.alerting import Alerting
from tollgate_rollup import handler as rollup_handler

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.chaos_world import ChaosWorld
    from tests.chaos.faulty_store import FaultyStore
    from tests.support.table_stream import TableStream
    from tollgate.alerts.alerts import Alert
    from tollgate.ledger.store.sweeper import SweepReport

_BATCH = 50
_ONE_IN = 6
_MAX_WRITES = 30


def boto3_client(url: str, patience: float = 60) -> Any:
    """As deployed (`boto3_clients.dynamodb`), but that it pauses less, and waits for an answer for `patience`
    seconds.
    """
    made: Any = boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
        config=Config(
            connect_timeout=1,
            read_timeout=patience,
            retries={"mode": "standard", "total_max_attempts": 4},
            parameter_validation=False,
        ),
    )
    event, name = "needs-retry.dynamodb", "retry-config-dynamodb"
    made.meta.events.unregister(event, unique_id=name)
    retries = standard.register_retry_handler(made, max_attempts=4)
    made.meta.events.unregister(event, unique_id=name)

    def needs_retry(**told: Any) -> float | None:
        pause = retries.needs_retry(**told)
        if pause is None:
            return None
        brief(pause)
        return 0.0

    made.meta.events.register(event, needs_retry, unique_id=name)
    return boto3_clients.raising_service_errors(made)


class Consumer:
    """A function other than the proxy, one invocation after the other, each by a process that may die."""

    def __init__(self, world: ChaosWorld, door: FaultyStore, name: str) -> None:
        self.world, self.door = world, door
        self.chance = random.Random(f"{world.seed}/{name}")
        self.counted: Counter[str] = Counter()
        self._boto3: Any = None
        self.be_exposed()

    def invoke(self, work: Callable[[Any, SkewedClock], Any]) -> Any:
        """What `work` returns; None if it failed, or died."""
        fated = FatedClient(self._boto3)
        if self.is_mortal and self.chance.randrange(_ONE_IN) == 0:
            fated.dies_at(self.chance.randrange(1, _MAX_WRITES), applies=self.chance.random() < 0.5)
        self.counted["invocations"] += 1
        try:
            return work(fated, SkewedClock.drawn(self.world.clock, self.chance))
        except KilledError:
            self.counted["died"] += 1
        except Exception:
            if not fated.troubles:
                raise
            self.counted["failed"] += 1
        return None

    def be_exposed(self) -> None:
        """From now on its processes may die, and give up on a store that is silent."""
        self.close()
        self.is_mortal, self._boto3 = True, boto3_client(self.door.url, STORE_SECONDS)

    def be_spared(self) -> None:
        """From now on it has all the time that it takes."""
        self.close()
        self.door.be_fair()
        self.is_mortal, self._boto3 = False, boto3_client(self.door.url)

    def close(self) -> None:
        if self._boto3 is not None:
            self._boto3.close()


class StreamConsumer(Consumer):
    """Takes what a stream brings in its order, and again what wasn't taken: half as much if all failed."""

    def __init__(self, world: ChaosWorld, door: FaultyStore, stream: TableStream) -> None:
        super().__init__(world, door, type(self).__name__)
        self.stream = stream
        self.waiting: list[dict[str, Any]] = []
        self._size = _BATCH

    def read(self) -> int:
        """Has what is new in the stream wait, by the run's own time."""
        found = self.stream.read()
        for each in found:
            told = each["dynamodb"]
            written_at = self.world.clock.at(told["ApproximateCreationDateTime"].astimezone(UTC))
            told["ApproximateCreationDateTime"] = written_at.timestamp()
        self.waiting += found
        return len(found)

    def deliver(self) -> None:
        batch = self.waiting[: self._size]
        if not batch:
            return
        answer = self.invoke(lambda client, clock: self.take(batch, client, clock))
        if answer is None:
            self._size = max(1, self._size // 2)  # and those that are left come again, too
            return
        self._size = _BATCH
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        numbers = [each["dynamodb"]["SequenceNumber"] for each in batch]
        taken = min((numbers.index(each) for each in failed), default=len(batch))
        self.counted["cut short"] += taken < len(batch)
        self.counted["records"] += taken
        self.waiting = self.waiting[taken:]

    def take(self, batch: list[dict[str, Any]], client: Any, clock: SkewedClock) -> dict[str, Any]:
        raise NotImplementedError


class RollupConsumer(StreamConsumer):
    """The sums of costs, and the closing of days."""

    def take(self, batch: list[dict[str, Any]], client: Any, clock: SkewedClock) -> dict[str, Any]:
        table = self.world.tables["CostsTable"]
        rollup = Rollup(ShardSums(client, table, UTC), MarkedRecords(client, table, pause=brief), clock)
        return rollup_handler.take(window_event(batch, self.stream.shard), rollup)

    def close_days(self) -> Any:
        table = self.world.tables["CostsTable"]
        return self.invoke(lambda client, clock: DayClosing(client, table, UTC, clock).run())


class AlertsConsumer(StreamConsumer):
    """Looks at budgets, and tells of them by a messenger that isn't always taken seriously.

    `twice` are the messages that may come twice: those that were sent and not noted.
    """

    def __init__(self, world: ChaosWorld, door: FaultyStore, stream: TableStream) -> None:
        super().__init__(world, door, stream)
        self.messenger = FakeMessenger(world.clock)
        self.twice: set[tuple[str, str | None]] = set()

    def take(self, batch: list[dict[str, Any]], client: Any, clock: SkewedClock) -> dict[str, Any]:
        tables = self.world.tables
        keys = KeysTable(client, tables["KeysTable"], clock=clock)
        audited = KeysTable(client, tables["KeysTable"], AuditTable(client, tables["AuditTable"]), clock)
        answer: dict[str, Any] = alerts_handler.take(
            {"Records": batch},
            clock() + timedelta(seconds=40),
            CONTEXT,
            self._alerting(client, clock),
            SummaryWriter(keys, SummariesTable(client, tables["CostsTable"]), clock),
            charged=SamplesTable(client, tables["AlertsTable"]),
            raises=AutomaticIncreases(Hierarchy.over(audited, 10, clock), clock),
        )
        return answer

    def deliver(self) -> None:
        super().deliver()
        self._note()

    def process_due(self) -> int | None:
        done: int | None = self.invoke(
            lambda client, clock: self._alerting(client, clock).process_due(clock() + timedelta(seconds=40))
        )
        self._note()
        return done

    def bounce(self) -> None:
        """Some of those who are told take nothing for a while."""
        self.messenger.bouncing = self.chance.choice([set(), {OWNER}, {TOPIC}, {OWNER, TOPIC}])

    def alerts(self) -> list[Alert]:
        table = AlertsTable(self.world.client, self.world.tables["AlertsTable"])
        return [each for key_id in self.world.scope_ids() for each in table.history(key_id, 1000, None)[0]]

    def _note(self) -> None:
        sent = {(each.alert_id, each.to) for each in self.messenger.sent}
        self.twice |= {
            (alert.id, each.address)
            for alert in self.alerts()
            for each in alert.deliveries.values()
            if each.state is DeliveryState.PENDING and (alert.id, each.address) in sent
        }

    def _alerting(self, client: Any, clock: SkewedClock) -> Alerting:
        tables = self.world.tables
        costs = RecentSpending(CostsTable(client, tables["CostsTable"]), UTC)
        return Alerting(
            scopes=KeysTable(client, tables["KeysTable"], clock=clock),
            policies=AlertPolicyTable(client, tables["CatalogTable"], AlertPolicy(forecast_days=0)),
            table=AlertsTable(client, tables["AlertsTable"]),
            spending=FreshSpending(SamplesTable(client, tables["AlertsTable"]), costs),
            messenger=self.messenger,
            meter=Meter(),
            clock=clock,
            stage="chaos",
            packs=PackDefinitionTable(client, tables["CatalogTable"]),
        )


class SweepConsumer(Consumer):
    """The sweep of all keys."""

    def __init__(self, world: ChaosWorld, door: FaultyStore) -> None:
        super().__init__(world, door, "sweeper")
        self.reports: list[SweepReport] = []

    def sweep(self) -> SweepReport | None:
        def work(client: Any, clock: SkewedClock) -> SweepReport:
            tables = self.world.tables
            watched: Any = WatchedClient(client, self.world.violations)
            ledger = Ledger(watched, tables["KeysTable"], tables["UsageTable"], RETENTION)
            return Sweeper(ledger, clock).run()

        report: SweepReport | None = self.invoke(work)
        if report is not None:
            self.reports.append(report)
        return report
