from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from pydantic import TypeAdapter

from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation.conversation import (
    CachePoint,
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
from tollgate_proxy.translation.losses import Losses
from tollgate_proxy.translation.messages.messages_request_writer import write_request

_HELLO = (Turn(Role.USER, (Text("Hello"),)),)
_SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
_READ = Tool("Read", "Reads.", _SCHEMA)
_PATCH = Tool("patch", is_custom=True)
_SEAL = Seal(ProviderApi.MESSAGES, "EqQB")
_MARK = {"type": "ephemeral"}
_BY_BUDGET, _ADAPTIVE, _ALWAYS = "claude-sonnet-4-5-20250929", "claude-opus-4-6", "claude-opus-5-5"
_DECLARED = TypeAdapter(MessageCreateParamsNonStreaming)


def _written(
    *turns: Turn, served_by: str = "claude-sonnet-4-5", lost: tuple[str, ...] = (), **asked: Any
) -> Any:
    losses = Losses({})
    conversation = Conversation("smart", turns or _HELLO, served_by=served_by, **asked)
    made = write_request(conversation, losses)
    assert tuple(losses.dropped) == lost
    assert made["model"] == "smart"
    _DECLARED.validate_python({"max_tokens": 9, **made, "stream": False})
    return made


def _text(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **more}


def _user(*parts: Any) -> Turn:
    return Turn(Role.USER, parts)


def _assistant(*parts: Any) -> Turn:
    return Turn(Role.ASSISTANT, parts)


def test_what_isnt_asked_isnt_written() -> None:
    assert _written() == {
        "model": "smart",
        "messages": [{"role": "user", "content": [_text("Hello")]}],
    }


def test_what_is_said_is_written_as_blocks() -> None:
    plain = b64encode("h\u00e9".encode()).decode()
    made = _written(
        _user(
            Text("a", CachePoint("1h")),
            Text(" "),
            Image(Media("image/png", "AA=="), "high"),
            Image(Media(url="https://example.com/a.png")),
            Document(Media("application/pdf", "JVBERg=="), "a.pdf"),
            Document(Media("text/csv", plain)),
            Document(Media(url="https://example.com/a.pdf")),
            Document(Media("application/zip", "UEs=")),
        ),
        _assistant(
            Reasoning("Hm", _SEAL),
            Reasoning("others'", Seal(ProviderApi.RESPONSES, "gAAA")),
            Reasoning("unsigned"),
            Reasoning("", _SEAL, is_redacted=True),
            Refusal("No"),
        ),
        _user(Text("b")),
        lost=("image.detail", "document.media_type"),
    )
    assert made["messages"] == [
        {
            "role": "user",
            "content": [
                _text("a", cache_control={**_MARK, "ttl": "1h"}),
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": "AA=="},
                },
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
                    "title": "a.pdf",
                },
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "h\u00e9"},
                },
                {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm", "signature": "EqQB"},
                {"type": "redacted_thinking", "data": "EqQB"},
                _text("No"),
            ],
        },
        {"role": "user", "content": [_text("b")]},
    ]


def test_instructions_that_come_later_stand_where_they_stood() -> None:
    made = _written(
        Turn(Role.SYSTEM, (Text("Be kind."),)),
        Turn(Role.DEVELOPER, (Text("Be brief."),)),
        _user(Text("a")),
        _assistant(ToolCall("c", "Read", "{}")),
        Turn(Role.DEVELOPER, (Text("Be"), Text("quick."))),
        _user(ToolResult("c", (Text("r"),))),
        tools=(_READ,),
    )
    assert made["system"] == [_text("Be kind."), _text("Be brief.")]
    assert made["messages"][2] == {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "c", "content": [_text("r")]},
            _text("<developer>\nBe\n\nquick.\n</developer>"),
        ],
    }


