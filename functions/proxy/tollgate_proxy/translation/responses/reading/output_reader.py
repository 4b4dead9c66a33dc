"""The items that a response consists of, as the parts of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.completion import StopReason
from tollgate_proxy.translation.conversation import Refusal, Text, ToolCall
from tollgate_proxy.translation.responses.reading.input_reader import reasoning_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate_proxy.translation.completion import AnswerPart

# What a response that has not ended properly says of itself.
FAILURES = ("failed", "cancelled")
UNFINISHED = ("queued", "in_progress")


def parts_in(item: Any) -> list[AnswerPart]:
    """An item's parts; none of one that only its provider knows what to do with."""
    if not isinstance(item, dict):
        return []
    kind = item.get("type")
    if kind == "message":
        return [part for _, part in said_in(item)]
    if kind == "reasoning":
        thought = reasoning_in(item)
        return [] if thought is None else [thought]
    call = call_in(item)
    return [] if call is None else [call]


def call_in(item: Mapping[str, Any]) -> ToolCall | None:
    """A call as far as it's there; None for other items."""
    is_custom = item.get("type") == "custom_tool_call"
    if not is_custom and item.get("type") != "function_call":
        return None
    call_id, name = item.get("call_id") or item.get("id"), item.get("name")
    arguments = item.get("input" if is_custom else "arguments")
    if not isinstance(call_id, str) or not isinstance(name, str):
        return None
    return ToolCall(call_id, name, arguments if isinstance(arguments, str) else "", is_custom)


def stop_of(response: Mapping[str, Any], parts: Iterable[AnswerPart]) -> StopReason:
    """Why a response has ended, which it says only if it isn't complete."""
    details = response.get("incomplete_details")
    if response.get("status") == "incomplete" or isinstance(details, dict):
        reason = details.get("reason") if isinstance(details, dict) else None
        return StopReason.CONTENT_FILTER if reason == "content_filter" else StopReason.LENGTH
    kinds = {type(part) for part in parts}
    if ToolCall in kinds:
        return StopReason.TOOL_CALLS
    return StopReason.REFUSAL if Refusal in kinds else StopReason.END


def said_in(item: Mapping[str, Any]) -> list[tuple[int, Text | Refusal]]:
    """What a message says, each part with its place in it."""
    content = item.get("content")
    found = [_said(part) for part in content] if isinstance(content, list) else []
    return [(place, part) for place, part in enumerate(found) if part is not None]


def _said(part: Any) -> Text | Refusal | None:
    if not isinstance(part, dict):
        return None
    for kind, member in (("output_text", "text"), ("refusal", "refusal")):
        told = part.get(member)
        if part.get("type") == kind and isinstance(told, str) and told:
            return Text(told) if kind == "output_text" else Refusal(told)
    return None
