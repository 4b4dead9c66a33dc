"""A conversation as a request for a response, which its provider doesn't store."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation import reasoning_levels
from tollgate_proxy.translation.conversation import Choosing, Reasoning
from tollgate_proxy.translation.responses.openai_tiers import tier_of
from tollgate_proxy.translation.responses.writing.input_writer import instructions_of, items_of
from tollgate_proxy.translation.tool_names import ToolNames

if TYPE_CHECKING:
    from tollgate_proxy.translation.conversation import Conversation, JsonOutput, Tool, ToolChoice
    from tollgate_proxy.translation.losses import Losses

# OpenAI refuses less.
_LEAST_OUTPUT = 16
_MOST_USER_CHARACTERS = 64
# What this API has no members for.
_UNKNOWN = ("stop", "top_k")
# Models that think, by OpenAI's names for them (https://platform.openai.com/docs/models).
_REASONING_MODEL = re.compile(r"(?:^|[/.])(?:o[1-9]|gpt-[5-9]|gpt-oss|codex)(?!.*-chat)")


def write_request(conversation: Conversation, losses: Losses) -> dict[str, Any]:
    """The members of a request. What only this API lacks is named to `losses`."""
    for field in _UNKNOWN:
        if getattr(conversation, field) not in (None, ()):
            losses.lose(field)
    conversation = ToolNames(conversation).sent(conversation)
    members = {
        "model": conversation.model,
        "instructions": instructions_of(conversation),
        "input": items_of(conversation, losses),
        "tools": [_tool(tool) for tool in conversation.tools] or None,
        "tool_choice": _choice(conversation.tool_choice, conversation.tools),
        "parallel_tool_calls": conversation.parallel_tool_calls,
        "max_output_tokens": _output_limit(conversation.output_limit),
        "temperature": conversation.temperature,
        "top_p": conversation.top_p,
        "text": text_settings(conversation) or None,
        "reasoning": reasoning_settings(conversation) or None,
        "include": ["reasoning.encrypted_content"] if _reasons(conversation) else None,
        "store": False,
        "stream": True if conversation.streams else None,
        "user": _user(conversation.user),
        "service_tier": _tier(conversation.service_tier, losses),
        "prompt_cache_key": conversation.cache_key,
    }
    return {name: value for name, value in members.items() if value is not None}


def text_settings(conversation: Conversation) -> dict[str, Any]:
    """How the text is to be: its format and verbosity, as far as a client has said."""
    form = {} if conversation.output is None else {"format": _format(conversation.output)}
    return form | ({} if conversation.verbosity is None else {"verbosity": conversation.verbosity})


def reasoning_settings(conversation: Conversation) -> dict[str, Any]:
    """How much a model is to think, and whether its thoughts are to be told, as far as a client has said."""
    effort = reasoning_levels.effort(conversation.reasoning)
    shown = conversation.reasoning is not None and conversation.reasoning.shown
    return ({} if effort is None else {"effort": effort}) | ({"summary": "auto"} if shown else {})


def _reasons(conversation: Conversation) -> bool:
    """Whether the model is one that thinks, as far as that can be told: for others OpenAI refuses to be asked
    for what they have thought.
    """
    if _REASONING_MODEL.search(conversation.served_by or ""):
        return True
    if conversation.reasoning is not None and not conversation.reasoning.is_off:
        return True
    parts = (part for turn in conversation.turns for part in turn.parts)
    seals = (part.seal for part in parts if isinstance(part, Reasoning))
    return any(seal is not None and seal.api is ProviderApi.RESPONSES for seal in seals)


def _tool(tool: Tool) -> dict[str, Any]:
    described = {"name": tool.name} | ({} if tool.description is None else {"description": tool.description})
    if tool.is_custom:
        return {"type": "custom", **described} | ({} if tool.grammar is None else {"format": tool.grammar})
    # The API takes a function for a strict one unless it says that it isn't.
    parameters = tool.parameters or {"type": "object", "properties": {}}
    return {"type": "function", **described, "parameters": parameters, "strict": bool(tool.strict)}


def _choice(choice: ToolChoice | None, tools: tuple[Tool, ...]) -> Any:
    if choice is None:
        return None
    if choice.choosing is not Choosing.NAMED:
        return choice.choosing.value
    custom = {tool.name for tool in tools if tool.is_custom}
    named = [{"type": "custom" if name in custom else "function", "name": name} for name in choice.names]
    return named[0] if len(named) == 1 else {"type": "allowed_tools", "mode": "required", "tools": named}


def _output_limit(tokens: int | None) -> int | None:
    return None if tokens is None else max(tokens, _LEAST_OUTPUT)


def _format(output: JsonOutput) -> dict[str, Any]:
    if output.schema is None:
        return {"type": "json_object"}
    further = {"strict": output.strict, "description": output.description}
    return {
        "type": "json_schema",
        "name": output.name or "output",
        "schema": output.schema,
        **{name: value for name, value in further.items() if value is not None},
    }


def _user(user: str | None) -> str | None:
    """The end user's name; of one that OpenAI would find too long, what stands for it."""
    if user is None or len(user) <= _MOST_USER_CHARACTERS:
        return user
    return hashlib.sha256(user.encode()).hexdigest()


def _tier(name: str | None, losses: Losses) -> str | None:
    tier = tier_of(name)
    if name is not None and tier is None:
        losses.lose("service_tier")
    return tier
