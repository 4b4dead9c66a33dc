"""What the functions' policies allow is what they do. It comes last on a stack, when all has been used."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest

from infra.local.door.policies import Statement, listed
from infra.local.environment import ROOT
from tests.support import schedules
from tests.support.builders import admission
from tests.support.permission_uses import ConditionValue, Permission, PermissionUses
from tests.support.rendered_template import existing, of_type
from tests.support.waiting import until
from tollgate import identifiers
from tollgate.aws.dynamodb import item
from tollgate.clock import rfc3339, utc_now
from tollgate.keys import api_keys
from tollgate.ledger.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from infra.local.stack import Stack

CALL = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}
INCREASE = {"by": {"usd": "1"}, "maxTotal": "5"}

# By SAM: of logs, which a denial narrows, and of traces, which Lambda's runtime writes if they are on.
# And of network interfaces, which functions may be put into a VPC with; a policy of the template denies them.
MANAGED = {"AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole", "AWSXrayWriteOnlyAccess"}

STREAM = "Lambda reads the stream with the function's role, for its mapping; the emulator does so by itself"
DESTINATION = "Lambda sends to the queue with the function's role what its mapping or its schedule gives up"
LAMBDAS = {STREAM, DESTINATION}
HEALED = "keys whose family shows other limits, after an edit that died: test_hierarchy_faults.py"
RETRIED = "whether an edit was made whose answer was lost: test_ledger_faults.py, test_audit.py"
CLOSED = "of days that are closed, which are some 26 hours old: test_costs_exactly.py"
RECORDED = "of a hold whose record was written before its process died: test_sweeper.py"
LOST = "of a batch that its provider never got, an hour after: test_batch_faults.py"
FAILED = "an answer begun for an idempotency key, if the call fails: test_gateway_idempotency.py"
SUMMARISED = "a summary that the alerts function didn't get to before: test_budget_summaries.py"
SEALED = "changes of a day that is over: test_sealing.py"
LISTED = "a shipped price, of a model that only a wildcard stands for: test_wildcard_models.py"
CONFIGURED = (
    "a mail of an identity with a configuration set by default goes to that, too; the emulator has none"
)

STREAM_READS = ("DescribeStream", "GetRecords", "GetShardIterator")
EXCEPTIONS: dict[Permission | ConditionValue, str] = {
    **{
        Permission(function, f"dynamodb:{action}", f"{table}/stream"): STREAM
        for function, table in (
            ("AlertsFunction", "KeysTable"),
            ("RollupFunction", "UsageTable"),
            ("TelemetryFunction", "UsageTable"),
        )
        for action in STREAM_READS
    },
    Permission("AlertsFunction", "dynamodb:ListStreams", "KeysTable/stream/*"): STREAM,
    Permission("RollupFunction", "dynamodb:ListStreams", "UsageTable/stream/*"): STREAM,
    Permission("TelemetryFunction", "dynamodb:ListStreams", "UsageTable/stream/*"): STREAM,
    Permission("AlertsFunction", "sqs:SendMessage", "AlertsFailures"): DESTINATION,
    Permission("RollupFunction", "sqs:SendMessage", "RollupFailures"): DESTINATION,
    Permission("SweeperFunction", "sqs:SendMessage", "SweeperFailures"): DESTINATION,
    Permission("TelemetryFunction", "sqs:SendMessage", "TelemetryFailures"): DESTINATION,
    Permission("SweeperFunction", "dynamodb:GetItem", "CostsTable"): SUMMARISED,
    Permission("SweeperFunction", "dynamodb:PutItem", "CostsTable"): SUMMARISED,
    Permission("SweeperFunction", "dynamodb:GetItem", "UsageTable"): RECORDED,
    Permission("SweeperFunction", "dynamodb:BatchGetItem", "AuditTable"): SEALED,
    Permission("AlertsFunction", "ses:SendEmail", "configuration-set/*"): CONFIGURED,
    Permission("AlertsFunction", "dynamodb:BatchGetItem", "KeysTable"): HEALED,
    Permission("ProxyFunction", "dynamodb:BatchGetItem", "KeysTable"): HEALED,
    Permission("AlertsFunction", "dynamodb:GetItem", "AuditTable"): RETRIED,
    Permission("ProxyFunction", "dynamodb:GetItem", "AuditTable"): RETRIED,
    Permission("AlertsFunction", "dynamodb:BatchGetItem", "CostsTable"): CLOSED,
    Permission("RollupFunction", "dynamodb:BatchGetItem", "CostsTable"): CLOSED,
    Permission("BatchesFunction", "dynamodb:GetItem", "UsageTable"): RECORDED,
    Permission("ProxyFunction", "dynamodb:GetItem", "UsageTable"): RECORDED,
    Permission("BatchesFunction", "dynamodb:DeleteItem", "BatchesTable"): LOST,
    Permission("ProxyFunction", "dynamodb:DeleteItem", "AnswersTable"): FAILED,
    ConditionValue(
        "ProxyFunction", "dynamodb:GetItem", "CatalogTable", "dynamodb:LeadingKeys", "listed_price"
    ): LISTED,
}

PROVIDERS = "parameter/tollgate/tollgate-local/providers/*"
OTLP = "parameter/tollgate/tollgate-local/otlp/*"
ONE_EACH = "each provider has a parameter of its own, whose name is its id"
PATTERNS = {
    **{
        Permission("AdminFunction", f"ssm:{action}", PROVIDERS): ONE_EACH
        for action in ("DeleteParameter", "GetParameter", "PutParameter")
    },
    Permission("BatchesFunction", "ssm:GetParameter", PROVIDERS): ONE_EACH,
    Permission("ProxyFunction", "ssm:GetParameter", PROVIDERS): ONE_EACH,
    Permission("AlertsFunction", "dynamodb:ListStreams", "KeysTable/stream/*"): "of one table",
    Permission("RollupFunction", "dynamodb:ListStreams", "UsageTable/stream/*"): "of one table",
    Permission("TelemetryFunction", "dynamodb:ListStreams", "UsageTable/stream/*"): "of one table",
    Permission("TelemetryFunction", "ssm:GetParameter", OTLP): "headers of each signal have one",
    Permission("AlertsFunction", "ses:SendEmail", "identity/*"): "the sender's domain may be the identity",
    Permission("AlertsFunction", "ses:SendEmail", "configuration-set/*"): "the identity says which",
}


@pytest.fixture
def dynamodb(stack: Stack) -> Any:
    return boto3.client("dynamodb", endpoint_url=stack.aws_endpoint_url, region_name=stack.region)


@pytest.fixture
def resources(stack: Stack) -> dict[str, str]:
    """By logical id, what the emulator calls it."""
    client = boto3.client("cloudformation", endpoint_url=stack.aws_endpoint_url, region_name=stack.region)
    return {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for page in client.get_paginator("list_stack_resources").paginate(StackName=stack.stack_name)
        for each in page["StackResourceSummaries"]
    }


@pytest.fixture
def issued(admin: httpx.Client) -> Callable[..., dict[str, Any]]:
    def issue(**settings: Any) -> dict[str, Any]:
        answer = admin.post("/apiKey", json={"name": "permissions", **settings})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return issue


def called(stack: Stack, key: dict[str, Any]) -> None:
    with httpx.Client(base_url=stack.base_url, timeout=60, trust_env=False) as client:
        answer = client.post(
            "/chat/completions", json=CALL, headers={"authorization": f"Bearer {key['key']}"}
        )
    assert answer.status_code == 200, answer.text


def limit_of(admin: httpx.Client, key: dict[str, Any]) -> Decimal:
    return Decimal(admin.get(f"/apiKey/{key['id']}").json()["budgetLimit"])


def abandoned(stack: Stack, dynamodb: Any, key: dict[str, Any]) -> None:
    """Admits a request whose process is dead at once."""
    begun = utc_now()
    tables = stack.outputs["KeysTable"], stack.outputs["UsageTable"]
    parsed = api_keys.parse(key["key"])
    assert parsed is not None
    Ledger(dynamodb, *tables, timedelta(days=400)).admit(
        admission(
            parsed,
            request_id=identifiers.request_id(begun),
            at=begun,
            hold_until=begun + timedelta(milliseconds=1),
            cost="0.5",
        )
    )


def test_the_proxy_raises_the_limit_of_a_key_below_another(stack, admin, issued):
    parent = issued(budgetLimit="10", priority="high")
    raised = issued(
        budgetLimit="0.000001", enforcement="hard", priority="high", automaticIncrease=INCREASE,
        parentId=parent["id"],
    )  # fmt: skip
    called(stack, raised)
    assert limit_of(admin, raised) == Decimal("1.000001")


def test_the_alerts_function_raises_a_limit_that_is_nearly_used(stack, admin, issued):
    parent = issued(budgetLimit="10", priority="high")
    raised = issued(
        budgetLimit="0.0001", priority="high", automaticIncrease={**INCREASE, "atPercent": 1},
        parentId=parent["id"],
    )  # fmt: skip
    called(stack, raised)
    until(lambda: limit_of(admin, raised) > 1)


def test_a_call_sweeps_what_its_key_and_the_one_above_have_open(stack, admin, issued, dynamodb):
    parent = issued(budgetLimit="10", maxParallel=1)
    child = issued(budgetLimit="5", parentId=parent["id"])
    abandoned(stack, dynamodb, child)
    called(stack, child)
    until(lambda: Decimal(admin.get(f"/apiKey/{parent['id']}").json()["budgetUsed"]) >= Decimal("0.5"))


def test_a_sweep_settles_a_child_and_an_audit_mends_a_summary_and_goes_on_from_a_checkpoint(
    stack, admin, issued, dynamodb, resources
):
    parent = issued(budgetLimit="10")
    child = issued(budgetLimit="5", parentId=parent["id"])
    abandoned(stack, dynamodb, child)
    summary = item({"dimension_period": "standing#keys", "dimension_value": child["id"]})
    until(lambda: "Item" in dynamodb.get_item(TableName=resources["CostsTable"], Key=summary))
    dynamodb.delete_item(TableName=resources["CostsTable"], Key=summary)
    dynamodb.update_item(
        TableName=resources["KeysTable"],
        Key=item({"key_id": child["id"]}),
        UpdateExpression="SET created_at = :then",
        ExpressionAttributeValues=item({":then": rfc3339(utc_now() - timedelta(days=3))}),
    )
    for task in ("sweep", "audit"):
        schedules.invoke(stack, "SweeperFunction", task)
    assert "Item" in dynamodb.get_item(TableName=resources["CostsTable"], Key=summary)
    checkpoint = item({"key_id": f"checkpoint#{child['id']}"})
    assert "Item" in dynamodb.get_item(TableName=resources["KeysTable"], Key=checkpoint)


def test_batches_are_settled_by_a_function_of_their_own(stack, issued, dynamodb, resources):
    key = issued(budgetLimit="5", enforcement="hard")
    line = {
        "custom_id": "a",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {**CALL, "max_tokens": 9},
    }
    headers = {"authorization": f"Bearer {key['key']}"}
    with httpx.Client(base_url=stack.base_url, headers=headers, timeout=60, trust_env=False) as client:
        content = {"file": ("calls.jsonl", json.dumps(line).encode())}
        file = client.post("/files", data={"purpose": "batch"}, files=content).json()
        asked = {"endpoint": line["url"], "completion_window": "24h", "input_file_id": file["id"]}
        batch = client.post("/batches", json=asked).json()
    at = item({"name": batch["id"]})
    dynamodb.update_item(
        TableName=resources["BatchesTable"],
        Key=at,
        UpdateExpression="SET due_at = :now",
        ExpressionAttributeValues=item({":now": int(utc_now().timestamp()) - 1}),
    )
    schedules.invoke(stack, "BatchesFunction", "look")
    assert "due" not in dynamodb.get_item(TableName=resources["BatchesTable"], Key=at)["Item"]


def test_reads_that_hardly_anybody_asks_for(stack, admin, issued):
    for _ in range(2):
        called(stack, issued())
    today = utc_now().date().isoformat()
    until(lambda: len(admin.get("/costs/by-key", params={"from": today, "to": today}).json()["data"]) > 1)
    page = admin.get("/costs/by-key", params={"from": today, "to": today, "limit": 1}).json()
    assert page["nextCursor"]
    # Whoever signs in at an issuer: where that is, each function asks for by itself.
    signed_in = {"authorization": "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"}
    for path in ("/me", "/costs/export"):
        assert httpx.get(f"{stack.admin_url}{path}", headers=signed_in, timeout=60).status_code == 401
    assert httpx.get(stack.console_url, timeout=60).status_code == 200


@pytest.mark.last_on_the_stack
def test_nothing_was_refused_or_not_understood(stack, resources):
    uses = PermissionUses.of(stack, resources)
    assert (uses.told["refused"], uses.told["unknown"]) == ([], [])


@pytest.mark.last_on_the_stack
def test_what_functions_may_do_is_what_they_have_done(stack, resources, request):
    """Either way: what isn't used is an exception with a reason, and an exception that is used is none."""
    missing = every_module() - {item.path for item in request.session.items}
    if missing or request.config.option.keyword:
        pytest.skip(
            f"NOT COMPARED: what uses the permissions wasn't run, such as {min(missing, default=None)}"
        )
    uses = PermissionUses.of(stack, resources)
    unused = uses.unused()
    told = sorted(map(str, unused - EXCEPTIONS.keys()))
    assert told == [], "\n".join(told)
    assert {each for each in EXCEPTIONS if EXCEPTIONS[each] in LAMBDAS} <= unused
    differing = sorted(map(str, uses.wide() ^ PATTERNS.keys()))
    assert differing == [], "\n".join(differing)


