"""A request for a response, as a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tollgate_proxy.request.request_numbers import count
from tollgate_proxy.translation.conversation import Conversation, JsonOutput, ReasoningWish, Role, Text, Turn
from tollgate_proxy.translation.responses.reading.input_reader import InputReader, brought_tools
from tollgate_proxy.translation.responses.reading.tools_reader import OfferedTools
from tollgate_proxy.translation.responses.reading.typed_members import (
    mapping,
    optional_flag,
    optional_mapping,
    optional_number,
    optional_text,
    refuse,
    sequence,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tollgate_proxy.translation.losses import Losses

_CARRIED = frozenset(
    {
        *("model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls"),
        *("max_output_tokens", "temperature", "top_p", "text", "reasoning", "stream", "stream_options"),
        *("user", "safety_identifier", "service_tier", "prompt_cache_key", "include"),
    }
)
_CARRIED_REASONING = frozenset({"effort", "summary", "generate_summary"})
_CARRIED_TEXT = frozenset({"format", "verbosity"})
# What asks for nothing, beside null and what is empty.
_DEFAULTS: Mapping[str, tuple[Any, ...]] = {
    "background": (False,),
    "store": (False,),
    "top_logprobs": (0,),
    "truncation": ("disabled",),
    "reasoning.context": ("auto",),
    "reasoning.mode": ("standard",),
}
# What a client may be told besides, and is told in any case where there is such a thing.
_INCLUDED = ("reasoning.encrypted_content", "message.input_image.image_url")
_LOGPROBS = "message.output_text.logprobs"


def read_request(members: Mapping[str, Any], losses: Losses) -> Conversation:
    """Raises `RefusedError` for what the API would refuse, or can neither be carried nor left out."""
    _lose_others(members, _CARRIED, "", losses)
    _lose_included(members.get("include"), losses)
    offered = _offered_tools(members, losses)
    choice = offered.choose(members.get("tool_choice"))
    written = optional_mapping(members.get("text"), "text")
    _lose_others(written, _CARRIED_TEXT, "text.", losses)
    return Conversation(
        model=text(members.get("model"), "model"),
        turns=_turns(members, offered, losses),
        tools=offered.tools,
        tool_choice=choice,
        parallel_tool_calls=optional_flag(members.get("parallel_tool_calls"), "parallel_tool_calls"),
        output_limit=count(members.get("max_output_tokens"), "max_output_tokens"),
        temperature=optional_number(members.get("temperature"), "temperature"),
        top_p=optional_number(members.get("top_p"), "top_p"),
        output=_output(optional_mapping(written.get("format"), "text.format")),
        reasoning=_reasoning(optional_mapping(members.get("reasoning"), "reasoning"), losses),
        verbosity=optional_text(written.get("verbosity"), "text.verbosity"),
        streams=bool(optional_flag(members.get("stream"), "stream")),
        user=_first_text(members, "safety_identifier", "user"),
        service_tier=optional_text(members.get("service_tier"), "service_tier"),
        cache_key=optional_text(members.get("prompt_cache_key"), "prompt_cache_key"),
    )


def _lose_others(members: Mapping[str, Any], carried: frozenset[str], prefix: str, losses: Losses) -> None:
    for name, value in members.items():
        path = f"{prefix}{name}"
        if name not in carried and value not in (None, [], {}, *_DEFAULTS.get(path, ())):
            losses.lose(path)


def _lose_included(included: Any, losses: Losses) -> None:
    for each in [] if included is None else sequence(included, "include"):
        if each not in _INCLUDED:
            losses.lose("include[logprobs]" if each == _LOGPROBS else "include", "include")


def _offered_tools(members: Mapping[str, Any], losses: Losses) -> OfferedTools:
    offered = OfferedTools(losses)
    tools = members.get("tools")
    for place, given in (("tools", [] if tools is None else tools), *brought_tools(members.get("input"))):
        offered.add(given, place)
    offered.close()
    return offered


def _turns(members: Mapping[str, Any], offered: OfferedTools, losses: Losses) -> tuple[Turn, ...]:
    instructions = optional_text(members.get("instructions"), "instructions")
    said = InputReader(offered, losses)
    said.read(members.get("input"))
    first = (Turn(Role.SYSTEM, (Text(instructions),)),) if instructions else ()
    return first + said.turns()


def _output(form: Mapping[str, Any]) -> JsonOutput | None:
    kind = form.get("type", "text")
    if kind == "json_object":
        return JsonOutput()
    if kind == "json_schema":
        return JsonOutput(
            mapping(form.get("schema"), "text.format.schema"),
            text(form.get("name"), "text.format.name"),
            optional_flag(form.get("strict"), "text.format.strict"),
            optional_text(form.get("description"), "text.format.description"),
        )
    if kind != "text":
        refuse("`text.format.type` must be text, json_schema or json_object.", "text.format.type")
    return None


def _reasoning(wish: Mapping[str, Any], losses: Losses) -> ReasoningWish | None:
    _lose_others(wish, _CARRIED_REASONING, "reasoning.", losses)
    effort = optional_text(wish.get("effort"), "reasoning.effort")
    shown = _first_text(wish, "summary", "generate_summary", prefix="reasoning.")
    if effort is None and shown is None:
        return None
    return ReasoningWish(effort, shown=None if shown is None else True)


def _first_text(members: Mapping[str, Any], *names: str, prefix: str = "") -> str | None:
    found = [optional_text(members.get(name), f"{prefix}{name}") for name in names]
    return next((each for each in found if each), None)
