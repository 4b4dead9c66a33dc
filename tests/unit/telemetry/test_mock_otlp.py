"""The receiver that tests and local stacks send to: it overlooks nothing, and says what it got."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from infra.mock_otlp.__main__ import described
from infra.mock_otlp.otlp_messages import NoOtlpError, points_in, spans_in

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
# As https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding has spans.
GOOD: dict[str, Any] = {
    "traceId": TRACE.upper(),
    "spanId": SPAN,
    "parentSpanId": "00f067aa0ba902b7",
    "name": "chat small",
    "kind": 3,
    "startTimeUnixNano": "1773500966535000000",
    "endTimeUnixNano": "1773500967535000000",
    "attributes": [
        {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "1000"}},
        {"key": "tollgate.key.scopes", "value": {"arrayValue": {"values": [{"stringValue": "key_1"}]}}},
    ],
    "status": {"code": 2, "message": "timeout"},
}


def request(span: Any) -> dict[str, Any]:
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"spans": [span]}]}]}


def test_a_span_is_told_in_a_line_with_its_attributes_below():
    (span,) = spans_in(request(GOOD))
    assert (span.error, span.attributes["gen_ai.usage.input_tokens"]) == ("timeout", 1000)
    assert described(span) == (
        f"chat small: 1.000 s, trace {TRACE.upper()}, span {SPAN} below 00f067aa0ba902b7\n"
        "  gen_ai.usage.input_tokens = 1000\n"
        "  tollgate.key.scopes = ['key_1']"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"trace_id": TRACE},
        {"traceId": TRACE[1:]},
        {"spanId": "no hexadecimal!!"},
        {"kind": "SPAN_KIND_CLIENT"},
        {"startTimeUnixNano": 1773500966535000000},
        {"endTimeUnixNano": "-1"},
        {"name": None},
        {"attributes": {"a": 1}},
        {"attributes": [{"key": "a", "value": {"intValue": 1}}]},
        {"attributes": [{"key": "a", "value": {"stringValue": "x"}}] * 2},
        {"events": []},
    ],
)
def test_what_a_receiver_would_overlook_or_misread_is_an_error(wrong):
    with pytest.raises(NoOtlpError):
        list(spans_in(request({**copy.deepcopy(GOOD), **wrong})))


def test_a_histogram_that_does_not_add_up_is_an_error_and_one_that_does_is_told():
    point = {
        "attributes": [{"key": "error.type", "value": {"stringValue": "429"}}],
        "startTimeUnixNano": "1",
        "timeUnixNano": "2",
        "count": "3",
        "sum": 4.5,
        "bucketCounts": ["1", "2"],
        "explicitBounds": [1.0],
    }

    def metrics(**changes: Any) -> dict[str, Any]:
        histogram = {"dataPoints": [{**point, **changes}], "aggregationTemporality": 2}
        metric = {"name": "duration", "unit": "s", "histogram": histogram}
        return {
            "resourceMetrics": [{"resource": {"attributes": []}, "scopeMetrics": [{"metrics": [metric]}]}]
        }

    (received,) = points_in(metrics())
    assert described(received) == "duration 4.5 s (error.type=429)"
    for wrong in ({"count": "4"}, {"bucketCounts": ["3"]}, {"explicitBounds": []}):
        with pytest.raises(NoOtlpError):
            list(points_in(metrics(**wrong)))
