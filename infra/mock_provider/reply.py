"""What an endpoint answers, before any fault is put into its delivery."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """A server-sent event. `data` is sent as JSON, except for a bare word such as [DONE]."""

    data: dict[str, Any] | str
    name: str | None = None

    def encode(self) -> bytes:
        data = self.data if isinstance(self.data, str) else encode_json(self.data)
        name = f"event: {self.name}\n" if self.name else ""
        return f"{name}data: {data}\n\n".encode()


@dataclass(frozen=True)
class Answer:
    body: dict[str, Any]


@dataclass(frozen=True)
class EventStream:
    """`failure` gives the events that report an error after so many events were sent."""

    events: Iterator[Event]
    failure: Callable[[int], Iterable[Event]]


@dataclass(frozen=True)
class Content:
    """Bytes as they are: what a file has in it."""

    body: bytes


Reply = Answer | EventStream | Content


def encode_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
