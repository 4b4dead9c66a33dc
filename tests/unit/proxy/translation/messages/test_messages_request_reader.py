from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from anthropic.types import message_create_params
from anthropic.types.beta import message_create_params as beta_params

from tollgate.catalog.catalog import ProviderApi
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.conversation import (
    CachePoint,
    Choosing,
    Document,
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
from tollgate_proxy.translation.losses import Losses
from tollgate_proxy.translation.messages.messages_request_reader import read_request
from tollgate_proxy.translation.pairs import messages_to_chat_losses, messages_to_responses_losses

_ASKED: dict[str, Any] = {
    "model": "smart",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hello"}],
}
_SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
_STRICT = _SCHEMA | {"additionalProperties": False}
_SEAL = Seal(ProviderApi.RESPONSES, "gAAAA", "rs_1")


def _read(**members: Any) -> tuple[Any, list[str]]:
    losses = Losses(messages_to_chat_losses.TABLE)
    return read_request({**_ASKED, **members}, losses), losses.dropped


def _parts(*blocks: Any, role: str = "user") -> tuple[Any, ...]:
    conversation, dropped = _read(messages=[{"role": role, "content": list(blocks)}])
    assert not dropped
    return tuple(part for turn in conversation.turns for part in turn.parts)


def test_a_request_of_claude_code_is_read_without_a_loss_but_of_what_only_claude_has() -> None:
    cached = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    conversation, dropped = _read(
        system=[
            {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1; cch=00000;"},
            {"type": "text", "text": "You are an agent.", **cached},
        ],
        messages=[
            {"role": "user", "content": [{"type": "text", "text": "Read it", **cached}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm", "signature": "EqQB"},
                    {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"path": "a"}},
                    {"type": "tool_use", "id": "toolu_2", "name": "Read", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "text"},
                    {
                        "type": "tool_result",
                        "tool_use_id": "toolu_2",
                        "is_error": True,
                        "content": [
                            {
                                "type": "image",
                                "source": {"type": "base64", "media_type": "image/png", "data": "AA=="},
                            }
                        ],
                        **cached,
                    },
                    {"type": "text", "text": "<system-reminder>Go on</system-reminder>"},
                ],
            },
            {"role": "system", "content": "Be brief."},
        ],
        tools=[{"name": "Read", "description": "Reads.", "input_schema": _SCHEMA, **cached}],
        metadata={"user_id": "user_1"},
        thinking={"type": "adaptive", "display": "summarized"},
        output_config={"effort": "high"},
        context_management={"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        betas=["claude-code-20250219"],
        stream=True,
        max_tokens=32000,
    )
    hour = CachePoint("1h")
    assert dropped == ["context_management"]
    assert conversation.turns == (
        Turn(Role.SYSTEM, (Text("You are an agent.", hour),)),
        Turn(Role.USER, (Text("Read it", hour),)),
        Turn(
            Role.ASSISTANT,
            (
                Reasoning("Hm", Seal(ProviderApi.MESSAGES, "EqQB")),
                ToolCall("toolu_1", "Read", '{"path": "a"}'),
                ToolCall("toolu_2", "Read", "{}"),
            ),
        ),
        Turn(
            Role.USER,
            (
                ToolResult("toolu_1", (Text("text"),)),
                ToolResult("toolu_2", (Image(Media("image/png", "AA==")),), is_error=True, cache=hour),
                Text("<system-reminder>Go on</system-reminder>"),
            ),
        ),
        Turn(Role.SYSTEM, (Text("Be brief."),)),
    )
    assert conversation.tools == (Tool("Read", "Reads.", _SCHEMA, cache=hour),)
    assert conversation.reasoning == ReasoningWish("high", adaptive=True, shown=True)
    assert (conversation.user, conversation.streams, conversation.output_limit) == ("user_1", True, 32000)


@pytest.mark.parametrize(
    ("block", "parts"),
    [
        ({"type": "text", "text": "a"}, [Text("a")]),
        ({"type": "text", "text": "a", "citations": None}, [Text("a")]),
        (
            {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
            [Image(Media(url="https://example.com/a.png"))],
        ),
        (
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
                "title": "a.pdf",
                "context": "From the client",
                "cache_control": {"type": "ephemeral"},
            },
            [
                Text("From the client"),
                Document(Media("application/pdf", "JVBERg=="), "a.pdf", CachePoint()),
            ],
        ),
        (
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "h\u00e9"}},
            [Document(Media("text/plain", b64encode("h\u00e9".encode()).decode()))],
        ),
        (
            {
                "type": "document",
                "title": "Notes",
                "source": {"type": "content", "content": [{"type": "text", "text": "a"}]},
                "cache_control": {"type": "ephemeral"},
            },
            [Text("Notes"), Text("a", CachePoint())],
        ),
        (
            {
                "type": "search_result",
                "title": "T",
                "source": "https://example.com",
                "content": [{"type": "text", "text": "found"}],
                "citations": {"enabled": False},
            },
            [Text("T\nhttps://example.com"), Text("found")],
        ),
        (
            {
                "type": "tool_result",
                "tool_use_id": "t",
                "content": [{"type": "tool_reference", "tool_name": "x"}],
            },
            [ToolResult("t", (Text("The tool x can be called now."),))],
        ),
        ({"type": "tool_result", "tool_use_id": "t"}, [ToolResult("t", ())]),
        ({"type": "compaction", "content": "So far"}, [Text("So far")]),
        ({"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}}, []),
    ],
)
def test_a_block_of_the_user_is_read(block: dict[str, Any], parts: list[Any]) -> None:
    assert _parts(block) == tuple(parts)


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "thinking", "thinking": "Hm", "signature": ""}, Reasoning("Hm")),
        (
            {"type": "thinking", "thinking": "as shown", "signature": seals.wrap(_SEAL, "as it was")},
            Reasoning("as it was", _SEAL),
        ),
        (
            {"type": "thinking", "thinking": "as shown", "signature": seals.wrap(_SEAL)},
            Reasoning("as shown", _SEAL),
        ),
        (
            {"type": "redacted_thinking", "data": "EmwK"},
            Reasoning("", Seal(ProviderApi.MESSAGES, "EmwK"), is_redacted=True),
        ),
        (
            {"type": "redacted_thinking", "data": seals.wrap(_SEAL)},
            Reasoning("", _SEAL, is_redacted=True),
        ),
    ],
)
def test_what_was_thought_is_sealed_by_whoever_did(block: dict[str, Any], part: Reasoning) -> None:
    assert _parts(block, role="assistant") == (part,)


