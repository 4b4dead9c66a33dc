from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anyio
import httpx
import pytest

from tests.support.issued_keys import IssuedKeys
from tests.support.sdks import ANTHROPIC, OPENAI, Connections, Pair, Sdk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.local.stack import Stack

    Connect = Callable[..., Sdk]


@pytest.fixture(scope="module")
def keys(stack: Stack) -> Iterator[IssuedKeys]:
    """Issues keys. When the module is through, all that was called with them must have been settled."""
    with closing(IssuedKeys(stack)) as issued:
        yield issued
        issued.require_settled()


@pytest.fixture(scope="module")
def key(keys: IssuedKeys) -> dict[str, Any]:
    return keys.issue(budgetLimit="5")


@pytest.fixture(scope="module", params=["blocking", "asynchronous"])
def connections(request: pytest.FixtureRequest) -> Iterator[Connections]:
    with closing(Connections(asynchronous=request.param == "asynchronous")) as made:
        yield made


@pytest.fixture(scope="module")
def connect_gpt(stack: Stack, keys: IssuedKeys, connections: Connections) -> Connect:
    """Makes a client of OpenAI's SDK at the gateway, for a key's secret."""

    def connect(secret: str, **options: Any) -> Sdk:
        return connections.connect(OPENAI, stack.base_url, secret, keys.hear, **options)

    return connect


@pytest.fixture(scope="module")
def connect_claude(stack: Stack, keys: IssuedKeys, connections: Connections) -> Connect:
    """Makes a client of Anthropic's SDK at the gateway, for a key's secret."""

    def connect(secret: str, **options: Any) -> Sdk:
        return connections.connect(ANTHROPIC, stack.api_url, secret, keys.hear, **options)

    return connect


@pytest.fixture(scope="module")
def gpt(stack: Stack, connections: Connections, connect_gpt: Connect, key: dict[str, Any]) -> Pair:
    direct = connections.connect(OPENAI, f"{stack.provider_url}/v1", "mock")
    return Pair(through=connect_gpt(key["key"]), direct=direct)


@pytest.fixture(scope="module")
def claude(stack: Stack, connections: Connections, connect_claude: Connect, key: dict[str, Any]) -> Pair:
    direct = connections.connect(ANTHROPIC, stack.provider_url, "mock")
    return Pair(through=connect_claude(key["key"]), direct=direct)


@pytest.fixture
def unique() -> str:
    """A text that no other request has: the provider's answer, and its id, are another one, too."""
    return uuid4().hex


@pytest.fixture
def open_gate(stack: Stack) -> Callable[[str], None]:
    """Lets the provider go on with a stream that waits at the gate of that name."""

    def open_(name: str) -> None:
        answer = httpx.post(f"{stack.provider_url}/__mock/gates/{name}", timeout=60)
        assert answer.status_code == 204

    return open_


@pytest.fixture
def asked_of_provider(stack: Stack) -> Callable[[str], list[dict[str, Any]]]:
    """The requests with that text somewhere in them that have reached the provider."""

    def asked(text: str) -> list[dict[str, Any]]:
        received = httpx.get(f"{stack.provider_url}/__mock/requests", timeout=60).json()
        return [request for request in received if text in repr(request["body"])]

    return asked


class Waits:
    """What an SDK waits between two tries, in `seconds`, without the time that it takes."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.meanwhile()

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    made = Waits()
    monkeypatch.setattr(time, "sleep", made.sleep)
    monkeypatch.setattr(anyio, "sleep", made.sleep_async)
    return made


@pytest.fixture(scope="module")
def http(stack: Stack, keys: IssuedKeys) -> Iterator[httpx.Client]:
    """The gateway without an SDK."""
    with httpx.Client(base_url=stack.api_url, timeout=60, event_hooks={"response": [keys.hear]}) as client:
        yield client
