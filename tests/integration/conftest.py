from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.local import dynamodb_local
from infra.local.environment import ROOT
from infra.local.errors import UnavailableError
from infra.local.tables import create_tables, read_template, table_schemas

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="session")
def dynamodb_endpoint() -> Iterator[str]:
    """The URL of a DynamoDB Local for this session."""
    try:
        with dynamodb_local.running() as endpoint_url:
            yield endpoint_url
    except UnavailableError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"NOT TESTED, there is no DynamoDB Local: {error}")


@pytest.fixture(scope="session")
def dynamodb(dynamodb_endpoint: str) -> DynamoDBClient:
    return boto3.client("dynamodb", endpoint_url=dynamodb_endpoint)


@pytest.fixture(scope="session")
def schemas() -> dict[str, dict[str, Any]]:
    return table_schemas(read_template(ROOT / "template.yaml"))


@pytest.fixture
def tables(dynamodb: DynamoDBClient, schemas: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Empty tables as template.yaml declares them, for one test: logical id -> table name."""
    names = create_tables(dynamodb, schemas, prefix=f"test-{uuid.uuid4().hex[:12]}")
    yield names
    for name in names.values():
        dynamodb.delete_table(TableName=name)
