"""Why a chat completion has finished.

OpenAI's API reference has five reasons. Others: Mistral (`model_length`), Zhipu (`sensitive`,
`model_context_window_exceeded`), and what stands beside the reason where a text has met what it was to stop
at: `stop_reason` (vLLM), `matched_stop` (SGLang).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.completion import StopReason
from tollgate_proxy.translation.conversation import Refusal, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate_proxy.translation.completion import AnswerPart

_REASONS = {
    "length": StopReason.LENGTH,
    "max_tokens": StopReason.LENGTH,
    "max_output_tokens": StopReason.LENGTH,
    "model_length": StopReason.CONTEXT,
    "model_context_window_exceeded": StopReason.CONTEXT,
    "tool_calls": StopReason.TOOL_CALLS,
    "tool_call": StopReason.TOOL_CALLS,
    "tool_use": StopReason.TOOL_CALLS,
    "function_call": StopReason.TOOL_CALLS,
    "content_filter": StopReason.CONTENT_FILTER,
    "safety": StopReason.CONTENT_FILTER,
    "sensitive": StopReason.CONTENT_FILTER,
    "refusal": StopReason.REFUSAL,
}
_TOLD = {
    StopReason.END: "stop",
    StopReason.LENGTH: "length",
    StopReason.CONTEXT: "length",
    StopReason.STOP_SEQUENCE: "stop",
    StopReason.TOOL_CALLS: "tool_calls",
    StopReason.REFUSAL: "content_filter",
    StopReason.CONTENT_FILTER: "content_filter",
    StopReason.PAUSED: "stop",
}
_STOPPED_AT = ("stop_reason", "matched_stop")


def reason_in(choice: Mapping[str, Any]) -> str | None:
    """What a choice gives as its reason, None as long as it gives none."""
    reason = choice.get("finish_reason") or choice.get("finishReason")
    return reason.strip().lower() if isinstance(reason, str) and reason.strip() else None


def sequence_in(choice: Mapping[str, Any]) -> str | None:
    """The text that a choice has stopped at. Tokens that end a text are numbers."""
    found = (choice.get(name) for name in _STOPPED_AT)
    return next((each for each in found if isinstance(each, str) and each), None)


def stop_of(reason: str | None, sequence: str | None, parts: Iterable[AnswerPart]) -> StopReason:
    """Why an answer of those parts has ended: some servers call it an end also where tools are called."""
    stop = _REASONS.get(reason or "", StopReason.END)
    if stop is not StopReason.END:
        return stop
    kinds = {type(part) for part in parts}
    if ToolCall in kinds:
        return StopReason.TOOL_CALLS
    if Refusal in kinds:
        return StopReason.REFUSAL
    return StopReason.END if sequence is None else StopReason.STOP_SEQUENCE


def told(stop: StopReason, *, says_refusal: bool) -> str:
    """The reason that a client is given. OpenAI's refusals are texts of their own, which end like any."""
    return "stop" if stop is StopReason.REFUSAL and says_refusal else _TOLD[stop]
