"""What template.yaml must hold that an emulator doesn't miss and AWS does."""

from __future__ import annotations

from typing import Any

from infra.local.environment import ROOT
from infra.local.tables import read_template

TEMPLATE = read_template(ROOT / "template.yaml")


def resources(kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == kind
    }


def test_a_function_may_send_to_the_queue_of_its_failures():
    """Without a type SAM grants nothing, and AWS refuses to create the mapping."""
    destinations = [
        event["Properties"]["DestinationConfig"]["OnFailure"]
        for function in resources("AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
        if "DestinationConfig" in event["Properties"]
    ]
    assert destinations
    assert {destination["Type"] for destination in destinations} == {"SQS"}


def test_every_table_is_backed_up_and_outlives_the_stack():
    tables = resources("AWS::DynamoDB::Table")
    for name, table in tables.items():
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert table["DeletionProtectionEnabled"].name == "If", name
        assert TEMPLATE["Resources"][name]["DeletionPolicy"] == "RetainExceptOnCreate", name
    assert tables.keys() == {
        "KeysTable",
        "UsageTable",
        "CostsTable",
        "CatalogTable",
        "AlertsTable",
        "AuditTable",
    }


def test_a_hold_outlives_the_function_and_an_answer_api_gateways_patience():
    proxy = resources("AWS::Serverless::Function")["ProxyFunction"]
    variables = proxy["Environment"]["Variables"]
    assert int(variables["FUNCTION_TIMEOUT_SECONDS"]) == proxy["Timeout"]
    assert int(variables["ANSWER_TIMEOUT_SECONDS"]) < proxy["Timeout"]


def test_no_function_is_given_more_than_it_names():
    for name, function in resources("AWS::Serverless::Function").items():
        for policy in function["Policies"]:
            for statement in policy["Statement"]:
                actions = statement["Action"]
                assert "*" not in "".join(actions), name
                assert statement["Resource"] != "*", name
