from __future__ import annotations

from typing import Any

import pytest

from tests.support.ledger_world import LedgerWorld


@pytest.fixture(params=["the proxy's client", "boto3"])
def ledger_client(request, dynamodb, proxy_dynamodb) -> Any:
    """What the ledger writes by: the proxy admits and settles by its own, whoever sweeps has boto3's."""
    return dynamodb if request.param == "boto3" else proxy_dynamodb


@pytest.fixture
def ledgers(ledger_client, tables) -> LedgerWorld:
    return LedgerWorld(ledger_client, tables)
