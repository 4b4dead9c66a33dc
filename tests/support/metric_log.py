"""Metrics as a function's log has them, and CloudWatch takes them from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from tollgate.aws.metrics import NAMESPACE, EmbeddedMetrics
from tollgate.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable


class Figure(NamedTuple):
    """A metric of one set of dimensions: their names, sorted."""

    name: str
    dimensions: tuple[str, ...]


class MetricLog:
    """What is written by the metrics that it gives out."""

    def __init__(self, stack: str | None = "tollgate-test") -> None:
        self.text: list[str] = []
        self.metrics = EmbeddedMetrics(stack, self.text.append, utc_now)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text]

    def taken(self) -> list[dict[str, Any]]:
        """What was written since the last time."""
        lines = self.lines
        self.text.clear()
        return lines

    def sums(self) -> dict[str, float]:
        """By metric, of what was written since the last time."""
        summed: dict[str, float] = {}
        for line in self.taken():
            for name in {figure.name for figure in figures(line)}:
                summed[name] = summed.get(name, 0) + line[name]
        return summed


def figures(line: dict[str, Any]) -> Iterable[Figure]:
    """Raises AssertionError for what CloudWatch would make nothing of."""
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == NAMESPACE
        for metric in directive["Metrics"]:
            assert isinstance(line[metric["Name"]], int | float), metric
            for dimensions in directive["Dimensions"]:
                assert all(isinstance(line[each], str) for each in dimensions), dimensions
                yield Figure(metric["Name"], tuple(sorted(dimensions)))
