"""What the telemetry function works with: parameters, the catalog, a clock that waits at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from aws_wire.errors import ServiceError
from tests.support.builders import NOW, provider
from tollgate.aws.dynamodb import item
from tollgate.aws.metrics import EmbeddedMetrics
from tollgate.ledger.store import record_items
from tollgate.pricing.vendors import Vendor
from tollgate_telemetry import handler
from tollgate_telemetry.call_export import Exporter
from tollgate_telemetry.otlp.otlp_client import OtlpClient
from tollgate_telemetry.otlp.otlp_settings import KnownSettings
from tollgate_telemetry.signals.known_providers import KnownProviders
from tollgate_telemetry.signals.metric_series import MetricSeries

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

    from tollgate.catalog.catalog import Provider
    from tollgate.catalog.store.catalog_table import CatalogTable
    from tollgate.ledger.records import LedgerRecord

PARAMETER, PREFIX = "tollgate-OtlpSettings", "/tollgate/tollgate/otlp"
OPENAI = provider("https://api.openai.com/v1", vendor=Vendor.OPENAI)
# As the template writes them into the parameter, but for where calls are told to.
OTLP_DEFAULTS = {
    "endpoint": "",
    "metricsEndpoint": "",
    "signals": "traces,metrics",
    "temporality": "cumulative",
    "sampler": "parentbased_always_on",
    "owners": "off",
    "stage": "dev",
    "resource": "",
}
# What an event may take, in seconds.
BUDGET = 60.0


@dataclass
class Parameters:
    """Parameter Store, of which a read is counted."""

    values: dict[str, str]
    reads: list[str] = field(default_factory=list)
    error: str | None = None

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803
        assert WithDecryption
        self.reads.append(Name)
        if self.error or Name not in self.values:
            code = self.error or "ParameterNotFound"
            raise ServiceError("GetParameter", {"Error": {"Code": code, "Message": ""}})
        return {"Parameter": {"Value": self.values[Name]}}


@dataclass
class World:
    """`told` changes what the deployment says; `seconds` is the clock, which goes on when somebody sleeps."""

    endpoint: str
    told: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    providers: list[Provider] = field(default_factory=lambda: [OPENAI])
    seconds: float = 1000.0
    pauses: list[float] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    meter: EmbeddedMetrics | None = None

    def __post_init__(self) -> None:
        self.parameters = Parameters({f"{PREFIX}/{name}": value for name, value in self.headers.items()})
        self.tell()
        self.exporter = self.started()

    def tell(self, **told: str) -> None:
        """What the deployment says from now on."""
        self.told |= told
        said = {**OTLP_DEFAULTS, "endpoint": self.endpoint, **self.told}
        self.parameters.values[PARAMETER] = json.dumps(said)

    def started(self, instance: str = "instance-1") -> Exporter:
        """A process's exporter."""
        return Exporter(
            KnownSettings(cast("SSMClient", self.parameters), PARAMETER, PREFIX, self._clock),
            KnownProviders(cast("CatalogTable", _Catalog(self.providers)), self._clock),
            OtlpClient(self._clock, self._sleep, lambda: 0.5),
            MetricSeries(self._now()),
            resource={"service.name": "tollgate", "service.namespace": "tollgate-dev"},
            instance=instance,
            clock=self._now,
            meter=self.meter or EmbeddedMetrics("tollgate-dev", self.lines.append, self._now),
        )

    def take(self, *records: LedgerRecord | dict[str, Any]) -> list[str]:
        """What comes of an event of these records or images, numbered from 1: where the stream goes on."""
        images = [each if isinstance(each, dict) else image(each) for each in records]
        event = {
            "Records": [
                {"dynamodb": {"SequenceNumber": str(number), "NewImage": each}}
                for number, each in enumerate(images, start=1)
            ]
        }
        answer = handler.take(event, self.exporter, self.seconds + BUDGET)
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    @property
    def counted(self) -> dict[str, int]:
        """The metrics of the last event."""
        line = json.loads(self.lines[-1])
        return {name: line[name] for name in ("TelemetryRecords", "TelemetryDropped")}

    def _clock(self) -> float:
        return self.seconds

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds

    def _now(self) -> Any:
        return NOW + timedelta(seconds=self.seconds)


@dataclass
class _Catalog:
    listed: list[Provider]

    def providers(self) -> list[Provider]:
        return self.listed


def image(record: LedgerRecord) -> dict[str, Any]:
    """A record as its table's stream has it."""
    return item(record_items.to_item(record, timedelta(days=400)))
