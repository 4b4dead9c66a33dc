from __future__ import annotations

from typing import Any

import pytest

from tests.support.ledger_world import LedgerWorld

CLIENTS = ["the proxy's client", "boto3"]
# Modules whose tests run by either. Elsewhere boto3 would add nothing: tests of aws_wire compare what both
# clients make of each single request and its answer, and nobody admits or settles with boto3.
BY_EITHER = {
    "test_ledger",
    "test_ledger_machine",
    "test_ledger_repair",
    "test_old_items",
    "test_reconciliation",
    "test_sweeper",
    "test_write_units",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "ledger_client" in metafunc.fixturenames:
        module = metafunc.module.__name__.rpartition(".")[2]
        clients = CLIENTS if module in BY_EITHER else CLIENTS[:1]
        metafunc.parametrize("ledger_client", clients, indirect=True)


@pytest.fixture
def ledger_client(request, dynamodb, proxy_dynamodb) -> Any:
    """What the ledger writes by: the proxy admits and settles by its own."""
    return dynamodb if request.param == "boto3" else proxy_dynamodb


@pytest.fixture
def ledgers(dynamodb, ledger_client, tables) -> LedgerWorld:
    """Whoever sweeps has boto3's client."""
    return LedgerWorld(ledger_client, tables, sweeper=dynamodb)
