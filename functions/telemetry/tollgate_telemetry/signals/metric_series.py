"""Metrics' series as this process has added them up, and what of them is sent.

A process is an instance of its own to a receiver (`service.instance.id`), whose series begin with it. Of a
cumulative series each export says what it was, and a millisecond later what it is: a receiver that looks at a
window of time sees all that was added within, however rarely something is, and from the first export on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tollgate_telemetry.otlp import otlp_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from tollgate_telemetry.signals.inference_metrics import Instrument, Labels, Measurement

    Series = tuple[Instrument, Labels]

# https://opentelemetry.io/docs/specs/otel/metrics/data-model/#temporality
_DELTA: Final = 1
_CUMULATIVE: Final = 2
_MILLISECOND = timedelta(milliseconds=1)
# How many series an instrument may have in a process, and the one that the rest is added to. Where a model
# stands for whatever its provider has, clients choose names, and each is a series to keep and to pay for.
# https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits
_MAX_SERIES: Final = 2000
_OVERFLOW: Final = (("otel.metric.overflow", True),)


class Tally(NamedTuple):
    """What has been added to a series. `counts` are a histogram's, a bucket each, and empty for a counter's.

    Amounts in USD are added up exactly, and other numbers than whole ones rounded.
    """

    total: Any
    counts: tuple[int, ...]

    def plus(self, measurement: Measurement) -> Tally:
        counts = self.counts
        if counts:
            # A bucket has its upper end.
            place = bisect_left(measurement.instrument.bounds, measurement.value)
            counts = (*counts[:place], counts[place] + 1, *counts[place + 1 :])
        return Tally(self.total + measurement.value, counts)


class MetricSeries:
    """`begun_at` is the moment from which on this process counts."""

    def __init__(self, begun_at: datetime) -> None:
        self._tallies: dict[Series, Tally] = {}
        self._series: Counter[Instrument] = Counter()
        self._begun_at = self._sent_at = begun_at

    def metrics_of(
        self, measurements: Iterable[Measurement], now: datetime, *, is_delta: bool
    ) -> tuple[list[dict[str, Any]], datetime]:
        """What is sent of these measurements, and of which moment it is. They don't count before `keep`."""
        at = max(now, self._sent_at + 2 * _MILLISECOND)
        measurements = self._bounded(measurements)
        if is_delta:
            added = _added({}, measurements)
            points = {each: [_point(each, tally, self._sent_at, at)] for each, tally in added.items()}
        else:
            added = _added(self._tallies, measurements)
            points = {each: self._points(each, tally, at) for each, tally in added.items()}
        return list(_metrics(points, _DELTA if is_delta else _CUMULATIVE)), at

    def keep(self, measurements: Iterable[Measurement], sent_at: datetime) -> None:
        """Counts what has been sent."""
        added = _added(self._tallies, self._bounded(measurements))
        self._series.update(instrument for instrument, _ in added.keys() - self._tallies.keys())
        self._tallies.update(added)
        self._sent_at = sent_at

    def _bounded(self, measurements: Iterable[Measurement]) -> list[Measurement]:
        """Those of a new series for which there is no room are of the one for the rest."""
        bounded: list[Measurement] = []
        new: set[Series] = set()
        numbers = self._series.copy()
        for each in measurements:
            series = (each.instrument, each.labels)
            if series not in self._tallies and series not in new:
                # One place is that of the rest.
                if numbers[each.instrument] >= _MAX_SERIES - 1:
                    bounded.append(each._replace(labels=_OVERFLOW))
                    continue
                new.add(series)
                numbers[each.instrument] += 1
            bounded.append(each)
        return bounded

    def _points(self, series: Series, tally: Tally, at: datetime) -> list[dict[str, Any]]:
        before = self._tallies.get(series) or _nothing(series)
        return [
            _point(series, before, self._begun_at, at - _MILLISECOND),
            _point(series, tally, self._begun_at, at),
        ]


def _added(tallies: Mapping[Series, Tally], measurements: Iterable[Measurement]) -> dict[Series, Tally]:
    added: dict[Series, Tally] = {}
    for each in measurements:
        series = (each.instrument, each.labels)
        tally = added.get(series) or tallies.get(series) or _nothing(series)
        added[series] = tally.plus(each)
    return added


def _nothing(series: Series) -> Tally:
    bounds = series[0].bounds
    return Tally(0, (0,) * (len(bounds) + 1) if bounds else ())


def _metrics(points: Mapping[Series, list[dict[str, Any]]], temporality: int) -> Iterator[dict[str, Any]]:
    """Points of one instrument stand together."""
    by_instrument: dict[Instrument, list[dict[str, Any]]] = defaultdict(list)
    for (instrument, _), own in points.items():
        by_instrument[instrument].extend(own)
    for instrument, own in by_instrument.items():
        body: dict[str, Any] = {"dataPoints": own, "aggregationTemporality": temporality}
        kind = {"histogram": body} if instrument.bounds else {"sum": {**body, "isMonotonic": True}}
        yield {
            "name": instrument.name,
            "unit": instrument.unit,
            "description": instrument.description,
            **kind,
        }


def _point(series: Series, tally: Tally, start: datetime, at: datetime) -> dict[str, Any]:
    instrument, labels = series
    point = {
        "attributes": otlp_json.attributes(dict(labels)),
        "startTimeUnixNano": otlp_json.nanoseconds(start),
        "timeUnixNano": otlp_json.nanoseconds(at),
    }
    if instrument.bounds:
        return {
            **point,
            "count": str(sum(tally.counts)),
            "sum": float(tally.total),
            "bucketCounts": list(map(str, tally.counts)),
            "explicitBounds": list(instrument.bounds),
        }
    if isinstance(tally.total, int):
        return {**point, "asInt": str(tally.total)}
    return {**point, "asDouble": float(tally.total)}
