"""A DynamoDB Local for a benchmark, and a client for as many threads as one has."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from infra.local import dynamodb_local
from infra.local.environment import CREDENTIAL, REGION
from tollgate.aws import boto3_clients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient


@contextmanager
def connected() -> Iterator[DynamoDBClient]:
    with dynamodb_local.running() as endpoint_url:
        client = boto3.client(
            "dynamodb",
            endpoint_url=endpoint_url,
            region_name=REGION,
            aws_access_key_id=CREDENTIAL,
            aws_secret_access_key=CREDENTIAL,
            config=Config(max_pool_connections=64),
        )
        yield boto3_clients.raising_service_errors(client)
