"""Reads a message of Anthropic's API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation.completion import Completion
from tollgate_proxy.translation.conversation import Reasoning, Refusal, Seal, Text, ToolCall
from tollgate_proxy.translation.messages import messages_usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.completion import AnswerPart


def read_answer(answer: Mapping[str, Any]) -> Completion:
    """The answer that a message is; raises `ValueError` for what is none."""
    content = answer.get("content") if isinstance(answer, dict) else None
    if not isinstance(content, list):
        message = "The answer is no message."
        raise ValueError(message)  # noqa: TRY004 - whatever it is, it came from a provider
    parts = [part for block in content if isinstance(block, dict) for part in read_block(block)]
    explanation = read_explanation(answer)
    if explanation:
        parts.append(Refusal(explanation))
    usage = answer.get("usage")
    sequence = answer.get("stop_sequence")
    return Completion(
        str(answer.get("id") or ""),
        str(answer.get("model") or ""),
        tuple(parts),
        messages_usage.read_stop(answer.get("stop_reason")),
        messages_usage.read_tokens(usage),
        sequence if isinstance(sequence, str) else None,
        service_tier=messages_usage.read_tier(usage),
    )


def read_block(block: Mapping[str, Any]) -> list[AnswerPart]:
    """The part that a block is; none of what only tools make that Anthropic runs, which nobody asked for."""
    match block.get("type"):
        case "text":
            return [Text(str(block.get("text") or ""))]
        case "thinking":
            return [Reasoning(str(block.get("thinking") or ""), _seal(block.get("signature")))]
        case "redacted_thinking":
            return [Reasoning("", _seal(block.get("data")), is_redacted=True)]
        case "tool_use":
            arguments = json.dumps(block.get("input") or {}, ensure_ascii=False)
            return [ToolCall(str(block.get("id") or ""), str(block.get("name") or ""), arguments)]
        case _:
            return []


def read_explanation(holder: Mapping[str, Any]) -> str | None:
    """Why the model refuses, where the API says it; apart from what the model has said before."""
    details = holder.get("stop_details")
    explanation = details.get("explanation") if isinstance(details, dict) else None
    return explanation if isinstance(explanation, str) else None


def _seal(value: Any) -> Seal | None:
    return Seal(ProviderApi.MESSAGES, value) if isinstance(value, str) and value else None
