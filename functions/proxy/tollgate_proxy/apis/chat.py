"""OpenAI's chat completions, which most providers have an API of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ModelType, OutputLimit, ProviderApi, ProviderType, StreamUsage
from tollgate.pricing.provider_usage import chat_reports
from tollgate.pricing.provider_usage.choice_reports import ChoiceReports
from tollgate.pricing.vendors import Vendor
from tollgate_proxy.answers import generated, stream_ends
from tollgate_proxy.answers.choices import choices_of, has_error, is_failed
from tollgate_proxy.answers.metering import StreamMeter
from tollgate_proxy.answers.sse import EventSplitter, has_ended
from tollgate_proxy.answers.stream_ends import ChatEnds
from tollgate_proxy.apis.base import Api

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.catalog.catalog import Provider
    from tollgate.pricing.provider_usage import Figures, UsageReport
    from tollgate_proxy.answers.stream_ends import StreamEnds
    from tollgate_proxy.request.json_body import JsonObject

# What every chunk of a chat has, and what some vendors add that says nothing of the answer.
_ENVELOPE = frozenset(
    {"id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint"}
    | {"obfuscation", "provider", "x_groq", "timings"}
)


class Chat(Api):
    name = ProviderApi.CHAT
    noun = "a completion"
    path = "/chat/completions"
    wire_format = ProviderType.OPENAI
    prompt_member = "messages"
    model_type = ModelType.CHAT

    def runs_in_background(self, _request: JsonObject) -> bool:
        return False

    def output_limit(self, members: Mapping[str, Any], provider: Provider) -> str | None:
        stated = any(members.get(limit) is not None for limit in OutputLimit)
        if stated and provider.output_limit is OutputLimit.MAX_COMPLETION_TOKENS:
            return None  # which knows the old name, too
        return provider.output_limit.value

    def forces_usage(self, members: Mapping[str, Any], provider: Provider) -> bool:
        wanted = (members.get("stream_options") or {}).get("include_usage") is True
        return provider.stream_usage is StreamUsage.ON_REQUEST and not wanted

    def reporting(self, stream_options: JsonObject | None) -> dict[str, Any]:
        asked = {"include_usage": True}
        return {"stream_options": stream_options.encode(asked) if stream_options else asked}

    def figures_of(self, answer: Mapping[str, Any]) -> Figures:
        return chat_reports.figures_of(answer)

    def report_of(self, figures: Figures, vendor: Vendor, _model: str | None) -> UsageReport:
        return chat_reports.report_of(figures, vendor)

    def generated_in(self, answer: Mapping[str, Any]) -> Any:
        return [_without_error(choice) for choice in choices_of(answer)]

    def is_whole(self, answer: Mapping[str, Any], _is_metered: Callable[[], bool]) -> bool:
        return any(not is_failed(choice) for choice in choices_of(answer))

    def error_part(self, answer: Mapping[str, Any]) -> Any:
        failed = [choice for choice in choices_of(answer) if is_failed(choice)]
        errors = [choice.get("error") or "error" for choice in failed]
        return {**answer, "errors": errors} if errors else answer

    def stream_meter(
        self,
        request: Mapping[str, Any],
        *,
        hide_usage: bool = False,
        vendor: Vendor = Vendor.OTHER,
        model: str | None = None,
    ) -> StreamMeter:
        return ChatStreamMeter(self, request, hide_usage=hide_usage, vendor=vendor, model=model)

    def has_begun(self, event: Mapping[str, Any]) -> bool:
        return any(map(_says_something, choices_of(event)))

    def ends(self) -> StreamEnds:
        return ChatEnds()


CHAT = Chat()


class ChatStreamMeter(StreamMeter):
    """Meters a stream of chat completion chunks.

    Usage reporting is switched on upstream whatever the client asked for; `hide_usage` takes the
    extra chunk that this brings out again.
    """

    def __init__(
        self,
        api: Api,
        request: Mapping[str, Any],
        *,
        hide_usage: bool,
        vendor: Vendor = Vendor.OTHER,
        model: str | None = None,
    ) -> None:
        super().__init__(api, request, vendor=vendor, model=model)
        self._events = EventSplitter()
        self._hide_usage = hide_usage
        self._choices = ChoiceReports()

    def feed(self, chunk: bytes) -> bytes:
        return b"".join(event for event in self._events.feed(chunk) if self._passes(event))

    def finish(self) -> tuple[bytes, bool]:
        passed = [event for event in self._events.last() if self._passes(event)]
        return b"".join(passed), bool(passed) and not has_ended(passed[-1])

    def _passes(self, event: bytes) -> bool:
        chunk = self._read(event)
        after_all = self.ends.has_ended
        return not (self._hide_usage and is_only_usage(chunk, after_all=after_all))

    def _see(self, event: dict[str, Any]) -> None:
        came = generated.in_chunk(event)
        self._tally.add_generated(came)
        figures = self._tally.source.figures_of(event)
        if figures:
            figures = self._choices.reported(event, figures, brings_text=came > 0)
        self._tally.add_report(figures)


def is_only_usage(chunk: Mapping[str, Any], *, after_all: bool) -> bool:
    """Whether a chunk only reports usage, sound or not. What else comes without choices is no report.

    Nor is one of null, but after all choices have finished it is the chunk that was asked for.
    """
    if choices_of(chunk) or has_error(chunk):
        return False
    if chunk.get("usage") is not None or stream_ends.reports_usage(chunk):
        return True
    return after_all and "usage" in chunk and chunk.keys() <= _ENVELOPE


def _says_something(choice: Mapping[str, Any]) -> bool:
    """Whether there is more in a choice than whose turn it is."""
    delta = choice.get("delta") or choice.get("message") or {}
    content = (
        [value for name, value in delta.items() if name != "role"] if isinstance(delta, dict) else [delta]
    )
    return any(content) or bool(choice.get("finish_reason")) or bool(choice.get("text"))


def _without_error(choice: dict[str, Any]) -> dict[str, Any]:
    """A choice without what it says of how it failed."""
    return {name: part for name, part in choice.items() if name != "error"} if "error" in choice else choice
