"""The gateway in this process, for what can't be seen of another one."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3

from infra.local.environment import CREDENTIAL, REGION
from tollgate.catalog.store.catalog_table import CatalogTable
from tollgate.clock import utc_now
from tollgate_proxy import handler, settings
from tollgate_proxy.catalog_cache import CachedCatalog

if TYPE_CHECKING:
    from tests.bench.gateway.bench_stack import BenchStack
    from tollgate_proxy.gateway import Gateway
    from tollgate_proxy.http_messages import Request


def gateway_over(stack: BenchStack, client: Any) -> Gateway:
    """The gateway of the stack's settings over that client."""
    parameters = boto3.client(
        "ssm",
        endpoint_url=stack.variables["AWS_ENDPOINT_URL_SSM"],
        region_name=REGION,
        aws_access_key_id=CREDENTIAL,
        aws_secret_access_key=CREDENTIAL,
    )
    with patch.dict(os.environ, stack.variables):
        deployed = settings.from_environment()
    table = CatalogTable(client, deployed.catalog_table)
    catalog = CachedCatalog(table, deployed.catalog_cache.total_seconds())
    return handler.composed(deployed, client, parameters, catalog)


def request(event: bytes) -> Request:
    return handler.to_request(json.loads(event), utc_now() + timedelta(seconds=60))
