"""`tollgate ledger`: what it finds, changes, says and ends with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support import cli_runner
from tests.support.audit_world import AuditWorld
from tests.support.builders import NOW
from tollgate.audit.store.audit_table import AuditTable
from tollgate.aws import boto3_clients
from tollgate.ledger.store.sweep import Sweep
from tollgate.reconcile.store import reconciliation_run
from tollgate.refusals import RefusedError

LEAST = Decimal("1e-18")
STACK = "tollgate-test"


@pytest.fixture
def world(dynamodb, tables) -> AuditWorld:
    return AuditWorld(dynamodb, tables)


@pytest.fixture
def audit_table(world, tables) -> AuditTable:
    return AuditTable(world.client, tables["AuditTable"])


@pytest.fixture
def command(world, tables, monkeypatch):
    """Runs it against a stack whose outputs are the test's tables."""
    stack = {
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": [{"OutputKey": name, "OutputValue": table} for name, table in tables.items()],
        "Parameters": [
            {"ParameterKey": "UsageRetentionDays", "ParameterValue": "400"},
            {"ParameterKey": "AbandonedHolds", "ParameterValue": "charge"},
            {"ParameterKey": "ReportingZone", "ParameterValue": "UTC"},
        ],
    }

    def describe_stacks(StackName):  # noqa: N803 - boto3's name
        if run.refusal:
            raise ClientError(run.refusal, "DescribeStacks")
        date = format_datetime(datetime.now(UTC) + run.clock_is_off, usegmt=True)
        return {"Stacks": [stack], "ResponseMetadata": {"HTTPHeaders": {"date": date}}}

    clients = {
        "cloudformation": SimpleNamespace(describe_stacks=describe_stacks),
        "sts": SimpleNamespace(get_caller_identity=lambda: {"Arn": "arn:aws:iam::1:user/ops"}),
    }
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(boto3.Session, "client", lambda _, service, config: clients[service])
    monkeypatch.setattr(boto3_clients, "dynamodb", lambda _: run.client)
    # Passes of a repair follow each other without a pause.
    monkeypatch.setattr(reconciliation_run, "_PAUSE_SECONDS", 0)

    def command(*arguments: str, **options: Any) -> cli_runner.Ran:
        return cli_runner.run("ledger", *arguments, "--stack", STACK, **options)

    run: Any = command
    run.clock_is_off, run.stack, run.refusal, run.client = timedelta(0), stack, None, world.client
    return run


def test_check_says_that_nothing_drifts(world, command):
    world.spend(world.add(), "5")
    ran = command("check")
    assert (ran.code, ran.stdout) == (0, "")
    assert ran.stderr == "1 key compared with 1 new record: none drifting.\n"
    assert command("check", "--quiet").stderr == ""
    assert command("check", "--json").json == []


def test_check_lists_drift(world, command):
    key = world.add(name="search team")
    world.spend(key, "5")
    world.plant(key, LEAST)

    ran = command("check", key.key_id)

    assert ran.code == 1
    head, row = ran.stdout.splitlines()
    assert head.split() == ["key", "name", "counter", "expected", "found", "difference"]
    assert row.split() == [key.key_id, "search", "team", "budgetUsed", "5", f"5.{0:017}1", f"0.{0:017}1"]
    assert ran.stderr.endswith("1 drifting.\n")


def test_programs_get_exact_amounts(world, command):
    key = world.add(name="search team")
    world.spend(key, "5")
    world.plant(key, LEAST)
    row = {
        "keyId": key.key_id,
        "name": "search team",
        "counter": "budgetUsed",
        "expected": "5",
        "found": f"5.{0:017}1",
        "difference": f"0.{0:017}1",
        "exact": True,
    }
    assert command("check", "--json").json == [row]
    head, line = command("check", "--csv").stdout.splitlines()
    assert head == ",".join(row)
    assert line.startswith(f"{key.key_id},search team,budgetUsed,5,")


def test_repair_shows_what_it_would_do_and_changes_nothing_unless_told_to(world, command):
    key = world.add()
    world.spend(key, "5")
    world.plant(key, Decimal(1))
    ran = command("repair", key.key_id)
    assert (ran.code, world.scope(key).budget_used) == (1, 6)
    assert ran.stdout.splitlines()[1].split() == ["budgetUsed", "6", "5", "-1"]
    assert "--apply" in ran.stderr


def test_repair_is_made_when_the_keys_id_is_typed(world, command, audit_table):
    key = world.add()
    world.spend(key, "5")
    world.plant(key, Decimal(1))

    refused = command("repair", key.key_id, "--apply")
    assert (refused.code, world.scope(key).budget_used) == (2, 6)
    mistyped = command("repair", key.key_id, "--apply", stdin="key_other\n", terminal=True)
    assert (mistyped.code, world.scope(key).budget_used) == (1, 6)
    made = command("repair", key.key_id, "--apply", stdin=f"{key.key_id}\n", terminal=True)
    assert (made.code, world.scope(key).budget_used) == (0, 5)

    (change,) = audit_table.page(key.key_id, size=10, after=None)[0]
    assert (change.actor, change.actions) == ("arn:aws:iam::1:user/ops", ("ledger.repair",))
    assert change.before == {"budgetUsed": "6", "budgetAvailable": "4"}
    assert change.after == {"budgetUsed": "5", "budgetAvailable": "5"}
    again = command("repair", key.key_id, "--apply", "--yes")
    assert (again.code, again.stderr) == (0, f"{key.key_id} does not drift. Nothing to repair.\n")


