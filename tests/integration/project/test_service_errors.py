"""boto3's clients raise the errors that the proxy's own client raises, with all that these say."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from aws_wire.attribute_values import values
from aws_wire.errors import ServiceError
from tollgate.aws import boto3_clients, dynamodb
from tollgate.aws.transactions import transact
from tollgate.conflicts import EditConflictError

KEY = {"key_id": "key_1"}


@pytest.fixture
def table(dynamodb, tables) -> str:
    dynamodb.put_item(TableName=tables["KeysTable"], Item=values({**KEY, "revision": 3}))
    return tables["KeysTable"]


def test_a_failed_condition_shows_the_item(dynamodb, table):
    with pytest.raises(ServiceError) as failed:
        dynamodb.update_item(
            TableName=table,
            Key=values(KEY),
            UpdateExpression="SET revision = :one",
            ConditionExpression="revision = :one",
            ExpressionAttributeValues=values({":one": 1}),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert failed.value.code == "ConditionalCheckFailedException"
    assert failed.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert failed.value.response["Item"] == values({**KEY, "revision": 3})


def test_a_cancelled_transaction_shows_the_reasons(dynamodb, table):
    there = {
        "TableName": table,
        "Item": values(KEY),
        "ConditionExpression": "attribute_not_exists(key_id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    another = {"TableName": table, "Item": values({"key_id": "key_2"})}
    writes: Any = [{"Put": another}, {"Put": there}]
    with pytest.raises(ServiceError) as failed:
        dynamodb.transact_write_items(TransactItems=writes)
    reasons = failed.value.response["CancellationReasons"]
    assert [each["Code"] for each in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"] == values({**KEY, "revision": 3})
    with pytest.raises(EditConflictError):
        transact(dynamodb, *writes)


def test_it_is_raised_after_all_retries_and_knows_of_them(monkeypatch):
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    client = boto3.client("dynamodb", config=Config(retries={"mode": "standard", "total_max_attempts": 4}))
    boto3_clients.raising_service_errors(client)
    sent = []

    def answer(request: Any, **_: Any) -> Any:
        sent.append(request)
        headers: Any = {}
        body: Any = _Raw(b'{"__type": "x#ThrottlingException", "message": "Rate exceeded"}')
        return AWSResponse(request.url, 400, headers, body)

    client.meta.events.register("before-send.dynamodb", answer)
    with pytest.raises(ServiceError) as failed:
        dynamodb.get(client, "table", entity="x")
    assert failed.value.code == "ThrottlingException"
    assert failed.value.response["ResponseMetadata"]["RetryAttempts"] == 3
    assert len(sent) == 4


WHOLE = b'{"Item": {"key_id": {"S": "key_1"}}}'
LENGTH = {"content-length": str(len(WHOLE))}
CHECKSUM = {"x-amz-crc32": str(zlib.crc32(WHOLE))}


@pytest.mark.parametrize("headers", [LENGTH, CHECKSUM, LENGTH | CHECKSUM])
@pytest.mark.parametrize("is_mended", [True, False])
def test_an_answer_that_is_not_whole_is_asked_for_again_and_never_an_empty_success(
    monkeypatch, headers, is_mended
):
    """A key would seem to be gone, and its requests to be of no ancestors."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    client = boto3.client("dynamodb", config=Config(retries={"mode": "standard", "total_max_attempts": 4}))
    boto3_clients.raising_service_errors(client)
    bodies = [WHOLE[:20], WHOLE[:20], WHOLE if is_mended else WHOLE[:20], WHOLE[:20]]

    def answer(request: Any, **_: Any) -> Any:
        body: Any = _Raw(bodies.pop(0))
        told: Any = headers
        return AWSResponse(request.url, 200, told, body)

    client.meta.events.register("before-send.dynamodb", answer)
    if is_mended:
        assert dynamodb.get(client, "table", key_id="key_1") == KEY
    else:
        with pytest.raises(ServiceError) as failed:
            dynamodb.get(client, "table", key_id="key_1")
        assert failed.value.response["ResponseMetadata"]["RetryAttempts"] == 3


def test_a_connection_that_fails_is_no_answer():
    unreachable = boto3.client(
        "dynamodb", endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1})
    )
    with pytest.raises((EndpointConnectionError, ConnectTimeoutError)):
        dynamodb.get(boto3_clients.raising_service_errors(unreachable), "table", entity="x")


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Any:
        return iter([self.read()])
