"""What is said keeps its meaning from any API's client to any other API's provider, and back."""

from __future__ import annotations

import json
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.translation_examples import TRIED
from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation.completion import (
    Completion,
    StopReason,
    Tokens,
    collected,
    streamed,
)
from tollgate_proxy.translation.conversation import (
    Choosing,
    Conversation,
    Image,
    JsonOutput,
    Media,
    Reasoning,
    ReasoningWish,
    Role,
    Seal,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)
from tollgate_proxy.translation.dialects import DIALECTS
from tollgate_proxy.translation.losses import Losses

_APIS = (ProviderApi.CHAT, ProviderApi.RESPONSES, ProviderApi.MESSAGES)
_PAIRS = list(permutations(_APIS, 2))
_SCHEMA = {
    "type": "object",
    "properties": {"path": {"type": "string"}},
    "required": ["path"],
    "additionalProperties": False,
}
_TEXTS = st.text("ab \n\u00e9", min_size=1, max_size=8).map(lambda text: f"t{text}t")
_PICTURE = Image(Media("image/png", "AAAA"))
_ASKED = Conversation("m", (), tools=(Tool("Read", None, _SCHEMA),), reasoning=ReasoningWish("low"))


@st.composite
def _rounds(draw: st.DrawFn) -> list[Turn]:
    """What the user says, what the assistant answers, and some calls of tools with their results."""
    turns: list[Turn] = []
    for at in range(draw(st.integers(1, 3))):
        turns.append(Turn(Role.USER, (Text(draw(_TEXTS)), *draw(st.sampled_from([(), (_PICTURE,)])))))
        calls = [
            ToolCall(f"call_{at}_{nth}", "Read", json.dumps({"path": draw(_TEXTS)}))
            for nth in range(draw(st.integers(0, 2)))
        ]
        turns.append(Turn(Role.ASSISTANT, (Text(draw(_TEXTS)), *calls)))
        if calls:
            results = [ToolResult(call.id, (Text(draw(_TEXTS)),)) for call in calls]
            turns += [Turn(Role.USER, tuple(results)), Turn(Role.ASSISTANT, (Text(draw(_TEXTS)),))]
    return [*turns, Turn(Role.USER, (Text(draw(_TEXTS)),))]


_CONVERSATIONS = st.builds(
    Conversation,
    st.just("m"),
    st.tuples(_TEXTS, _rounds()).map(
        lambda said: (Turn(Role.SYSTEM, (Text(said[0]),)), *said[1]),
    ),
    tools=st.just((Tool("Read", "Reads.", _SCHEMA, strict=True), Tool("Write", None, _SCHEMA))),
    tool_choice=st.sampled_from(
        [ToolChoice(Choosing.AUTO), ToolChoice(Choosing.REQUIRED), ToolChoice(Choosing.NAMED, ("Read",))]
    ),
    parallel_tool_calls=st.sampled_from([None, False]),
    output_limit=st.just(4000),
    temperature=st.sampled_from([None, 0.5]),
    output=st.sampled_from([None, JsonOutput(_SCHEMA, "output", strict=True)]),
    streams=st.booleans(),
    user=st.sampled_from([None, "u"]),
    served_by=st.just("claude-sonnet-4-5"),
)


def _carried(conversation: Conversation, *apis: ProviderApi) -> Conversation:
    """A conversation as it is after it was a request of each of these APIs."""
    for api in apis:
        losses = Losses({})
        members = json.loads(json.dumps(DIALECTS[api].write_request(conversation, losses)))
        conversation = DIALECTS[api].read_request(members, losses)
        assert not losses.dropped
    return conversation


def _said(conversation: Conversation) -> list[Any]:
    """What is said, by whom, without how it is put into turns and pieces."""
    found: list[Any] = []
    for turn in conversation.turns:
        role = Role.SYSTEM if turn.role is Role.DEVELOPER else turn.role
        for part in turn.parts:
            match part:
                case Text():
                    found.append((role, part.text))
                case Image():
                    found.append((role, part.media))
                case ToolCall():
                    found.append((part.id, part.name, json.loads(part.arguments)))
                case ToolResult():
                    found.append((part.call_id, [each.text for each in part.parts if isinstance(each, Text)]))
    return found


def _asked(conversation: Conversation) -> list[Any]:
    tools = [(tool.name, tool.description, tool.parameters, bool(tool.strict)) for tool in conversation.tools]
    output = conversation.output
    return [
        tools,
        conversation.tool_choice or ToolChoice(Choosing.AUTO),
        conversation.parallel_tool_calls is not False,
        conversation.output_limit,
        conversation.temperature,
        output and (output.schema, output.strict),
        conversation.streams,
        conversation.user,
    ]


@TRIED
@given(_CONVERSATIONS)
def test_a_request_keeps_its_meaning(conversation: Conversation) -> None:
    for client, provider in _PAIRS:
        carried = _carried(conversation, client, provider, client)
        assert _said(carried) == _said(conversation), (client, provider)
        assert _asked(carried) == _asked(conversation), (client, provider)


