"""What CloudWatch makes metrics of."""

from __future__ import annotations

import json
from typing import Any

from tests.support.builders import NOW
from tollgate.aws.metrics import EmbeddedMetrics


def counted(stack: str | None) -> Any:
    log: list[str] = []
    EmbeddedMetrics(stack, log.append, lambda: NOW).count({"HoldExceeded": 1}, model="gpt-4o")
    (line,) = log
    assert line.endswith("}\n")
    return json.loads(line)


def test_a_metric_names_its_stack():
    """So the alarms of one stack don't go by what another one of the account counts."""
    line = counted("tollgate-prod")
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["Stack"]]
    assert (line["Stack"], line["HoldExceeded"], line["model"]) == ("tollgate-prod", 1, "gpt-4o")


def test_a_metric_says_in_milliseconds_when_it_was_counted():
    assert counted(None)["_aws"]["Timestamp"] == NOW.timestamp() * 1000


def test_outside_a_stack_a_metric_has_no_dimension():
    line = counted(None)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]
    assert "Stack" not in line