@pytest.mark.parametrize(
    ("members", "wish"),
    [
        ({}, None),
        ({"thinking": {"type": "disabled"}}, ReasoningWish("none")),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
            ReasoningWish(budget_tokens=2000, shown=True),
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2000, "display": "omitted"}},
            ReasoningWish(budget_tokens=2000, shown=False),
        ),
        ({"thinking": {"type": "adaptive"}}, ReasoningWish(adaptive=True, shown=True)),
        ({"thinking": {"type": "between_tools"}}, ReasoningWish("low", adaptive=True, shown=True)),
        ({"output_config": {"effort": "max"}}, ReasoningWish("max")),
        ({"output_config": {"effort": None}, "thinking": None}, None),
    ],
)
def test_how_much_is_to_be_thought(members: dict[str, Any], wish: ReasoningWish | None) -> None:
    conversation, dropped = _read(**members)
    assert conversation.reasoning == wish
    assert not dropped


@pytest.mark.parametrize(
    ("choice", "expected", "parallel"),
    [
        (None, None, None),
        ({"type": "auto"}, ToolChoice(Choosing.AUTO), None),
        ({"type": "any", "disable_parallel_tool_use": True}, ToolChoice(Choosing.REQUIRED), False),
        ({"type": "tool", "name": "Read"}, ToolChoice(Choosing.NAMED, ("Read",)), None),
        ({"type": "none"}, ToolChoice(Choosing.NONE), None),
    ],
)
def test_whether_tools_are_called(choice: Any, expected: ToolChoice | None, parallel: bool | None) -> None:
    conversation, _ = _read(tool_choice=choice)
    assert (conversation.tool_choice, conversation.parallel_tool_calls) == (expected, parallel)


@pytest.mark.parametrize("place", ["output_config", "output_format"])
@pytest.mark.parametrize(("schema", "is_strict"), [(_STRICT, True), (_SCHEMA, False)])
def test_structured_output_is_read_where_it_stands_and_where_it_stood(
    place: str, schema: dict[str, Any], is_strict: bool
) -> None:
    asked = {"type": "json_schema", "schema": schema}
    members = {"output_config": {"format": asked}} if place == "output_config" else {place: asked}
    conversation, dropped = _read(**members)
    assert conversation.output == JsonOutput(schema, strict=is_strict)
    assert bool(dropped) != is_strict


def test_a_tool_says_which_members_it_takes_even_if_they_are_none() -> None:
    conversation, _ = _read(tools=[{"name": "a", "input_schema": {"type": "object"}}])
    assert conversation.tools[0].parameters == {"type": "object", "properties": {}}


def test_a_tool_is_strict_where_openai_takes_it_for_one() -> None:
    tools = [{"name": "a", "strict": True, "input_schema": schema} for schema in (_STRICT, _SCHEMA)]
    conversation, dropped = _read(tools=tools)
    assert [tool.strict for tool in conversation.tools] == [True, False]
    assert dropped == ["tools[].strict"]


