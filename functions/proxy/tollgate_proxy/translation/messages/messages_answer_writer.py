"""Writes a message of Anthropic's API."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation import custom_tools, seals
from tollgate_proxy.translation.completion import StopReason
from tollgate_proxy.translation.conversation import Reasoning, Refusal, Text, ToolCall
from tollgate_proxy.translation.messages import messages_usage
from tollgate_proxy.translation.tool_names import ToolNames

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate_proxy.translation.completion import AnswerPart, Completion
    from tollgate_proxy.translation.conversation import Conversation, Seal


def write_answer(completion: Completion, asked: Conversation) -> dict[str, Any]:
    told = ToolNames(asked).restored(completion)
    blocks = (_block(part, asked) for part in told.parts)
    stop = stop_of(told.stop, told.parts)
    return {
        "id": told.id or new_id(),
        "type": "message",
        "role": "assistant",
        "model": told.model or asked.model,
        "content": [block for block in blocks if block is not None],
        "stop_reason": stop,
        "stop_sequence": told.stop_sequence,
        "usage": messages_usage.written_usage(told.tokens, told.service_tier),
    }


def new_id() -> str:
    """An id for an answer that its provider has given none."""
    return f"msg_{uuid.uuid4().hex}"


def stop_of(stop: StopReason, parts: Iterable[AnswerPart]) -> str:
    """Why a message has stopped, which other APIs tell apart less than by what was said last."""
    if stop is StopReason.END:
        kinds = {type(part) for part in parts}
        if ToolCall in kinds:
            stop = StopReason.TOOL_CALLS
        elif Refusal in kinds:
            stop = StopReason.REFUSAL
    return messages_usage.written_stop(stop)


def shows_reasoning(asked: Conversation) -> bool:
    """Whether a client expects what was thought among what is said.

    One that asks for it does. One that doesn't may take the first block for the answer, unless it has tools:
    then it looks through the blocks anyway, and what was thought before a call has to come back with it.
    """
    if asked.reasoning is None:
        return bool(asked.tools)
    return not asked.reasoning.is_off


def shown_text(part: Reasoning, asked: Conversation) -> str:
    """What was thought as far as a client wants to be told."""
    return "" if asked.reasoning is not None and asked.reasoning.shown is False else part.text


def written_seal(seal: Seal | None, withheld: str = "") -> str:
    """A block's `signature` or `data`: Anthropic's own, or another API's wrapped, empty if there is none.

    What is `withheld` of the text comes with another API's, whose provider may want it back.
    """
    if seal is None:
        return ""
    return seal.value if seal.api is ProviderApi.MESSAGES else seals.wrap(seal, withheld or None)


def _block(part: AnswerPart, asked: Conversation) -> dict[str, Any] | None:
    match part:
        case Text(text=text) | Refusal(text=text):
            return {"type": "text", "text": text, "citations": None} if text else None
        case ToolCall():
            return {"type": "tool_use", "id": part.id, "name": part.name, "input": _input(part)}
        case Reasoning():
            return _reasoning(part, asked) if shows_reasoning(asked) else None


def _reasoning(part: Reasoning, asked: Conversation) -> dict[str, Any] | None:
    text = shown_text(part, asked)
    seal = written_seal(part.seal, "" if text else part.text)
    if part.is_redacted:
        return {"type": "redacted_thinking", "data": seal} if seal else None
    if not (text or seal):
        return None
    return {"type": "thinking", "thinking": text, "signature": seal or seals.UNSEALED}


def _input(call: ToolCall) -> Any:
    try:
        found = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else custom_tools.arguments_of(call.arguments)
