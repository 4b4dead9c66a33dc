"""Alarms and dashboard: what they look at is written by somebody, and what can fail unseen has an alarm.

That each of Tollgate's own metrics is written is shown by `test_emitted_metrics.py`, by the same list.
"""

from __future__ import annotations

import re

import pytest

from tests.support.watched_metrics import (
    RESOURCES,
    TEMPLATE,
    Watched,
    alarms,
    dashboard,
    of_alarms,
    of_dashboard,
    resources,
)
from tollgate.aws.metric_names import METRICS
from tollgate.aws.metrics import DIMENSION, NAMESPACE, SPLIT_BY
from tollgate.refusals import Reason
from tollgate_proxy.call_metrics import UpstreamFailure

# AWS's own that are looked at, and the dimensions that each has, by its documentation:
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
# https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
# https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
FUNCTION, TABLE, API = ({"FunctionName"},), {"TableName"}, ({"ApiName", "Stage"},)
INDEX = {"TableName", "GlobalSecondaryIndexName"}
DOCUMENTED: dict[tuple[str, str], tuple[set[str], ...]] = {
    ("AWS/Lambda", "Errors"): (*FUNCTION, {"FunctionName", "Resource", "ExecutedVersion"}),
    ("AWS/Lambda", "Invocations"): FUNCTION,
    ("AWS/Lambda", "Throttles"): FUNCTION,
    ("AWS/Lambda", "IteratorAge"): FUNCTION,
    ("AWS/Lambda", "ConcurrentExecutions"): FUNCTION,
    ("AWS/Lambda", "ClaimedAccountConcurrency"): (set(),),
    ("AWS/ApiGateway", "Count"): API,
    ("AWS/ApiGateway", "4XXError"): API,
    ("AWS/ApiGateway", "5XXError"): API,
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ({"QueueName"},),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): (TABLE, INDEX),
    ("AWS/DynamoDB", "ReadThrottleEvents"): (TABLE, INDEX),
    ("AWS/DynamoDB", "WriteThrottleEvents"): (TABLE, INDEX),
    ("AWS/DynamoDB", "SystemErrors"): ({"TableName", "Operation"},),
    ("AWS/SNS", "NumberOfNotificationsFailed"): ({"TopicName"},),
    ("AWS/SES", "Reputation.BounceRate"): (set(),),
    ("AWS/SES", "Reputation.ComplaintRate"): (set(),),
}
# Of what kind the resource is that a dimension names, and how it is named.
NAMED = {
    "FunctionName": ("AWS::Serverless::Function", r"\$\{(\w+)\}"),
    "TableName": ("AWS::DynamoDB::Table", r"\$\{(\w+)\}"),
    "QueueName": ("AWS::SQS::Queue", r"\$\{(\w+)\.QueueName\}"),
    "TopicName": ("AWS::SNS::Topic", r"\$\{(\w+)\.TopicName\}"),
}
# Which alarm goes off when a schedule's task is no longer done.
MISSING = {
    ("AlertsFunction", "ComeBack"): "AlertsMissingAlarm",
    ("BatchesFunction", "Look"): "BatchesMissingAlarm",
    ("RollupFunction", "Close"): "CloseMissingAlarm",
    ("ArchiveFunction", "Archive"): "ArchiveIdleAlarm",
    ("SweeperFunction", "Audit"): "AuditMissingAlarm",
    ("SweeperFunction", "Seal"): "SealsOverdueAlarm",
    ("SweeperFunction", "Sweep"): "SweepMissingAlarm",
}
# Alarms of what every deployment has, that not every one has.
NARROWER = {"NewVersionAlarm": "IsGradual"}
WATCHED = [*of_alarms(), *of_dashboard()]
FUNCTIONS = resources("AWS::Serverless::Function")


def alarmed(metric: str, dimension: str) -> set[str]:
    """The resources whose metric an alarm looks at."""
    named = (each.dimensions.get(dimension) for each in of_alarms() if each.metric == metric)
    return {re.sub(r"\$\{(\w+).*", r"\1", name) for name in named if name}


