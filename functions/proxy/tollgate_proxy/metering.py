"""Meters read along with a provider's answer and say in the end what it used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from tollgate import usage_reports
from tollgate_proxy import estimates
from tollgate_proxy.sse import EventSplitter, data_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.usage import Usage


class Meter(Protocol):
    failed: bool
    """Whether the provider has said that it failed."""

    def feed(self, chunk: bytes) -> bytes:
        """Takes what the provider sent; returns what of it goes on to the client."""

    def finish(self) -> bytes:
        """What is left to send on when the provider has ended."""

    def usage(self) -> Usage:
        """The provider's figures, or an estimate from what has passed so far."""


class JsonMeter:
    """Meters an answer that is one JSON object; `generates` says whether it holds generated text."""

    def __init__(self, request: Mapping[str, Any], *, generates: bool) -> None:
        self._request = request
        self._generates = generates
        self.failed = False
        self._received = bytearray()

    def feed(self, chunk: bytes) -> bytes:
        self._received += chunk
        return chunk

    def finish(self) -> bytes:
        return b""

    def usage(self) -> Usage:
        answer = _parse(bytes(self._received))
        reported = usage_reports.from_chat(answer.get("usage"), answer.get("service_tier"))
        return reported or estimates.estimated(self._request, self._generated(answer))

    def _generated(self, answer: Mapping[str, Any]) -> int:
        if not self._generates:
            return 0
        choices = _choices(answer)
        if choices:
            return estimates.estimate_generated(choices)
        return estimates.estimate_tokens(self._received.decode(errors="replace"))


class ChatStreamMeter:
    """Meters a stream of chat completion chunks.

    Usage reporting is switched on upstream whatever the client asked for; `hide_usage` takes the
    extra chunk that this brings out again.
    """

    def __init__(self, request: Mapping[str, Any], *, hide_usage: bool) -> None:
        self._request = request
        self._hide_usage = hide_usage
        self._events = EventSplitter()
        self._reported: Usage | None = None
        self._unreported = 0
        self.failed = False

    def feed(self, chunk: bytes) -> bytes:
        return b"".join(event for event in self._events.feed(chunk) if self._passes(event))

    def finish(self) -> bytes:
        rest = self._events.rest()
        return rest if self._passes(rest) else b""

    def usage(self) -> Usage:
        if self._reported is None:
            return estimates.estimated(self._request, self._unreported)
        if not self._unreported:
            return self._reported
        # The provider reports as it goes, and broke off after its last report.
        return estimates.with_unreported(self._reported, self._unreported)

    def _passes(self, event: bytes) -> bool:
        chunk = _parse(data_of(event))
        self.failed = self.failed or bool(chunk.get("error"))
        choices = _choices(chunk)
        self._unreported += estimates.estimate_generated(choices)
        reported = usage_reports.from_chat(chunk.get("usage"), chunk.get("service_tier"))
        if reported is None:
            return True
        self._reported, self._unreported = reported, 0
        return bool(choices) or not self._hide_usage


def _choices(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    choices = answer.get("choices")
    return [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []


def _parse(text: bytes) -> dict[str, Any]:
    """The JSON object in `text`, or an empty one: a meter must not fail where a client might not."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