def test_settings_are_carried() -> None:
    conversation, dropped = _read(
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        stop_sequences=["END"],
        service_tier="standard_only",
        cache_control={"type": "ephemeral"},
        speed="standard",
        container=None,
        mcp_servers=[],
    )
    assert (conversation.temperature, conversation.top_p, conversation.top_k) == (0.5, 0.9, 40)
    assert (conversation.stop, conversation.service_tier) == (("END",), "default")
    assert conversation.cache == CachePoint()
    assert not dropped
    assert _read(temperature=1)[0].temperature is None


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": "9"}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": "Hello"}, "messages"),
        ({"messages": ["Hello"]}, "messages.0"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "messages.0.role"),
        ({"messages": [{"role": "user"}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": [{"text": "a"}]}]}, "messages.0.content.0.type"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages.0.content.0.text",
        ),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "tool_result", "tool_use_id": "a"}]}]},
            "messages.0.content",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "thinking", "thinking": "a"}]}]},
            "messages.0.content",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "x"}}]}]},
            "messages.0.content.0.source.type",
        ),
        ({"temperature": 1.5}, "temperature"),
        ({"top_p": True}, "top_p"),
        ({"stream": "yes"}, "stream"),
        ({"stop_sequences": "END"}, "stop_sequences"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
        ({"thinking": {"type": "much"}}, "thinking.type"),
        ({"output_config": {"effort": "ultra"}}, "output_config.effort"),
        ({"output_config": {"format": {"type": "xml"}}}, "output_config.format.type"),
        ({"tool_choice": {"type": "some"}}, "tool_choice.type"),
        ({"tools": [{"name": "Read"}]}, "tools.0.input_schema"),
        ({"cache_control": "ephemeral"}, "cache_control"),
        ({"system": 1}, "system"),
    ],
)
def test_what_anthropic_would_refuse_is_refused(members: dict[str, Any], param: str) -> None:
    with pytest.raises(RefusedError) as refused:
        _read(**members)
    assert (refused.value.reason, refused.value.param) == (Reason.INVALID_PARAMETER, param)


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"max_tokens": 0}, "max_tokens"),
        ({"mcp_servers": [{"type": "url"}]}, "mcp_servers"),
        ({"inference_geo": "us"}, "inference_geo"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools.0.type"),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "document", "source": {"type": "file", "file_id": "file_1"}}],
                    }
                ]
            },
            "messages.0.content.0.source.file_id",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "compaction", "content": None}]}]},
            "messages.0.content.0",
        ),
    ],
)
@pytest.mark.parametrize("table", [messages_to_chat_losses.TABLE, messages_to_responses_losses.TABLE])
def test_what_the_answer_depends_on_is_refused(members: dict[str, Any], param: str, table: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        read_request({**_ASKED, **members}, Losses(table))
    assert (refused.value.reason, refused.value.param) == (Reason.UNTRANSLATABLE, param)
    assert str(refused.value.message).startswith(f"`{param}` ")


@pytest.mark.parametrize(
    ("members", "dropped"),
    [
        ({"tools": [{"type": "tool_search_tool_regex_20251119", "name": "s"}]}, ["tools[].tool_search_tool"]),
        ({"tools": [{"type": "advisor_20260301", "name": "advisor"}]}, ["tools[].advisor"]),
        (
            {"tools": [{"name": "a", "input_schema": {}, "defer_loading": True, "input_examples": [{}]}]},
            ["tools[].defer_loading", "tools[].input_examples"],
        ),
        ({"speed": "fast", "diagnostics": {"previous_message_id": None}}, ["speed", "diagnostics"]),
        ({"output_config": {"task_budget": {"type": "tokens", "total": 1}}}, ["output_config.task_budget"]),
        ({"unheard_of": 1}, ["unheard_of"]),
        (
            {
                "messages": [
                    {
                        "role": "assistant",
                        "content": [
                            {"type": "server_tool_use", "id": "a", "name": "web_search", "input": {}},
                            {"type": "text", "text": "b", "citations": [{"type": "char_location"}]},
                        ],
                    }
                ]
            },
            ["messages[].content[].server_tool_use", "messages[].content[].citations"],
        ),
    ],
)
def test_what_an_answer_can_do_without_is_named(members: dict[str, Any], dropped: list[str]) -> None:
    assert _read(**members)[1] == dropped


def test_every_member_of_the_schema_is_carried_or_named() -> None:
    declared = {
        *message_create_params.MessageCreateParamsStreaming.__annotations__,
        *message_create_params.MessageCreateParamsBase.__annotations__,
        *beta_params.MessageCreateParamsBase.__annotations__,
    }
    carried = {
        name: value
        for name, value in {
            "system": "a",
            "metadata": {"user_id": "u"},
            "stop_sequences": ["a"],
            "stream": True,
            "thinking": {"type": "adaptive"},
            "output_config": {"effort": "low"},
            "tools": [{"name": "a", "input_schema": {}}],
            "tool_choice": {"type": "auto"},
            "service_tier": "auto",
            "cache_control": {"type": "ephemeral"},
            "betas": ["a"],
        }.items()
        if name in declared
    }
    _, dropped = _read(**carried)
    assert not dropped
    # A member that comes to the SDK's types is either read, or has to have a place in the tables.
    rest = declared - carried.keys() - _ASKED.keys() - {"workspace_id"}  # which is a header
    assert rest <= messages_to_chat_losses.TABLE.keys()
    assert rest <= messages_to_responses_losses.TABLE.keys()
