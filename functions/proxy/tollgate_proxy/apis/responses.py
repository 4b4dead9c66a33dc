"""OpenAI's responses, which their provider may store, and make in the background.

Proper ends: OpenAI's API reference (responses' streaming events).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ModelType, ProviderApi, ProviderType
from tollgate.ledger.plausibility import UNBOUNDED
from tollgate.pricing.provider_usage import response_reports
from tollgate.pricing.vendors import Vendor
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.answers import provider_errors, sse
from tollgate_proxy.answers.choices import has_error
from tollgate_proxy.answers.completions import CompletionFault
from tollgate_proxy.answers.metering import StreamMeter
from tollgate_proxy.answers.sse import DONE
from tollgate_proxy.answers.stream_ends import StreamEnds
from tollgate_proxy.apis.base import Api, InputCount, StoredPath, is_set
from tollgate_proxy.bounds import token_estimates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tollgate.catalog.catalog import Provider
    from tollgate.ledger.plausibility import UsageBounds
    from tollgate.pricing.provider_usage import Figures, UsageReport
    from tollgate.pricing.usage import Usage
    from tollgate_proxy.request.json_body import JsonObject

_ID = r"[A-Za-z0-9_-]{1,256}"
# What a count takes, by OpenAI's API reference, where it bears on the prompt.
_COUNTED = (
    *("input", "instructions", "tools", "tool_choice", "previous_response_id", "reasoning", "text"),
    *("truncation", "parallel_tool_calls", "personality"),
)
# Those that know `max_tool_calls`, or serve OpenAI's responses as OpenAI does.
_LIMIT_TOOLS = frozenset(
    {Vendor.OPENAI, Vendor.AZURE, Vendor.OPENROUTER, Vendor.OLLAMA, Vendor.VLLM, Vendor.OTHER}
)
# No sets: a provider may say what can't be hashed.
_ENDS = ("completed", "incomplete")
# The states of a response that its provider has given up.
_FAILURES = ("failed", "cancelled")
_EVENT_ENDS = ("response.completed", "response.incomplete", "response.done")
_EVENT_FAILURES = ("response.failed", "response.cancelled", "response.error")
# Events that come before it is known whether there will be anything.
_PRELUDE = ("response.created", "response.queued", "response.in_progress", "keepalive", "ping")
_SPOKEN = ("response.audio.delta", "response.output_audio.delta")


class Responses(Api):
    name = ProviderApi.RESPONSES
    noun = "a response"
    path = "/responses"
    wire_format = ProviderType.OPENAI
    prompt_member = "input"
    model_type = ModelType.CHAT
    count = InputCount("/responses/input_tokens", _COUNTED)
    stored_paths = (
        StoredPath(re.compile(rf"/v1(/responses/({_ID}))"), ("GET", "DELETE")),
        StoredPath(re.compile(rf"/v1(/responses/({_ID})/cancel)"), ("POST",)),
        StoredPath(re.compile(rf"/v1(/responses/({_ID})/input_items)"), ("GET",)),
    )

    def require_served(self, members: Mapping[str, Any]) -> None:
        if members.get("conversation") is not None:
            # Nothing says whose it is: another key's could be read.
            message = (
                "Conversations aren't supported. Continue a response with `previous_response_id` instead."
            )
            raise RefusedError(Reason.INVALID_PARAMETER, message, param="conversation")

    def runs_in_background(self, request: JsonObject) -> bool:
        return is_set(request, "background")

    def previous_response(self, members: Mapping[str, Any]) -> str | None:
        name = members.get("previous_response_id")
        return name if isinstance(name, str) and name else None

    def output_limit(self, _members: Mapping[str, Any], _provider: Provider) -> str | None:
        return "max_output_tokens"

    def forces_usage(self, _members: Mapping[str, Any], _provider: Provider) -> bool:
        return False

    def limits_tools(self, vendors: frozenset[Vendor]) -> bool:
        return vendors <= _LIMIT_TOOLS

    def figures_of(self, answer: Mapping[str, Any]) -> Figures:
        return response_reports.figures_of(answer)

    def report_of(self, figures: Figures, vendor: Vendor, _model: str | None) -> UsageReport:
        return response_reports.report_of(figures, vendor)

    def generated_in(self, answer: Mapping[str, Any]) -> Any:
        return answer.get("output")

    def response_in(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        return answer

    def is_whole(self, answer: Mapping[str, Any], is_metered: Callable[[], bool]) -> bool:
        """Whether a response is there, or still to come."""
        status = answer.get("status")
        if not _is_response(answer) or status in _FAILURES:
            return False
        return bool(answer.get("output")) or status not in (None, "completed") or is_metered()

    def fault_in(self, answer: Mapping[str, Any]) -> CompletionFault | None:
        if not _is_response(answer):
            return None
        if answer.get("status") in _FAILURES or has_error(answer):
            error = provider_errors.error_in({"error": answer.get("error")})
            return CompletionFault("returned a failed response.", is_said=True, passes=True, error=error)
        return CompletionFault("returned a response without output.")

    def stream_meter(
        self,
        request: Mapping[str, Any],
        *,
        hide_usage: bool = False,  # noqa: ARG002 - its streams report usage unasked
        vendor: Vendor = Vendor.OTHER,
        model: str | None = None,
    ) -> StreamMeter:
        return ResponseStreamMeter(self, request, vendor=vendor, model=model)

    def has_begun(self, event: Mapping[str, Any]) -> bool:
        return event.get("type") not in _PRELUDE

    def ends(self) -> StreamEnds:
        return ResponseEnds()

    def error_event(self, body: dict[str, Any]) -> bytes:
        # `error` is what OpenAI's SDKs raise by; the rest is the event as the API reference has it.
        error = body["error"]
        fields = {name: error[name] for name in ("code", "message", "param")}
        return sse.written({"type": "error", **fields, **body}, name="error")


RESPONSES = Responses()


class ResponseStreamMeter(StreamMeter):
    """Meters a stream of the responses API, whose last event has the whole response with its usage."""

    def usage(self, allowed: UsageBounds = UNBOUNDED) -> Usage:
        return self._tally.usage(allowed, self._generated)

    def _see(self, event: dict[str, Any]) -> None:
        self._tally.add_generated(generated_in_event(event))
        response = event.get("response")
        if isinstance(response, dict):
            self._response = response
        self._tally.add_report(response_reports.event_figures_of(event))

    def _generated(self) -> int:
        """What came piece by piece, or at least as a whole in the end."""
        return max(self._tally.generated, token_estimates.estimate_generated(self._response.get("output")))


class ResponseEnds(StreamEnds):
    """Of a response: an event has it whole, with its status."""

    _ended = False

    @property
    def has_ended(self) -> bool:
        return self._ended

    def _see(self, data: bytes, parsed: Mapping[str, Any]) -> None:
        kind, response = parsed.get("type"), parsed.get("response")
        status = response.get("status") if isinstance(response, dict) else None
        if kind in _EVENT_FAILURES or status in _FAILURES:
            self.failed = self.is_closed = True
        elif kind in _EVENT_ENDS or status in _ENDS:
            self._ended = self.is_closed = True
        elif data.strip() == DONE:
            self.is_closed = True


def generated_in_event(event: Mapping[str, Any]) -> int:
    """About how many tokens an event of a stream brings."""
    delta = event.get("delta")
    is_text = isinstance(delta, str) and event.get("type") not in _SPOKEN
    return token_estimates.estimate_tokens(delta) if is_text else 0


def _is_response(answer: Mapping[str, Any]) -> bool:
    return answer.get("object") == "response" or isinstance(answer.get("output"), list)