def test_the_policies_that_are_enforced_are_those_that_sam_makes_of_the_template(stack, resources):
    enforced: dict[str, list[Any]] = defaultdict(list)
    for function, statement in PermissionUses.of(stack, resources).statements():
        enforced[function].append((statement.allows, tuple(sorted(statement.actions)), _keys(statement)))
    rendered = existing(OtlpEndpoint="http://127.0.0.1:4318")
    for function, statements in enforced.items():
        role = rendered[f"{function}Role"]["Properties"]
        managed = {str(each).rpartition("/")[2].rstrip("'}") for each in role["ManagedPolicyArns"]}
        assert managed == MANAGED
        apart = [
            each["Properties"]
            for each in of_type(rendered, "AWS::IAM::Policy").values()
            if f"'{function}Role'" in str(each["Properties"]["Roles"])
        ]
        made = [
            Statement.read(function, {**each, "Resource": "*", "Condition": _plain(each)})
            for policy in (*role["Policies"], *apart)
            for each in listed(policy["PolicyDocument"]["Statement"])
        ]
        assert sorted(statements) == sorted(
            (each.allows, tuple(sorted(each.actions)), _keys(each)) for each in made
        )


def _keys(statement: Statement) -> tuple[Any, ...]:
    """What its conditions compare with, apart from what parameters and the account say."""
    return tuple(
        (each.operator, each.key, each.values if _is_of_data(each.key) else ())
        for each in statement.conditions
    )


def _plain(statement: dict[str, Any]) -> dict[str, Any]:
    return {
        operator: {key: value if _is_of_data(key) else "" for key, value in keys.items()}
        for operator, keys in statement.get("Condition", {}).items()
    }


def _is_of_data(key: str) -> bool:
    return key.startswith("dynamodb:")


def every_module() -> set[Path]:
    """The tests that use the shared stack; browsers' are for machines that have one."""
    tests = ROOT / "tests"
    found = {path for folder in ("conformance", "e2e") for path in (tests / folder).rglob("test_*.py")}
    return found - {tests / "e2e/test_keeping.py"}
