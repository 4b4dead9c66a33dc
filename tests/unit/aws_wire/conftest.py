from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aws_wire import dynamodb
from tests.support.canned_aws import CannedAws, Clock, canned_aws, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def aws() -> Iterator[CannedAws]:
    with canned_aws() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(aws: CannedAws, clock: Clock) -> Iterator[Callable[..., dynamodb.Client]]:
    """Clients of the server, whose connections end with the test."""
    made = []

    def connect(more: dict[str, str] | None = None, **options: Any) -> dynamodb.Client:
        options = {"clock": clock, "sleep": clock.sleep, **options}
        made.append(dynamodb.connect(environment(aws.url, **(more or {})), **options))
        return made[-1]

    yield connect
    for each in made:
        each.reset()


@pytest.fixture
def client(connect: Callable[..., dynamodb.Client]) -> dynamodb.Client:
    return connect()
