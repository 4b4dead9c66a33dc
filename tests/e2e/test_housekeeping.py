"""The ledger's housekeeping on the deployed template: what was abandoned is settled, and all adds up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import boto3
import httpx
import pytest

from tests.support import cli_runner, schedules
from tests.support.builders import admission, record
from tests.support.waiting import until
from tollgate import identifiers
from tollgate.aws.dynamodb import item
from tollgate.clock import utc_now
from tollgate.keys import api_keys
from tollgate.ledger.store import record_items
from tollgate.ledger.store.ledger import Ledger
from tollgate.seals import sealing_times

if TYPE_CHECKING:
    from infra.local.stack import Stack


@pytest.fixture
def aws(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    """Clients for the stack, also those that commands make themselves."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.aws_endpoint_url)
    return boto3.client


def test_an_abandoned_request_is_charged_by_the_schedules_sweep_and_the_ledger_adds_up(stack, aws):
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
    ran = cli_runner.run("ledger", "check", "--stack", stack.stack_name)
    assert ran.code == 0
    assert "none drifting" in ran.stderr


def test_the_rollup_of_the_deployed_stack_has_counted_what_its_records_say(stack, aws):
    days = [str((utc_now() - timedelta(days=1)).date()), str(utc_now().date())]
    arguments = ["--stack", stack.stack_name, "--from", days[0], "--to", days[1]]

    until(lambda: cli_runner.run("costs", "check", *arguments).code == 0)
    replayed = cli_runner.run("costs", "replay", "--yes", *arguments)
    assert replayed.code == 1
    assert "still being added to" in replayed.stderr
    assert cli_runner.run("costs", "check", *arguments).code == 0


def test_the_schedule_closes_days_of_the_deployed_stack(stack, aws):
    invoke(stack, aws, "close", "RollupFunction")
    long_ago = str((utc_now() - timedelta(days=5)).date())
    arguments = ["--stack", stack.stack_name, "--from", long_ago, "--to", long_ago]
    ran = cli_runner.run("costs", "replay", "--yes", "--json", *arguments)
    assert (ran.code, ran.json["corrected"]) == (0, 0)


def test_a_day_of_the_deployed_stack_is_sealed_and_its_records_are_proved(stack, aws, tmp_path):
    """Of the latest day that is over for long enough: no other test has anything of it."""
    day = sealing_times.latest_due(utc_now())
    noon = datetime.combine(day, time(12), UTC)
    made = record(identifiers.request_id(noon), created_at=noon, completed_at=noon, cost="0")
    stored = item(record_items.to_item(made, timedelta(days=400)))
    aws("dynamodb").put_item(TableName=stack.outputs["UsageTable"], Item=stored)
    invoke(stack, aws, "seal")

    arguments = ["--stack", stack.stack_name]
    chain = cli_runner.run("proof", "chain", "--json", *arguments)
    assert (chain.code, chain.json["first"], chain.json["problems"]) == (0, str(day), [])
    compared = cli_runner.run("proof", "day", str(day), *arguments)
    assert (compared.code, compared.stderr.partition(":")[0]) == (0, "1 day, 1 sealed item")
    saved = str(tmp_path / "proof.json")
    proved = cli_runner.run("proof", "record", made.request_id, "--save", saved, "--json", *arguments)
    assert (proved.code, proved.json["head"]) == (0, chain.json["head"])
    assert cli_runner.run("proof", "verify", saved, "--head", chain.json["head"]).code == 0


def test_doctor_examines_the_deployed_stack(stack, aws):
    """What the emulator doesn't answer isn't checked; what it has otherwise than AWS is found."""
    environment = {"TOLLGATE_URL": stack.api_url, "TOLLGATE_TOKEN": stack.admin_token}
    ran = cli_runner.run(
        *("doctor", "--probe", "--json", "--stack", stack.stack_name),
        environment=environment,
        transport=httpx.HTTPTransport(),
    )
    found = {(each["area"], each["check"]): each["status"] for each in ran.json}
    assert found["gateway", "reachable"] == found["gateway", "version"] == found["gateway", "console"] == "ok"
    assert found["catalog", "models"] == found["catalog", "providers"] == "ok"
    assert found["stack", "status"] == found["stack", "version"] == found["load", "concurrency"] == "ok"
    assert found["tables", "billing"] == "ok"


def invoke(stack, aws, task: str, function: str = "SweeperFunction") -> None:
    """As the schedule does, with its own input."""
    inputs = [
        target.get("Input")
        for rule in aws("events").list_rules()["Rules"]
        for target in aws("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    ]
    assert {"task": task} in [json.loads(each) for each in inputs if each is not None]
    schedules.invoke(stack, function, task)
