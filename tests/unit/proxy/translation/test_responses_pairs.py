"""OpenAI's responses in translation, either way: what is asked for and answered means what it did."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.translation_examples import TRIED
from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.completion import Completion, StopReason, Tokens, collected, streamed
from tollgate_proxy.translation.conversation import (
    Conversation,
    Image,
    Reasoning,
    ReasoningWish,
    Role,
    Seal,
    Text,
    ToolCall,
    ToolResult,
)
from tollgate_proxy.translation.dialects import DIALECTS
from tollgate_proxy.translation.losses import Losses
from tollgate_proxy.translation.pairs import responses_to_chat_losses, responses_to_messages_losses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tollgate_proxy.translation.conversation import Part
    from tollgate_proxy.translation.losses import Loss

RESPONSES = DIALECTS[ProviderApi.RESPONSES]
TABLES: Mapping[ProviderApi, Mapping[str, Loss]] = {
    ProviderApi.CHAT: responses_to_chat_losses.TABLE,
    ProviderApi.MESSAGES: responses_to_messages_losses.TABLE,
}
each_provider = pytest.mark.parametrize("provider", list(TABLES), ids=str)

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
TOOLS = [
    {"type": "function", "name": "read", "description": "Reads", "parameters": SCHEMA, "strict": False},
    {
        "type": "namespace",
        "name": "db",
        "tools": [{"type": "function", "name": "find", "parameters": SCHEMA}],
    },
    {"type": "custom", "name": "edit", "description": "Edits"},
]
ASKING = {"model": "m", "tools": TOOLS}
TEXTS = st.text("abc é.", min_size=1, max_size=12).map(lambda text: f"-{text}-")


def message(role: str, text: str) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def call(number: int, tool: str, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A call of a tool, and its result."""
    named = {"call_id": f"call_{number}", "name": tool}
    told = {"call_id": f"call_{number}", "output": f"done {text}"}
    if tool == "edit":
        return (
            {"type": "custom_tool_call", **named, "input": text},
            {"type": "custom_tool_call_output", **told},
        )
    space = {"namespace": "db"} if tool == "find" else {}
    arguments = json.dumps({"path": text})
    return (
        {"type": "function_call", **named, **space, "arguments": arguments},
        {"type": "function_call_output", **told},
    )


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """What an agent sends: some rounds of what is asked, said, called and answered."""
    items = [message("developer", draw(TEXTS))] if draw(st.booleans()) else []
    for round_number in range(draw(st.integers(1, 3))):
        items.append(message("user", draw(TEXTS)))
        tools = draw(st.lists(st.sampled_from(["read", "find", "edit"]), max_size=3))
        if draw(st.booleans()) or not tools:
            items.append(message("assistant", draw(TEXTS)))
        calls = [call(round_number * 10 + at, tool, draw(TEXTS)) for at, tool in enumerate(tools)]
        items += [called for called, _ in calls] + [answered for _, answered in calls]
    items.append(message("user", draw(TEXTS)))
    return {
        "model": "m",
        "instructions": "Be brief.",
        "input": items,
        "tools": TOOLS,
        "max_output_tokens": 900,
    }


def translated(members: dict[str, Any], provider: ProviderApi) -> tuple[Conversation, Conversation]:
    """What the client asks for, and what its provider understands."""
    losses = Losses(TABLES[provider], strict=True)
    asked = RESPONSES.read_request(members, losses)
    written = DIALECTS[provider].write_request(asked, losses)
    return asked, DIALECTS[provider].read_request(json.loads(json.dumps(written)), Losses({}, strict=True))


def meaning(conversation: Conversation) -> list[tuple[str, Any]]:
    """What is said, by whom, without what divides it into parts and turns; first what the system says."""
    system: list[tuple[str, Any]] = []
    said: list[tuple[str, Any]] = []
    for turn in conversation.turns:
        for part in turn.parts:
            if turn.role in (Role.SYSTEM, Role.DEVELOPER):
                system += [("system", line) for line in str(meant(part)).split("\n\n")]
            else:
                said.append((turn.role.value, meant(part)))
    return system + said


def meant(part: Part) -> Any:
    match part:
        case Text():
            return part.text
        case Image():
            return part.media
        case ToolCall():
            return (
                part.id,
                part.name,
                {"input": part.arguments} if part.is_custom else json.loads(part.arguments),
            )
        case ToolResult():
            return part.call_id, tuple(map(meant, part.parts))
        case _:
            return part


@each_provider
@TRIED
@given(members=requests())
def test_a_request_keeps_its_meaning(provider: ProviderApi, members: dict[str, Any]) -> None:
    asked, understood = translated(members, provider)
    assert meaning(understood) == meaning(asked)
    assert understood.output_limit == asked.output_limit
    assert [tool.name for tool in understood.tools] == ["read", "db__find", "edit"]
    assert understood.tools[0].parameters == SCHEMA


@each_provider
@TRIED
@given(members=requests())
def test_a_request_to_openai_keeps_its_meaning(provider: ProviderApi, members: dict[str, Any]) -> None:
    """That of a client of the other API, who says the same."""
    _, understood = translated(members, provider)
    written = RESPONSES.write_request(understood, Losses({}, strict=True))
    told = RESPONSES.read_request(json.loads(json.dumps(written)), Losses({}, strict=True))
    assert meaning(told) == meaning(understood)
    assert [tool.name for tool in told.tools] == [tool.name for tool in understood.tools]


