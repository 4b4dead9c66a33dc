"""The same operations by the wire client and by boto3, on DynamoDB Local: same answers, same tables."""

from __future__ import annotations

import itertools
import threading
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aws_wire import attribute_values, dynamodb
from aws_wire.errors import ServiceError
from tests.support.canned_aws import environment

SCHEMA: Any = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
NUMBERS = st.integers(-(10**20), 10**20) | st.decimals(-(10**9), 10**9, places=4).map(Decimal)
SCALARS = st.none() | st.booleans() | st.text(max_size=10) | st.binary(max_size=10) | NUMBERS
NAMED = st.text(min_size=1, max_size=5)
VALUES = st.recursive(
    SCALARS
    | st.sets(st.text(min_size=1, max_size=5), min_size=1, max_size=3)
    | st.sets(st.binary(min_size=1, max_size=5), min_size=1, max_size=3)
    | st.sets(st.integers(-99, 99), min_size=1, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMED, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.builds(lambda number: {"pk": {"S": "p"}, "sk": {"S": f"{number}"}}, st.integers(0, 2))
ONE = {":one": {"N": "1"}}
VALUE = VALUES.map(lambda value: {":value": attribute_values.to_wire(value)})
RETURN_OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def operation(name: str, **parts: Any) -> Any:
    return st.tuples(st.just(name), st.fixed_dictionaries({key: parts[key] for key in parts}))


OPERATIONS = st.one_of(
    st.tuples(KEYS, VALUES).map(
        lambda each: ("put_item", {"Item": {**each[0], "v": attribute_values.to_wire(each[1])}})
    ),
    operation(
        "update_item",
        Key=KEYS,
        UpdateExpression=st.sampled_from(["SET v = :value", "SET m.w = :value"]),
        ExpressionAttributeValues=VALUE,
        ReturnValues=st.sampled_from(["ALL_NEW", "ALL_OLD", "UPDATED_NEW", "NONE"]),
        ReturnConsumedCapacity=st.sampled_from(["TOTAL", "NONE"]),
    ),
    operation(
        "update_item",
        Key=KEYS,
        UpdateExpression=st.just("ADD n :one"),
        ConditionExpression=st.sampled_from(["attribute_exists(pk)", "attribute_not_exists(pk)", "n < :one"]),
        ExpressionAttributeValues=st.just(ONE),
        ReturnValues=st.just("ALL_NEW"),
        ReturnValuesOnConditionCheckFailure=st.sampled_from(["ALL_OLD", "NONE"]),
    ),
    operation("update_item", Key=KEYS, UpdateExpression=st.just("no expression")),
    operation("get_item", Key=KEYS, ConsistentRead=st.booleans()),
    operation("delete_item", Key=KEYS, ReturnValues=st.sampled_from(["ALL_OLD", "NONE"])),
    operation(
        "query",
        KeyConditionExpression=st.just("pk = :pk"),
        ExpressionAttributeValues=st.just({":pk": {"S": "p"}}),
        Limit=st.integers(1, 5),
        ScanIndexForward=st.booleans(),
    ),
)
NAMES = itertools.count()


@pytest.fixture(scope="module")
def wire(dynamodb_endpoint):
    client = dynamodb.connect(environment(dynamodb_endpoint), read_timeout=20)
    yield client
    client.reset()


@pytest.fixture(scope="module")
def by_boto3(dynamodb_endpoint):
    """With the same access key: DynamoDB Local has other tables for others."""
    keys = environment(dynamodb_endpoint)
    client = boto3.client(
        "dynamodb",
        endpoint_url=dynamodb_endpoint,
        region_name=keys["AWS_DEFAULT_REGION"],
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"mode": "standard"}),
    )
    yield client
    client.close()


@pytest.fixture(scope="module")
def two_tables(by_boto3):
    names = [f"wire-{next(NAMES)}", f"wire-{next(NAMES)}"]
    for name in names:
        by_boto3.create_table(TableName=name, **SCHEMA)
    yield names
    for name in names:
        by_boto3.delete_table(TableName=name)


