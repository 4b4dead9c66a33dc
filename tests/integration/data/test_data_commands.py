"""`tollgate data` on a stack with what release 0.1.0 has stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from aws_wire.attribute_values import values
from infra.local.environment import ROOT
from tests.support import cli_runner
from tollgate.audit.store.audit_table import AuditTable
from tollgate.aws import boto3_clients
from tollgate.data_versions.data_versions import DATA_VERSION
from tollgate.data_versions.store.mark_table import KEY

RELEASE = json.loads((ROOT / "tests/releases/0.1.0.json").read_text())
KEYS = sum("secret_hash" in each for each in RELEASE["KeysTable"])
STACK = "tollgate-test"
SETTINGS = {"UsageRetentionDays": "400", "AbandonedHolds": "charge", "ReportingZone": "UTC"}


@pytest.fixture
def data(dynamodb, tables, monkeypatch):
    for name in ("KeysTable", "CatalogTable"):
        for item in RELEASE[name]:
            dynamodb.put_item(TableName=tables[name], Item=item)
    stack = {
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": [{"OutputKey": name, "OutputValue": table} for name, table in tables.items()],
        "Parameters": [{"ParameterKey": name, "ParameterValue": each} for name, each in SETTINGS.items()],
    }

    def describe_stacks(**_: Any) -> Any:
        date = format_datetime(datetime.now(UTC))
        return {"Stacks": [stack], "ResponseMetadata": {"HTTPHeaders": {"date": date}}}

    clients = {
        "cloudformation": SimpleNamespace(describe_stacks=describe_stacks),
        "sts": SimpleNamespace(get_caller_identity=lambda: {"Arn": "arn:aws:iam::1:user/ops"}),
    }
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(boto3.Session, "client", lambda _, service, config: clients[service])
    monkeypatch.setattr(boto3_clients, "dynamodb", lambda _: dynamodb)
    return lambda *arguments: cli_runner.run("data", *arguments, "--stack", STACK)


def test_status_says_what_is_of_an_older_form_and_migrate_mends_it_once(data, dynamodb, tables):
    before = data("status", "--json")
    assert (before.code, before.json["olderKeys"], before.json["namedHolds"]) == (0, KEYS, 2)
    assert before.json["dataVersion"] is None
    assert "tollgate data migrate" in before.stderr

    assert data("migrate", "--yes", "--json").json == {"keysChanged": KEYS}
    assert data("migrate", "--yes", "--json").json == {"keysChanged": 0}

    after = data("status", "--json").json
    assert (after["dataVersion"], after["keys"], after["olderKeys"]) == (DATA_VERSION, KEYS, 0)
    (change,), _ = AuditTable(dynamodb, tables["AuditTable"]).page("data", size=10, after=None)
    assert (change.actor, change.after["keysChanged"]) == ("arn:aws:iam::1:user/ops", KEYS)


def test_data_that_only_later_code_can_read_are_left_alone(data, dynamodb, tables):
    newer = DATA_VERSION + 1
    mark = {**KEY, "version": newer, "reader": newer, "since": "2027-01-01T00:00:00.000Z"}
    dynamodb.put_item(TableName=tables["CatalogTable"], Item=values(mark))
    assert data("status").code == 1
    refused = data("migrate", "--yes")
    assert refused.code == 1
    assert "Deploy a later commit" in refused.stderr
    assert data("status", "--json").json["olderKeys"] == KEYS
