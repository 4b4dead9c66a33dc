"""Providers' keys, as they are read and forgotten."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from aws_wire.errors import ServiceError
from tests.support.builders import provider
from tollgate.aws import boto3_clients
from tollgate.catalog.store.provider_keys import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

FIRST = provider(credential_version=1)


@dataclass
class Counting:
    """An SSM client that counts what is read."""

    client: Any
    read: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def get_parameter(self, **request: Any) -> Any:
        self.read.append(request["Name"])
        return self.client.get_parameter(**request)


@pytest.fixture
def ssm() -> Iterator[Counting]:
    with mock_aws():
        yield Counting(boto3_clients.raising_service_errors(boto3.client("ssm", region_name="us-east-1")))


def test_a_key_is_read_once_a_version(ssm):
    credentials = Credentials(ssm, "/providers")
    assert credentials.store(FIRST.id, "sk-1") == 1
    assert [credentials.secret_of(FIRST) for _ in range(2)] == ["sk-1", "sk-1"]
    second = replace(FIRST, credential_version=credentials.store(FIRST.id, "sk-2"))
    assert credentials.secret_of(second) == "sk-2"
    assert len(ssm.read) == 2


@pytest.mark.parametrize("key", [None, "arn:aws:kms:us-east-1:123456789012:key/1"])
def test_a_key_is_encrypted_by_the_deployments_kms_key_if_it_has_one(ssm, key):
    Credentials(ssm, "/providers", key).store(FIRST.id, "sk-1")
    (described,) = ssm.client.describe_parameters()["Parameters"]
    assert (described["Type"], described["KeyId"]) == ("SecureString", key or "alias/aws/ssm")


def test_the_key_of_a_deleted_provider_is_gone_and_not_that_of_the_next_of_its_name(ssm):
    credentials = Credentials(ssm, "/providers")
    credentials.store(FIRST.id, "sk-1")
    assert credentials.secret_of(FIRST) == "sk-1"

    credentials.remove(FIRST.id)
    credentials.remove(FIRST.id)

    with pytest.raises(ServiceError, match="ParameterNotFound"):
        Credentials(ssm, "/providers").secret_of(FIRST)
    assert credentials.store(FIRST.id, "sk-another") == 1
    assert (
        credentials.secret_of(replace(FIRST, created_at=FIRST.created_at + timedelta(days=1))) == "sk-another"
    )


def test_a_key_is_waited_for_while_many_environments_read_theirs(monkeypatch):
    """A thousand environments share 40 reads a second: none may take the first throttling for an answer."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    client = boto3_clients.ssm()
    throttled = {"__type": "ThrottlingException", "message": "Rate exceeded"}
    answers = [(400, throttled)] * 7 + [(200, {"Parameter": {"Value": "sk-1"}})]

    headers: Any = {}

    def answer(**_: Any) -> Any:
        status, body = answers.pop(0)
        return AWSResponse("https://ssm", status, headers, Raw(json.dumps(body).encode()))

    client.meta.events.register("before-send.ssm.GetParameter", answer)
    assert Credentials(client, "/providers").secret_of(FIRST) == "sk-1"
    assert answers == []


class Raw(BytesIO):
    def stream(self, **_: Any) -> Any:
        return iter([self.read()])
