"""That operators find every alarm, metric and output of the template on the pages for them."""

from __future__ import annotations

import re

from infra.local.environment import ROOT
from infra.local.tables import read_template
from tollgate.aws.metric_names import METRICS
from tollgate_proxy.call_metrics import UpstreamFailure

TEMPLATE = read_template(ROOT / "template.yaml")
OPERATING = (ROOT / "docs/operating.md").read_text()
ALARMS = {
    name: resource["Properties"]
    for name, resource in TEMPLATE["Resources"].items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}


def first_cells(page, heading):
    """What stands in code in the first column of a section's tables."""
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def default(parameter):
    return TEMPLATE["Parameters"][parameter]["Default"]


def is_on(alarm):
    """Whether a stack with the default parameters has it. Fails on a condition that this doesn't know."""
    if "Condition" not in alarm:
        return True
    return {
        "HasConsole": default("Console") == "on",
        "HasTelemetry": default("OtlpEndpoint") != "",
        "HasArchive": default("Archive") == "on",
        "HasSender": default("SenderEmail") != "",
        "IsGradual": default("GradualDeployment") != "off",
        "HasConcurrencyAlarm": default("ConcurrencyAlarmAt") != 0,
    }[alarm["Condition"]]


def test_the_price_of_an_idle_stack_has_as_many_alarms_as_the_template():
    alarms = sum(
        is_on(resource)
        for resource in TEMPLATE["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    )
    # An alarm costs $0.10 a month.
    assert f"${alarms / 10:.2f} for {alarms} alarms" in OPERATING


def test_every_alarm_says_what_to_do_and_there_is_no_other():
    assert first_cells(OPERATING, "Alarms") == ALARMS.keys()


def test_every_metric_is_explained_and_there_is_no_other():
    page = (ROOT / "docs/observability.md").read_text()
    assert first_cells(page, "Metrics") == METRICS.keys()


def test_every_kind_of_a_providers_failure_is_explained():
    page = (ROOT / "docs/observability.md").read_text()
    assert set(UpstreamFailure) <= first_cells(page, "Providers' failures")


def test_every_output_of_the_stack_is_described():
    page = (ROOT / "docs/deployment.md").read_text()
    outputs = set(re.findall(r"`(\w+)`", page.partition("| output | |")[2].partition("\n\n")[0]))
    assert TEMPLATE["Outputs"].keys() <= outputs
