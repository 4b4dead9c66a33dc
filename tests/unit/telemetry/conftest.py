from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.mock_otlp import otlp_receiver
from tests.support.telemetry_world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.mock_otlp.otlp_receiver import Receiver


@pytest.fixture(scope="module")
def server() -> Iterator[Receiver]:
    with otlp_receiver.running() as receiver:
        yield receiver


@pytest.fixture
def receiver(server: Receiver) -> Receiver:
    """As new, on the server of all."""
    server.spans, server.points, server.requests = [], [], []
    server.answer = lambda _path, _message: None
    return server


@pytest.fixture
def world(receiver: Receiver) -> World:
    return World(receiver.url)
