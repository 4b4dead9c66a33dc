"""OTLP's messages as JSON: attributes, moments, and the envelopes of spans and metrics.

Field names in lower camel case, ids in hexadecimal digits, 64-bit integers as text, enumerations as numbers:
https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import tollgate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    AttributeValue = str | bool | int | float | Sequence[str]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SCOPE = {"name": "tollgate", "version": tollgate.__version__}


def attributes(values: Mapping[str, AttributeValue | None]) -> list[dict[str, Any]]:
    """Those that have a value."""
    return [{"key": name, "value": _value(value)} for name, value in values.items() if value is not None]


def nanoseconds(moment: datetime) -> str:
    """Since 1970, as text."""
    return str((moment - _EPOCH) // _MICROSECOND * 1000)


def traces_request(resource: Mapping[str, str], spans: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """An `ExportTraceServiceRequest`."""
    scoped = {"scope": _SCOPE, "spans": list(spans)}
    return {"resourceSpans": [{"resource": _resource(resource), "scopeSpans": [scoped]}]}


def metrics_request(resource: Mapping[str, str], metrics: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """An `ExportMetricsServiceRequest`."""
    scoped = {"scope": _SCOPE, "metrics": list(metrics)}
    return {"resourceMetrics": [{"resource": _resource(resource), "scopeMetrics": [scoped]}]}


def _resource(named: Mapping[str, str]) -> dict[str, Any]:
    return {"attributes": attributes(named)}


def _value(value: AttributeValue) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}
    return {"arrayValue": {"values": [{"stringValue": each} for each in value]}}
