"""What is sent again, how often, after how long; and that whoever asked learns of it."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from botocore.retries import standard

from aws_wire import retries, ssm
from aws_wire.errors import ConnectionFailedError, CorruptAnswerError, ServiceError, TimedOutError
from tests.support.canned_aws import (
    answers,
    environment,
    hangs_up,
    http,
    is_silent,
    refuses,
    resets,
    sends,
)

UPDATE = {"TableName": "t", "Key": {"id": {"S": "1"}}, "UpdateExpression": "SET a = :a"}
TRUNCATED = sends(http({"Attributes": {}})[:-3], close=True)
FAILURES = {
    "500": refuses("InternalServerError", status=500),
    "503": sends(http(b"<html>", status="503 No")),
    "throttled": refuses("ProvisionedThroughputExceededException"),
    "too many": sends(http(b"", status="429 No")),
    "reset": resets,
    "closed": hangs_up,
    "truncated": TRUNCATED,
    "corrupted": answers({"Attributes": {}}, crc=1),
    "no JSON": answers(b"<html>all is well</html>"),
    "no object": answers([1]),
    "no UTF-8": answers(b'{"a": "\xff"}'),
    "too deep": answers(b"[" * 100_000),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_what_may_be_over_by_the_next_try_is_tried_again(aws, client, clock, failure):
    aws.script += [failure, failure]
    assert client.update_item(**UPDATE)["ResponseMetadata"]["RetryAttempts"] == 2
    assert aws.bodies == [UPDATE] * 3
    assert len(clock.slept) == 2


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_after_four_tries_it_is_given_up_and_said(aws, client, failure):
    aws.otherwise = failure
    with pytest.raises((ServiceError, ConnectionFailedError)) as failed:
        client.update_item(**UPDATE)
    assert failed.value.retried == 3
    assert len(aws.requests) == 4


@pytest.mark.parametrize(
    "code",
    [
        "ConditionalCheckFailedException",
        "ValidationException",
        "ResourceNotFoundException",
        "TransactionConflictException",
        "AccessDeniedException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "ExpiredTokenException",
    ],
)
def test_what_another_try_would_not_change_is_said_at_once(aws, client, clock, code):
    aws.otherwise = refuses(code)
    with pytest.raises(ServiceError) as refused:
        client.update_item(**UPDATE)
    assert (refused.value.code, refused.value.retried) == (code, 0)
    assert (len(aws.requests), clock.slept) == (1, [])


def test_a_retry_before_a_refusal_is_said(aws, client):
    """A condition may have failed by what the first try has written."""
    aws.script += [hangs_up, refuses("ConditionalCheckFailedException", Item={"a": {"B": "AQ=="}})]
    with pytest.raises(ServiceError) as refused:
        client.update_item(**UPDATE)
    assert refused.value.retried == 1
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 1
    assert refused.value.response["Item"] == {"a": {"B": b"\x01"}}


def test_a_slow_answer_is_a_timeout_after_the_last_try(aws, connect):
    aws.otherwise = is_silent
    with pytest.raises(TimedOutError) as late:
        connect(read_timeout=0.05, tries=2).update_item(**UPDATE)
    assert late.value.retried == 1


def test_nobody_listening_is_a_failed_connection(connect):
    with pytest.raises(ConnectionFailedError) as failed:
        connect({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}).update_item(**UPDATE)
    assert failed.value.retried == 3


def test_ssm_is_tried_eight_times(aws, clock):
    aws.otherwise = refuses("ThrottlingException")
    with pytest.raises(ServiceError) as refused:
        ssm.connect(environment(aws.url), clock=clock, sleep=clock.sleep).get_parameter(Name="a")
    assert refused.value.retried == 7


def test_pauses_grow_are_random_and_longer_for_throttling(monkeypatch):
    monkeypatch.setattr(random, "random", lambda: 1.0)
    error = ConnectionFailedError()
    pauses = [retries.pause("dynamodb", retries.Kind.TRANSIENT, n, error) for n in range(4)]
    assert pauses == [0.025, 0.05, 0.1, 0.2]
    assert [retries.pause("ssm", retries.Kind.THROTTLING, n, error) for n in (0, 3, 9)] == [1, 8, 20]
    monkeypatch.setattr(random, "random", lambda: 0.0)
    assert retries.pause("dynamodb", retries.Kind.THROTTLING, 3, error) == 0


@pytest.mark.parametrize(("wish", "least", "most"), [("300", 0.3, 0.3), ("60000", 5, 5.025), ("x", 0, 0.025)])
def test_the_services_own_wish_for_a_pause_is_followed_within_bounds(aws, client, clock, wish, least, most):
    aws.script.append(refuses("InternalServerError", status=500, headers={"x_amz_retry_after": wish}))
    client.update_item(**UPDATE)
    assert least <= clock.slept[0] <= most


def test_codes_are_sorted_as_botocore_sorts_them():
    throttled: Any = standard.ThrottledRetryableChecker
    checked: Any = standard.TransientRetryableChecker
    throttling, transient = throttled._THROTTLED_ERROR_CODES, checked._TRANSIENT_ERROR_CODES
    codes = {*throttling, *transient, "InternalServerError", "ReplicatedWriteConflictException"}
    # botocore has it for EC2 alone.
    assert codes - {"EC2ThrottledException"} == retries._THROTTLING_CODES | retries._TRANSIENT_CODES
    assert set(transient) <= retries._TRANSIENT_CODES
    assert set(checked._TRANSIENT_STATUS_CODES) == retries._TRANSIENT_STATUSES


def test_a_service_that_is_down_is_not_asked_four_times_as_often_for_long(aws, client):
    aws.otherwise = refuses("InternalServerError", status=500)
    for _ in range(30):
        with pytest.raises(ServiceError):
            client.update_item(**UPDATE)
    assert len(aws.requests) == 30 + 500 // retries.Kind.TRANSIENT.value
    aws.otherwise = answers({})
    for _ in range(20):
        client.update_item(**UPDATE)
    aws.script.append(hangs_up)
    assert client.update_item(**UPDATE)["ResponseMetadata"]["RetryAttempts"] == 1


def expired(code="ExpiredTokenException"):
    return refuses(code, "The security token included in the request is expired")


def test_expired_credentials_are_fetched_anew_once(aws, connect):
    """Those of the environment can't be; here they change meanwhile."""
    client = connect()
    environment = client._service._credentials._environment
    client.update_item(**UPDATE)
    environment["AWS_SESSION_TOKEN"] = "new"
    aws.script.append(expired())
    assert client.update_item(**UPDATE)["ResponseMetadata"]["RetryAttempts"] == 1
    assert aws.requests[-1][1]["x-amz-security-token"] == "new"
    environment["AWS_SESSION_TOKEN"] = "newer"
    aws.script += [expired(), expired()]
    with pytest.raises(ServiceError) as refused:
        client.update_item(**UPDATE)
    assert refused.value.retried == 1


