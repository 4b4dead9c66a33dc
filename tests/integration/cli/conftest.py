from __future__ import annotations

import pytest

from tests.integration.conftest import admin_over
from tests.support.configured_gateway import empty_gateway


@pytest.fixture
def gateways(dynamodb, table_pool):
    """Makes gateways that have nothing, each as long as its `with` lasts."""
    return lambda: empty_gateway(table_pool, lambda tables: admin_over(dynamodb, tables))


@pytest.fixture
def gateway(gateways):
    with gateways() as made:
        yield made
