"""Meters read along with a provider's answer and say in the end what it used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from tollgate import usage_reports
from tollgate_proxy import estimates
from tollgate_proxy.routes import Api
from tollgate_proxy.sse import EventSplitter, data_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.usage import Usage


_GENERATED = {Api.RESPONSES: "output", Api.MESSAGES: "content"}


class Meter(Protocol):
    failed: bool
    """Whether the provider has said that it failed."""

    @property
    def model(self) -> str | None:
        """The model that the answer says has made it; of several the last."""

    @property
    def response(self) -> Mapping[str, Any]:
        """What the provider has last said of the response object that it may store; empty if nothing."""

    def feed(self, chunk: bytes) -> bytes:
        """Takes what the provider sent; returns what of it goes on to the client."""

    def finish(self) -> tuple[bytes, bool]:
        """What is left to send on when the provider has ended, and whether it stopped within an event."""

    def usage(self) -> Usage:
        """The provider's figures, or an estimate from what has passed so far."""


class JsonMeter:
    """Meters an answer that is one JSON object."""

    def __init__(self, api: Api, request: Mapping[str, Any]) -> None:
        self._api = api
        self._request = request
        self._received = bytearray()
        self._answer: dict[str, Any] | None = None
        self.failed = False

    @property
    def model(self) -> str | None:
        return model_in(self._parsed())

    @property
    def response(self) -> Mapping[str, Any]:
        return self._parsed() if self._api is Api.RESPONSES else {}

    def feed(self, chunk: bytes) -> bytes:
        self._received += chunk
        return chunk

    def finish(self) -> tuple[bytes, bool]:
        return b"", False

    def usage(self) -> Usage:
        answer = self._parsed()
        reported = report_of(self._api, answer)
        return reported or estimates.estimated(self._request, self._generated(answer))

    def _generated(self, answer: Mapping[str, Any]) -> int:
        if self._api is Api.EMBEDDINGS:
            return 0
        generated = _choices(answer) if self._api is Api.CHAT else answer.get(_GENERATED[self._api])
        if generated:
            return estimates.estimate_generated(generated)
        return estimates.estimate_tokens(self._received.decode(errors="replace"))

    def _parsed(self) -> dict[str, Any]:
        if self._answer is None:
            self._answer = _parse(bytes(self._received))
        return self._answer


