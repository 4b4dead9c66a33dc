"""Conversations as requests for responses, in the shapes that OpenAI's SDK declares."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from openai.types.responses.response_create_params import ResponseCreateParams
from pydantic import TypeAdapter

from tollgate.catalog.catalog import ProviderApi
from tollgate.refusals import RefusedError
from tollgate_proxy.translation.conversation import (
    Choosing,
    Conversation,
    Document,
    Image,
    JsonOutput,
    Media,
    Reasoning,
    ReasoningWish,
    Refusal,
    Role,
    Seal,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
    Turn,
)
from tollgate_proxy.translation.losses import Loss, Losses
from tollgate_proxy.translation.responses.responses_request_reader import read_request
from tollgate_proxy.translation.responses.responses_request_writer import write_request

DECLARED: TypeAdapter[Any] = TypeAdapter(ResponseCreateParams)
EMPTY = {"type": "object", "properties": {}}
SEALED = Reasoning("Look first", Seal(ProviderApi.RESPONSES, "gAAA", "rs_1"))
GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"}
ASKED = Conversation(
    "m",
    (
        Turn(Role.SYSTEM, (Text("Be brief."),)),
        Turn(Role.DEVELOPER, (Text("Use tools."),)),
        Turn(
            Role.USER,
            (
                Text("See"),
                Image(Media("image/png", "AA=="), "low"),
                Document(Media("application/pdf", "AA=="), "a.pdf"),
            ),
        ),
        Turn(
            Role.ASSISTANT,
            (
                SEALED,
                Text("Looking."),
                ToolCall("c1", "read", '{"a":1}'),
                ToolCall("c2", "edit", "x", is_custom=True),
            ),
        ),
        Turn(
            Role.USER,
            (
                ToolResult("c1", (Text("found"), Image(Media(url="https://example.com/a.png")))),
                ToolResult("c2", (Text("done"),), is_custom=True),
            ),
        ),
        Turn(Role.USER, (Text("And now?"),)),
        Turn(Role.ASSISTANT, (Text("Well"), Text("Then"))),
    ),
    tools=(Tool("read", "Reads", EMPTY, strict=True), Tool("edit", is_custom=True, grammar=GRAMMAR)),
    tool_choice=ToolChoice(Choosing.NAMED, ("edit",)),
    parallel_tool_calls=False,
    output_limit=100,
    temperature=0.5,
    top_p=0.9,
    output=JsonOutput(EMPTY, "n", strict=True),
    reasoning=ReasoningWish("high", shown=True),
    verbosity="low",
    streams=True,
    user="u",
    service_tier="flex",
    cache_key="k",
)


def written(asked: Conversation, losses: Losses | None = None) -> dict[str, Any]:
    members = write_request(asked, losses or Losses({}, strict=True))
    DECLARED.validate_python(members)
    return members


def of_turns(*turns: Turn) -> list[Any]:
    return list(written(Conversation("m", turns))["input"])


def test_a_conversation_is_read_as_it_was_written() -> None:
    assert read_request(written(ASKED), Losses({}, strict=True)) == ASKED


def test_a_provider_is_to_store_nothing_and_to_tell_what_it_has_thought() -> None:
    members = written(ASKED)
    assert (members["store"], members["include"]) == (False, ["reasoning.encrypted_content"])


@pytest.mark.parametrize(
    ("served_by", "asks"),
    [
        ("gpt-5.2", True),
        ("openai/gpt-5-mini", True),
        ("o4-mini", True),
        ("openai.gpt-oss-120b", True),
        ("gpt-5-chat-latest", False),
        ("gpt-4o", False),
        (None, False),
    ],
)
def test_models_that_do_not_think_are_not_asked_for_it(served_by: str | None, *, asks: bool) -> None:
    members = written(Conversation("m", (Turn(Role.USER, (Text("Hi"),)),), served_by=served_by))
    assert ("include" in members) is asks
    assert "reasoning" not in members


def test_a_model_that_is_not_to_think_is_not_asked_for_its_thoughts() -> None:
    members = written(Conversation("m", (), reasoning=ReasoningWish("none")))
    assert (members["reasoning"], "include" in members) == ({"effort": "none"}, False)


def test_reasoning_that_openai_has_not_sealed_is_left_out() -> None:
    foreign = Reasoning("Hm", Seal(ProviderApi.MESSAGES, "sig"))
    items = of_turns(Turn(Role.ASSISTANT, (foreign, Reasoning("Hm"), Text("Hi"))))
    assert [item["type"] for item in items] == ["message"]


def test_a_refusal_of_the_assistant_is_what_it_has_said() -> None:
    said = of_turns(Turn(Role.ASSISTANT, (Text("Well"), Refusal("No."))))
    assert said == [{"type": "message", "role": "assistant", "content": text} for text in ("Well", "No.")]


def test_reasoning_that_nothing_follows_is_left_out() -> None:
    assert of_turns(Turn(Role.ASSISTANT, (SEALED,))) == []


def test_a_result_says_that_its_tool_has_failed() -> None:
    results = [
        ToolResult("c1", (Text("no such file"),), is_error=True),
        ToolResult("c2", (Text("Error: no"),), is_error=True),
        ToolResult("c3", (), is_error=True),
    ]
    items = of_turns(Turn(Role.USER, tuple(results)))
    assert [item["output"] for item in items] == ["Error: no such file", "Error: no", "Error: "]


def test_results_of_custom_tools_are_known_by_their_calls() -> None:
    items = of_turns(
        Turn(Role.ASSISTANT, (ToolCall("c", "edit", "x", is_custom=True),)),
        Turn(Role.USER, (ToolResult("c", (Text("done"),)), Text("Go on"))),
    )
    assert [item["type"] for item in items] == ["custom_tool_call", "custom_tool_call_output", "message"]


def test_a_function_is_not_strict_unless_it_is_said_to_be() -> None:
    asked = replace(ASKED, tools=(Tool("read"),), tool_choice=None)
    assert written(asked)["tools"] == [
        {"type": "function", "name": "read", "parameters": EMPTY, "strict": False}
    ]


def test_any_of_several_tools_may_be_demanded() -> None:
    asked = replace(ASKED, tool_choice=ToolChoice(Choosing.NAMED, ("read", "edit")))
    allowed = [{"type": "function", "name": "read"}, {"type": "custom", "name": "edit"}]
    assert written(asked)["tool_choice"] == {"type": "allowed_tools", "mode": "required", "tools": allowed}


@pytest.mark.parametrize(
    ("changed", "member", "expected"),
    [
        ({"output_limit": 1}, "max_output_tokens", 16),
        ({"user": "x" * 65}, "user", "x"),
        ({"service_tier": "standard_only"}, "service_tier", "default"),
        (
            {"output": JsonOutput(EMPTY)},
            "text",
            {"format": {"type": "json_schema", "name": "output", "schema": EMPTY}},
        ),
        ({"output": JsonOutput()}, "text", {"format": {"type": "json_object"}}),
        ({"reasoning": ReasoningWish(budget_tokens=8192)}, "reasoning", {"effort": "medium"}),
        ({"reasoning": ReasoningWish(adaptive=True)}, "reasoning", None),
    ],
)
def test_what_openai_has_in_another_way_is_put_so(
    changed: dict[str, Any], member: str, expected: Any
) -> None:
    members = written(replace(Conversation("m", ()), **changed))
    if member == "user":
        assert len(members["user"]) == 64
    else:
        assert members.get(member) == expected


def test_what_openai_has_no_place_for_is_named_as_the_client_calls_it() -> None:
    asked = Conversation(
        "m", (Turn(Role.USER, (Text("Hi"),), name="Ann"),), top_k=3, stop=("x",), service_tier="t"
    )
    losses = Losses({"name": Loss("can't be", member="messages[].name")})
    written(asked, losses)
    assert losses.dropped == ["stop", "top_k", "messages[].name", "service_tier"]
    with pytest.raises(RefusedError):
        written(asked, Losses({"stop": Loss("can't be", refused=True)}))
