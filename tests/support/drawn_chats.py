"""Chats of all kinds: requests for completions, and answers in pieces, as Hypothesis draws them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tollgate_proxy.translation.completion import Completion, StopReason, Tokens
from tollgate_proxy.translation.conversation import (
    Choosing,
    Image,
    JsonOutput,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)

if TYPE_CHECKING:
    from tollgate_proxy.translation.conversation import Conversation

PNG = "iVBORw0KGgo="
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12
).filter(lambda text: text == text.strip() != "")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
NAMES = ("weather", "math.add", "größe", "a" * 70)
_IMAGES = st.sampled_from(
    [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]
)
_CONTENTS = WORDS | st.lists(
    WORDS.map(lambda text: {"type": "text", "text": text}) | _IMAGES, min_size=1, max_size=3
)
_ARGUMENTS = st.dictionaries(WORDS, st.integers() | WORDS, max_size=2).map(json.dumps)


@st.composite
def _exchanges(draw: st.DrawFn, number: int) -> list[dict[str, Any]]:
    """What a user says, and what comes of it: an answer, maybe after calls of tools."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": draw(_CONTENTS)}]
    calls = [
        {
            "id": f"call.{number}:{at}" if draw(st.booleans()) else f"call_{number}_{at}",
            "type": "function",
            "function": {"name": draw(st.sampled_from(NAMES)), "arguments": draw(_ARGUMENTS)},
        }
        for at in range(draw(st.integers(0, 2)))
    ]
    if calls:
        messages.append({"role": "assistant", "content": draw(st.none() | WORDS), "tool_calls": calls})
        messages += [{"role": "tool", "tool_call_id": call["id"], "content": draw(WORDS)} for call in calls]
    return [*messages, {"role": "assistant", "content": draw(WORDS)}]


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Requests that any API has a place for all of."""
    tools: list[dict[str, Any]] = [
        {"type": "function", "function": {"name": name, "description": draw(WORDS), "parameters": SCHEMA}}
        for name in NAMES
    ]
    choice = st.sampled_from(
        ["auto", "required", "none", {"type": "function", "function": {"name": NAMES[1]}}]
    )
    schema = {"name": "place", "schema": SCHEMA, "strict": True}
    optional: dict[str, st.SearchStrategy[Any]] = {
        "max_completion_tokens": st.integers(2000, 9000),
        "temperature": st.floats(0, 1),
        "parallel_tool_calls": st.booleans(),
        "tool_choice": choice,
        "response_format": st.just({"type": "json_schema", "json_schema": schema}),
        "user": WORDS,
        "stream": st.booleans(),
    }
    chosen = {name: draw(each) for name, each in optional.items() if draw(st.booleans())}
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": each} for each in draw(st.lists(WORDS, max_size=2))
    ]
    for number in range(draw(st.integers(0, 3))):
        messages += draw(_exchanges(number))
    messages.append({"role": "user", "content": draw(_CONTENTS)})
    return {"model": "m", "messages": messages, "tools": tools, **chosen}


def completions() -> st.SearchStrategy[Completion]:
    """Answers with all that chats' servers have in them."""
    thoughts = st.lists(st.builds(Reasoning, WORDS), max_size=1)
    texts = st.lists(st.builds(Text, WORDS), max_size=1)
    calls = st.lists(
        st.builds(ToolCall, st.uuids().map(str), st.sampled_from(("a", "b")), _ARGUMENTS), max_size=3
    )
    parts = st.tuples(thoughts, texts, calls).map(
        lambda groups: tuple(part for group in groups for part in group)
    )
    counts = st.integers(0, 1000)
    tokens = st.builds(Tokens, input=st.integers(1, 1000), cache_read=counts, output=st.integers(1, 1000))
    return st.builds(Completion, st.just("c1"), st.just("m"), parts, st.just(StopReason.LENGTH), tokens)


def spoken(completion: Completion) -> list[tuple[str, ...]]:
    """What an answer says."""
    return _said_in(Turn(Role.ASSISTANT, completion.parts))


def meaning(conversation: Conversation) -> dict[str, Any]:
    """What a conversation asks for, in whatever way an API divides it into turns and texts."""
    output = conversation.output
    choice = conversation.tool_choice or ToolChoice(Choosing.AUTO)
    return {
        "said": _said(conversation),
        "tools": [(tool.name, tool.description, tool.parameters) for tool in conversation.tools],
        "choice": choice,
        "parallel": conversation.parallel_tool_calls is not False or choice.choosing is Choosing.NONE,
        "limit": conversation.output_limit,
        "temperature": 1 if conversation.temperature is None else conversation.temperature,
        "output": output and JsonOutput(output.schema),
        "user": conversation.user,
        "streams": conversation.streams,
    }


def _said(conversation: Conversation) -> list[tuple[str, ...]]:
    instructions: list[tuple[str, ...]] = []
    said: list[tuple[str, ...]] = []
    for turn in conversation.turns:
        if turn.role in (Role.SYSTEM, Role.DEVELOPER):
            instructions += [("system", part.text) for part in turn.parts if isinstance(part, Text)]
        else:
            said += _said_in(turn)
    joined = "\n\n".join(text for _, text in instructions)
    return [("system", joined), *said]


def _said_in(turn: Turn) -> list[tuple[str, ...]]:
    said: list[tuple[str, ...]] = []
    for part in turn.parts:
        match part:
            case Text(text):
                before = said[-1] if said else ("", "")
                if before[0] == turn.role.value:
                    said[-1] = (before[0], f"{before[1]}\n\n{text}")
                else:
                    said.append((turn.role.value, text))
            case Image(media):
                said.append(("image", media.url or media.data or ""))
            case ToolCall(call_id, name, arguments):
                said.append(("call", call_id, name, json.dumps(json.loads(arguments), sort_keys=True)))
            case ToolResult(call_id, parts):
                said.append(
                    ("result", call_id, "".join(each.text for each in parts if isinstance(each, Text)))
                )
            case Reasoning(text):
                said.append(("thought", text))
    return said