@pytest.mark.parametrize("watched", WATCHED, ids=[f"{each.by}: {each.metric}" for each in WATCHED])
def test_what_is_looked_at_is_written_by_tollgate_or_documented_by_aws(watched: Watched) -> None:
    if watched.namespace == NAMESPACE:
        split_by = METRICS[watched.metric].split_by
        assert watched.dimensions[DIMENSION] == "${AWS::StackName}"
        assert watched.dimensions.keys() - {DIMENSION} <= {split_by}
    else:
        assert watched.dimensions.keys() in DOCUMENTED[watched.namespace, watched.metric]
    for dimension, value in watched.dimensions.items():
        if dimension in NAMED:
            kind, name = NAMED[dimension]
            found = re.fullmatch(name, value)
            assert found, value
            assert RESOURCES[found[1]]["Type"] == kind
        if dimension == "GlobalSecondaryIndexName":
            table = RESOURCES[watched.dimensions["TableName"].strip("${}")]["Properties"]
            assert value in [each["IndexName"] for each in table["GlobalSecondaryIndexes"]]


def test_every_metric_is_looked_at_by_an_alarm_or_on_the_dashboard() -> None:
    assert METRICS.keys() <= {each.metric for each in WATCHED if each.namespace == NAMESPACE}


def test_what_a_metric_is_split_by_has_few_values_and_no_key_or_model_is_one() -> None:
    assert {each.split_by for each in METRICS.values()} - {None} == set(SPLIT_BY)
    assert len(Reason) + len(UpstreamFailure) < 70


def test_every_alarm_reaches_the_admins_who_hear_of_the_end_of_what_lasts() -> None:
    for name, alarm in alarms().items():
        assert [action.argument for action in alarm["AlarmActions"]] == ["AdminTopic"], name
        assert alarm["AlarmDescription"], name
        lasts = alarm["TreatMissingData"] == "breaching" or alarm.get("EvaluationPeriods", 1) > 1
        if lasts:
            assert [action.argument for action in alarm["OKActions"]] == ["AdminTopic"], name
    shared = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert shared["STACK_NAME"].argument == "AWS::StackName"


def test_every_function_queue_stream_and_table_has_an_alarm_for_its_failures() -> None:
    assert alarmed("Errors", "FunctionName") == FUNCTIONS.keys()
    assert alarmed("ApproximateNumberOfMessagesVisible", "QueueName") == resources("AWS::SQS::Queue").keys()
    mappings = resources("AWS::Lambda::EventSourceMapping").values()
    readers = {each["FunctionName"].argument.removesuffix(".Alias") for each in mappings}
    assert alarmed("IteratorAge", "FunctionName") == readers
    assert alarmed("WriteThrottleEvents", "TableName") == resources("AWS::DynamoDB::Table").keys()
    assert alarmed("NumberOfNotificationsFailed", "TopicName") == resources("AWS::SNS::Topic").keys()


def test_every_schedule_has_an_alarm_for_when_its_task_is_no_longer_done() -> None:
    schedules = {
        (function, name)
        for function, properties in FUNCTIONS.items()
        for name, event in properties.get("Events", {}).items()
        if event["Type"] in {"Schedule", "ScheduleV2"}
    }
    assert schedules == MISSING.keys()
    for name in set(MISSING.values()) - {"AuditMissingAlarm"}:  # which a sweep tells of, if there are any
        assert alarms()[name]["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("name", alarms())
def test_an_alarm_looks_at_no_more_time_than_cloudwatch_does(name: str) -> None:
    """A day for periods below an hour, else a week: PutMetricAlarm's documentation."""
    alarm = alarms()[name]
    period = alarm["Period"]
    assert period * alarm["EvaluationPeriods"] <= (86_400 if period < 3600 else 604_800)


def test_an_alarm_of_a_resource_that_a_deployment_may_not_have_is_on_its_condition() -> None:
    for watched in of_alarms():
        for dimension in watched.dimensions.keys() & NAMED.keys():
            named = re.sub(r"\$\{(\w+).*", r"\1", watched.dimensions[dimension])
            condition = NARROWER.get(watched.by, RESOURCES[named].get("Condition"))
            assert RESOURCES[watched.by].get("Condition") == condition, watched.by


def test_the_dashboard_fits_and_names_alarms_that_every_deployment_has() -> None:
    """It has 24 columns, and widgets don't overlap."""
    taken: set[tuple[int, int]] = set()
    for widget in dashboard()["widgets"]:
        cells = {
            (column, row)
            for column in range(widget["x"], widget["x"] + widget["width"])
            for row in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken, widget["properties"]["title"]
        assert max(column for column, _ in cells) < 24
        taken |= cells
    (listed,) = [each["properties"]["alarms"] for each in dashboard()["widgets"] if each["type"] == "alarm"]
    names = [each.removeprefix("${").removesuffix(".Arn}") for each in listed]
    assert sorted(names) == sorted(name for name in alarms() if "Condition" not in RESOURCES[name])