def test_credentials_that_expire_again_and_again_are_fetched_once_a_request(aws, client):
    environment = client._service._credentials._environment
    numbers = itertools.count()

    def expires(incoming):
        environment["AWS_SESSION_TOKEN"] = f"token{next(numbers)}"
        return expired()(incoming)

    aws.otherwise = expires
    with pytest.raises(ServiceError) as refused:
        client.update_item(**UPDATE)
    assert refused.value.retried == 1


def dated(seconds):
    return {"date": format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)}


@pytest.mark.parametrize("code", ["RequestTimeTooSkewed", "InvalidSignatureException"])
@pytest.mark.parametrize("skew", [-3600, 301, 86_400 * 365])
def test_a_clock_that_is_wrong_is_put_right(aws, client, clock, code, skew):
    aws.script.append(refuses(code, "Signature expired", headers=dated(clock.now + skew)))
    assert client.update_item(**UPDATE)["ResponseMetadata"]["RetryAttempts"] == 1
    client.update_item(**UPDATE)
    expected = datetime.fromtimestamp(clock.now + skew, UTC).strftime("%Y%m%dT%H%M%SZ")
    assert [headers["x-amz-date"] for _, headers, _ in aws.requests[1:]] == [expected] * 2
    assert clock.slept == []


@pytest.mark.parametrize("date", [{}, {"date": "yesterday"}, {"date": "Sun, 99 Nov 2026 10:00:00 GMT"}])
def test_a_refused_signature_is_not_blamed_on_the_clock_without_reason(aws, client, clock, date):
    for headers in (date, dated(clock.now + 200)):
        aws.script.append(refuses("InvalidSignatureException", headers=headers))
        with pytest.raises(ServiceError) as refused:
            client.update_item(**UPDATE)
        assert refused.value.retried == 0


def test_a_clock_is_put_right_once_a_request(aws, client, clock):
    for skew in (1000, 2000):
        aws.script.append(refuses("RequestTimeTooSkewed", headers=dated(clock.now + skew)))
    with pytest.raises(ServiceError) as refused:
        client.update_item(**UPDATE)
    assert refused.value.retried == 1


def test_an_answer_that_is_corrupt_is_said_to_be(aws, connect):
    aws.otherwise = answers({}, crc=5)
    with pytest.raises(CorruptAnswerError):
        connect(tries=1).update_item(**UPDATE)


def test_a_checksum_is_checked_where_there_is_one(aws, client):
    aws.script.append(sends(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
    assert client.update_item(**UPDATE)["ResponseMetadata"]["RetryAttempts"] == 0
