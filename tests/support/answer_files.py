"""The answers in `provider_answers`, to the byte as providers give them, and a provider that does."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support import bare_server
from tests.support.builders import model, provider
from tollgate.catalog.catalog import ProviderType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.bare_server import Server
    from tests.support.gateway_world import World

_ANSWERS = Path(__file__).parents[1] / "provider_answers"
_LABELS = {".json": "application/json", ".sse": "text/event-stream"}
# What a million tokens of each cost here, so that a token of input is 0.0001 USD and one of output 0.001.
INPUT_PRICE, OUTPUT_PRICE = "100", "1000"


def file_of(name: str) -> Path:
    (path,) = _ANSWERS.glob(f"{name}-*")
    return path


def http_of(name: str) -> bytes:
    """A whole HTTP answer, by the letter and number that its file begins with."""
    path = file_of(name)
    content = path.read_bytes()
    return content if path.suffix == ".http" else http(content, _LABELS[path.suffix])


def http(body: bytes, content_type: str | None = "text/event-stream") -> bytes:
    label = f"content-type: {content_type}\r\n" if content_type else ""
    return f"HTTP/1.1 200 OK\r\n{label}connection: close\r\n\r\n".encode() + body


@contextmanager
def answering(world: World, *pieces: bytes, api: str = "chat") -> Iterator[tuple[str, Server]]:
    """A model whose provider gives that answer to whatever it is asked, and its server."""
    with bare_server.serving(bare_server.sends(*pieces, close=True)) as server:
        yield served_by(world, server, api), server


def served_by(world: World, server: Any, api: str = "chat") -> str:
    """The name of a model that this server serves."""
    name = f"real-{server.port}"
    kind = ProviderType.ANTHROPIC if api == "messages" else ProviderType.OPENAI
    made = provider(f"http://127.0.0.1:{server.port}/v1", id=f"prv_{name}", name=name, type=kind)
    world.catalog.add_provider(made)
    priced = model(name, provider_id=made.id, input_price=INPUT_PRICE, output_price=OUTPUT_PRICE)
    world.catalog.add_model(priced)
    return name
