"""A conversation as a request for a chat completion.

OpenAI's API reference: chat completions, create. Prompts are cached without marks there, as by most servers
that have such an API, so that marks aren't named among what is lost.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation import reasoning_levels
from tollgate_proxy.translation.chat.requests import chat_messages_writer, chat_tools
from tollgate_proxy.translation.tool_names import ToolNames

if TYPE_CHECKING:
    from tollgate_proxy.translation.conversation import Conversation, JsonOutput
    from tollgate_proxy.translation.losses import Losses

# OpenAI's models that may be told not to think, and to think more than much, by their names
# (https://platform.openai.com/docs/guides/reasoning).
_ANY_EFFORT = re.compile(r"(?:^|[/.])gpt-(?:5\.[2-9]|[6-9])(?!.*-chat)")
_THINKING = re.compile(r"(?:^|[/.])(?:o[1-9]|gpt-[5-9])(?!.*-chat)")
_USUAL = 1
_LEAST, _MOST = "low", "high"
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
        "temperature": _sampling("temperature", asked.temperature, asked, losses),
        "top_p": _sampling("top_p", asked.top_p, asked, losses),
        "stop": list(asked.stop) or None,
        "response_format": asked.output and _response_format(asked.output),
        "reasoning_effort": _effort(asked, losses),
        "verbosity": asked.verbosity,
        "user": asked.user and _user(asked.user),
        "service_tier": asked.service_tier and _TIERS.get(asked.service_tier, asked.service_tier),
        "prompt_cache_key": asked.cache_key,
        "stream": asked.streams or None,
        "stream_options": {"include_usage": True} if asked.streams else None,
    }
    return {
        "model": asked.model,
        "messages": chat_messages_writer.written(asked.turns),
        **_tools(asked),
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


def _sampling(name: str, value: float | None, asked: Conversation, losses: Losses) -> float | None:
    """How words are drawn, which OpenAI's models that think take no other figure for than the usual one."""
    if value is None or value == _USUAL or not _THINKING.search(asked.served_by or ""):
        return value
    losses.lose(name)
    return None


def _effort(asked: Conversation, losses: Losses) -> str | None:
    """The word for how much is to be thought: any of OpenAI's for its models, and three for all others, which
    take no further ones. That nothing is can't be said to those: models that never think refuse any word.
    """
    effort = reasoning_levels.effort(asked.reasoning)
    if effort is None or _ANY_EFFORT.search(asked.served_by or ""):
        return effort
    if effort == "none":
        losses.lose("reasoning")
        return None
    return _LEAST if effort == "minimal" else reasoning_levels.at_most(effort, _MOST)


def _user(user: str) -> str:
    """The client's name of its user, or, where that is too long, one that is always the same for it."""
    return user if len(user) <= _LONGEST_USER else sha256(user.encode()).hexdigest()
