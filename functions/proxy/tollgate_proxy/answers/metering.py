"""Meters read along with a provider's answer and say in the end what it used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tollgate.ledger.plausibility import UNBOUNDED
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.answers import provider_json
from tollgate_proxy.answers.answer_tallies import AnswerSource, AnswerTally
from tollgate_proxy.answers.sse import SseRelay, data_of, has_ended

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate.ledger.plausibility import UsageBounds
    from tollgate.pricing.usage import Usage
    from tollgate_proxy.answers.answer_reader import AnswerReader


class Meter(Protocol):
    @property
    def failed(self) -> bool:
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

    def usage(self, allowed: UsageBounds = UNBOUNDED) -> Usage:
        """The provider's figures as far as they are allowed, or an estimate from what has passed so far."""


class JsonMeter:
    """Meters an answer that is one JSON object."""

    def __init__(
        self,
        api: AnswerReader,
        request: Mapping[str, Any],
        *,
        vendor: Vendor = Vendor.OTHER,
        model: str | None = None,
    ) -> None:
        self._api = api
        self._source = AnswerSource(api, vendor, model)
        self._request = request
        self._received = bytearray()
        self._answer: dict[str, Any] | None = None
        self.failed = False

    @property
    def model(self) -> str | None:
        return model_in(self._parsed())

    @property
    def response(self) -> Mapping[str, Any]:
        return self._api.response_in(self._parsed())

    @property
    def answer(self) -> Mapping[str, Any]:
        """The object that has come, empty if it is none."""
        return self._parsed()

    def feed(self, chunk: bytes) -> bytes:
        self._received += chunk
        return chunk

    def finish(self) -> tuple[bytes, bool]:
        return b"", False

    def usage(self, allowed: UsageBounds = UNBOUNDED) -> Usage:
        answer = self._parsed() or provider_json.salvaged(bytes(self._received))
        tally = AnswerTally(self._source, self._request, self._source.figures_of(answer))
        return tally.usage(allowed, lambda: self._api.tokens_of(self._api.generated_in(answer)))

    def _parsed(self) -> dict[str, Any]:
        if self._answer is None:
            self._answer = _parse(bytes(self._received))
        return self._answer


class StreamMeter:
    """What meters of streams have in common: they see each event whole, whatever the chunk borders."""

    def __init__(
        self,
        api: AnswerReader,
        request: Mapping[str, Any],
        *,
        vendor: Vendor = Vendor.OTHER,
        model: str | None = None,
    ) -> None:
        self._tally = AnswerTally(AnswerSource(api, vendor, model), request)
        self._relay = SseRelay()
        self.ends = api.ends()
        self._response: Mapping[str, Any] = {}
        self.model: str | None = None

    @property
    def failed(self) -> bool:
        return self.ends.failed

    @property
    def response(self) -> Mapping[str, Any]:
        return self._response

    @property
    def is_within_event(self) -> bool:
        """Whether the client has the beginning of an event that hasn't ended."""
        return self._relay.is_within_event

    def feed(self, chunk: bytes) -> bytes:
        events, passed = self._relay.feed(chunk)
        self._see_all(events)
        return passed

    def finish(self) -> tuple[bytes, bool]:
        events, passed = self._relay.last()
        self._see_all(events)
        return passed, bool(events) and not has_ended(events[-1])

    def _see_all(self, events: list[bytes]) -> None:
        for event in events:
            self._read(event)

    def _read(self, event: bytes) -> dict[str, Any]:
        data = data_of(event)
        parsed = provider_json.salvaged(data)
        self.ends.see(event, data, parsed)
        self.model = model_in(parsed) or self.model
        self._see(parsed)
        return parsed

    def usage(self, allowed: UsageBounds = UNBOUNDED) -> Usage:
        return self._tally.usage(allowed)

    def _see(self, event: dict[str, Any]) -> None:
        raise NotImplementedError


def model_in(said: Mapping[str, Any]) -> str | None:
    """The model that an answer, or an event of one, says has made it."""
    for holder in (said, said.get("message"), said.get("response")):
        name = holder.get("model") if isinstance(holder, dict) else None
        if isinstance(name, str) and name:
            return name
    return None


def _parse(text: bytes) -> dict[str, Any]:
    """The JSON object in `text`, or an empty one: a meter must not fail where a client might not."""
    try:
        parsed = provider_json.value_of(text)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
