"""Metrics in CloudWatch's embedded format: a line of JSON in the log, from which it makes them.

By hand because it is one line of JSON: the proxy, whose cold start a client waits for, would import
Powertools for it.
Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tollgate.lean_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.clock import Clock

NAMESPACE = "Tollgate"
# Of which stack a metric is: there may be several in an account, each with alarms of its own.
DIMENSION = "Stack"


@dataclass(frozen=True, slots=True)
class EmbeddedMetrics:
    """The metrics of a stack, None outside of any. `write` takes a line of the function's log."""

    stack: str | None
    write: Callable[[str], object]
    clock: Clock

    def count(self, metrics: Mapping[str, float], **properties: str) -> None:
        """Counts, by metric; `properties` are searchable beside it, but no dimensions: each value costs."""
        dimensions = {DIMENSION: self.stack} if self.stack else {}
        line = {
            "_aws": {
                "Timestamp": round(self.clock().timestamp() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": NAMESPACE,
                        "Dimensions": [list(dimensions)],
                        "Metrics": [{"Name": name, "Unit": "Count"} for name in metrics],
                    }
                ],
            },
            **properties,
            **dimensions,
            **metrics,
        }
        self.write(json.dumps(line) + "\n")