class StreamMeter:
    """What meters of streams have in common: they see each event whole, whatever the chunk borders."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request
        self._events = EventSplitter()
        self._unreported = 0
        self.failed = False
        self._response: Mapping[str, Any] = {}
        self.model: str | None = None

    @property
    def response(self) -> Mapping[str, Any]:
        return self._response

    def feed(self, chunk: bytes) -> bytes:
        for event in self._events.feed(chunk):
            self._note(_parse(data_of(event)))
        return chunk

    def finish(self) -> tuple[bytes, bool]:
        rest = self._events.rest()
        self._note(_parse(data_of(rest)))
        return b"", bool(rest)

    def usage(self) -> Usage:
        reported = self._reported()
        if reported is None:
            return estimates.estimated(self._request, self._unreported)
        if not self._unreported:
            return reported
        # The provider reports as it goes, and broke off after its last report.
        return estimates.with_unreported(reported, self._unreported)

    def _note(self, event: dict[str, Any]) -> None:
        self.model = model_in(event) or self.model
        self._see(event)

    def _see(self, event: dict[str, Any]) -> None:
        raise NotImplementedError

    def _reported(self) -> Usage | None:
        raise NotImplementedError


class ChatStreamMeter(StreamMeter):
    """Meters a stream of chat completion chunks.

    Usage reporting is switched on upstream whatever the client asked for; `hide_usage` takes the
    extra chunk that this brings out again.
    """

    def __init__(self, request: Mapping[str, Any], *, hide_usage: bool) -> None:
        super().__init__(request)
        self._hide_usage = hide_usage
        self._last: Usage | None = None

    def feed(self, chunk: bytes) -> bytes:
        return b"".join(event for event in self._events.feed(chunk) if self._passes(event))

    def finish(self) -> tuple[bytes, bool]:
        rest = self._events.rest()
        passed = rest if self._passes(rest) else b""
        return passed, bool(passed)

    def _passes(self, event: bytes) -> bool:
        chunk = _parse(data_of(event))
        self._note(chunk)
        return not (self._hide_usage and _is_extra(chunk))

    def _see(self, event: dict[str, Any]) -> None:
        self.failed = self.failed or bool(event.get("error"))
        self._unreported += estimates.estimate_generated(_choices(event))
        reported = report_of(Api.CHAT, event)
        if reported is not None:
            self._last, self._unreported = reported, 0

    def _reported(self) -> Usage | None:
        return self._last


class ResponseStreamMeter(StreamMeter):
    """Meters a stream of the responses API, whose last event has the whole response with its usage."""

    _last: Usage | None = None

    def _see(self, event: dict[str, Any]) -> None:
        self.failed = self.failed or event.get("type") in ("error", "response.failed")
        delta = event.get("delta")
        if isinstance(delta, str):
            self._unreported += estimates.estimate_tokens(delta)
        response = event.get("response")
        if isinstance(response, dict):
            self._response = response
            reported = usage_reports.from_response(response)
            if reported is not None:
                self._last, self._unreported = reported, 0

    def _reported(self) -> Usage | None:
        return self._last


class MessageStreamMeter(StreamMeter):
    """Meters a stream of messages: the start reports the input, each later report is of all so far."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        super().__init__(request)
        self._report: dict[str, Any] = {}

    def _see(self, event: dict[str, Any]) -> None:
        match event.get("type"):
            case "message_start":
                self._add(_part(event, "message").get("usage"))
            case "content_block_start":
                self._unreported += estimates.estimate_generated(event.get("content_block"))
            case "content_block_delta":
                self._unreported += estimates.estimate_generated(event.get("delta"))
            case "message_delta":
                self._add(event.get("usage"))
                output: Any = _part(event, "usage").get("output_tokens")
                if usage_reports.is_count(output) and output > 0 and self._reported() is not None:
                    self._unreported = 0
            case "error":
                self.failed = True

    def _add(self, report: Any) -> None:
        """Takes a report's figures, of which some leave out, or set to zero, what was reported before."""
        if isinstance(report, dict):
            self._report = _merged(self._report, report)

    def _reported(self) -> Usage | None:
        return usage_reports.from_message(self._report)


def _merged(known: dict[str, Any], report: dict[str, Any], depth: int = 1) -> dict[str, Any]:
    """The larger of each two counts; what is unsound, or not there, takes nothing away that is known."""
    merged = dict(known)
    for name, value in report.items():
        before = known.get(name)
        if usage_reports.is_count(value):
            merged[name] = max(value, before) if usage_reports.is_count(before) else value
        elif depth and isinstance(before, dict) and isinstance(value, dict):
            merged[name] = _merged(before, value, depth - 1)
        elif not (usage_reports.is_count(before) or isinstance(before, dict)) and value is not None:
            merged[name] = value
    return merged


def report_of(api: Api, answer: Mapping[str, Any]) -> Usage | None:
    """The provider's figures in an answer, or in an event that has them where an answer does."""
    match api:
        case Api.MESSAGES:
            return usage_reports.from_message(answer.get("usage"))
        case Api.RESPONSES:
            return usage_reports.from_response(answer)
    return usage_reports.from_chat(answer.get("usage"), answer.get("service_tier"))


def model_in(said: Mapping[str, Any]) -> str | None:
    """The model that an answer, or an event of one, says has made it."""
    for holder in (said, _part(said, "message"), _part(said, "response")):
        name = holder.get("model")
        if isinstance(name, str) and name:
            return name
    return None


def _is_extra(chunk: Mapping[str, Any]) -> bool:
    """Whether a chunk of a chat only reports usage."""
    return not _choices(chunk) and report_of(Api.CHAT, chunk) is not None


def _part(event: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}


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
