"""What CloudWatch makes metrics of."""

from __future__ import annotations

import json

from tollgate.aws import metrics


def counted(capsys):
    metrics.count({"HoldExceeded": 1}, model="gpt-4o")
    return json.loads(capsys.readouterr().out)


def test_a_metric_names_its_stack(capsys, monkeypatch):
    """So the alarms of one stack don't go by what another one of the account counts."""
    monkeypatch.setenv("STACK_NAME", "tollgate-prod")
    line = counted(capsys)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["Stack"]]
    assert (line["Stack"], line["HoldExceeded"], line["model"]) == ("tollgate-prod", 1, "gpt-4o")


def test_outside_a_stack_a_metric_has_no_dimension(capsys, monkeypatch):
    monkeypatch.delenv("STACK_NAME", raising=False)
    line = counted(capsys)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]
    assert "Stack" not in line
