"""Anthropic's messages, whoever serves them.

Proper ends: Anthropic's API reference (streaming messages).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ModelType, ProviderApi, ProviderType
from tollgate.pricing.provider_usage import message_reports
from tollgate.pricing.vendors import Vendor
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers import generated, sse
from tollgate_proxy.answers.metering import StreamMeter
from tollgate_proxy.answers.stream_ends import StreamEnds
from tollgate_proxy.apis.base import Api, InputCount
from tollgate_proxy.bounds import prompt_overheads, token_estimates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.catalog.catalog import Provider
    from tollgate.pricing.provider_usage import Figures, UsageReport
    from tollgate_proxy.request.json_body import JsonObject

# What a count takes, by Anthropic's API reference, where it bears on the prompt.
_COUNTED = (
    *("messages", "system", "tools", "tool_choice", "thinking", "mcp_servers", "context_management"),
    *("output_config", "output_format", "compaction", "cache_control"),
)
# Where Amazon tells the figures of a stream, beside its last event's own members.
_AMAZON = "amazon-bedrock-invocationMetrics"
# Events that come before it is known whether there will be anything. No set: a provider may say what can't
# be hashed.
_PRELUDE = ("message_start", "ping")
_BLOCK_PARTS = ("text", "thinking", "name", "input", "partial_json", "content")


class Messages(Api):
    name = ProviderApi.MESSAGES
    noun = "a message"
    path = "/messages"
    wire_format = ProviderType.ANTHROPIC
    prompt_member = "messages"
    model_type = ModelType.CHAT
    count = InputCount("/messages/count_tokens", _COUNTED, is_served=True)
    # By which the prompt cache is warmed: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching
    takes_zero_output = True
    requires_limit = True
    framing = prompt_overheads.CLAUDE

    def require_served(self, members: Mapping[str, Any]) -> None:
        if members.get("max_tokens") is None:
            # Required by Anthropic's API reference; without it nothing would bound the answer.
            raise RefusedError(Reason.INVALID_PARAMETER, "max_tokens: Field required", param="max_tokens")
        if members.get("thread") is not None:
            # What is stored would be part of the prompt, unseen. By this code SDKs send it all from here on.
            message = "`thread` can't be served: send the whole conversation with each request."
            raise RefusedError(Reason.THREAD_UNSUPPORTED, message, param="thread")

    def fits(self, members: Mapping[str, Any]) -> bool:
        return super().fits(members) and "max_tokens" in members

    def runs_in_background(self, _request: JsonObject) -> bool:
        return False

    def output_limit(self, _members: Mapping[str, Any], _provider: Provider) -> str | None:
        return "max_tokens"  # which clients must state, and translated requests may lack

    def forces_usage(self, _members: Mapping[str, Any], _provider: Provider) -> bool:
        return False

    def path_with(self, query: str) -> str:
        """Of a query, only what chooses a beta version goes upstream."""
        beta = [each for each in query.split("&") if each.startswith("beta=")]
        return f"{self.path}?{beta[0]}" if beta else self.path

    def figures_of(self, answer: Mapping[str, Any]) -> Figures:
        return message_reports.figures_of(answer.get("usage") or answer.get(_AMAZON))

    def report_of(self, figures: Figures, _vendor: Vendor, model: str | None) -> UsageReport:
        return message_reports.report_of(figures, model)

    def generated_in(self, answer: Mapping[str, Any]) -> Any:
        return answer.get("content")

    def is_whole(self, answer: Mapping[str, Any], _is_metered: Callable[[], bool]) -> bool:
        return answer.get("type") != "error" and isinstance(answer.get("content"), list)

    def stream_meter(
        self,
        request: Mapping[str, Any],
        *,
        hide_usage: bool = False,  # noqa: ARG002 - its streams report usage unasked
        vendor: Vendor = Vendor.OTHER,
        model: str | None = None,
    ) -> StreamMeter:
        return MessageStreamMeter(self, request, vendor=vendor, model=model)

    def has_begun(self, event: Mapping[str, Any]) -> bool:
        return event.get("type") not in _PRELUDE

    def ends(self) -> StreamEnds:
        return MessageEnds()

    def error_event(self, body: dict[str, Any]) -> bytes:
        return sse.written(body, name="error")


MESSAGES = Messages()


class MessageStreamMeter(StreamMeter):
    """Meters a stream of messages: the start reports the input, each later report is of all so far."""

    def _see(self, event: dict[str, Any]) -> None:
        match event.get("type"):
            case "content_block_start" | "content_block_delta":
                self._tally.add_generated(generated_in_event(event))
            case "message_start" | "message_delta" | "message_stop":
                for holder in (_part(event, "message"), _part(event, "delta"), event):
                    self._tally.add_report(self._tally.source.figures_of(holder))
            case None:
                # A chat's chunk, which nobody can read as a message, was made all the same.
                self._tally.add_generated(generated.in_chunk(event))
                self._tally.add_report(self._tally.source.figures_of(event))


class MessageEnds(StreamEnds):
    """Of a message: it says why it stopped, and then that it has."""

    _ended = False

    @property
    def has_ended(self) -> bool:
        return self._ended

    def _see(self, _data: bytes, parsed: Mapping[str, Any]) -> None:
        match parsed.get("type"):
            case "message_stop":
                self._ended = self.is_closed = True
            case "message_delta":
                delta = parsed.get("delta")
                if isinstance(delta, dict) and isinstance(delta.get("stop_reason"), str):
                    self._ended = self._ended or bool(delta["stop_reason"])

    def _is_heard(self, error: bytes) -> bool:
        return sse.is_named_error(error)  # its clients pass over events without a name


def generated_in_event(event: Mapping[str, Any]) -> int:
    """About how many tokens the start of a block brings, or what follows in it.

    Results of tools that the provider runs, citations of them, and signatures aren't output.
    """
    block = event.get("content_block")
    part = event.get("delta") if block is None else block
    if not isinstance(part, dict) or str(part.get("type")).endswith("_result"):
        return 0
    return token_estimates.estimate_tokens([part.get(name) for name in _BLOCK_PARTS])


def _part(event: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}