@pytest.mark.parametrize(
    ("turns", "roles"),
    [
        ([Turn(Role.SYSTEM, (Text("a"),))], ["user"]),
        ([_assistant(Text("a")), _user(Text("b"))], ["user", "assistant", "user"]),
        ([_user(Text("a")), _user(Text("b"))], ["user"]),
        ([_user(Text("a")), _assistant(Text(" ")), _user(Text("b"))], ["user"]),
        ([_user(Text("a")), _assistant(Text("b")), _assistant(Text("c"))], ["user", "assistant"]),
        ([_user(Text("")), _assistant(Text("b"))], ["user", "assistant"]),
    ],
)
def test_user_and_assistant_alternate_and_the_user_begins(turns: list[Turn], roles: list[str]) -> None:
    made = _written(*turns)
    assert [each["role"] for each in made["messages"]] == roles
    assert "system" not in made
    assert all(block["text"].strip() for each in made["messages"] for block in each["content"])


def test_what_an_answer_goes_on_from_ends_with_no_space() -> None:
    made = _written(_user(Text("a")), _assistant(Text("b \n"), Text("c \n")))
    assert made["messages"][1]["content"] == [_text("b \n"), _text("c")]


def test_results_come_right_after_their_calls_and_before_all_else() -> None:
    made = _written(
        _user(Text("a")),
        _assistant(ToolCall("x", "Read", '{"path": "a"}'), ToolCall("y", "Read", "{}")),
        _user(Text("b"), ToolResult("y", (Text("second"),), is_error=True)),
        _assistant(Text("c")),
        _user(ToolResult("x", (), cache=CachePoint())),
        # the same id again, as some servers have it
        _assistant(ToolCall("x", "Read", "")),
        _user(ToolResult("x", (Image(Media("image/png", "AA==")),))),
        tools=(_READ,),
    )
    contents = [each["content"] for each in made["messages"]]
    assert contents[1][0] == {"type": "tool_use", "id": "x", "name": "Read", "input": {"path": "a"}}
    assert contents[2] == [
        {"type": "tool_result", "tool_use_id": "x", "cache_control": _MARK},
        {"type": "tool_result", "tool_use_id": "y", "content": [_text("second")], "is_error": True},
        _text("b"),
    ]
    assert contents[3] == [_text("c"), {"type": "tool_use", "id": "x_2", "name": "Read", "input": {}}]
    assert contents[4][0]["tool_use_id"] == "x_2"
    assert contents[4][0]["content"][0]["type"] == "image"


def test_a_result_without_a_call_is_left_to_the_provider_to_refuse() -> None:
    made = _written(_user(ToolResult("gone", (Text("r"),)), Text("a")))
    assert [block["type"] for block in made["messages"][0]["content"]] == ["tool_result", "text"]


@pytest.mark.parametrize(
    ("call", "given"),
    [
        (ToolCall("c", "Read", "not JSON"), {"input": "not JSON"}),
        (ToolCall("c", "Read", "[1]"), {"input": "[1]"}),
        (ToolCall("c", "patch", "*** Begin", is_custom=True), {"input": "*** Begin"}),
    ],
)
def test_arguments_that_are_no_object_are_given_as_text(call: ToolCall, given: dict[str, Any]) -> None:
    made = _written(_user(Text("a")), _assistant(call), _user(ToolResult("c", ())), tools=(_READ, _PATCH))
    assert made["messages"][1]["content"][0]["input"] == given


def test_names_and_ids_that_anthropic_refuses_are_others_there() -> None:
    made = _written(
        _user(Text("a")),
        _assistant(ToolCall("functions.Read:0", "files.read", "{}")),
        _user(ToolResult("functions.Read:0", (Text("r"),))),
        tools=(Tool("files.read", parameters=_SCHEMA),),
    )
    call, result = made["messages"][1]["content"][0], made["messages"][2]["content"][0]
    assert call["name"] == made["tools"][0]["name"]
    assert call["id"] == result["tool_use_id"]
    assert all(character.isalnum() or character in "_-" for character in call["id"] + call["name"])


