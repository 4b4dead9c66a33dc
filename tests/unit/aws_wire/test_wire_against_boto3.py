"""Requests and answers compared with boto3's, over the same server."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aws_wire import dynamodb, ssm
from aws_wire.dynamodb import item_json
from aws_wire.errors import ConnectionFailedError, ServiceError
from tests.support.canned_aws import answers, canned_aws, environment, sends

TEXT = st.text(max_size=12)
NUMBER = st.decimals(-(10**9), 10**9, places=3).map(str)
LEAVES = st.one_of(
    st.builds(lambda value: {"S": value}, TEXT),
    st.builds(lambda value: {"N": value}, NUMBER),
    st.builds(lambda value: {"B": value}, st.binary(max_size=12)),
    st.builds(lambda value: {"BOOL": value}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda value: {"SS": value}, st.lists(TEXT, min_size=1, max_size=3)),
    st.builds(lambda value: {"NS": value}, st.lists(NUMBER, min_size=1, max_size=3)),
    st.builds(lambda value: {"BS": value}, st.lists(st.binary(max_size=5), min_size=1, max_size=3)),
)
# Attributes named as types are, too.
NAMES = TEXT | st.sampled_from(["B", "BS", "M", "L", "Item"])
WIRE = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda value: {"L": value}, st.lists(inner, max_size=3))
        | st.builds(lambda value: {"M": value}, st.dictionaries(NAMES, inner, max_size=3))
    ),
    max_leaves=8,
)
ITEM = st.dictionaries(NAMES, WIRE, max_size=4)
CAPACITY = st.sampled_from(["INDEXES", "TOTAL", "NONE"])
RETURNED = st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW"])


def some_of(required: dict[str, Any], optional: dict[str, Any]) -> Any:
    return st.fixed_dictionaries(required, optional=optional)


EXPRESSIONS = {
    "ConditionExpression": TEXT,
    "ExpressionAttributeNames": st.dictionaries(TEXT, TEXT, max_size=3),
    "ExpressionAttributeValues": ITEM,
    "ReturnValues": RETURNED,
    "ReturnConsumedCapacity": CAPACITY,
    "ReturnItemCollectionMetrics": st.just("SIZE"),
    "ReturnValuesOnConditionCheckFailure": st.just("ALL_OLD"),
}
REQUESTS = {
    "update_item": some_of({"TableName": TEXT, "Key": ITEM}, {"UpdateExpression": TEXT, **EXPRESSIONS}),
    "put_item": some_of({"TableName": TEXT, "Item": ITEM}, EXPRESSIONS),
    "delete_item": some_of({"TableName": TEXT, "Key": ITEM}, EXPRESSIONS),
    "get_item": some_of(
        {"TableName": TEXT, "Key": ITEM}, {"ConsistentRead": st.booleans(), "ProjectionExpression": TEXT}
    ),
    "query": some_of(
        {"TableName": TEXT},
        {
            "KeyConditionExpression": TEXT,
            "ExclusiveStartKey": ITEM,
            "Limit": st.integers(1, 1000),
            "ScanIndexForward": st.booleans(),
            "Select": st.just("COUNT"),
            "IndexName": TEXT,
        },
    ),
}
CALLS = st.sampled_from(sorted(REQUESTS)).flatmap(lambda name: st.tuples(st.just(name), REQUESTS[name]))

CONSUMED = some_of({}, {"TableName": TEXT, "CapacityUnits": st.sampled_from([0.5, 1.0, 12.0])})
METRICS = some_of(
    {}, {"ItemCollectionKey": ITEM, "SizeEstimateRangeGB": st.lists(st.sampled_from([0.0, 1.0]), max_size=2)}
)
WRITTEN = some_of({}, {"Attributes": ITEM, "ConsumedCapacity": CONSUMED, "ItemCollectionMetrics": METRICS})
ANSWERS = {
    "update_item": WRITTEN,
    "put_item": WRITTEN,
    "delete_item": WRITTEN,
    "get_item": some_of({}, {"Item": ITEM, "ConsumedCapacity": CONSUMED}),
    "query": some_of(
        {},
        {
            "Items": st.lists(ITEM, max_size=3),
            "Count": st.integers(0, 9),
            "ScannedCount": st.integers(0, 9),
            "LastEvaluatedKey": ITEM,
        },
    ),
}
ANSWERED = st.sampled_from(sorted(ANSWERS)).flatmap(lambda name: st.tuples(st.just(name), ANSWERS[name]))
ANY_REQUEST = {"TableName": "t"}


class Both:
    """Both clients of one server, neither of which tries twice."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.wire = dynamodb.connect(environment(server.url), tries=1)
        self.boto3 = boto3.client(
            "dynamodb",
            region_name="eu-central-1",
            endpoint_url=server.url,
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="a-very-secret-key",
            aws_session_token="a-very-secret-token",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )
        self.wire_ssm = ssm.connect(environment(server.url), tries=1)
        self.boto3_ssm = boto3.client(
            "ssm",
            region_name="eu-central-1",
            endpoint_url=server.url,
            aws_access_key_id="a",
            aws_secret_access_key="b",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def outcomes(self, operation: str, answer: Any) -> tuple[Any, Any]:
        """What either makes of an answer."""
        self.server.otherwise = answer
        found = []
        for client in (self.wire, self.boto3):
            try:
                found.append(without_headers(getattr(client, operation)(**ANY_REQUEST)))
            except (ServiceError, ClientError) as error:
                found.append(of_error(error.response))
        return found[0], found[1]


def without_headers(answer: dict[str, Any]) -> dict[str, Any]:
    kept = ("HTTPStatusCode", "RetryAttempts", "RequestId")
    metadata = answer["ResponseMetadata"]
    return {**answer, "ResponseMetadata": {name: metadata.get(name) for name in kept}}


def of_error(response: Any) -> Any:
    error = {name: response["Error"].get(name) for name in ("Code", "Message")}
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return error, status, response.get("Item"), response.get("CancellationReasons")


@pytest.fixture(scope="module")
def both():
    with canned_aws() as server:
        made = Both(server)
        yield made
        made.wire.reset()
        made.wire_ssm.reset()
        made.boto3.close()
        made.boto3_ssm.close()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CALLS)
