"""Streams as providers send them, by the mock provider, which follows the real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.mock_provider.apis.anthropic_messages import create_message
from infra.mock_provider.apis.openai_chat import create_chat_completion
from infra.mock_provider.apis.openai_responses import Generation
from infra.mock_provider.call import Call
from infra.mock_provider.control import Control
from infra.mock_provider.reply import EventStream
from tollgate_proxy.apis import registry

if TYPE_CHECKING:
    from tollgate_proxy.answers.metering import Meter
    from tollgate_proxy.apis.base import Api

HELLO = [{"role": "user", "content": "Hello there"}]
_TOOL = {"name": "look", "parameters": {}}
REQUESTS: dict[Api, dict[str, Any]] = {
    registry.CHAT: {
        "model": "small",
        "messages": HELLO,
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [{"type": "function", "function": _TOOL}],
    },
    registry.RESPONSES: {
        "model": "small",
        "input": "Hello there",
        "stream": True,
        "tools": [{"type": "function", **_TOOL}],
    },
    registry.MESSAGES: {
        "model": "claude",
        "max_tokens": 100,
        "messages": HELLO,
        "stream": True,
        "tools": [_TOOL],
    },
}


@dataclass(frozen=True)
class ProviderStream:
    api: Api
    events: tuple[bytes, ...]

    @property
    def whole(self) -> bytes:
        return b"".join(self.events)

    def meter(self, *, hide_usage: bool = True) -> Meter:
        return self.api.stream_meter(REQUESTS[self.api], hide_usage=hide_usage)


def made(api: Api, *, fails_after: int | None = None, **control: Any) -> ProviderStream:
    """A whole stream, or one that reports an error after so many events."""
    sent = _sent(api, Control(**control))
    if fails_after is None:
        return ProviderStream(api, tuple(event.encode() for event in sent.events))
    before = [*sent.events][:fails_after]
    return ProviderStream(api, tuple(event.encode() for event in [*before, *sent.failure(fails_after)]))


def with_line_ends(stream: ProviderStream, line_end: bytes) -> ProviderStream:
    return ProviderStream(stream.api, tuple(event.replace(b"\n", line_end) for event in stream.events))


def _sent(api: Api, control: Control) -> EventStream:
    call = Call(REQUESTS[api], control, fingerprint="made")
    match api:
        case registry.RESPONSES:
            generation = Generation.of(call)
            return EventStream(generation.events(), generation.failure)
        case registry.MESSAGES:
            reply = create_message(call)
        case _:
            reply = create_chat_completion(call)
    assert isinstance(reply, EventStream)
    return reply