def test_tools_are_described() -> None:
    made = _written(tools=(_READ, _PATCH, Tool("none")), parallel_tool_calls=False)
    read, patch, none = made["tools"]
    assert read == {"name": "Read", "description": "Reads.", "input_schema": _SCHEMA}
    assert patch["input_schema"]["required"] == ["input"]
    assert none == {"name": "none", "input_schema": {"type": "object"}}
    assert made["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}


def test_calls_need_their_tools_even_if_there_are_none_any_more() -> None:
    made = _written(_user(Text("a")), _assistant(ToolCall("c", "Read", "{}")), _user(ToolResult("c", ())))
    assert made["tools"] == [{"name": "Read", "input_schema": {"type": "object"}}]
    assert made["tool_choice"] == {"type": "none"}


@pytest.mark.parametrize(
    ("choice", "written", "names"),
    [
        (ToolChoice(Choosing.AUTO), {"type": "auto"}, ["Read", "patch"]),
        (ToolChoice(Choosing.NONE), {"type": "none"}, ["Read", "patch"]),
        (ToolChoice(Choosing.REQUIRED), {"type": "any"}, ["Read", "patch"]),
        (ToolChoice(Choosing.NAMED, ("patch",)), {"type": "tool", "name": "patch"}, ["Read", "patch"]),
        (ToolChoice(Choosing.NAMED, ("Read", "patch")), {"type": "any"}, ["Read", "patch", "third"]),
    ],
)
def test_whether_tools_are_called(choice: ToolChoice, written: dict[str, Any], names: list[str]) -> None:
    tools = (_READ, _PATCH, *([Tool("third")] if "third" in names else []))
    made = _written(tools=tools, tool_choice=choice)
    assert made["tool_choice"] == written
    assert [tool["name"] for tool in made["tools"]] == names[:2]


def test_no_choice_is_written_without_tools() -> None:
    assert "tool_choice" not in _written(tool_choice=ToolChoice(Choosing.AUTO), parallel_tool_calls=False)


@pytest.mark.parametrize(
    ("served_by", "wish", "limit", "thinking", "effort", "lost"),
    [
        (_BY_BUDGET, ReasoningWish("high"), None, {"type": "enabled", "budget_tokens": 24576}, None, ()),
        (_BY_BUDGET, ReasoningWish("high"), 4000, {"type": "enabled", "budget_tokens": 3200}, None, ()),
        (_BY_BUDGET, ReasoningWish("high"), 1024, None, None, ("reasoning",)),
        (_BY_BUDGET, ReasoningWish("none"), None, None, None, ()),
        (
            _BY_BUDGET,
            ReasoningWish(budget_tokens=2000, shown=False),
            None,
            {"type": "enabled", "budget_tokens": 2000, "display": "omitted"},
            None,
            (),
        ),
        (
            "claude-opus-4-5",
            ReasoningWish("xhigh"),
            None,
            {"type": "enabled", "budget_tokens": 32768},
            "high",
            (),
        ),
        (_ADAPTIVE, ReasoningWish("xhigh"), 100, {"type": "adaptive"}, "high", ()),
        (_ADAPTIVE, ReasoningWish("minimal"), None, {"type": "adaptive"}, "low", ()),
        (_ADAPTIVE, ReasoningWish(budget_tokens=9000), None, {"type": "adaptive"}, "medium", ()),
        (_ADAPTIVE, ReasoningWish("none"), None, None, None, ()),
        (
            _ALWAYS,
            ReasoningWish("max", shown=True),
            None,
            {"type": "adaptive", "display": "summarized"},
            "max",
            (),
        ),
        (_ALWAYS, ReasoningWish(adaptive=True), None, {"type": "adaptive"}, None, ()),
        (_ALWAYS, ReasoningWish("none"), None, None, "low", ("reasoning",)),
        (_ALWAYS, None, None, None, None, ()),
        ("claude-opus-5", ReasoningWish("none"), None, {"type": "disabled"}, None, ()),
        ("claude-sonnet-5-5", ReasoningWish("none"), None, {"type": "between_tools"}, None, ()),
        ("claude-3-5-haiku-latest", ReasoningWish("high"), None, None, None, ("reasoning",)),
        ("deepseek-v4", ReasoningWish("low"), None, {"type": "enabled", "budget_tokens": 1024}, None, ()),
    ],
)
def test_a_model_is_asked_to_think_as_it_takes_it(
    served_by: str,
    wish: ReasoningWish | None,
    limit: int | None,
    thinking: dict[str, Any] | None,
    effort: str | None,
    lost: tuple[str, ...],
) -> None:
    made = _written(served_by=served_by, reasoning=wish, output_limit=limit, lost=lost)
    assert made.get("thinking") == thinking
    assert made.get("output_config") == (effort and {"effort": effort})
    assert made.get("max_tokens") == limit


@pytest.mark.parametrize(
    ("served_by", "choice", "thinking", "lost"),
    [
        (_BY_BUDGET, {"type": "any"}, None, ("reasoning",)),
        ("claude-opus-5", {"type": "any"}, {"type": "disabled"}, ("reasoning",)),
        (_ALWAYS, {"type": "auto"}, {"type": "adaptive"}, ("tool_choice",)),
    ],
)
def test_a_model_that_has_to_call_a_tool_doesnt_think(
    served_by: str, choice: dict[str, Any], thinking: dict[str, Any] | None, lost: tuple[str, ...]
) -> None:
    made = _written(
        served_by=served_by,
        reasoning=ReasoningWish("high"),
        tools=(_READ,),
        tool_choice=ToolChoice(Choosing.REQUIRED),
        lost=lost,
    )
    assert (made["tool_choice"], made.get("thinking")) == (choice, thinking)


@pytest.mark.parametrize(
    ("served_by", "said", "thinks"),
    [
        (_BY_BUDGET, [ToolCall("c", "Read", "{}")], False),
        (_BY_BUDGET, [Reasoning("Hm", _SEAL), ToolCall("c", "Read", "{}")], True),
        (_BY_BUDGET, [Text("b")], True),
        (_ADAPTIVE, [ToolCall("c", "Read", "{}")], True),
    ],
)
def test_a_budget_isnt_given_after_calls_that_nothing_was_thought_before(
    served_by: str, said: list[Any], thinks: bool
) -> None:
    made = _written(
        _user(Text("a")),
        _assistant(*said),
        _user(ToolResult("c", ()) if isinstance(said[-1], ToolCall) else Text("c")),
        served_by=served_by,
        tools=(_READ,),
        reasoning=ReasoningWish("high"),
        lost=() if thinks else ("reasoning",),
    )
    assert ("thinking" in made) == thinks


@pytest.mark.parametrize(
    ("served_by", "asked", "written", "lost"),
    [
        ("claude-3-opus-20240229", {"temperature": 0.5, "top_p": 0.5, "top_k": 9}, None, ()),
        (_BY_BUDGET, {"temperature": 2}, {"temperature": 1}, ("temperature",)),
        (_BY_BUDGET, {"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5}, ("top_p",)),
        (_BY_BUDGET, {"temperature": 1, "top_p": 0.5}, {"top_p": 0.5}, ()),
        (_BY_BUDGET, {"temperature": 0.5, "top_p": 1}, {"temperature": 0.5}, ()),
        (
            _BY_BUDGET,
            {"temperature": 0.5, "top_k": 9, "top_p": 0.96, "reasoning": ReasoningWish("low")},
            {"top_p": 0.96},
            ("temperature", "top_k"),
        ),
        (_ADAPTIVE, {"temperature": 0.5}, {"temperature": 0.5}, ()),
        (_ADAPTIVE, {"top_p": 0.5, "reasoning": ReasoningWish("low")}, {}, ("top_p",)),
        (_ALWAYS, {"temperature": 0.5, "top_p": 0.5, "top_k": 9}, {}, ("temperature", "top_p", "top_k")),
        (_ALWAYS, {"temperature": 1, "top_p": 1}, {}, ()),
    ],
)
def test_sampling_is_stated_as_far_as_a_model_takes_it(
    served_by: str, asked: dict[str, Any], written: dict[str, Any] | None, lost: tuple[str, ...]
) -> None:
    made = _written(served_by=served_by, lost=lost, **asked)
    sampled = {name: made[name] for name in ("temperature", "top_p", "top_k") if name in made}
    assert sampled == (asked if written is None else written)


def test_settings_are_written() -> None:
    made = _written(
        output_limit=50,
        stop=("END", "\n"),
        streams=True,
        user="u",
        service_tier="default",
        verbosity="low",
        lost=("stop", "verbosity"),
    )
    assert made["stop_sequences"] == ["END"]
    assert (made["max_tokens"], made["stream"]) == (50, True)
    assert (made["metadata"], made["service_tier"]) == ({"user_id": "u"}, "standard_only")
    assert "service_tier" not in _written(service_tier="flex", lost=("service_tier",))


def test_an_answer_is_held_to_a_schema_that_the_api_takes() -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 1, "description": "How many"}},
        "required": ["n"],
        "additionalProperties": False,
    }
    made = _written(output=JsonOutput(schema, "answer", strict=True, description="The answer"))
    assert made["output_config"]["format"] == {
        "type": "json_schema",
        "schema": {
            "type": "object",
            "properties": {"n": {"type": "integer", "description": "How many\n\n{minimum: 1}"}},
            "required": ["n"],
            "additionalProperties": False,
            "description": "The answer",
        },
    }


