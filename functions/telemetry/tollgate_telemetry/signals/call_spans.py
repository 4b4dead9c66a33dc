"""A call as spans: one of its own, and below it one for each attempt at a provider that failed before.

Ids follow from the request's id, so that a record that is delivered twice is the same spans twice.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tollgate import money, trace_context
from tollgate_telemetry.otlp import otlp_json
from tollgate_telemetry.signals import call_attributes, known_providers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from tollgate.ledger.records import LedgerRecord
    from tollgate_telemetry.signals.known_providers import KnownProvider

# https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
_CLIENT = 3
_ERROR = 2
_SPAN_ID_DIGITS = 16


def is_recorded(record: LedgerRecord) -> bool:
    """Whether the client records the trace that it called from: a call with one of its own is recorded."""
    return record.trace is None or trace_context.of_kept(record.trace).sampled


def spans_of(
    record: LedgerRecord, providers: Mapping[str, KnownProvider], *, has_owners: bool
) -> list[dict[str, Any]]:
    """The call's span comes first. Raises ValueError of a record whose id is no request id."""
    trace_id, parent_id = _trace(record)
    own_id = _span_id(record, 0)
    ends_at = max(record.completed_at, record.created_at)
    attributes = {
        **call_attributes.of_call(record),
        **call_attributes.of_provider(known_providers.named(providers, record.provider_id)),
        "gen_ai.usage.cost": _own_cost(record),
        **call_attributes.of_ledger(record),
        "user.id": record.owner_email if has_owners else None,
    }
    call = {
        "traceId": trace_id,
        "spanId": own_id,
        **({"parentSpanId": parent_id} if parent_id else {}),
        "name": f"{attributes['gen_ai.operation.name']} {record.model}",
        "kind": _CLIENT,
        "startTimeUnixNano": otlp_json.nanoseconds(record.created_at),
        "endTimeUnixNano": otlp_json.nanoseconds(ends_at),
        "attributes": otlp_json.attributes(attributes),
        **_status(call_attributes.error_type(record)),
    }
    below = {"traceId": trace_id, "parentSpanId": own_id, "kind": _CLIENT}
    return [call, *({**below, **attempt} for attempt in _attempts(record, providers, ends_at))]


def _attempts(
    record: LedgerRecord, providers: Mapping[str, KnownProvider], ends_at: datetime
) -> Iterator[dict[str, Any]]:
    """One after the other from the call's beginning: of each no more is known than how long it took."""
    begun = record.created_at
    for number, attempt in enumerate(record.attempts, start=1):
        over = min(begun + attempt.duration, ends_at)
        operation = call_attributes.OPERATIONS[record.kind]
        yield {
            "spanId": _span_id(record, number),
            "name": f"{operation} {attempt.remote_model}",
            "startTimeUnixNano": otlp_json.nanoseconds(begun),
            "endTimeUnixNano": otlp_json.nanoseconds(over),
            "attributes": otlp_json.attributes(
                {
                    "gen_ai.operation.name": operation,
                    "gen_ai.request.model": attempt.remote_model,
                    **call_attributes.of_provider(known_providers.named(providers, attempt.provider_id)),
                    **call_attributes.of_usage(attempt.usage),
                    "gen_ai.usage.cost": float(attempt.cost),
                    "http.response.status_code": attempt.http_status,
                    "error.type": call_attributes.error_type_of(attempt),
                    "tollgate.request.id": record.request_id,
                    "tollgate.provider.id": attempt.provider_id,
                    "tollgate.attempt": number,
                }
            ),
            **_status(call_attributes.error_type_of(attempt)),
        }
        begun = over


def _trace(record: LedgerRecord) -> tuple[str, str | None]:
    if record.trace is None:
        return trace_context.trace_id_of(record.request_id), None
    named = trace_context.of_kept(record.trace)
    return named.trace_id, named.parent_id


def _span_id(record: LedgerRecord, number: int) -> str:
    return hashlib.sha256(f"{record.request_id} {number}".encode()).hexdigest()[:_SPAN_ID_DIGITS]


def _own_cost(record: LedgerRecord) -> float:
    """Without what attempts are charged, which have it themselves: whoever adds up spans gets the total."""
    attempts = money.total(attempt.cost for attempt in record.attempts)
    return float(money.difference(record.calculated_cost, attempts))


def _status(error: str | None) -> dict[str, Any]:
    return {"status": {"code": _ERROR, "message": error}} if error else {}
