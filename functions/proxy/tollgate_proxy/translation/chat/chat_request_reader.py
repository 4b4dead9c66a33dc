"""A request for a chat completion as a conversation.

OpenAI's API reference: chat completions, create. Read beside it are members of others' that mean the same to
another API: `top_k` (vLLM, OpenRouter), `reasoning` (OpenRouter), `thinking` (DeepSeek, Zhipu), and a mark
for the prompt cache on the whole (`cache_control`, OpenRouter).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation.chat.requests import chat_messages_reader, chat_tools
from tollgate_proxy.translation.chat.requests.chat_content import cache_point
from tollgate_proxy.translation.chat.requests.chat_shapes import (
    an_object,
    optional_boolean,
    optional_count,
    optional_number,
    optional_text,
    refused,
    text,
    texts,
)
from tollgate_proxy.translation.conversation import Conversation, JsonOutput, ReasoningWish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.losses import Losses

_CARRIED = frozenset(
    {
        *("cache_control", "max_completion_tokens", "max_tokens", "messages", "model", "parallel_tool_calls"),
        *("prompt_cache_key", "reasoning", "reasoning_effort", "response_format", "safety_identifier"),
        *("service_tier", "stop", "stream", "stream_options", "temperature", "thinking", "tool_choice"),
        *("tools", "top_k", "top_p", "user", "verbosity"),
    }
)
# What asks for nothing: the values that members have if they aren't given.
_DEFAULTS: Mapping[str, tuple[Any, ...]] = {
    "frequency_penalty": (0,),
    "function_call": ("none", "auto"),  # without `functions`, which are named by themselves
    "functions": ([],),
    "logit_bias": ({},),
    "logprobs": (False,),
    "metadata": ({},),
    "modalities": (["text"], []),
    "n": (1,),
    "presence_penalty": (0,),
    "prompt_cache_retention": ("in_memory",),
    "store": (False,),
    "top_logprobs": (0,),
}


def read_request(members: Mapping[str, Any], losses: Losses) -> Conversation:
    """The conversation that a request goes on with; what has no place in it is named to `losses`.

    Raises `RefusedError` for what OpenAI's API would refuse.
    """
    for name in members.keys() - _CARRIED:
        value = members[name]
        if value is not None and value not in _DEFAULTS.get(name, ()):
            losses.lose(name)
    tools = chat_tools.read_tools(members.get("tools"), losses)
    choice, tools = chat_tools.read_choice(members.get("tool_choice"), tools)
    return Conversation(
        model=text(members.get("model"), "model"),
        turns=chat_messages_reader.read(members.get("messages"), losses),
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=optional_boolean(members.get("parallel_tool_calls"), "parallel_tool_calls"),
        output_limit=_output_limit(members),
        temperature=optional_number(members.get("temperature"), "temperature"),
        top_p=optional_number(members.get("top_p"), "top_p"),
        top_k=_top_k(members),
        stop=texts(members.get("stop"), "stop"),
        output=_output(members.get("response_format")),
        reasoning=_reasoning(members),
        verbosity=optional_text(members.get("verbosity"), "verbosity"),
        streams=optional_boolean(members.get("stream"), "stream") or False,
        wants_usage=_wants_usage(members),
        user=_user(members, losses),
        service_tier=optional_text(members.get("service_tier"), "service_tier"),
        cache_key=optional_text(members.get("prompt_cache_key"), "prompt_cache_key"),
        cache=cache_point(members, "request"),
    )


def _output_limit(members: Mapping[str, Any]) -> int | None:
    """The lower of the two, if both are given."""
    names = ("max_completion_tokens", "max_tokens")
    limits = [optional_count(members.get(name), name) for name in names]
    return min((limit for limit in limits if limit is not None), default=None)


def _top_k(members: Mapping[str, Any]) -> int | None:
    """vLLM has -1, and others 0, for all tokens."""
    top_k = optional_number(members.get("top_k"), "top_k")
    return int(top_k) if top_k is not None and top_k > 0 else None


def _user(members: Mapping[str, Any], losses: Losses) -> str | None:
    user = optional_text(members.get("user"), "user")
    identifier = optional_text(members.get("safety_identifier"), "safety_identifier")
    if user and identifier and user != identifier:
        losses.lose("user")
    return identifier or user


def _wants_usage(members: Mapping[str, Any]) -> bool:
    """Only a stream has to be asked for its usage."""
    options = _optional_object(members, "stream_options")
    return not members.get("stream") or options.get("include_usage") is True


def _output(value: Any) -> JsonOutput | None:
    if value is None:
        return None
    given = an_object(value, "response_format")
    match given.get("type"):
        case "text" | None:
            return None
        case "json_object":
            return JsonOutput()
        case "json_schema":
            param = "response_format.json_schema"
            described = an_object(given.get("json_schema"), param)
            schema = described.get("schema")
            return JsonOutput(
                {} if schema is None else an_object(schema, f"{param}.schema"),
                text(described.get("name"), f"{param}.name"),
                optional_boolean(described.get("strict"), f"{param}.strict"),
                optional_text(described.get("description"), f"{param}.description"),
            )
    message = "`response_format.type` must be text, json_object or json_schema."
    raise refused(message, "response_format.type")


def _reasoning(members: Mapping[str, Any]) -> ReasoningWish | None:
    effort = optional_text(members.get("reasoning_effort"), "reasoning_effort")
    given = _optional_object(members, "reasoning")
    thinking = _optional_object(members, "thinking")
    budget = optional_count(given.get("max_tokens"), "reasoning.max_tokens")
    if budget is None:
        budget = optional_count(thinking.get("budget_tokens"), "thinking.budget_tokens")
    effort = effort or optional_text(given.get("effort"), "reasoning.effort")
    if given.get("enabled") is False or thinking.get("type") == "disabled":
        effort, budget = "none", None
    wish = ReasoningWish(
        effort,
        budget,
        adaptive=effort is None and budget is None and _is_on(given, thinking),
        shown=False if given.get("exclude") is True else None,
    )
    return None if wish == ReasoningWish() else wish


def _is_on(given: Mapping[str, Any], thinking: Mapping[str, Any]) -> bool:
    return given.get("enabled") is True or thinking.get("type") in ("enabled", "adaptive", "auto")


def _optional_object(members: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = members.get(name)
    return {} if value is None else an_object(value, name)
