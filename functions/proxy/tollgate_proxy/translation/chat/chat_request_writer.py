"""A conversation as a request for a chat completion.

OpenAI's API reference: chat completions, create. Prompts are cached without marks there, as by most servers
that have such an API, so that marks aren't named among what is lost.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.chat.requests import chat_messages_writer, chat_thinking, chat_tools
from tollgate_proxy.translation.tool_names import ToolNames

if TYPE_CHECKING:
    from tollgate_proxy.translation.conversation import Conversation, JsonOutput
    from tollgate_proxy.translation.losses import Losses

# OpenAI requires a name for a schema.
_SCHEMA_NAME = "output"
# OpenAI's limit on `user`.
_LONGEST_USER = 64
# Anthropic's name for OpenAI's default.
_TIERS = {"standard_only": "default"}


def write_request(conversation: Conversation, losses: Losses) -> dict[str, Any]:
    """The members of a request; what they have no place for is named to `losses`."""
    asked = ToolNames(conversation).sent(conversation)
    if asked.top_k is not None:
        losses.lose("top_k")
    optional = {
        "max_completion_tokens": asked.output_limit,
        "stop": list(asked.stop) or None,
        "response_format": asked.output and _response_format(asked.output),
        "verbosity": asked.verbosity,
        "user": asked.user and _user(asked.user),
        "service_tier": asked.service_tier and _TIERS.get(asked.service_tier, asked.service_tier),
        "prompt_cache_key": asked.cache_key,
        "stream": asked.streams or None,
        "stream_options": {"include_usage": True} if asked.streams else None,
    }
    return {
        "model": asked.model,
        "messages": chat_messages_writer.written(
            asked.turns, wants_thoughts=chat_thinking.wants_thoughts(asked)
        ),
        **_tools(asked),
        **chat_thinking.members(asked, losses),
        **chat_thinking.sampling(asked, losses),
        **{name: value for name, value in optional.items() if value is not None},
    }


def _tools(asked: Conversation) -> dict[str, Any]:
    """What is said of tools, which OpenAI refuses where there are none."""
    if not asked.tools:
        return {}
    members: dict[str, Any] = {}
    tools = asked.tools
    if asked.tool_choice is not None:
        members["tool_choice"], tools = chat_tools.written_choice(asked.tool_choice, tools)
    if asked.parallel_tool_calls is not None:
        members["parallel_tool_calls"] = asked.parallel_tool_calls
    return {"tools": chat_tools.written_tools(tools), **members}


def _response_format(output: JsonOutput) -> dict[str, Any]:
    if output.schema is None:
        return {"type": "json_object"}
    optional = {"description": output.description, "strict": output.strict}
    described = {name: value for name, value in optional.items() if value is not None}
    schema = {"name": output.name or _SCHEMA_NAME, **described, "schema": output.schema}
    return {"type": "json_schema", "json_schema": schema}


def _user(user: str) -> str:
    """The client's name of its user, or, where that is too long, one that is always the same for it."""
    return user if len(user) <= _LONGEST_USER else sha256(user.encode()).hexdigest()
