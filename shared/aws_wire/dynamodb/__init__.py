"""DynamoDB's reads and writes of single items, and queries."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aws_wire.dynamodb import item_json
from aws_wire.dynamodb.item_client import Client, PendingUpdates
from aws_wire.json_service import JsonService, Limits, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Client", "PendingUpdates", "connect"]

_PROTOCOL = Protocol("dynamodb", "DynamoDB_20120810", "1.0", item_json.decode)


def connect(
    environment: Mapping[str, str],
    *,
    connect_timeout: float = 1,
    read_timeout: float = 2,
    tries: int = 4,
    max_idle_connections: int = 10,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Client:
    """Timeouts in seconds. Nothing is connected before the first call. Raises ConfigurationError.

    A table in the same region answers in milliseconds: a second without an answer is a lost connection.
    """
    limits = Limits(connect_timeout, read_timeout, tries, max_idle_connections)
    return Client(JsonService(_PROTOCOL, environment, limits, clock, sleep))