def emptied(client, table):
    for item in client.scan(TableName=table)["Items"]:
        client.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})


def outcome(call, table, request):
    """What a call answers or is refused with, without what differs between any two calls."""
    try:
        answer = dict(call(TableName=table, **request))
    except (ServiceError, ClientError) as error:
        response: Any = error.response
        refused = response["Error"]
        return refused["Code"], refused["Message"], response.get("Item"), status(response)
    told = {**answer, "status": status(answer)}
    del told["ResponseMetadata"]
    if "ConsumedCapacity" in told:
        told["ConsumedCapacity"] = {**told["ConsumedCapacity"], "TableName": None}
    return ordered(told)


def status(answer):
    metadata = answer["ResponseMetadata"]
    return metadata["HTTPStatusCode"], metadata["RetryAttempts"]


def ordered(value):
    """Sets have no order."""
    if isinstance(value, dict):
        return {
            name: sorted(each) if name in {"SS", "NS", "BS"} else ordered(each)
            for name, each in value.items()
        }
    return [ordered(each) for each in value] if isinstance(value, list) else value


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(OPERATIONS, min_size=1, max_size=8))
def test_the_same_operations_have_the_same_answers_and_leave_the_same_tables(
    wire, by_boto3, two_tables, operations
):
    ours, theirs = two_tables
    for name, request in operations:
        by_wire = outcome(getattr(wire, name), ours, request)
        assert by_wire == outcome(getattr(by_boto3, name), theirs, request), (name, request)
    left = [sorted(map(str, map(ordered, by_boto3.scan(TableName=table)["Items"]))) for table in two_tables]
    assert left[0] == left[1]
    for table in two_tables:
        emptied(by_boto3, table)


def test_a_binary_key_pages_through_a_query(wire, by_boto3):
    table = f"wire-{next(NAMES)}"
    binary = [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "B"}]
    by_boto3.create_table(TableName=table, **{**SCHEMA, "AttributeDefinitions": binary})
    for number in range(5):
        wire.put_item(TableName=table, Item={"pk": {"S": "p"}, "sk": {"B": bytes([number])}})
    found, request = (
        [],
        {"ExpressionAttributeValues": {":pk": {"S": "p"}}, "KeyConditionExpression": "pk = :pk"},
    )
    while True:
        page = wire.query(TableName=table, Limit=2, **request)
        found += [item["sk"]["B"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    by_boto3.delete_table(TableName=table)
    assert found == [bytes([number]) for number in range(5)]


def test_a_table_that_is_not_there_is_refused(wire):
    with pytest.raises(ServiceError) as refused:
        wire.get_item(TableName="nowhere", Key={"pk": {"S": "p"}, "sk": {"S": "s"}})
    assert (refused.value.code, refused.value.retried) == ("ResourceNotFoundException", 0)


def test_updates_that_are_sent_together_each_apply_once(wire, by_boto3, two_tables):
    """Sixteen threads, each of which adds to four items at once; another one is refused each time."""
    table, threads, rounds = two_tables[0], 16, 15
    emptied(by_boto3, table)
    outcomes: list[Any] = []

    def add(number: int) -> dict[str, Any]:
        return {
            "TableName": table,
            "Key": {"pk": {"S": "counter"}, "sk": {"S": f"{number}"}},
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": ONE,
            "ReturnValues": "UPDATED_NEW",
        }

    impossible = {**add(4), "ConditionExpression": "attribute_exists(nothing)", **RETURN_OLD}

    def run() -> None:
        together = [add(0), impossible, add(1), add(2), add(3)]
        outcomes.extend(wire.update_items(together) for _ in range(rounds))

    started = [threading.Thread(target=run) for _ in range(threads)]
    for each in started:
        each.start()
    for each in started:
        each.join(100)
    assert len(outcomes) == threads * rounds
    assert {each[1].code for each in outcomes} == {"ConditionalCheckFailedException"}
    for place in (0, 2, 3, 4):
        seen = sorted(int(each[place]["Attributes"]["n"]["N"]) for each in outcomes)
        assert seen == list(range(1, threads * rounds + 1))
    emptied(by_boto3, table)
