"""OTLP's messages as JSON: read strictly, and what they say in few words.

Fields and types of https://github.com/open-telemetry/opentelemetry-proto, as far as spans and metrics of the
kinds that Tollgate sends need them. Receivers overlook what they don't know, so that a field with a wrong
name would be lost without a word: here it is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DIGITS = re.compile("[0-9]+")
_SIGNED_DIGITS = re.compile("-?[0-9]+")
_TRACE_ID, _SPAN_ID = re.compile("[0-9a-fA-F]{32}"), re.compile("[0-9a-fA-F]{16}")

# By message, its fields: a scalar, another message, or several of one in a list.
_MESSAGES: Final[Mapping[str, Mapping[str, str | list[str]]]] = {
    "ExportTraceServiceRequest": {"resourceSpans": ["ResourceSpans"]},
    "ResourceSpans": {"resource": "Resource", "scopeSpans": ["ScopeSpans"], "schemaUrl": "string"},
    "ScopeSpans": {"scope": "Scope", "spans": ["Span"], "schemaUrl": "string"},
    "Resource": {"attributes": ["KeyValue"]},
    "Scope": {"name": "string", "version": "string"},
    "Span": {
        "traceId": "trace id",
        "spanId": "span id",
        "parentSpanId": "span id",
        "name": "string",
        "kind": "enum",
        "startTimeUnixNano": "fixed64",
        "endTimeUnixNano": "fixed64",
        "attributes": ["KeyValue"],
        "status": "Status",
    },
    "Status": {"code": "enum", "message": "string"},
    "KeyValue": {"key": "string", "value": "AnyValue"},
    "AnyValue": {
        "stringValue": "string",
        "boolValue": "bool",
        "intValue": "int64",
        "doubleValue": "double",
        "arrayValue": "ArrayValue",
    },
    "ArrayValue": {"values": ["AnyValue"]},
    "ExportMetricsServiceRequest": {"resourceMetrics": ["ResourceMetrics"]},
    "ResourceMetrics": {"resource": "Resource", "scopeMetrics": ["ScopeMetrics"], "schemaUrl": "string"},
    "ScopeMetrics": {"scope": "Scope", "metrics": ["Metric"], "schemaUrl": "string"},
    "Metric": {
        "name": "string",
        "description": "string",
        "unit": "string",
        "sum": "Sum",
        "histogram": "Histogram",
    },
    "Sum": {"dataPoints": ["NumberDataPoint"], "aggregationTemporality": "enum", "isMonotonic": "bool"},
    "NumberDataPoint": {
        "attributes": ["KeyValue"],
        "startTimeUnixNano": "fixed64",
        "timeUnixNano": "fixed64",
        "asInt": "int64",
        "asDouble": "double",
    },
    "Histogram": {"dataPoints": ["HistogramDataPoint"], "aggregationTemporality": "enum"},
    "HistogramDataPoint": {
        "attributes": ["KeyValue"],
        "startTimeUnixNano": "fixed64",
        "timeUnixNano": "fixed64",
        "count": "fixed64",
        "sum": "double",
        "bucketCounts": ["fixed64"],
        "explicitBounds": ["double"],
    },
}


class NoOtlpError(Exception):
    """What no receiver would read as it was meant."""


@dataclass(frozen=True)
class ReceivedSpan:
    """`began` and `ended` are nanoseconds since 1970; `error` is the status's message, None without one."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    kind: int
    began: int
    ended: int
    error: str | None
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]


class ReceivedPoint(NamedTuple):
    """`value` is a counter's, or a histogram's counts by bucket; `total` is the sum of either."""

    metric: str
    unit: str
    is_delta: bool
    attributes: Mapping[str, Any]
    began: int
    at: int
    value: int | float | tuple[int, ...]
    total: float
    resource: Mapping[str, Any]


