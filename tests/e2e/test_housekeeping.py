"""The ledger's housekeeping on the deployed template: what was abandoned is settled, and all adds up."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
import httpx
import pytest

from infra.ops.costs.__main__ import main as costs_command
from infra.ops.ledger.__main__ import main as ledger_command
from tests.support.builders import admission
from tests.support.waiting import until
from tollgate import identifiers
from tollgate.clock import utc_now
from tollgate.keys import api_keys
from tollgate.ledger.store.ledger import Ledger

if TYPE_CHECKING:
    from infra.local.stack import Stack


@pytest.fixture
def aws(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    """Clients for the stack, also those that the command makes itself."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.aws_endpoint_url)
    return boto3.client


def test_an_abandoned_request_is_charged_by_the_schedules_sweep_and_the_ledger_adds_up(stack, aws, capsys):
    headers = {"authorization": f"Bearer {stack.admin_token}"}
    with httpx.Client(base_url=stack.admin_url, headers=headers, timeout=60) as admin:
        created = admin.post("/apiKey", json={"name": "abandoned", "budgetLimit": "10"}).json()
        key = api_keys.parse(created["key"])
        begun = utc_now()
        tables = stack.outputs["KeysTable"], stack.outputs["UsageTable"]
        Ledger(aws("dynamodb"), *tables, timedelta(days=400)).admit(
            admission(
                key,
                request_id=identifiers.request_id(begun),
                at=begun,
                hold_until=begun + timedelta(milliseconds=1),
                cost="2",
            )
        )

        for task in ("sweep", "audit"):
            invoke(stack, aws, task)

        assert admin.get(f"/apiKey/{created['id']}").json()["budgetUsed"] == "2"
    assert ledger_command(["check", "--stack", stack.stack_name]) == 0
    assert "none drifting" in capsys.readouterr().out


def test_the_rollup_of_the_deployed_stack_has_counted_what_its_records_say(stack, aws, capsys):
    days = [str((utc_now() - timedelta(days=1)).date()), str(utc_now().date())]
    arguments = ["--stack", stack.stack_name, "--from", days[0], "--to", days[1]]

    until(lambda: costs_command(["check", *arguments]) == 0)
    assert "no aggregates differ" in capsys.readouterr().out
    assert costs_command(["replay", *arguments]) == 1
    assert "still being added to" in capsys.readouterr().err
    assert costs_command(["check", *arguments]) == 0


def test_the_schedule_closes_days_of_the_deployed_stack(stack, aws, capsys):
    invoke(stack, aws, "close", "RollupFunction")
    long_ago = str((utc_now() - timedelta(days=5)).date())
    arguments = ["--stack", stack.stack_name, "--from", long_ago, "--to", long_ago]
    assert costs_command(["replay", *arguments]) == 0
    assert "no sums were put right" in capsys.readouterr().out


def invoke(stack, aws, task: str, function: str = "SweeperFunction") -> None:
    """As the schedule does, with its own input."""
    inputs = [
        target["Input"]
        for rule in aws("events").list_rules()["Rules"]
        for target in aws("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    ]
    (scheduled,) = (each for each in inputs if json.loads(each) == {"task": task})
    resources = aws("cloudformation").list_stack_resources(StackName=stack.stack_name)[
        "StackResourceSummaries"
    ]
    (name,) = (each["PhysicalResourceId"] for each in resources if each["LogicalResourceId"] == function)
    answer = aws("lambda").invoke(FunctionName=name, Payload=scheduled)
    assert "FunctionError" not in answer, answer["Payload"].read()
