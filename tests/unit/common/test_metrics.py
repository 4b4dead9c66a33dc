"""What CloudWatch makes metrics of."""

from __future__ import annotations

import json
from typing import Any

import pytest

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


def put(metrics: dict[str, float], **properties: str) -> list[tuple[list[list[str]], dict[str, str]]]:
    """By directive: its sets of dimensions, and the units of its metrics."""
    log: list[str] = []
    EmbeddedMetrics("tollgate-prod", log.append, lambda: NOW).count(metrics, **properties)
    (line,) = map(json.loads, log)
    assert {name: line[name] for name in (*metrics, *properties)} == {**metrics, **properties}
    return [
        (each["Dimensions"], {metric["Name"]: metric["Unit"] for metric in each["Metrics"]})
        for each in line["_aws"]["CloudWatchMetrics"]
    ]


def test_a_figure_has_its_metrics_unit():
    units = {"CallsAdmitted": "Count", "CallLatency": "Milliseconds", "CostUsd": "None"}
    assert put(dict.fromkeys(units, 1.5)) == [([["Stack"]], units)]


def test_what_a_metric_is_split_by_is_a_dimension_besides_the_stack_and_nothing_else_is():
    assert put({"CallsRefused": 1, "CallLatency": 2}, Reason="budget_held", model="small") == [
        ([["Stack"]], {"CallLatency": "Milliseconds"}),
        ([["Stack"], ["Stack", "Reason"]], {"CallsRefused": "Count"}),
    ]
    assert put({"CallsRefused": 1}, model="small") == [([["Stack"]], {"CallsRefused": "Count"})]


def test_a_metric_that_nobody_knows_can_not_be_written():
    with pytest.raises(KeyError):
        put({"CallsAdmited": 1})
