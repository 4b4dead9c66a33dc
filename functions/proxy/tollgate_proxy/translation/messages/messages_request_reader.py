"""Reads a request for a message of Anthropic's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.translation import strict_schemas
from tollgate_proxy.translation.conversation import Conversation, JsonOutput, Role, Turn
from tollgate_proxy.translation.messages.reading import messages_parts as parts
from tollgate_proxy.translation.messages.reading import messages_shapes as shapes
from tollgate_proxy.translation.messages.reading import messages_thinking_reader as thinking_reader
from tollgate_proxy.translation.messages.reading import messages_tools_reader as tools_reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.losses import Losses

_CARRIED = frozenset(
    {
        *("model", "messages", "system", "max_tokens", "metadata", "stop_sequences", "stream", "temperature"),
        *("top_p", "top_k", "tools", "tool_choice", "thinking", "output_config", "output_format"),
        *("service_tier", "cache_control"),
        # by which clouds are told what others are told in headers
        *("anthropic_version", "anthropic_beta", "betas"),
    }
)
_DEFAULTS = {"speed": "standard", "billing_policy": {"type": "billing_policy", "bill_to": "self"}}
_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}
# The most, and what it is unasked; the latter at OpenAI, too.
_TEMPERATURE = 1
# OpenAI's word for what Anthropic calls standard capacity only.
_TIERS = {"standard_only": "default"}


def read_request(members: Mapping[str, Any], losses: Losses) -> Conversation:
    """The conversation that a request asks to go on with; names to `losses` what has no place in one.

    Raises `RefusedError` for what Anthropic's API would refuse.
    """
    for name, value in members.items():
        if name not in _CARRIED and value not in (None, [], {}, _DEFAULTS.get(name)):
            losses.lose(name)
    choice, parallel = tools_reader.choice(members.get("tool_choice"))
    metadata = shapes.members_or_none(members.get("metadata"), "metadata")
    tier = shapes.text_or_none(members.get("service_tier"), "service_tier")
    return Conversation(
        model=shapes.text(members.get("model"), "model"),
        turns=_turns(members, losses),
        tools=tools_reader.tools(members.get("tools"), losses),
        tool_choice=choice,
        parallel_tool_calls=parallel,
        output_limit=_output_limit(members, losses),
        temperature=_temperature(members),
        top_p=shapes.number(members.get("top_p"), "top_p", 1),
        top_k=shapes.count(members.get("top_k"), "top_k"),
        stop=_stop(members.get("stop_sequences")),
        output=_output(members, losses),
        reasoning=thinking_reader.wish(members, losses),
        streams=bool(shapes.flag(members.get("stream"), "stream")),
        user=shapes.text_or_none(metadata.get("user_id"), "metadata.user_id"),
        service_tier=None if tier is None else _TIERS.get(tier, tier),
        cache=shapes.cache_point(members, ""),
    )


def _turns(members: Mapping[str, Any], losses: Losses) -> tuple[Turn, ...]:
    turns = []
    if members.get("system") is not None:
        turns.append(Turn(Role.SYSTEM, parts.system(members["system"], losses)))
    messages = shapes.listed(members.get("messages"), "messages")
    if not messages:
        raise shapes.refused("messages", "at least one message is required")
    turns += [_turn(message, place, losses) for place, message in messages]
    return tuple(turn for turn in turns if turn.parts)


def _turn(message: Mapping[str, Any], param: str, losses: Losses) -> Turn:
    role = _ROLES.get(shapes.text(message.get("role"), f"{param}.role"))
    if role is None:
        raise shapes.refused(f"{param}.role", "Input should be 'user', 'assistant' or 'system'")
    for name in ("clear_at", "output_config"):
        if message.get(name) not in (None, {}, "never"):
            losses.lose(f"messages[].{name}", f"{param}.{name}")
    may_be_empty = role is Role.SYSTEM and message.get("output_config")
    said = "" if may_be_empty and message.get("content") is None else message.get("content")
    found = parts.content(said, f"{param}.content", losses)
    parts.check_role(found, role, f"{param}.content")
    return Turn(role, found)


def _output_limit(members: Mapping[str, Any], losses: Losses) -> int:
    limit = shapes.count(members.get("max_tokens"), "max_tokens")
    if limit is None:
        raise shapes.refused("max_tokens", "Field required")
    if limit == 0:
        losses.lose("max_tokens")  # nothing is to be said, but the prompt cached
    return limit


def _temperature(members: Mapping[str, Any]) -> float | None:
    """The temperature, if it isn't what it is unasked: clients state that because thinking wants it, and
    models of others that think refuse to be told any.
    """
    stated = shapes.number(members.get("temperature"), "temperature", _TEMPERATURE)
    return None if stated == _TEMPERATURE else stated


def _stop(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise shapes.refused("stop_sequences", "Input should be a valid list")
    return tuple(shapes.text(each, f"stop_sequences.{at}") for at, each in enumerate(value))


def _output(members: Mapping[str, Any], losses: Losses) -> JsonOutput | None:
    """The schema that an answer is to follow; `output_format` is where it was in the API's beta."""
    config = shapes.members_or_none(members.get("output_config"), "output_config")
    for owner, name, place in (
        (config, "format", "output_config.format"),
        (members, "output_format", "output_format"),
    ):
        asked = shapes.members_or_none(owner.get(name), place)
        if not asked:
            continue
        if asked.get("type") != "json_schema":
            raise shapes.refused(f"{place}.type", "Input should be 'json_schema'")
        schema = shapes.members(asked.get("schema"), f"{place}.schema")
        if not strict_schemas.is_strict(schema):
            losses.lose(place)  # it is told, but not kept to under all circumstances
        return JsonOutput(schema, strict=strict_schemas.is_strict(schema))
    return None
