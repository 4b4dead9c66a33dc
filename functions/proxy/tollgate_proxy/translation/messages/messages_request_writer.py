"""Writes a request for a message of Anthropic's API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.conversation import CachePoint
from tollgate_proxy.translation.messages.writing import (
    cache_marks,
    claude_models,
    messages_sampling,
    messages_tools_writer,
    messages_turns,
    output_schemas,
)
from tollgate_proxy.translation.tool_names import ToolNames

if TYPE_CHECKING:
    from tollgate_proxy.translation.conversation import Conversation, JsonOutput
    from tollgate_proxy.translation.losses import Losses
    from tollgate_proxy.translation.messages.writing.claude_models import ClaudeModel

# OpenAI's tiers, which Anthropic has by its own words. Others say how fast or cheap it is to be.
_TIERS = {"auto": "auto", "default": "standard_only"}
# What models are told that can't be held to a schema.
_ANY_OBJECT = "Answer with one JSON object, and with nothing before or after it."
_BY_SCHEMA = f"{_ANY_OBJECT} It follows this JSON schema:\n"
# Blocks that don't begin a turn of the assistant as a model that thinks by a budget has to begin it.
_THOUGHT = ("thinking", "redacted_thinking")


def write_request(conversation: Conversation, losses: Losses) -> dict[str, Any]:
    """The members of a request; without `max_tokens` if the client has stated no limit.

    Names to `losses` what the API has no member for, or what the model doesn't take.
    """
    conversation = ToolNames(conversation).sent(conversation)
    model = claude_models.named(conversation.served_by or conversation.model)
    system, messages = messages_turns.written(conversation.turns, losses)
    output = _output(conversation.output, model, system, losses)
    thought = messages_sampling.thinking(
        conversation,
        model,
        losses,
        is_forced=messages_tools_writer.are_forced(conversation, model),
        can_begin=_can_begin_to_think(messages),
    )
    thinking = thought.pop("thinking", None)
    tools = messages_tools_writer.written(conversation, model, losses)
    made = {
        "model": conversation.model,
        "max_tokens": conversation.output_limit,
        "system": system or None,
        "messages": messages,
        "thinking": thinking,
        "output_config": {**thought, **output} or None,
        "stop_sequences": _stop(conversation, losses) or None,
        "stream": conversation.streams or None,
        "metadata": None if conversation.user is None else {"user_id": conversation.user},
        "service_tier": _tier(conversation.service_tier, losses),
        **tools,
        **messages_sampling.sampling(
            conversation, model, losses, is_thinking=messages_sampling.is_on(thinking, model)
        ),
    }
    if conversation.verbosity is not None:
        losses.lose("verbosity")
    _mark(conversation, made)
    return {name: value for name, value in made.items() if value is not None}


def _output(
    asked: JsonOutput | None, model: ClaudeModel, system: list[dict[str, Any]], losses: Losses
) -> dict[str, Any]:
    """The `format` for `output_config`, or what the system prompt says instead."""
    if asked is None:
        return {}
    held = None if asked.schema is None or not model.structured else output_schemas.fitted(asked.schema)
    if held is not None:
        if asked.description and "description" not in held:
            held["description"] = asked.description
        return {"format": {"type": "json_schema", "schema": held}}
    losses.lose("output")
    told = _ANY_OBJECT if asked.schema is None else _BY_SCHEMA + json.dumps(asked.schema)
    system.append({"type": "text", "text": told})
    return {}


def _can_begin_to_think(messages: list[dict[str, Any]]) -> bool:
    """Whether the last turn of the assistant, if it has called tools, has begun with what it thought.

    https://platform.claude.com/docs/en/build-with-claude/extended-thinking#extended-thinking-with-tool-use
    """
    turns = (each["content"] for each in reversed(messages) if each["role"] == "assistant")
    said: list[dict[str, Any]] = next(turns, [])
    has_called = any(block["type"] == "tool_use" for block in said)
    return not has_called or said[0]["type"] in _THOUGHT


def _stop(conversation: Conversation, losses: Losses) -> list[str]:
    """What ends an answer; the API takes nothing for it that is white space alone."""
    taken = [each for each in conversation.stop if each.strip()]
    if len(taken) < len(conversation.stop):
        losses.lose("stop")
    return taken


def _tier(tier: str | None, losses: Losses) -> str | None:
    if tier is not None and tier not in _TIERS:
        losses.lose("service_tier")
    return None if tier is None else _TIERS.get(tier)


def _mark(conversation: Conversation, made: dict[str, Any]) -> None:
    """Marks where the prompt is to be cached.

    A client that names prompts which begin alike means that it sends them again and again, as agents do: then
    what stays is marked, and the end, up to which the next request will be the same.
    """
    system, tools = made["system"] or [], made.get("tools") or []
    said: list[dict[str, Any]] = [block for message in made["messages"] for block in message["content"]]
    prompt = [*tools, *system, *said]
    if conversation.cache is not None:
        cache_marks.mark_last(prompt, conversation.cache)
    elif conversation.cache_key is not None and not cache_marks.are_in(prompt):
        for blocks in (tools, system, said):
            cache_marks.mark_last(blocks, CachePoint())
    cache_marks.keep_most(prompt)
