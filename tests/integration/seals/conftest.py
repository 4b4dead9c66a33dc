from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from infra.local.environment import REGION
from tests.support import cli_runner
from tests.support.seal_world import RETENTION, SealWorld
from tests.support.table_pool import empty_tables
from tollgate.aws import boto3_clients
from tollgate.seals.store.seal_bucket import SealBucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUCKET = "seals-of-tests"
STACK = "tollgate-test"


@pytest.fixture
def world(dynamodb, tables) -> SealWorld:
    return SealWorld(dynamodb, tables)


@pytest.fixture(scope="module")
def kept(dynamodb, table_pool) -> Iterator[SealWorld]:
    """A world that a module's tests share."""
    with empty_tables(table_pool) as names:
        yield SealWorld(dynamodb, names)


@pytest.fixture
def s3(monkeypatch) -> Iterator[Any]:
    """A bucket that keeps versions. DynamoDB Local isn't what moto stands in for."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("s3", region_name=REGION)
        place: Any = {"LocationConstraint": REGION}
        options = {} if REGION == "us-east-1" else {"CreateBucketConfiguration": place}
        client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True, **options)
        yield boto3_clients.raising_service_errors(client)


@pytest.fixture
def copied(world, s3) -> SealWorld:
    """A world whose seals are copied to a bucket."""
    world.bucket = SealBucket(s3, BUCKET)
    return world


@pytest.fixture
def proof(monkeypatch) -> Callable[..., cli_runner.Ran]:
    """Runs `tollgate proof` against a stack whose tables are a world's."""

    def run(world: SealWorld, *arguments: str, **options: Any) -> cli_runner.Ran:
        outputs = {**world.tables, "BaseUrl": "x"} | ({"SealBucket": BUCKET} if world.bucket else {})
        parameters = {
            "UsageRetentionDays": str(RETENTION.days),
            "AbandonedHolds": "charge",
            "ReportingZone": "UTC",
        }
        stack = {
            "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()],
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
            ],
        }
        answer = {"Stacks": [stack], "ResponseMetadata": {"HTTPHeaders": {}}}
        clients = {
            "cloudformation": SimpleNamespace(describe_stacks=lambda StackName: answer),  # noqa: N803
            "s3": world.bucket.client if world.bucket else None,
        }
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setattr(boto3.Session, "client", lambda _, service, config: clients[service])
        monkeypatch.setattr(boto3_clients, "dynamodb", lambda _: world.client)
        return cli_runner.run("proof", *arguments, "--stack", STACK, **options)

    return run
