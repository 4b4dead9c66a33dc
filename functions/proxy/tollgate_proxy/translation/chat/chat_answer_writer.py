"""An answer as a chat completion.

OpenAI's API reference: the chat completion object. Reasoning is where DeepSeek and vLLM have it, and what
makes it go on in another API where OpenRouter has it (`chat_reasoning`).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.chat import chat_reasoning, chat_stops, chat_tokens
from tollgate_proxy.translation.conversation import Reasoning, Refusal, Text, ToolCall
from tollgate_proxy.translation.tool_names import ToolNames

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tollgate_proxy.translation.completion import AnswerPart, Completion
    from tollgate_proxy.translation.conversation import Conversation

# OpenAI's own; another vendor's tier has no name here.
TIERS = frozenset({"auto", "default", "flex", "scale", "priority", "fast"})
# Between two pieces of reasoning.
REASONING_GAP = "\n\n"


def write_answer(completion: Completion, asked: Conversation) -> dict[str, Any]:
    """A chat completion for the client who has asked for it."""
    completion = ToolNames(asked).restored(completion)
    refused = any(isinstance(part, Refusal) for part in completion.parts)
    choice = {
        "index": 0,
        "message": _message(completion.parts, shows_reasoning=shows_reasoning(asked)),
        "logprobs": None,
        "finish_reason": chat_stops.told(completion.stop, says_refusal=refused),
    }
    written = {
        "id": completion.id or new_id(),
        "object": "chat.completion",
        "created": completion.created or 0,
        "model": completion.model or asked.model,
        "choices": [choice],
    }
    if completion.tokens is not None:
        written["usage"] = chat_tokens.usage_of(completion.tokens)
    return written | ({"service_tier": completion.service_tier} if completion.service_tier in TIERS else {})


def new_id() -> str:
    """An id for an answer that its provider has given none."""
    return f"chatcmpl-{uuid.uuid4().hex}"


def shows_reasoning(asked: Conversation) -> bool:
    return asked.reasoning is None or asked.reasoning.shown is not False


def _message(parts: Iterable[AnswerPart], *, shows_reasoning: bool) -> dict[str, Any]:
    parts = tuple(parts)
    texts = [part.text for part in parts if isinstance(part, Text)]
    refusals = [part.text for part in parts if isinstance(part, Refusal)]
    calls = [call(part) for part in parts if isinstance(part, ToolCall)]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(texts) if texts else None,
        "refusal": "".join(refusals) if refusals else None,
    }
    reasoning = [part for part in parts if isinstance(part, Reasoning)] if shows_reasoning else []
    shown = REASONING_GAP.join(part.text for part in reasoning if part.text)
    details = [chat_reasoning.shown_detail(part, at) for at, part in enumerate(reasoning)]
    optional = {
        chat_reasoning.PLAIN_MEMBERS[0]: shown,
        chat_reasoning.DETAILS: [each for each in details if each is not None],
        "tool_calls": calls,
    }
    return message | {name: value for name, value in optional.items() if value}


def call(part: ToolCall) -> dict[str, Any]:
    """A call as clients read it: its arguments are JSON, also where there are none."""
    if part.is_custom:
        return {"id": part.id, "type": "custom", "custom": {"name": part.name, "input": part.arguments}}
    function = {"name": part.name, "arguments": part.arguments or "{}"}
    return {"id": part.id, "type": "function", "function": function}
