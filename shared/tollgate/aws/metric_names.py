"""Every metric of the namespace Tollgate: its unit, and the dimension that it is split by besides its stack.

CloudWatch charges each metric for each combination of its dimensions' values, so a dimension is one whose
values are few and known beforehand: never a key, model or provider.

docs/observability.md says what each means. What is put into a log by another name than one of these fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNT: Final = "Count"
SECONDS: Final = "Seconds"
MILLISECONDS: Final = "Milliseconds"
# CloudWatch has no unit for what is in USD.
NO_UNIT: Final = "None"


class Metric(NamedTuple):
    """`split_by` is one of `metrics.SPLIT_BY`."""

    unit: str = COUNT
    split_by: str | None = None


_COUNTED = Metric()
_TIMED = Metric(MILLISECONDS)

METRICS: Mapping[str, Metric] = {
    # The proxy, of each call.
    "CallsAdmitted": _COUNTED,
    "CallsRefused": Metric(split_by="Reason"),  # a value of `tollgate.refusals.Reason`
    "CallsRejected": _COUNTED,
    "CallsFailed": _COUNTED,
    "CallsBrokenOff": _COUNTED,
    "CallsFallenBack": _COUNTED,
    "CallsDowngraded": _COUNTED,
    "CallsTranslated": _COUNTED,
    "CostUsd": Metric(NO_UNIT),  # with the three below from batches, too; from sweeps of what was abandoned
    "InputTokens": _COUNTED,
    "CachedTokens": _COUNTED,
    "OutputTokens": _COUNTED,
    "CallLatency": _TIMED,
    "FirstByte": _TIMED,
    "GatewayLatency": _TIMED,
    "HoldAge": _TIMED,  # from sweeps, too
    "UpstreamErrors": Metric(split_by="Kind"),  # of `tollgate_proxy.call_metrics.UpstreamFailure`
    "SettlementFailures": _COUNTED,
    "InternalErrors": _COUNTED,
    # The proxy, where a record says what must not be; batches' records, too.
    "HoldExceeded": _COUNTED,
    "UsageImplausible": _COUNTED,
    "PriceMissing": _COUNTED,
    # The proxy, of calls that budgets keep for others.
    "CallsReservedLow": _COUNTED,
    "CallsReservedNormal": _COUNTED,
    "CallsReservedHigh": _COUNTED,
    # Each run of the batches function.
    "BatchesLookedAt": _COUNTED,
    "BatchesSettled": _COUNTED,
    # Each sweep.
    "HoldsSwept": _COUNTED,
    "RequestsAbandoned": _COUNTED,
    "SweepFailures": _COUNTED,
    "AuditAge": Metric(SECONDS),
    # Each reconciliation.
    "LedgerDrift": _COUNTED,
    "ScopesAudited": _COUNTED,
    # Each run that seals days, and each one that has sealed any.
    "DaysSealed": _COUNTED,
    "DaysOverdue": _COUNTED,
    "SealedLate": _COUNTED,
    "SealsBroken": _COUNTED,
    # The rollup: each batch of the usage stream, and each run that closes days.
    "RecordsAdded": _COUNTED,
    "RollupLag": _TIMED,
    "DaysClosed": _COUNTED,
    # Telemetry: each batch of the usage stream.
    "TelemetryRecords": _COUNTED,
    "TelemetryDropped": _COUNTED,
    # Alerts: each delivery, and each run for what is due.
    "AlertsDelivered": _COUNTED,
    "AlertDeliveryFailed": _COUNTED,
    "AlertsGivenUp": _COUNTED,
    "AlertsDue": _COUNTED,
}
