"""Metrics in CloudWatch's embedded format: a line of JSON in the log, from which it makes them.

By hand because it is one line of JSON: the proxy, whose cold start a client waits for, would import
Powertools for it.
Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.clock import Clock

NAMESPACE = "Tollgate"
# Of which stack a metric is: there may be several in an account, each with alarms of its own.
DIMENSION = "Stack"
# What else a metric may be split by: a refusal's reason, the kind of a provider's failure.
SPLIT_BY = ("Reason", "Kind")

_encoded = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class EmbeddedMetrics:
    """The metrics of a stack, None outside of any. `write` takes a line of the function's log."""

    stack: str | None
    write: Callable[[str], object]
    clock: Clock

    def count(self, metrics: Mapping[str, float], **properties: str | int | bool) -> None:
        """Writes figures by their metrics, which are those of `metric_names`, in the units given there.

        `properties` can be searched for beside them, in CloudWatch's Logs Insights, and are no dimensions:
        each value of one costs. The exception is what a metric is split by: with a property of that name it
        is counted for the stack as a whole, and for this value once more. No property names a key, or has
        anything of what a client sent.
        """
        own = () if self.stack is None else (DIMENSION,)
        split_by = tuple(filter(properties.__contains__, SPLIT_BY))
        figures = {**properties, **dict.fromkeys(own, self.stack), **metrics}
        self.write(
            f'{{"_aws":{{"Timestamp":{round(self.clock().timestamp() * 1000)},'
            f'"CloudWatchMetrics":{_directives(tuple(metrics), own, split_by)}}},'
            f"{_encoded(figures)[1:]}\n"
        )


@lru_cache(maxsize=256)
def _directives(names: tuple[str, ...], own: tuple[str, ...], split_by: tuple[str, ...]) -> str:
    """What of a line are metrics, by their dimensions: much of its length, and the same for many lines."""
    # The proxy's start goes without: it writes its first line when its first answer is over.
    from tollgate.aws.metric_names import METRICS  # noqa: PLC0415

    whole, split = [], []
    for name in names:
        metric = METRICS[name]
        told = {"Name": name, "Unit": metric.unit}
        if metric.split_by is not None and metric.split_by in split_by:
            split.append(_directive([own, (*own, metric.split_by)], [told]))
        else:
            whole.append(told)
    return _encoded([*([_directive([own], whole)] if whole else []), *split])


def _directive(dimensions: list[tuple[str, ...]], metrics: list[dict[str, str]]) -> dict[str, object]:
    return {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": metrics}
