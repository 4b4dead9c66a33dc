"""Tools whose names, or whose kind, a provider doesn't know, and the client's own in its answer."""

from __future__ import annotations

import re

import pytest

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation.completion import (
    Begun,
    Completion,
    PartBegun,
    StopReason,
    StreamEvent,
    collected,
    streamed,
)
from tollgate_proxy.translation.conversation import (
    Choosing,
    Conversation,
    Reasoning,
    Role,
    Seal,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)
from tollgate_proxy.translation.tool_names import ToolNames, sent_call_id, sent_name

STRANGE = ["math.add", "größe", "functions.get_weather:0", "a" * 65, "", "a b"]


def conversation(*names: str, choice: ToolChoice | None = None) -> Conversation:
    turns = (
        Turn(Role.ASSISTANT, tuple(ToolCall(f"call.{at}", name, "{}") for at, name in enumerate(names))),
        Turn(Role.USER, tuple(ToolResult(f"call.{at}", (Text("4"),)) for at in range(len(names)))),
    )
    return Conversation(
        "m", turns, tools=tuple(Tool(name, parameters={}) for name in names), tool_choice=choice
    )


def completion(*parts: ToolCall | Text | Reasoning) -> Completion:
    return Completion("id", "m", parts, StopReason.TOOL_CALLS)


@pytest.mark.parametrize("name", STRANGE)
def test_a_name_that_an_api_refuses_goes_as_another_and_comes_back(name: str) -> None:
    names = ToolNames(conversation(name, "plain"))
    sent = names.sent(conversation(name, "plain", choice=ToolChoice(Choosing.NAMED, (name,))))
    other = sent.tools[0].name
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", other)
    assert sent.tools[1].name == "plain"
    assert sent.tool_choice == ToolChoice(Choosing.NAMED, (other,))
    assert sent.turns[0].parts[0] == ToolCall(sent_call_id("call.0"), other, "{}")
    answer = completion(ToolCall("1", other, "{}"), ToolCall("2", "plain", "{}"), Text("hello"))
    assert names.restored(answer).parts[0] == ToolCall("1", name, "{}")
    assert names.restored(answer).parts[1:] == answer.parts[1:]
    began = PartBegun(0, ToolCall("1", other, ""))
    assert names.restored_events(began) == [PartBegun(0, ToolCall("1", name, ""))]


def test_results_stay_those_of_their_calls() -> None:
    sent = ToolNames(conversation("a", "b")).sent(conversation("a", "b"))
    calls = [part.id for part in sent.turns[0].parts if isinstance(part, ToolCall)]
    results = [part.call_id for part in sent.turns[1].parts if isinstance(part, ToolResult)]
    assert calls == results
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", each) for each in calls)
    assert len(set(calls)) == 2


def test_names_that_are_alike_stay_apart() -> None:
    assert len({sent_name(name) for name in ("a.b", "a:b", "a b", "a_b")}) == 4


def test_what_every_api_takes_stays_as_it_is() -> None:
    plain = Conversation("m", (Turn(Role.USER, (Text("hi"),)),), tools=(Tool("get-it_1"),))
    assert ToolNames(plain).sent(plain) == plain
    assert sent_call_id("toolu_01A09q90qw90lq917835lq9") == "toolu_01A09q90qw90lq917835lq9"


@pytest.mark.parametrize("name", ["apply_patch", "apply.patch"])
@pytest.mark.parametrize(
    ("arguments", "text"),
    [('{"input": "a\\nb"}', "a\nb"), ("plain", "plain"), ('{"other": 1}', '{"other": 1}')],
)
def test_a_custom_tool_is_called_with_its_text(name: str, arguments: str, text: str) -> None:
    asked = Conversation("m", (), tools=(Tool(name, is_custom=True), Tool("other", parameters={})))
    seal, other = Seal(ProviderApi.MESSAGES, "s"), ToolCall("2", "other", '{"input": "a"}')
    answer = completion(Reasoning("hm", seal), ToolCall("1", sent_name(name), arguments), other)
    expected = completion(Reasoning("hm", seal), ToolCall("1", name, text, is_custom=True), other)
    names = ToolNames(asked)
    assert names.restored(answer) == expected
    assert names.restored(expected) == expected
    events: list[StreamEvent] = [each for event in streamed(answer) for each in names.restored_events(event)]
    assert isinstance(events[0], Begun)
    assert collected(events) == expected
