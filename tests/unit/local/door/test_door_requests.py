"""What the door takes requests to ask for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.door.dynamodb_access import DynamoDbRequests, Table, UnknownRequestError
from infra.local.door.expression_names import first_parts, named_in
from infra.local.door.requested_access import HttpRequest, Requests

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/Usage"
REQUESTS = Requests(
    "000000000000", DynamoDbRequests({"Usage": Table(ARN, "key_id", {"by_day": "day_shard"})})
)
KEY = {"key_id": {"S": "key_1"}, "request_id": {"S": "req_1"}}


def signed(service: str, body: bytes, *, target: str = "", path: str = "/") -> HttpRequest:
    scope = f"000000000000/20261130/us-east-1/{service}/aws4_request"
    headers = {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
    return HttpRequest("POST", path, headers | ({"x-amz-target": target} if target else {}), body)


def dynamodb(operation: str, **request: Any) -> list[Any]:
    return REQUESTS.accesses(
        signed("dynamodb", json.dumps(request).encode(), target=f"DynamoDB_20120810.{operation}")
    )


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("SET holds.#request = :hold, rates.#r = if_not_exists(rates.#r, rpm_limit) - :one",
         {"holds", "rates", "rpm_limit"}),
        ("SET budget_used = budget_used + :cost REMOVE holds.#request, #old",
         {"budget_used", "holds", "#old"}),
        ("attribute_not_exists(closed.#request) AND (#status = :active OR size(holds) < max_parallel)",
         {"closed", "#status", "holds", "max_parallel"}),
        ("NOT (overage = :metered) AND contains(allowed_models, :model0)", {"overage", "allowed_models"}),
        ("key_id = :key AND alert BETWEEN :since AND :until", {"key_id", "alert"}),
        ("packs.#pack[3] IN (:a, :b)", {"packs"}),
        ("#2026.total", {"#2026"}),
        ("ADD members :one DELETE gone :two", {"members", "gone"}),
        ("size", {"size"}),
    ],
)  # fmt: skip
def test_an_expression_names_attributes(expression, names):
    assert first_parts(expression) == names


def test_placeholders_stand_for_names():
    part = {"ProjectionExpression": "key_id, #n", "ExpressionAttributeNames": {"#n": "name"}}
    assert set(named_in(part)) == {"key_id", "name"}


def test_a_write_names_what_it_puts_sets_and_requires():
    (access,) = dynamodb(
        "PutItem", TableName="Usage", Item={**KEY, "cost": {"N": "1"}},
        ConditionExpression="attribute_not_exists(expires_at)", ReturnValues="ALL_OLD",
    )  # fmt: skip
    assert access[:2] == ("dynamodb:PutItem", ARN)
    assert access.context == {
        "dynamodb:Attributes": ["cost", "expires_at", "key_id", "request_id"],
        "dynamodb:LeadingKeys": ["key_1"],
        "dynamodb:ReturnConsumedCapacity": ["NONE"],
        "dynamodb:ReturnValues": ["ALL_OLD"],
    }


def test_a_transaction_is_asked_for_by_its_parts():
    put = {"Put": {"TableName": "Usage", "Item": KEY}}
    check = {"ConditionCheck": {"TableName": ARN, "Key": KEY, "ConditionExpression": "a = :a"}}
    first, second = dynamodb("TransactWriteItems", TransactItems=[put, check])
    assert (first.action, second.action) == ("dynamodb:PutItem", "dynamodb:ConditionCheckItem")
    assert second.context["dynamodb:Attributes"] == ["a", "key_id", "request_id"]
    assert first.context["dynamodb:EnclosingOperation"] == ["TransactWriteItems"]
    (got,) = dynamodb("TransactGetItems", TransactItems=[{"Get": {"TableName": "Usage", "Key": KEY}}])
    assert got.action == "dynamodb:GetItem"
    assert got.context["dynamodb:Select"] == ["ALL_ATTRIBUTES"]


def test_a_batch_has_the_leading_keys_of_all_its_items():
    other = {**KEY, "key_id": {"S": "key_2"}}
    (got,) = dynamodb(
        "BatchGetItem", RequestItems={"Usage": {"Keys": [KEY, other], "ProjectionExpression": "cost"}}
    )
    assert got.action == "dynamodb:BatchGetItem"
    assert got.context["dynamodb:LeadingKeys"] == ["key_1", "key_2"]
    assert got.context["dynamodb:Attributes"] == ["cost", "key_id", "request_id"]
    assert got.context["dynamodb:Select"] == ["SPECIFIC_ATTRIBUTES"]
    written = [{"PutRequest": {"Item": {**KEY, "cost": {"N": "1"}}}}, {"DeleteRequest": {"Key": other}}]
    (put,) = dynamodb("BatchWriteItem", RequestItems={"Usage": written})
    assert put.action == "dynamodb:BatchWriteItem"
    assert put.context["dynamodb:LeadingKeys"] == ["key_1", "key_2"]
    assert put.context["dynamodb:Attributes"] == ["cost", "key_id", "request_id"]


def test_a_query_has_the_key_that_its_condition_wants_and_a_scan_none():
    wanted = {"ExpressionAttributeValues": {":d": {"S": "2026-11-30#1"}, ":k": {"S": "key_1"}}}
    (of_index,) = dynamodb(
        "Query", TableName="Usage", IndexName="by_day", KeyConditionExpression="#day = :d",
        ExpressionAttributeNames={"#day": "day_shard"}, **wanted,
    )  # fmt: skip
    assert of_index.resource == f"{ARN}/index/by_day"
    assert of_index.context["dynamodb:LeadingKeys"] == ["2026-11-30#1"]
    assert of_index.context["dynamodb:Select"] == ["ALL_PROJECTED_ATTRIBUTES"]
    (of_table,) = dynamodb(
        "Query", TableName="Usage", KeyConditionExpression="key_id = :k AND request_id > :d", Select="COUNT",
        FilterExpression="outcome = :k", **wanted,
    )  # fmt: skip
    assert of_table.context["dynamodb:LeadingKeys"] == ["key_1"]
    assert of_table.context["dynamodb:Select"] == ["COUNT"]
    assert of_table.context["dynamodb:Attributes"] == ["key_id", "outcome", "request_id"]
    (scan,) = dynamodb("Scan", TableName="Usage")
    assert "dynamodb:LeadingKeys" not in scan.context


def test_other_services_name_what_is_wanted():
    (mail,) = REQUESTS.accesses(
        signed("ses", b'{"FromEmailAddress": "Tollgate <a@example.com>"}', path="/v2/email/outbound-emails")
    )
    assert mail[:2] == ("ses:SendEmail", "arn:aws:ses:us-east-1:000000000000:identity/a@example.com")
    assert mail.context == {"ses:FromAddress": ["a@example.com"]}
    (told,) = REQUESTS.accesses(signed("sns", b"Action=Publish&TopicArn=arn%3Aaws%3Asns%3A1&Message=x"))
    assert told[:2] == ("sns:Publish", "arn:aws:sns:1")
    (key,) = REQUESTS.accesses(
        signed("ssm", b'{"Name": "/tollgate/a/providers/b"}', target="AmazonSSM.GetParameter")
    )
    assert key[:2] == (
        "ssm:GetParameter",
        "arn:aws:ssm:us-east-1:000000000000:parameter/tollgate/a/providers/b",
    )
    (secret,) = REQUESTS.accesses(
        signed("secretsmanager", b'{"SecretId": "arn:s"}', target="secretsmanager.GetSecretValue")
    )
    assert secret[:2] == ("secretsmanager:GetSecretValue", "arn:s")


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("POST", "/", {}, b"{}"),
        signed("s3", b""),
        signed("dynamodb", b"{}", target="DynamoDB_20120810.ExecuteStatement"),
        signed("dynamodb", b"{}", target="DynamoDBStreams_20120810.GetRecords"),
        signed("dynamodb", b"{}", target="DynamoDB_20120810.GetItem"),
        signed("dynamodb", b"[", target="DynamoDB_20120810.GetItem"),
        signed("dynamodb", json.dumps({"TableName": "Usage", "Key": KEY, "AttributesToGet": ["a"]}).encode(),
               target="DynamoDB_20120810.GetItem"),
        signed("dynamodb", json.dumps({"TableName": "Other", "Key": KEY}).encode(),
               target="DynamoDB_20120810.GetItem"),
        signed("dynamodb", b'{"TableName": "Usage", "KeyConditionExpression": "request_id = :r"}',
               target="DynamoDB_20120810.Query"),
        signed("ssm", b'{"Path": "/"}', target="AmazonSSM.GetParametersByPath"),
        signed("sns", b"Action=Subscribe"),
        signed("ses", b"{}", path="/v2/email/identities"),
    ],
)  # fmt: skip
def test_what_isnt_known_is_asked_for_by_nothing_else(request_):
    with pytest.raises(UnknownRequestError):
        REQUESTS.accesses(request_)