_COUNTS = st.integers(0, 1000)
_COMPLETIONS = st.builds(
    Completion,
    st.just("id"),
    st.just("m"),
    st.lists(_TEXTS, max_size=1).flatmap(
        lambda texts: st.integers(0, 2).map(
            lambda calls: (
                *map(Text, texts),
                *(ToolCall(f"call_{nth}", "Read", '{"path": "a"}') for nth in range(calls)),
            )
        )
    ),
    st.sampled_from([StopReason.END, StopReason.LENGTH]),
    st.builds(
        Tokens,
        input=_COUNTS,
        cache_read=_COUNTS,
        output=st.integers(500, 1000),
        reasoning=st.integers(0, 500),
    ),
)


def _told(completion: Completion | Any) -> list[Any]:
    assert isinstance(completion, Completion)
    parts = [
        (part.id, part.name, json.loads(part.arguments)) if isinstance(part, ToolCall) else part
        for part in completion.parts
    ]
    calls = any(isinstance(part, ToolCall) for part in completion.parts)
    is_end = completion.stop in (StopReason.END, StopReason.TOOL_CALLS)
    stop = StopReason.TOOL_CALLS if calls and is_end else completion.stop
    return [parts, stop, completion.tokens]


@TRIED
@given(_COMPLETIONS)
def test_an_answer_keeps_its_meaning(completion: Completion) -> None:
    for client, provider in _PAIRS:
        carried = completion
        for api in (provider, client):
            written = DIALECTS[api].write_answer(carried, _ASKED)
            carried = DIALECTS[api].read_answer(json.loads(json.dumps(written)))
        assert _told(carried) == _told(completion), (client, provider)


def _read(api: ProviderApi, stream: bytes, cuts: list[int]) -> list[Any]:
    reader = DIALECTS[api].stream_reader()
    borders = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    chunks = [stream[start:end] for start, end in pairwise(borders)]
    return [event for chunk in chunks for event in reader.feed(chunk)] + reader.finish()


@TRIED
@given(_COMPLETIONS, st.lists(st.integers(0, 10**4), max_size=4))
def test_a_stream_keeps_its_meaning_however_it_is_cut(completion: Completion, cuts: list[int]) -> None:
    for client, provider in _PAIRS:
        events: list[Any] = list(streamed(completion))
        for api in (provider, client):
            writer = DIALECTS[api].stream_writer(_ASKED)
            events = _read(api, b"".join(map(writer.write, events)) + writer.finish(), cuts)
        assert _told(collected(events)) == _told(completion), (client, provider)


def _next_request(client: ProviderApi, answer: dict[str, Any]) -> dict[str, Any]:
    """What a client sends after an answer that has called a tool: all of it, as it came, and the result."""
    schema = {"type": "object", "properties": {}}
    if client is ProviderApi.MESSAGES:
        result = {"type": "tool_result", "tool_use_id": "call_0", "content": "r"}
        return {
            "model": "m",
            "max_tokens": 4000,
            "thinking": {"type": "enabled", "budget_tokens": 2000},
            "tools": [{"name": "Read", "input_schema": schema}],
            "messages": [
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": answer["content"]},
                {"role": "user", "content": [result]},
            ],
        }
    if client is ProviderApi.RESPONSES:
        return {
            "model": "m",
            "store": False,
            "include": ["reasoning.encrypted_content"],
            "tools": [{"type": "function", "name": "Read", "parameters": schema, "strict": False}],
            "input": [
                {"type": "message", "role": "user", "content": "Hello"},
                *answer["output"],
                {"type": "function_call_output", "call_id": "call_0", "output": "r"},
            ],
        }
    return {
        "model": "m",
        "tools": [{"type": "function", "function": {"name": "Read", "parameters": schema}}],
        "messages": [
            {"role": "user", "content": "Hello"},
            answer["choices"][0]["message"],
            {"role": "tool", "tool_call_id": "call_0", "content": "r"},
        ],
    }


@pytest.mark.parametrize("is_redacted", [False, True])
@pytest.mark.parametrize(("client", "provider"), [pair for pair in _PAIRS if pair[1] is not ProviderApi.CHAT])
def test_what_was_thought_goes_back_to_who_has_thought_it(
    client: ProviderApi, provider: ProviderApi, is_redacted: bool
) -> None:
    item_id = "rs_1" if provider is ProviderApi.RESPONSES else None
    thought = Reasoning("" if is_redacted else "Hm", Seal(provider, "c2VhbGVk", item_id), is_redacted)
    completion = Completion("id", "m", (thought, ToolCall("call_0", "Read", "{}")), StopReason.TOOL_CALLS)
    answer = DIALECTS[client].write_answer(completion, _ASKED)
    request = _next_request(client, json.loads(json.dumps(answer)))
    conversation = DIALECTS[client].read_request(request, Losses({}))
    for other in _APIS:
        written = json.dumps(DIALECTS[other].write_request(conversation, Losses({})))
        assert ("c2VhbGVk" in written) == (other is provider)
    back = DIALECTS[provider].read_request(
        {"max_tokens": 4000, **DIALECTS[provider].write_request(conversation, Losses({}))}, Losses({})
    )
    found = [part for turn in back.turns for part in turn.parts if isinstance(part, Reasoning)]
    assert [(each.text, each.seal) for each in found] == [(thought.text, thought.seal)]


@pytest.mark.parametrize("api", _APIS)
def test_what_is_no_answer_is_refused(api: ProviderApi) -> None:
    with pytest.raises(ValueError, match=r"."):
        DIALECTS[api].read_answer({})
