"""Models whose targets answer to the byte as a test wants it, at a hundred dollars for 1M tokens of input."""

from __future__ import annotations

import itertools
import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support import bare_server
from tests.support.builders import model, price_version, provider
from tests.support.gateway_world import error_of
from tollgate.catalog.catalog import ModelType, ProviderType, Target
from tollgate.clock import utc_now
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from types import SimpleNamespace

    from tests.support.gateway_world import Lane

ANSWERS = Path(__file__).parents[1] / "provider_answers"
PRICE = price_version({TokenClass.INPUT: "100", TokenClass.OUTPUT: "1000"}, id="mdl_dear:1")
MILLION = Decimal(1_000_000)
# An estimate of what each call of `CALLS` sends.
SENT = {"chat": 4, "responses": 3, "messages": 4, "embeddings": 3}

STREAM = "text/event-stream"
GOOD: dict[str, dict[str, Any]] = {
    "chat": {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
    },
    "responses": {
        "id": "resp_good",
        "object": "response",
        "status": "completed",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}],
        "usage": {"input_tokens": 10, "output_tokens": 2, "total_tokens": 12},
    },
    "messages": {
        "type": "message",
        "content": [{"type": "text", "text": "Hi"}],
        "usage": {"input_tokens": 10, "output_tokens": 2},
    },
    "embeddings": {"data": [{"embedding": [0.5]}], "usage": {"prompt_tokens": 10, "total_tokens": 10}},
}
GOOD_COST = {api: Decimal(1000 if api == "embeddings" else 3000) / MILLION for api in GOOD}


def http(
    body: Any = b"", content_type: str = "application/json", status: str = "200 OK", *lines: str
) -> bytes:
    """A whole HTTP answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status}", f"content-type: {content_type}", f"content-length: {len(raw)}", *lines]
    return "\r\n".join([*head, "", ""]).encode() + raw


def events(*data: Any) -> bytes:
    return b"".join(
        each if isinstance(each, bytes) else f"data: {json.dumps(each)}\n\n".encode() for each in data
    )


def of_file(name: str) -> bytes:
    raw = (ANSWERS / name).read_bytes()
    return raw if name.endswith(".http") else http(raw)


def scenario(name: str) -> bytes:
    """What target A of a scenario answers."""
    target = json.loads((ANSWERS / name).read_text())["targetA"]
    in_a_minute = format_datetime(utc_now() + timedelta(seconds=60), usegmt=True)
    lines = [
        f"{header}: {in_a_minute if value.startswith('<') else value}"
        for header, value in target["headers"].items()
        if header != "content-type"
    ]
    return http(target["body"], "application/json", f"{target['status']} A", *lines)


GOODS = {api: http(body) for api, body in GOOD.items()}
GOOD_STREAMS = {
    "chat": events(
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
        {"choices": [{"index": 0, "delta": {"content": "Hi"}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": GOOD["chat"]["usage"]},
        b"data: [DONE]\n\n",
    ),
    "responses": events(
        {
            "type": "response.created",
            "response": {**GOOD["responses"], "status": "in_progress", "usage": None},
        },
        {"type": "response.output_text.delta", "delta": "Hi"},
        {"type": "response.completed", "response": GOOD["responses"]},
    ),
    "messages": events(
        {"type": "message_start", "message": {"usage": {"input_tokens": 10, "output_tokens": 1}}},
        {"type": "content_block_start", "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ),
}


@dataclass
class Targets:
    """A model whose targets answer as told, the first of them first."""

    lane: Lane
    name: str
    servers: list[bare_server.Server]

    def ask(self, api: str = "chat", **asked: Any) -> SimpleNamespace:
        gateway = asked.pop("gateway", None) or self.gateway()
        return self.lane.ask(api, gateway=gateway, model=self.name, **asked)

    def gateway(self) -> Any:
        return self.lane.gateway(dispatcher=self.lane.dispatcher(pause=lambda _: None))

    @property
    def asked(self) -> list[int]:
        return [len(server.requests) for server in self.servers]

    @property
    def record(self) -> dict[str, Any]:
        (record,) = self.lane.records
        return record


_numbers = itertools.count()


def one_after_the_other(answers: list[bytes]) -> Callable[[bare_server.Server, socket.socket], bool]:
    """Sends the answers in their order, the last one for ever."""

    def answer(server: bare_server.Server, connection: socket.socket) -> bool:
        connection.sendall(answers[min(len(server.requests), len(answers)) - 1])
        return False

    return answer


@contextmanager
def targets(lane: Lane, *answers: bytes | list[bytes], api: str = "chat") -> Iterator[Targets]:
    with ExitStack() as stack:
        told = [each if isinstance(each, list) else [each] for each in answers]
        servers = [stack.enter_context(bare_server.serving(one_after_the_other(each))) for each in told]
        number = next(_numbers)
        made = []
        for place, server in zip("abcd", servers, strict=False):
            made.append(
                provider(
                    f"http://127.0.0.1:{server.port}/v1",
                    id=f"prv_{place}_{number}",
                    name=f"{place}-{number}",
                    type=ProviderType.ANTHROPIC if api == "messages" else ProviderType.OPENAI,
                )
            )
            lane.catalog.add_provider(made[-1])
        first, *others = made
        name = f"model-{number}"
        kind = ModelType.EMBEDDING if api == "embeddings" else ModelType.CHAT
        lane.catalog.add_model(
            replace(
                model(name, provider_id=first.id, remote_id="at-a", type=kind),
                prices=(PRICE,),
                alternatives=tuple(
                    Target(each.id, f"at-{each.name}", priority=place) for place, each in enumerate(others, 1)
                ),
            )
        )
        yield Targets(lane, name, servers)


def code_of(api: str, answer: SimpleNamespace) -> tuple[int, str]:
    error = error_of(answer)
    assert (json.loads(answer.text).get("type") == "error") == (api == "messages")
    return answer.status, error["code"]
