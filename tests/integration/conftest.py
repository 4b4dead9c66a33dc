from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import boto3
import pytest
from botocore.config import Config

from infra.local import dynamodb_local
from infra.local.environment import CREDENTIAL, REGION, ROOT
from infra.local.local_errors import UnavailableError
from infra.local.tables import read_template, table_schemas
from infra.mock_provider.server import running
from tests.support import expressions
from tests.support.admin_client import Admin, FakeCredentials
from tests.support.alerts_world import AlertsWorld
from tests.support.builders import scope
from tests.support.gateway_world import Lane, World
from tests.support.ledger_world import LedgerWorld
from tests.support.proxy_client import ProxyClient
from tests.support.table_pool import TablePool, Tables, empty_tables
from tollgate.aws import boto3_clients
from tollgate_admin import composition
from tollgate_admin.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

NO_STREAM = {"StreamEnabled": False}


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
    """Every request's expressions are checked for what DynamoDB Local lets pass and AWS doesn't."""
    # Told whose it is: what boto3 would find out it keeps from whoever has asked it first, which may be moto.
    made = boto3.client(
        "dynamodb",
        endpoint_url=dynamodb_endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
        # As deployed, it doesn't look at parameters; and it puts no user agent together for each request.
        config=Config(parameter_validation=False, user_agent="tests"),
    )
    client = boto3_clients.raising_service_errors(made)
    client.meta.events.register("provide-client-params.dynamodb", expressions.check)
    return client


@pytest.fixture(scope="session")
def schemas() -> dict[str, dict[str, Any]]:
    """Without streams: DynamoDB Local slows with each that there ever was. Who reads one turns it on."""
    declared = table_schemas(read_template(ROOT / "template.yaml"))
    return {name: {**schema, "StreamSpecification": NO_STREAM} for name, schema in declared.items()}


@pytest.fixture(scope="session")
def table_pool(dynamodb: DynamoDBClient, schemas: Mapping[str, Any]) -> TablePool:
    return TablePool(dynamodb, schemas)


@pytest.fixture
def tables(table_pool: TablePool) -> Iterator[Tables]:
    """Empty tables as template.yaml declares them, for one test: logical id -> table name."""
    with empty_tables(table_pool) as names:
        yield names


@pytest.fixture(scope="session")
def proxy_dynamodb(dynamodb: DynamoDBClient) -> ProxyClient:
    """The proxy's own client, and boto3's for what only others ask for."""
    return ProxyClient(dynamodb)


@pytest.fixture
def ledgers(proxy_dynamodb, tables) -> LedgerWorld:
    return LedgerWorld(proxy_dynamodb, tables)


@pytest.fixture(scope="session")
def provider_url() -> Iterator[str]:
    """A mock provider; each world begins by resetting it."""
    with running() as url:
        yield url


@pytest.fixture
def world(proxy_dynamodb, tables, provider_url) -> World:
    made = World(proxy_dynamodb, tables, provider_url)
    made.keys.add(scope())
    return made


@pytest.fixture(scope="module")
def lanes(proxy_dynamodb, table_pool, provider_url) -> Iterator[World]:
    """A world that a module's tests share."""
    with empty_tables(table_pool) as names:
        made = World(proxy_dynamodb, names, provider_url)
        made.add_claude()
        yield made


@pytest.fixture
def lane(lanes) -> Lane:
    """The shared world as a new key sees it."""
    return Lane(lanes)


def admin_over(dynamodb: DynamoDBClient, tables: Mapping[str, str]) -> Admin:
    deployed = Settings(
        keys_table=tables["KeysTable"],
        catalog_table=tables["CatalogTable"],
        costs_table=tables["CostsTable"],
        usage_table=tables["UsageTable"],
        audit_table=tables["AuditTable"],
        alerts_table=tables["AlertsTable"],
        bodies_table=tables["BodiesTable"],
        credentials_prefix="",
        admin_token_secret="",
        alert_debounce=timedelta(hours=1),
        loopback_providers=False,
        max_key_depth=5,
        default_monthly_quota=None,
        reporting_zone=ZoneInfo("UTC"),
    )
    credentials: Any = FakeCredentials()
    return Admin(composition.build_services(dynamodb, deployed, lambda: credentials))


@pytest.fixture
def admin(dynamodb, tables) -> Admin:
    return admin_over(dynamodb, tables)


@pytest.fixture(scope="module")
def shared_admin(dynamodb, table_pool) -> Iterator[Admin]:
    """An admin over tables that a module's tests share."""
    with empty_tables(table_pool) as names:
        yield admin_over(dynamodb, names)


@pytest.fixture
def alerts(dynamodb, tables) -> AlertsWorld:
    return AlertsWorld(dynamodb, tables)
