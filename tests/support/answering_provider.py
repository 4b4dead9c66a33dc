"""A provider that answers with given bytes: whole HTTP answers, or bodies to be wrapped in one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.bare_server import Server, sends, serving
from tests.support.builders import model, price_version, provider
from tollgate.catalog.catalog import ModelType, ProviderType
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.gateway_world import World
    from tollgate.pricing.price_versions import PriceVersion

FOLDER = Path(__file__).parents[1] / "provider_answers"
# A request of each API, as short as can be.
HI: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]}),
    "responses": ("/v1/responses", {"input": "hi"}),
    "messages": ("/v1/messages", {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 100_000}),
    "embeddings": ("/v1/embeddings", {"input": "hi"}),
}
PRICES = price_version(
    {
        TokenClass.INPUT: "100",
        TokenClass.OUTPUT: "1000",
        TokenClass.CACHED_INPUT: "10",
        TokenClass.CACHE_WRITE: "125",
        TokenClass.CACHE_WRITE_1H: "200",
    },
    tool_prices={"web_search": Decimal("0.01")},
    service_tiers={"flex": Decimal("0.5"), "priority": Decimal(2), "fast": Decimal(6)},
    inference_geos={"us": Decimal("1.1")},
)


def stored(name: str) -> bytes:
    """The whole HTTP answer that a file of `provider_answers` stands for."""
    content = (FOLDER / name).read_bytes()
    if name.endswith(".http"):
        return content
    kind = "text/event-stream" if name.endswith(".sse") else "application/json"
    return answer(content, {"content-type": kind})


def answer(content: bytes, headers: Mapping[str, str] = {}, status: str = "200 OK") -> bytes:
    """An HTTP answer with its length."""
    lines = [f"{name}: {value}" for name, value in {**headers, "content-length": len(content)}.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + content


@dataclass(frozen=True)
class AnsweringWorld:
    """A world with a model `real-<api>` of each API, whose provider gives the answer that was put in last."""

    world: World
    server: Server

    def put(self, content: bytes) -> None:
        self.server.answer = sends(content, close=True)

    def ask(self, api: str, **changes: Any) -> Any:
        path, body = HI[api]
        asked = {name: changes.pop(name) for name in ("headers", "key", "gateway") if name in changes}
        return self.world.call({"model": f"real-{api}", **body, **changes}, path=path, **asked)


def answering(world: World, prices: PriceVersion = PRICES) -> Iterator[AnsweringWorld]:
    """Adds the provider, once for each type of API, and its models; for a fixture to yield from."""
    with serving(sends(answer(b"{}"), close=True)) as server:
        base_url = f"http://127.0.0.1:{server.port}/v1"
        for name, of_provider in (
            ("answering", ProviderType.OPENAI),
            ("answering-claude", ProviderType.ANTHROPIC),
        ):
            world.catalog.add_provider(provider(base_url, id=f"prv_{name}", name=name, type=of_provider))
        for api in HI:
            of = "answering-claude" if api == "messages" else "answering"
            kind = ModelType.EMBEDDING if api == "embeddings" else ModelType.CHAT
            made = model(f"real-{api}", provider_id=f"prv_{of}", remote_id="real", type=kind)
            world.catalog.add_model(replace(made, prices=(replace(prices, id=f"{made.id}:1"),)))
        yield AnsweringWorld(world, server)