@pytest.mark.parametrize(
    ("served_by", "schema"),
    [
        (_BY_BUDGET, None),
        (_BY_BUDGET, {"type": "object", "additionalProperties": {"type": "string"}}),
        ("claude-3-haiku-20240307", _SCHEMA),
    ],
)
def test_what_an_answer_cant_be_held_to_is_asked_for(served_by: str, schema: dict[str, Any] | None) -> None:
    made = _written(served_by=served_by, output=JsonOutput(schema), lost=("output",))
    assert "output_config" not in made
    assert "JSON" in made["system"][-1]["text"]


def test_a_strict_tool_is_held_to_its_schema_if_it_can_be() -> None:
    held, others = Tool("a", None, _SCHEMA, strict=True), Tool("b", None, {"type": "object"}, strict=True)
    made = _written(tools=(held, others), lost=("strict",))
    assert made["tools"][0]["strict"]
    assert made["tools"][0]["input_schema"] == {**_SCHEMA, "additionalProperties": False}
    assert made["tools"][1] == {"name": "b", "input_schema": {"type": "object"}}


def _marked(made: dict[str, Any]) -> list[str]:
    blocks = [*made.get("tools", []), *made.get("system", [])]
    blocks += [block for each in made["messages"] for block in each["content"]]
    return [each.get("name") or each["text"] for each in blocks if "cache_control" in each]


def test_prompts_with_a_key_are_cached_where_they_stay_and_where_they_end() -> None:
    turns = (
        Turn(Role.SYSTEM, (Text("s"), Text("t"))),
        _user(Text("a")),
        _assistant(Text("b")),
        _user(Text("c")),
    )
    assert _marked(_written(*turns, tools=(_READ, Tool("z")), cache_key="k")) == ["z", "t", "c"]
    assert _marked(_written(*turns, cache_key="k")) == ["t", "c"]
    marked = (Turn(Role.SYSTEM, (Text("s", CachePoint()),)), *turns[1:])
    assert _marked(_written(*marked, tools=(_READ,), cache_key="k")) == ["s"]
    assert _marked(_written(*marked, cache=CachePoint("1h"))) == ["s", "c"]


def test_there_are_no_more_than_four_marks() -> None:
    marked = tuple(Text(text, CachePoint()) for text in "abcdef")
    assert _marked(_written(_user(*marked))) == ["c", "d", "e", "f"]