def test_a_request_has_the_same_body_and_target(both, call):
    operation, request = call
    both.server.otherwise = answers({})
    both.server.requests.clear()
    getattr(both.wire, operation)(**request)
    getattr(both.boto3, operation)(**request)
    (ours, our_headers, our_body), (theirs, their_headers, their_body) = both.server.requests
    assert json.loads(our_body) == json.loads(their_body)
    assert ours == theirs == "POST / HTTP/1.1"
    for name in ("host", "content-type", "x-amz-target", "x-amz-security-token", "accept-encoding"):
        assert our_headers[name] == their_headers[name]
    signed = [each["authorization"].partition("Signature=")[0] for each in (our_headers, their_headers)]
    assert signed[0] == signed[1]


def base64(value: Any) -> Any:
    """As the service sends binary values."""
    return json.loads(item_json.encode(value))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANSWERED)
def test_an_answer_is_read_alike(both, answered):
    operation, answer = answered
    ours, theirs = both.outcomes(operation, answers(base64(answer)))
    assert ours == theirs
    assert {name: ours[name] for name in answer} == answer


CODES = st.sampled_from(
    [
        "ConditionalCheckFailedException",
        "ProvisionedThroughputExceededException",
        "ValidationException",
        "TransactionCanceledException",
        "InternalServerError",
        "Unknown",
        "",
    ]
)
PREFIXES = st.sampled_from(["", "com.amazonaws.dynamodb.v20120810#", "com.amazon.coral.service#", "a#b#"])
SUFFIXES = st.sampled_from(["", ":http://internal.amazon.com/coral/", ":"])
TYPES = st.tuples(PREFIXES, CODES, SUFFIXES)
MESSAGES = some_of({}, {"message": TEXT, "Message": TEXT})
STATUSES = st.sampled_from([400, 403, 413, 500, 503])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TYPES, MESSAGES, STATUSES, st.none() | ITEM)
def test_a_refusal_is_read_alike(both, kind, messages, status, item):
    said = {"__type": "".join(kind), **messages}
    if item is not None and kind[1] == "ConditionalCheckFailedException":
        said["Item"] = base64(item)
    ours, theirs = both.outcomes("update_item", answers(said, status=f"{status} No"))
    assert ours == theirs


