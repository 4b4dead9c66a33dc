"""What the routes work with, put together once for each execution environment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tollgate.adapters import credentials, dynamodb
from tollgate.adapters.catalog import CatalogTable
from tollgate.adapters.costs import CostsTable
from tollgate.adapters.credentials import Credentials
from tollgate.adapters.keys import KeysTable
from tollgate.adapters.usage import UsageTable
from tollgate_admin import settings
from tollgate_admin.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    keys: KeysTable
    catalog: CatalogTable
    costs: CostsTable
    usage: UsageTable
    credentials: Credentials


@cache
def get() -> Services:
    deployed = settings.from_environment()
    client = dynamodb.connect()
    return Services(
        settings=deployed,
        keys=KeysTable(client, deployed.keys_table),
        catalog=CatalogTable(client, deployed.catalog_table),
        costs=CostsTable(client, deployed.costs_table),
        usage=UsageTable(client, deployed.usage_table),
        credentials=Credentials(credentials.connect(), deployed.credentials_prefix),
    )