def spans_in(request: Any) -> Iterator[ReceivedSpan]:
    """Raises `NoOtlpError`."""
    _check(request, "ExportTraceServiceRequest")
    for each in request["resourceSpans"]:
        resource = _attributes(each["resource"])
        for scoped in each["scopeSpans"]:
            for span in scoped["spans"]:
                status = span.get("status", {})
                yield ReceivedSpan(
                    trace_id=span["traceId"],
                    span_id=span["spanId"],
                    parent_id=span.get("parentSpanId"),
                    name=span["name"],
                    kind=span["kind"],
                    began=int(span["startTimeUnixNano"]),
                    ended=int(span["endTimeUnixNano"]),
                    error=status["message"] if status.get("code") == 2 else None,
                    attributes=_attributes(span),
                    resource=resource,
                )


def points_in(request: Any) -> Iterator[ReceivedPoint]:
    """Raises `NoOtlpError`."""
    _check(request, "ExportMetricsServiceRequest")
    for each in request["resourceMetrics"]:
        resource = _attributes(each["resource"])
        for scoped in each["scopeMetrics"]:
            for metric in scoped["metrics"]:
                yield from _points(metric, resource)


def _points(metric: Mapping[str, Any], resource: Mapping[str, Any]) -> Iterator[ReceivedPoint]:
    data = metric.get("sum") or metric["histogram"]
    if "sum" in metric and data.get("isMonotonic") is not True:
        raise NoOtlpError(f"{metric['name']} may go down")
    for point in data["dataPoints"]:
        value, total = _counted(point) if "bucketCounts" in point else _number(point)
        yield ReceivedPoint(
            metric["name"],
            metric["unit"],
            data["aggregationTemporality"] == 1,
            _attributes(point),
            int(point["startTimeUnixNano"]),
            int(point["timeUnixNano"]),
            value,
            total,
            resource,
        )


def _number(point: Mapping[str, Any]) -> tuple[int | float, float]:
    value = int(point["asInt"]) if "asInt" in point else float(point["asDouble"])
    return value, float(value)


def _counted(point: Mapping[str, Any]) -> tuple[tuple[int, ...], float]:
    counts = tuple(map(int, point["bucketCounts"]))
    if len(counts) != len(point["explicitBounds"]) + 1 or sum(counts) != int(point["count"]):
        raise NoOtlpError("A histogram's buckets don't add up")
    return counts, float(point["sum"])


def _attributes(holder: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in holder["attributes"]:
        if each["key"] in found:
            raise NoOtlpError(f"{each['key']} has two values")
        found[each["key"]] = _plain(each["value"])
    return found


def _plain(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    if kind == "arrayValue":
        return [_plain(each) for each in content["values"]]
    return int(content) if kind == "intValue" else content


def _check(value: Any, kind: str | list[str]) -> None:
    if isinstance(kind, list):
        if not isinstance(value, list):
            raise NoOtlpError(f"{value!r} is no list")
        for each in value:
            _check(each, kind[0])
    elif kind in _MESSAGES:
        if not isinstance(value, dict) or not value.keys() <= _MESSAGES[kind].keys():
            raise NoOtlpError(f"{value!r} is no {kind}")
        for name, field in value.items():
            _check(field, _MESSAGES[kind][name])
    elif not _is_scalar(value, kind):
        raise NoOtlpError(f"{value!r} is no {kind}")


def _is_scalar(value: Any, kind: str) -> bool:
    """Integers of 64 bits as text, which may be numbers, too; of these precision is lost on the way."""
    match kind:
        case "string":
            return isinstance(value, str)
        case "bool":
            return isinstance(value, bool)
        case "enum":
            return type(value) is int
        case "double":
            return type(value) in {int, float}
    patterns = {"fixed64": _DIGITS, "int64": _SIGNED_DIGITS, "trace id": _TRACE_ID, "span id": _SPAN_ID}
    return isinstance(value, str) and patterns[kind].fullmatch(value) is not None
