"""The metrics of a request, written once, when its client has everything and its holds are closed.

A process that is killed before has lost them, and nothing else: what a call costs is in its record.
"""

from __future__ import annotations

import logging
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from tollgate.ledger.records import Outcome
from tollgate.pricing.usage import TokenClass
from tollgate.refusals import Reason
from tollgate_proxy.upstream.provider_calls import Fault

if TYPE_CHECKING:
    from datetime import datetime

    from tollgate.ledger.records import LedgerRecord
    from tollgate_proxy.call_notes import CallNotes
    from tollgate_proxy.http_messages import Request
    from tollgate_proxy.metered_call import Call
    from tollgate_proxy.ports import Metrics

logger = logging.getLogger(__name__)

_RATE_LIMITED = 429
_ACCOUNT = frozenset({401, 402, 403})
_SERVER_ERROR = 500


class UpstreamFailure(StrEnum):
    """How a provider failed to serve a call: the values that `UpstreamErrors` is split by."""

    RATE_LIMITED = "rate_limited"
    ACCOUNT = "account"
    SERVER_ERROR = "server_error"
    OTHER_STATUS = "other_status"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BROKEN_OFF = "broken_off"
    NO_COMPLETION = "no_completion"


def write(metrics: Metrics, request: Request, notes: CallNotes) -> None:
    """Writes them, and raises nothing: the request has been served."""
    try:
        if notes.call is not None:
            _write_call(metrics, request, notes, notes.call)
        elif notes.refused is not None:
            counted = {"CallsRefused": 1} | _internal_errors(notes)
            metrics.count(counted, Reason=notes.refused.value, request_id=request.id)
    except Exception:
        logger.exception("The metrics of request %s could not be written", request.id)


def charged(record: LedgerRecord) -> dict[str, float]:
    """What a record adds to costs and tokens. A metric is a float, and nobody is billed by it."""
    cached = record.usage.tokens.get(TokenClass.CACHED_INPUT, 0)
    figures = {
        "CostUsd": float(record.calculated_cost),
        "InputTokens": record.usage.prompt_tokens - cached,
        "CachedTokens": cached,
        "OutputTokens": record.usage.completion_tokens,
    }
    return {name: figure for name, figure in figures.items() if figure}


def _write_call(metrics: Metrics, request: Request, notes: CallNotes, call: Call) -> None:
    record = notes.record
    properties: dict[str, str | int | bool] = {
        "request_id": request.id,
        "api": call.sent.route.api.name,
        "model": call.model.system_name,
    }
    figures: dict[str, float] = {
        "CallsAdmitted": 1,
        "CallsFailed": int(record is None or record.outcome is Outcome.FAILED) - int(notes.is_rejected),
        **_durations(request, notes),
        **_internal_errors(notes),
    }
    if call.translation is not None:
        figures["CallsTranslated"] = 1
    if notes.is_rejected:
        figures["CallsRejected"] = 1
    if notes.settlement_failures:
        figures["SettlementFailures"] = notes.settlement_failures
    failures: Counter[UpstreamFailure] = Counter()
    if record is not None:
        failures = _failures(record, notes)
        figures |= _of_record(record, notes)
        properties |= _said(record)
    if not failures:
        # So that their average is a share of the calls.
        figures["UpstreamErrors"] = 0
    metrics.count(figures, **properties)
    for kind, number in failures.items():
        metrics.count({"UpstreamErrors": number}, Kind=kind.value, **properties)


def _of_record(record: LedgerRecord, notes: CallNotes) -> dict[str, float]:
    figures = charged(record)
    if record.streamed:
        figures["CallsBrokenOff"] = int(notes.is_broken_off)
    if record.fallback_from is not None:
        figures["CallsFallenBack"] = 1
    if record.downgraded_from is not None:
        figures["CallsDowngraded"] = 1
    if notes.closed_at is not None:
        figures["HoldAge"] = _between(record.created_at, notes.closed_at)
    return figures


def _said(record: LedgerRecord) -> dict[str, str | int | bool]:
    said = {
        "provider_id": record.provider_id,
        "outcome": record.outcome.value,
        "http_status": record.http_status,
        "streamed": record.streamed,
    }
    return {name: value for name, value in said.items() if value is not None}


def _durations(request: Request, notes: CallNotes) -> dict[str, float]:
    """Milliseconds. The gateway's own are those before a provider is asked, and those after its last word."""
    durations: dict[str, float] = {}
    begun = request.received_at
    if notes.ended_at is not None:
        durations["CallLatency"] = _between(begun, notes.ended_at)
    if notes.first_byte_at is not None:
        durations["FirstByte"] = _between(begun, notes.first_byte_at)
    if notes.asked_at is not None and notes.record is not None and notes.told_at is not None:
        afterwards = max(0.0, _between(notes.record.completed_at, notes.told_at))
        durations["GatewayLatency"] = round(_between(begun, notes.asked_at) + afterwards, 1)
    return durations


def _between(begun: datetime, ended: datetime) -> float:
    return round((ended - begun).total_seconds() * 1000, 1)


def _internal_errors(notes: CallNotes) -> dict[str, float]:
    return {"InternalErrors": 1} if notes.refused is Reason.INTERNAL_ERROR else {}


def _failures(record: LedgerRecord, notes: CallNotes) -> Counter[UpstreamFailure]:
    """Every try that a provider failed at, the last one included."""
    tried = [_failure(each.fault, each.http_status) for each in record.attempts]
    if notes.fault is not None and record.outcome is Outcome.FAILED:
        tried.append(_failure(notes.fault, record.http_status))
    return Counter(tried)


def _failure(fault: str, status: int | None) -> UpstreamFailure:
    if fault != Fault.STATUS or status is None:
        return UpstreamFailure.OTHER_STATUS if fault == Fault.STATUS else UpstreamFailure(str(fault))
    if status == _RATE_LIMITED:
        return UpstreamFailure.RATE_LIMITED
    if status in _ACCOUNT:
        return UpstreamFailure.ACCOUNT
    return UpstreamFailure.SERVER_ERROR if status >= _SERVER_ERROR else UpstreamFailure.OTHER_STATUS