@pytest.mark.parametrize("header", ["Sender.Code;Sender", ";Sender", "Code", "a;b;c"])
def test_an_older_protocols_code_is_read_alike(both, header):
    said = {"__type": "a#ValidationException", "message": "m"}
    refused = answers(said, status="400 Bad", x_amzn_query_error=header)
    ours, theirs = both.outcomes("update_item", refused)
    assert ours == theirs


UNTOLD = [b"", b"<html>no</html>", b"plain", b"{}", b'{"message": "m"}', b'{"__type": "a#b"}']


@pytest.mark.parametrize("status", ["301 Moved", "400 Bad", "404 Gone", "429 Slow", "500 No", "599 ?"])
@pytest.mark.parametrize("body", UNTOLD)
def test_a_refusal_without_a_code_has_its_status_for_one_in_both(both, status, body):
    ours, theirs = both.outcomes("update_item", answers(body, status=status))
    (our_error, *our_rest), (their_error, *their_rest) = ours, theirs
    assert our_error["Code"] == their_error["Code"]
    assert our_rest == their_rest


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"1", b"null"])
def test_a_success_that_can_not_be_read_is_none(both, body):
    """boto3 takes some of these for an empty answer: what nobody has written would count as written."""
    both.server.otherwise = answers(body)
    with pytest.raises(ConnectionFailedError):
        both.wire.update_item(**ANY_REQUEST)


@pytest.mark.parametrize("raw", [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", b""])
def test_what_is_no_answer_is_an_error_in_both(both, raw):
    both.server.otherwise = sends(raw, close=True)
    with pytest.raises(ConnectionFailedError):
        both.wire.update_item(**ANY_REQUEST)
    with pytest.raises(BotoCoreError):
        both.boto3.update_item(**ANY_REQUEST)


@pytest.mark.parametrize(
    "answer",
    [
        {"Parameter": {"Name": "a", "Type": "SecureString", "Value": "v", "Version": 3, "ARN": "arn"}},
        {"Parameter": {"Name": "a", "Value": "ä", "LastModifiedDate": 1790000000.123, "DataType": "text"}},
    ],
)
def test_a_parameter_is_asked_for_and_read_alike(both, answer):
    both.server.requests.clear()
    both.server.otherwise = answers(answer, content_type="application/x-amz-json-1.1")
    found = [each.get_parameter(Name="/a", WithDecryption=True) for each in (both.wire_ssm, both.boto3_ssm)]
    assert found[0]["Parameter"] == found[1]["Parameter"]
    (_, ours, our_body), (_, theirs, their_body) = both.server.requests
    assert json.loads(our_body) == json.loads(their_body)
    assert [ours[name] for name in ("content-type", "x-amz-target")] == [
        theirs[name] for name in ("content-type", "x-amz-target")
    ]


def test_a_parameter_that_is_not_there_is_an_error_in_both(both):
    both.server.otherwise = answers({"__type": "ParameterNotFound"}, status="400 Bad Request")
    with pytest.raises(ServiceError) as ours:
        both.wire_ssm.get_parameter(Name="/a")
    with pytest.raises(ClientError) as theirs:
        both.boto3_ssm.get_parameter(Name="/a")
    assert ours.value.code == theirs.value.response["Error"]["Code"] == "ParameterNotFound"
