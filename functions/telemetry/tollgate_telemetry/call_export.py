"""Records of the usage stream, handed on to receivers: which are done, and which come again.

A record is done when each receiver has taken it, or has refused it for good. All others stay in the stream.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from tollgate_telemetry.otlp import otlp_json
from tollgate_telemetry.otlp.otlp_client import RefusedError, UnavailableError
from tollgate_telemetry.signals import call_spans, inference_metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tollgate.aws.metrics import EmbeddedMetrics
    from tollgate.clock import Clock
    from tollgate.ledger.records import LedgerRecord
    from tollgate_telemetry.otlp.otlp_client import OtlpClient, Taken
    from tollgate_telemetry.otlp.otlp_settings import Destination, KnownSettings, OtlpSettings
    from tollgate_telemetry.signals.known_providers import KnownProvider, KnownProviders
    from tollgate_telemetry.signals.metric_series import MetricSeries

T = TypeVar("T")

logger = logging.getLogger(__name__)

# Some 2 KB each, before they are packed; receivers take several megabytes.
_RECORDS_A_REQUEST = 200
# How often what is refused is halved to find what it is refused for, in one event.
_MOST_HALVINGS = 40


class Delivered(NamedTuple):
    """A record of the stream by its sequence number."""

    number: str
    record: LedgerRecord


class Exporter:
    """Of this execution environment. `resource` are attributes of all that is sent, `instance` names it."""

    def __init__(
        self,
        settings: KnownSettings,
        providers: KnownProviders,
        client: OtlpClient,
        series: MetricSeries,
        *,
        resource: Mapping[str, str],
        instance: str,
        clock: Clock,
        meter: EmbeddedMetrics,
    ) -> None:
        self._settings, self._providers, self._client = settings, providers, client
        self._series, self._clock, self._meter = series, clock, meter
        self._resource, self._instance = resource, instance
        self._spans_sent: set[str] = set()
        self._halvings = 0
        self._dropped = 0

    def export(self, batch: Sequence[Delivered], unread: int, give_up_at: float) -> str | None:
        """The number of the first record that isn't done, None if all are. `unread` ones are given up.

        Nothing is begun after `give_up_at`, on the client's clock. Raises `ServiceError` if AWS doesn't
        answer, and `ValueError` if settings are none.
        """
        self._halvings, self._dropped = 0, unread
        settings = self._settings.current()
        done = self._with_spans(batch, settings, give_up_at)
        if settings.metrics is not None and done:
            sent = {each.number for each in batch[:done]}
            try:
                self._send_metrics(batch[:done], settings.metrics, settings, give_up_at)
                sent = set()
            except UnavailableError as error:
                self._note(error)
                done = 0
            # Of those that come again for their metrics alone.
            self._spans_sent = sent
        self._meter.count({"TelemetryRecords": done, "TelemetryDropped": self._dropped})
        return batch[done].number if done < len(batch) else None

    def _with_spans(self, batch: Sequence[Delivered], settings: OtlpSettings, give_up_at: float) -> int:
        """How many records from the first on have their spans at the receiver, or need none."""
        if settings.traces is None:
            return len(batch)
        providers = self._providers.by_id()
        for first in range(0, len(batch), _RECORDS_A_REQUEST):
            some = [
                each.record
                for each in batch[first : first + _RECORDS_A_REQUEST]
                if each.number not in self._spans_sent
            ]
            try:
                self._send_spans(some, settings.traces, settings, providers, give_up_at)
            except UnavailableError as error:
                self._note(error)
                return first
        return len(batch)

    def _send_spans(
        self,
        records: Sequence[LedgerRecord],
        to: Destination,
        settings: OtlpSettings,
        providers: Mapping[str, KnownProvider],
        give_up_at: float,
    ) -> None:
        """What is refused is halved, so that one record takes no others with it."""
        waiting = [records] if records else []
        while waiting:
            some = waiting.pop()
            spans = self._made(some, partial(_spans_of, providers=providers, settings=settings))
            if not spans:
                continue
            resource = {**self._resource, **settings.resource}
            try:
                taken = self._client.send(to, otlp_json.traces_request(resource, spans), give_up_at)
            except RefusedError as error:
                if len(some) > 1 and self._halvings < _MOST_HALVINGS:
                    self._halvings += 1
                    middle = len(some) // 2
                    waiting += [some[middle:], some[:middle]]
                    continue
                self._dropped += len(some)
                ids = ", ".join(each.request_id for each in some)
                logger.error("%s, to spans of %s", error, ids)  # noqa: TRY400 - it says all
            else:
                self._note_rejected(to, taken, len(spans))

    def _send_metrics(
        self, batch: Sequence[Delivered], to: Destination, settings: OtlpSettings, give_up_at: float
    ) -> None:
        providers = self._providers.by_id()
        measurements = self._made(
            [each.record for each in batch], partial(inference_metrics.measurements_of, providers=providers)
        )
        metrics, at = self._series.metrics_of(measurements, self._clock(), is_delta=settings.is_delta)
        resource = {**self._resource, **settings.resource, "service.instance.id": self._instance}
        try:
            taken = self._client.send(to, otlp_json.metrics_request(resource, metrics), give_up_at)
        except RefusedError as error:
            self._dropped += len(batch)
            logger.error("%s, to metrics of %d calls", error, len(batch))  # noqa: TRY400
        else:
            # A series has two points at most.
            self._note_rejected(to, taken, 2 * len(measurements))
        self._series.keep(measurements, at)

    def _made(
        self, records: Sequence[LedgerRecord], made_of: Callable[[LedgerRecord], Iterable[T]]
    ) -> list[T]:
        """Of a record that nothing can be made of, nothing is told: no other has to wait for it."""
        made: list[T] = []
        for each in records:
            try:
                made += made_of(each)
            except Exception:
                logger.exception("Record %s is not told", each.request_id)
                self._dropped += 1
        return made

    def _note_rejected(self, to: Destination, taken: Taken, sent: int) -> None:
        """Which they are, receivers don't say and they aren't sent again. No more count than were sent."""
        rejected = min(taken.rejected, sent)
        self._dropped += rejected
        if rejected or taken.message:
            logger.warning("%s rejected %d of what was sent: %s", to.url, rejected, taken.message)

    def _note(self, error: UnavailableError) -> None:
        logger.warning("Calls wait to be told: %s", error)
        if error.is_senders_own:
            self._settings.forget()


def _spans_of(
    record: LedgerRecord, providers: Mapping[str, KnownProvider], settings: OtlpSettings
) -> list[dict[str, Any]]:
    """None of a call whose client doesn't record it, where that counts."""
    if settings.follows_parent and not call_spans.is_recorded(record):
        return []
    return call_spans.spans_of(record, providers, has_owners=settings.has_owners)
