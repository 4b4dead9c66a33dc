"""Metrics in CloudWatch's embedded format: a line of JSON in the log, from which it makes them.

By hand because it is one line of JSON: the proxy, whose cold start a client waits for, would import
Powertools for it.
Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = "Tollgate"


def count(metrics: Mapping[str, float], **properties: str) -> None:
    """Counts, by metric; `properties` are searchable beside them, but no dimensions, which cost by value."""
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [[]],
                    "Metrics": [{"Name": name, "Unit": "Count"} for name in metrics],
                }
            ],
        },
        **properties,
        **metrics,
    }
    sys.stdout.write(json.dumps(line) + "\n")