def test_sweep_settles_what_was_abandoned(world, command):
    key = world.add()
    world.admit(key, cost="1")

    assert command("sweep", "--json").json == {
        "keys": 1,
        "holdsSettled": 1,
        "requestsAbandoned": 1,
        "abandonedCost": "1",
        "failed": [],
    }
    with pytest.raises(RefusedError):
        world.ledger.authenticate(key.key_id, "no", NOW)
    assert "holds settled       0\n" in command("sweep").stdout


def failing_at(call: int, error: BaseException, monkeypatch) -> None:
    """Of the sweep's keys, the one that comes so many keys after the first."""
    whole, calls = Sweep.scope, 0

    def scope(sweep, *arguments):
        nonlocal calls
        calls += 1
        if calls == call:
            raise error
        return whole(sweep, *arguments)

    monkeypatch.setattr(Sweep, "scope", scope)


def test_sweep_says_in_a_line_why_a_key_could_not_be_swept(world, command, monkeypatch):
    key = world.add()
    world.admit(key, cost="1")
    failing_at(1, RuntimeError("no answer"), monkeypatch)
    ran = command("sweep")
    assert ran.code == 1
    assert f"failed              {key.key_id}\n" in ran.stdout
    assert f"{key.key_id} could not be swept: no answer\n" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("what", ["check", "repair"])
def test_no_other_keys_are_known(command, what):
    ran = command(what, "key_0000000000000000")
    assert (ran.code, ran.stderr) == (4, "Error: There is no key key_0000000000000000.\n")


class Interrupting:
    """A client at which somebody presses Ctrl-C when so many calls of a kind were made."""

    def __init__(self, client: Any, operation: str, calls: int) -> None:
        self.client, self.operation, self.calls = client, operation, calls

    def __getattr__(self, name: str) -> Any:
        if name == self.operation:
            self.calls -= 1
            if self.calls < 0:
                raise KeyboardInterrupt
        return getattr(self.client, name)


def test_an_interrupted_check_has_changed_nothing_and_says_how_far_it_came(world, command):
    for _ in range(3):
        world.spend(world.add(), "1")
    command.client = Interrupting(world.client, "query", 2)
    ran = command("check", terminal=True)
    assert ran.code == 130
    assert "Interrupted after 2 of 3 keys. Nothing was changed." in ran.stderr


def test_an_interrupted_sweep_says_what_is_done_and_the_next_one_does_the_rest(world, command, monkeypatch):
    for _ in range(3):
        world.admit(world.add(), cost="1")
    failing_at(2, KeyboardInterrupt(), monkeypatch)
    ran = command("sweep")
    assert ran.code == 130
    assert "Interrupted. 1 hold settled. Run it again for the rest." in ran.stderr
    assert command("sweep", "--json").json["holdsSettled"] == 2
    assert command("check").code == 0


@pytest.mark.parametrize(("off", "side"), [(3600, "behind"), (-3600, "ahead of")])
@pytest.mark.parametrize("what", ["check", "sweep"])
def test_nothing_is_done_by_a_clock_that_is_off(command, what, off, side):
    command.clock_is_off = timedelta(seconds=off)
    ran = command(what)
    assert ran.code == 1
    assert f" seconds {side} AWS's. Correct it first." in ran.stderr


def test_a_stack_of_an_older_version_is_named(command):
    command.stack["Parameters"] = []
    command.stack["Outputs"] += [
        {"OutputKey": "BaseUrl", "OutputValue": "https://gateway.example.com/v1"},
        {"OutputKey": "Version", "OutputValue": "0.0.9"},
    ]
    ran = command("check")
    assert ran.code == 1
    assert "no output UsageRetentionDays" in ran.stderr
    assert "0.0.9" in ran.stderr


def test_a_stack_that_is_not_tollgates_is_named(command):
    command.stack["Outputs"] = []
    ran = command("check")
    assert ran.code == 1
    assert "it isn't Tollgate's" in ran.stderr


@pytest.mark.parametrize(
    ("code", "message", "exit_code"),
    [
        ("ValidationError", "Stack with id tollgate-test does not exist", 4),
        ("AccessDenied", "User x is not authorized to perform: cloudformation:DescribeStacks", 3),
        ("ExpiredToken", "The security token included in the request is expired", 3),
        ("Throttling", "Rate exceeded", 6),
    ],
)
def test_what_aws_refuses_is_said_in_a_sentence(command, code, message, exit_code):
    command.refusal = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    ran = command("check")
    assert ran.code == exit_code
    assert ran.stderr.startswith("Error: The stack tollgate-test can't be read: ")
    assert ran.stderr.count("\n") == 1
