"""Providers' keys, as they are read and forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from tests.builders import provider
from tollgate.adapters.credentials import Credentials

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
        yield Counting(boto3.client("ssm", region_name="us-east-1"))


def test_a_key_is_read_once_a_version(ssm):
    credentials = Credentials(ssm, "/providers")
    assert credentials.store(FIRST.id, "sk-1") == 1
    assert [credentials.of(FIRST) for _ in range(2)] == ["sk-1", "sk-1"]
    second = replace(FIRST, credential_version=credentials.store(FIRST.id, "sk-2"))
    assert credentials.of(second) == "sk-2"
    assert len(ssm.read) == 2


def test_the_key_of_a_deleted_provider_is_gone_and_not_that_of_the_next_of_its_name(ssm):
    credentials = Credentials(ssm, "/providers")
    credentials.store(FIRST.id, "sk-1")
    assert credentials.of(FIRST) == "sk-1"

    credentials.remove(FIRST.id)
    credentials.remove(FIRST.id)

    with pytest.raises(ssm.exceptions.ParameterNotFound):
        Credentials(ssm, "/providers").of(FIRST)
    assert credentials.store(FIRST.id, "sk-another") == 1
    assert credentials.of(replace(FIRST, created_at=FIRST.created_at + timedelta(days=1))) == "sk-another"
