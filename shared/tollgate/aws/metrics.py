"""Metrics in CloudWatch's embedded format: a line of JSON in the log, from which it makes them.

By hand because it is one line of JSON: the proxy, whose cold start a client waits for, would import
Powertools for it.
Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = "Tollgate"
# Of which stack a metric is: there may be several in an account, each with alarms of its own.
DIMENSION = "Stack"


def count(metrics: Mapping[str, float], **properties: str) -> None:
    """Counts, by metric; `properties` are searchable beside them, but no dimensions, which cost by value."""
    stack = os.environ.get("STACK_NAME")
    dimensions = {DIMENSION: stack} if stack else {}
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
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
    sys.stdout.write(json.dumps(line) + "\n")
