from __future__ import annotations

import pytest

from tests.support.ledger_world import LedgerWorld


@pytest.fixture
def ledgers(proxy_dynamodb, tables) -> LedgerWorld:
    """Over the proxy's own client, which is what admits."""
    return LedgerWorld(proxy_dynamodb, tables)