def completions(provider: ProviderApi, *tools: str) -> st.SearchStrategy[Completion]:
    """Answers of a model that may think, speak, and call what a client has."""
    thought = st.builds(Reasoning, TEXTS, st.builds(Seal, st.just(provider), TEXTS))
    calls = st.lists(st.sampled_from(tools), max_size=3)
    usage = st.builds(
        Tokens, input=st.integers(1, 99), cache_read=st.integers(0, 9), output=st.integers(1, 99)
    )

    def answer(
        thoughts: list[Reasoning], text: str | None, tools: list[str], told: str, tokens: Tokens
    ) -> Completion:
        said = [] if text is None and tools else [Text(text or "-")]
        called = [
            ToolCall(
                f"call_{at}",
                name,
                json.dumps({"input" if name == "edit" else "path": told}, ensure_ascii=False),
            )
            for at, name in enumerate(tools)
        ]
        stop = StopReason.TOOL_CALLS if called else StopReason.END
        return Completion("1", "real", (*thoughts, *said, *called), stop, tokens)

    thoughts = st.lists(thought, max_size=1 if provider is ProviderApi.MESSAGES else 0)
    return st.builds(answer, thoughts, st.none() | TEXTS, calls, TEXTS, usage)


def parts_told(parts: Iterable[Any]) -> list[Any]:
    """An answer's parts, tools by their own names, and calls of custom ones as plain text."""
    return [called(part) if isinstance(part, ToolCall) else part for part in parts]


def called(part: ToolCall) -> tuple[str, str, Any]:
    given = {"input": part.arguments} if part.is_custom else json.loads(part.arguments)
    return part.id, part.name.removeprefix("db__"), given


ASKED = RESPONSES.read_request({**ASKING, "input": "Hi"}, Losses({}))


# By whom a provider is asked who tells what its model has thought.
THINKING = Conversation("m", (), reasoning=ReasoningWish("high", shown=True), streams=True)


@each_provider
@TRIED
@given(data=st.data())
def test_an_answer_keeps_its_meaning(provider: ProviderApi, data: st.DataObject) -> None:
    completion = data.draw(completions(provider, "read", "db__find", "edit"))
    dialect = DIALECTS[provider]
    answer = dialect.write_answer(completion, THINKING)
    response = RESPONSES.write_answer(dialect.read_answer(json.loads(json.dumps(answer))), ASKED)
    found = RESPONSES.read_answer(response)
    assert parts_told(found.parts) == parts_told(completion.parts)
    assert (found.stop, found.tokens) == (completion.stop, completion.tokens)
    assert streamed_to_client(provider, completion, data) == replace(found, created=0)


def streamed_to_client(provider: ProviderApi, completion: Completion, data: st.DataObject) -> Completion:
    """What a client collects of the stream of the same answer, cut anywhere on its way."""
    stream = relayed(stream_of(provider, completion), provider, ProviderApi.RESPONSES, data)
    return replace(collected_from(stream, ProviderApi.RESPONSES), created=0)


def stream_of(provider: ProviderApi, completion: Completion) -> bytes:
    writer = DIALECTS[provider].stream_writer(THINKING)
    return b"".join(map(writer.write, streamed(completion))) + writer.finish()


def relayed(stream: bytes, provider: ProviderApi, client: ProviderApi, data: st.DataObject) -> bytes:
    cut = data.draw(st.integers(1, len(stream)))
    reader, writer = DIALECTS[provider].stream_reader(), DIALECTS[client].stream_writer(ASKED)
    events = [*reader.feed(stream[:cut]), *reader.feed(stream[cut:]), *reader.finish()]
    return b"".join(map(writer.write, events)) + writer.finish()


def collected_from(stream: bytes, api: ProviderApi) -> Completion:
    reader = DIALECTS[api].stream_reader()
    found = collected([*reader.feed(stream), *reader.finish()])
    assert isinstance(found, Completion)
    return found


@each_provider
@TRIED
@given(data=st.data())
def test_an_answer_of_openai_keeps_its_meaning(provider: ProviderApi, data: st.DataObject) -> None:
    """For a client of the other API, whole and as a stream."""
    completion = data.draw(completions(ProviderApi.RESPONSES, "read"))
    client = DIALECTS[provider]
    told = RESPONSES.read_answer(RESPONSES.write_answer(completion, THINKING))
    whole = client.read_answer(json.loads(json.dumps(client.write_answer(told, ASKED))))
    stream = relayed(stream_of(ProviderApi.RESPONSES, completion), ProviderApi.RESPONSES, provider, data)
    for found in (whole, collected_from(stream, provider)):
        assert parts_told(found.parts) == parts_told(completion.parts)
        assert (found.stop, found.tokens) == (completion.stop, completion.tokens)


def test_what_anthropics_model_has_thought_goes_back_to_it_signed() -> None:
    """Also if the client tells the summary otherwise, or not at all."""
    thought = Reasoning("Let me see", Seal(ProviderApi.MESSAGES, "sig"))
    completion = Completion("1", "real", (thought, ToolCall("c", "read", "{}")), StopReason.TOOL_CALLS)
    items = RESPONSES.write_answer(completion, ASKED)["output"]
    assert seals.unwrap(items[0]["encrypted_content"]) == (thought.seal, thought.text)
    items[0]["summary"] = []
    result = {"type": "function_call_output", "call_id": "c", "output": "x"}
    asked = RESPONSES.read_request({**ASKING, "input": [message("user", "Hi"), *items, result]}, Losses({}))
    written = DIALECTS[ProviderApi.MESSAGES].write_request(asked, Losses({}))
    blocks = [block for turn in written["messages"] for block in turn["content"]]
    assert {"type": "thinking", "thinking": "Let me see", "signature": "sig"} in blocks
