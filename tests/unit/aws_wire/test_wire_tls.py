"""TLS: whom the client believes, and that its connections are kept."""

from __future__ import annotations

from typing import Any

import pytest

from aws_wire import dynamodb
from aws_wire.errors import ConnectionFailedError, TimedOutError
from tests.support.canned_aws import answers, canned_aws, environment, hangs_up, is_silent
from tests.support.certificates import Certified, certified_in

GET = {"TableName": "t", "Key": {"id": {"S": "1"}}}


@pytest.fixture(scope="module")
def certified(tmp_path_factory) -> Certified:
    return certified_in(tmp_path_factory.mktemp("tls"))


def connected(port: int, host: str = "127.0.0.1", **more: str) -> dynamodb.Client:
    return dynamodb.connect(environment(f"https://{host}:{port}", **more), tries=2, sleep=lambda _: None)


def test_a_connection_over_tls_is_kept_and_replaced_as_any(certified):
    with canned_aws(answers({"Item": {"a": {"S": "x" * 100_000}}}), certified.context) as aws:
        client = connected(aws.port, AWS_CA_BUNDLE=certified.bundle)
        for _ in range(5):
            assert client.get_item(**GET)["ResponseMetadata"]["RetryAttempts"] == 0
        # Tickets for a later session may come after the first answer: then there is a second connection.
        assert len(aws.accepted) <= 2
        aws.script.append(hangs_up)
        assert client.get_item(**GET)["ResponseMetadata"]["RetryAttempts"] == 1
        together: list[Any] = client.update_items([GET] * 3)
        assert {len(each["Item"]["a"]["S"]) for each in together} == {100_000}
        client.reset()


def test_whom_no_authority_knows_gets_no_request(certified):
    with canned_aws(tls=certified.context) as aws:
        with pytest.raises(ConnectionFailedError, match="certificate verify failed"):
            connected(aws.port).get_item(**GET)
        assert aws.requests == []


def test_who_is_certified_as_another_gets_no_request(certified):
    with canned_aws(tls=certified.context) as aws:
        with pytest.raises(ConnectionFailedError, match="certificate verify failed"):
            connected(aws.port, "localhost", AWS_CA_BUNDLE=certified.bundle).get_item(**GET)
        assert aws.requests == []


def test_who_speaks_no_tls_is_no_service():
    with canned_aws() as aws, pytest.raises(ConnectionFailedError):
        connected(aws.port).get_item(**GET)


def test_an_answer_over_tls_is_waited_for_as_long_as_any(certified):
    with canned_aws(is_silent, certified.context) as aws:
        client = dynamodb.connect(
            environment(f"https://127.0.0.1:{aws.port}", AWS_CA_BUNDLE=certified.bundle),
            read_timeout=0.1,
            tries=1,
        )
        with pytest.raises(TimedOutError):
            client.get_item(**GET)
