"""Requests for chat completions: what they ask for, and how a provider is asked for it."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from openai.types.chat import completion_create_params
from pydantic import TypeAdapter

from tollgate.catalog.catalog import ProviderApi
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.chat.chat_request_reader import read_request
from tollgate_proxy.translation.chat.chat_request_writer import write_request
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
from tollgate_proxy.translation.losses import Loss, Losses
from tollgate_proxy.translation.pairs import chat_to_messages_losses, chat_to_responses_losses

PNG = "iVBORw0KGgo="
PDF = base64.b64encode(b"%PDF-1.7").decode()
HELLO = {"role": "user", "content": "hello"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"type": "function", "function": {"name": "weather", "description": "Tells.", "parameters": SCHEMA}}
TIME = {"type": "function", "function": {"name": "time", "parameters": SCHEMA, "strict": True}}
CREATION: TypeAdapter[Any] = TypeAdapter(completion_create_params.CompletionCreateParams)
TABLES = [chat_to_messages_losses.TABLE, chat_to_responses_losses.TABLE]


def read(**members: Any) -> Conversation:
    losses = Losses({})
    read = read_request({"model": "m", "messages": [HELLO], **members}, losses)
    assert losses.dropped == []
    return read


def turns(*messages: dict[str, Any]) -> tuple[Turn, ...]:
    return read(messages=list(messages)).turns


def write(conversation: Conversation) -> dict[str, Any]:
    losses = Losses({})
    written = write_request(conversation, losses)
    assert losses.dropped == []
    CREATION.validate_python(written)
    return written


def asked(*parts: Any, role: Role = Role.USER, **members: Any) -> Conversation:
    return Conversation("m", (Turn(role, parts),), **members)


def call(call_id: str = "c1", name: str = "weather") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": '{"city":"Oslo"}'}}


CARRIED = [
    ({"max_completion_tokens": 9}, {"output_limit": 9}),
    ({"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5, "top_p": 0.9}),
    ({"stop": ["a", "b"]}, {"stop": ("a", "b")}),
    ({"response_format": {"type": "json_object"}}, {"output": JsonOutput()}),
    (
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "place", "description": "A place.", "strict": True, "schema": SCHEMA},
            }
        },
        {"output": JsonOutput(SCHEMA, "place", strict=True, description="A place.")},
    ),
    ({"reasoning_effort": "high"}, {"reasoning": ReasoningWish("high")}),
    ({"verbosity": "low", "user": "u", "service_tier": "flex"},) * 2,
    ({"prompt_cache_key": "k"}, {"cache_key": "k"}),
    (
        {"tools": [WEATHER, TIME], "tool_choice": "auto", "parallel_tool_calls": False},
        {
            "tools": (
                Tool("weather", "Tells.", SCHEMA),
                Tool("time", parameters=SCHEMA, strict=True),
            ),
            "tool_choice": ToolChoice(Choosing.AUTO),
            "parallel_tool_calls": False,
        },
    ),
    (
        {"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "weather"}}},
        {
            "tools": (Tool("weather", "Tells.", SCHEMA),),
            "tool_choice": ToolChoice(Choosing.NAMED, ("weather",)),
        },
    ),
    (
        {"stream": True, "stream_options": {"include_usage": True}},
        {"streams": True, "wants_usage": True},
    ),
]


@pytest.mark.parametrize(("members", "fields"), CARRIED)
def test_what_a_request_asks_for_is_read_and_written_alike(
    members: dict[str, Any], fields: dict[str, Any]
) -> None:
    conversation = asked(Text("hello"), **fields)
    assert read(**members) == conversation
    assert write(conversation) == {"model": "m", "messages": [HELLO], **members}


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"max_tokens": 5, "max_completion_tokens": 9}, {"output_limit": 5}),
        ({"stop": "a"}, {"stop": ("a",)}),
        ({"top_k": 40}, {"top_k": 40}),
        ({"top_k": -1}, {}),
        ({"response_format": {"type": "text"}}, {}),
        ({"stream": True}, {"streams": True, "wants_usage": False}),
        ({"safety_identifier": "u"}, {"user": "u"}),
        ({"cache_control": {"type": "ephemeral", "ttl": "1h"}}, {"cache": CachePoint("1h")}),
        ({"reasoning": {"effort": "low", "exclude": True}}, {"reasoning": ReasoningWish("low", shown=False)}),
        ({"reasoning": {"max_tokens": 2000}}, {"reasoning": ReasoningWish(budget_tokens=2000)}),
        ({"reasoning": {"enabled": True}}, {"reasoning": ReasoningWish(adaptive=True)}),
        ({"thinking": {"type": "disabled"}}, {"reasoning": ReasoningWish("none")}),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 9}},
            {"reasoning": ReasoningWish(budget_tokens=9)},
        ),
        ({"n": 1, "store": False, "logit_bias": {}, "seed": None, "modalities": ["text"]}, {}),
        (
            {
                "tools": [WEATHER, TIME],
                "tool_choice": {
                    "type": "allowed_tools",
                    "allowed_tools": {
                        "mode": "auto",
                        "tools": [{"type": "function", "function": {"name": "weather"}}],
                    },
                },
            },
            {"tools": (Tool("weather", "Tells.", SCHEMA),), "tool_choice": ToolChoice(Choosing.AUTO)},
        ),
        (
            {
                "tools": [
                    {
                        "type": "custom",
                        "custom": {
                            "name": "patch",
                            "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "s"}},
                        },
                    },
                    {"type": "function", "function": {"name": "now"}, "cache_control": {"type": "ephemeral"}},
                ]
            },
            {
                "tools": (
                    Tool(
                        "patch",
                        is_custom=True,
                        grammar={"type": "grammar", "syntax": "lark", "definition": "s"},
                    ),
                    Tool("now", parameters={"type": "object", "properties": {}}, cache=CachePoint()),
                )
            },
        ),
    ],
)
def test_what_is_said_in_other_ways_is_read(members: dict[str, Any], fields: dict[str, Any]) -> None:
    assert read(**members) == asked(Text("hello"), **fields)


def test_contents_are_read_and_written() -> None:
    content: list[dict[str, Any]] = [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}},
    ]
    parts = (
        Text("look"),
        Image(Media("image/png", PNG), "low"),
        Image(Media(url="https://example.com/a.png")),
        Document(Media("application/pdf", PDF), "a.pdf"),
    )
    assert turns({"role": "user", "content": content}) == (Turn(Role.USER, parts),)
    assert write(asked(*parts))["messages"] == [{"role": "user", "content": content}]


@pytest.mark.parametrize(
    ("part", "read"),
    [
        ({"type": "image_url", "image_url": "https://a.b/c"}, Image(Media(url="https://a.b/c"))),
        (
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
            Text("a", CachePoint()),
        ),
        (
            {"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}},
            Text("a", CachePoint("1h")),
        ),
        (
            {"type": "file", "file": {"filename": "a.txt", "file_data": "aGk="}},
            Document(Media("text/plain", "aGk="), "a.txt"),
        ),
        ({"type": "file", "file": {"file_data": "aGk="}}, Document(Media("application/pdf", "aGk="))),
        (
            {"type": "file", "file": {"file_data": "https://a.b/c.pdf"}},
            Document(Media(url="https://a.b/c.pdf")),
        ),
    ],
)
def test_other_contents_are_read(part: dict[str, Any], read: Any) -> None:
    assert turns({"role": "user", "content": [part]}) == (Turn(Role.USER, (read,)),)


def test_a_session_with_tools_is_read_and_written() -> None:
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "weather?", "name": "ann"},
        {"role": "assistant", "content": "Let me see.", "tool_calls": [call("c1"), call("c2")]},
        {"role": "tool", "tool_call_id": "c1", "content": "rain"},
        {"role": "tool", "tool_call_id": "c2", "content": "sun"},
        {"role": "assistant", "content": "Rain and sun."},
    ]
    calls = tuple(ToolCall(each, "weather", '{"city":"Oslo"}') for each in ("c1", "c2"))
    expected = (
        Turn(Role.SYSTEM, (Text("Be short."),)),
        Turn(Role.USER, (Text("weather?"),), "ann"),
        Turn(Role.ASSISTANT, (Text("Let me see."), *calls)),
        Turn(Role.USER, (ToolResult("c1", (Text("rain"),)), ToolResult("c2", (Text("sun"),)))),
        Turn(Role.ASSISTANT, (Text("Rain and sun."),)),
    )
    assert turns(*messages) == expected
    assert write(Conversation("m", expected))["messages"] == messages


def test_a_custom_tools_call_is_plain_text_to_the_client_alone() -> None:
    custom = {"id": "c1", "type": "custom", "custom": {"name": "patch", "input": 'a "b"'}}
    read = turns(
        {"role": "assistant", "content": None, "tool_calls": [custom]},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "done"}]},
    )
    assert read[0].parts == (ToolCall("c1", "patch", 'a "b"', is_custom=True),)
    assert read[1].parts == (ToolResult("c1", (Text("done"),), is_custom=True),)
    written = write(Conversation("m", read, tools=(Tool("patch", "Patches.", is_custom=True),)))
    function = {"name": "patch", "arguments": '{"input": "a \\"b\\""}'}
    assert written["messages"][0]["tool_calls"] == [{"id": "c1", "type": "function", "function": function}]
    assert written["tools"][0]["function"]["parameters"]["required"] == ["input"]


def test_what_servers_dont_take_is_written_otherwise() -> None:
    result = ToolResult("c2", (Image(Media("image/png", PNG)),))
    failed = ToolResult("c1", (Text("no such city"),), is_error=True)
    conversation = Conversation(
        "m",
        (
            Turn(Role.DEVELOPER, (Text("One."), Text("Two."))),
            Turn(Role.ASSISTANT, (ToolCall("c1", "weather", ""),)),
            Turn(Role.ASSISTANT, (ToolCall("c2", "weather", "{}"),)),
            Turn(Role.USER, (failed,)),
            Turn(Role.USER, (result, Text("And now?"))),
            Turn(Role.ASSISTANT, (Text("It is "), Text("so."), Refusal("no"))),
            Turn(Role.USER, (Document(Media("text/plain", "aGk="), "a.txt"),)),
        ),
    )
    system, assistant, first, second, user, answer, text = write(conversation)["messages"]
    assert system == {"role": "system", "content": "One.\n\nTwo."}
    assert [each["id"] for each in assistant["tool_calls"]] == ["c1", "c2"]
    assert assistant["tool_calls"][0]["function"]["arguments"] == "{}"
    assert first == {"role": "tool", "tool_call_id": "c1", "content": "Error: no such city"}
    assert second["tool_call_id"] == "c2"
    assert [part["type"] for part in user["content"]] == ["text", "text", "image_url"] or user[
        "role"
    ] == "user"
    assert f"data:image/png;base64,{PNG}" in str(user["content"])
    assert answer == {"role": "assistant", "content": "It is so."}
    assert text["content"] == [{"type": "text", "text": "a.txt\n\nhi"}]


def test_members_that_others_lack_are_named() -> None:
    losses = Losses({})
    written = write_request(asked(Text("hello"), top_k=4, reasoning=ReasoningWish("none")), losses)
    assert written == {"model": "m", "messages": [HELLO]}
    assert losses.dropped == ["top_k", "reasoning"]


def test_a_budget_becomes_a_word_and_a_long_user_a_short_one() -> None:
    wish = ReasoningWish(budget_tokens=10_000)
    written = write(asked(Text("hello"), reasoning=wish, user="u" * 100, service_tier="standard_only"))
    assert written["reasoning_effort"] == "medium"
    assert len(written["user"]) == 64
    assert written["service_tier"] == "default"


@pytest.mark.parametrize(
    ("served_by", "effort", "told"),
    [
        ("openai/gpt-5.2", "none", "none"),
        ("gpt-5.2", "xhigh", "xhigh"),
        ("gpt-5.2-chat-latest", "xhigh", "high"),
        ("deepseek-v3.2", "max", "high"),
        ("gpt-oss-120b", "minimal", "low"),
        (None, "medium", "medium"),
    ],
)
def test_how_much_is_to_be_thought_is_told_as_the_model_takes_it(
    served_by: str | None, effort: str, told: str
) -> None:
    conversation = asked(Text("hello"), reasoning=ReasoningWish(effort), served_by=served_by)
    assert write(conversation)["reasoning_effort"] == told


CALLED = (Turn(Role.USER, (Text("hello"),)), Turn(Role.ASSISTANT, (ToolCall("c1", "weather", "{}"),)))


@pytest.mark.parametrize(
    ("served_by", "wish", "thinking", "thought"),
    [
        ("deepseek-v4-pro", None, None, " "),
        ("moonshotai/Kimi-K2.5", ReasoningWish("high"), None, " "),
        ("deepseek-chat", ReasoningWish("none"), {"type": "disabled"}, None),
        ("glm-4.6", ReasoningWish("none"), {"type": "disabled"}, None),
        ("glm-4.6", None, None, None),
        ("deepseek-r1-distill-llama-70b", None, None, None),
        ("gpt-4.1", None, None, None),
    ],
)
def test_models_that_think_unless_told_not_to_get_something_thought_before_each_call(
    served_by: str, wish: ReasoningWish | None, thinking: dict[str, str] | None, thought: str | None
) -> None:
    written = write(Conversation("m", CALLED, reasoning=wish, served_by=served_by))
    assert written.get("thinking") == thinking
    assert written["messages"][1].get("reasoning_content") == thought


def test_models_that_think_are_asked_for_no_other_temperature() -> None:
    losses = Losses({})
    conversation = asked(Text("hello"), temperature=0, top_p=1, served_by="gpt-5-mini")
    assert write_request(conversation, losses) == {"model": "m", "messages": [HELLO], "top_p": 1}
    assert losses.dropped == ["temperature"]
    assert write(replace(conversation, served_by="gpt-4.1"))["temperature"] == 0


def test_of_several_tools_that_must_be_called_no_others_are_offered() -> None:
    tools = tuple(Tool(name, parameters=SCHEMA) for name in ("a", "b", "c"))
    choice = ToolChoice(Choosing.NAMED, ("a", "c"))
    written = write(asked(Text("hello"), tools=tools, tool_choice=choice))
    assert written["tool_choice"] == "required"
    assert [tool["function"]["name"] for tool in written["tools"]] == ["a", "c"]


def test_a_document_by_its_url_is_refused() -> None:
    with pytest.raises(RefusedError, match="by their URL"):
        write(asked(Document(Media(url="https://a.b/c.pdf"))))


OWN = [
    {"reasoning_content": "hm"},
    {"reasoning": "hm"},
    {"reasoning_details": [{"type": "reasoning.text", "text": "hm", "signature": "s", "index": 0}]},
    {"reasoning_details": [{"type": "reasoning.encrypted", "data": "xyz"}]},
]


@pytest.mark.parametrize("members", OWN)
def test_a_server_gets_back_the_reasoning_that_it_has_shown(members: dict[str, Any]) -> None:
    message = {"role": "assistant", "content": "4", **members}
    (turn,) = read(messages=[message]).turns
    reasoning = turn.parts[0]
    assert isinstance(reasoning, Reasoning)
    assert reasoning.seal is not None
    assert reasoning.seal.api is ProviderApi.CHAT
    assert write(Conversation("m", (turn,)))["messages"] == [message]


def test_what_came_with_a_call_goes_back_with_it() -> None:
    extra = {"google": {"thought_signature": "s"}}
    message = {"role": "assistant", "content": None, "tool_calls": [{**call(), "extra_content": extra}]}
    (turn,) = read(messages=[message]).turns
    assert [type(part) for part in turn.parts] == [Reasoning, ToolCall]
    assert write(Conversation("m", (turn,)))["messages"] == [message]


def test_reasoning_that_another_api_has_sealed_comes_back_and_goes_to_no_server() -> None:
    seal = Seal(ProviderApi.MESSAGES, "sig")
    details = [
        {"type": "reasoning.encrypted", "data": seals.wrap(seal, "hm"), "index": 0},
        {"type": "reasoning.encrypted", "data": seals.wrap(seal), "index": 1},
    ]
    message = {"role": "assistant", "content": "4", "reasoning_content": "hm", "reasoning_details": details}
    (turn,) = read(messages=[message]).turns
    assert turn.parts == (Reasoning("hm", seal), Reasoning("", seal, is_redacted=True), Text("4"))
    unsealed = replace(turn, parts=(Reasoning("hm"), *turn.parts))
    assert write(Conversation("m", (unsealed,)))["messages"] == [{"role": "assistant", "content": "4"}]


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"messages": None}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [3]}, "messages[0]"),
        ({"messages": [{"role": "robot", "content": ""}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "x"}]}]}, "messages[0].content[0].type"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "messages[0].tool_call_id"),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}
                ]
            },
            "messages[0].content[0].image_url.url",
        ),
        ({"tools": [{"function": {"name": "a"}}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tool_choice": "some"}, "tool_choice"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": True}, "max_tokens"),
        ({"stop": [1]}, "stop[0]"),
        ({"stream": "yes"}, "stream"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
    ],
)
def test_what_no_chat_is_is_refused(members: dict[str, Any], param: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read(**members)
    assert (refused.value.reason, refused.value.param) == (Reason.INVALID_PARAMETER, param)


LOST = [
    ("n", {"n": 2}),
    ("logprobs", {"logprobs": True}),
    ("functions", {"functions": [{"name": "f"}]}),
    ("web_search_options", {"web_search_options": {}}),
    ("tools[].type", {"tools": [{"type": "web_search"}]}),
    (
        "messages[].content[].input_audio",
        {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]},
    ),
    (
        "messages[].content[].file.file_id",
        {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]},
    ),
    ("messages[].audio", {"messages": [{"role": "assistant", "content": "", "audio": {"id": "a"}}]}),
    ("messages[].function_call", {"messages": [{"role": "function", "name": "f", "content": "1"}]}),
]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("name", "members"), LOST)
def test_what_changes_the_answer_is_refused(
    table: dict[str, Loss], name: str, members: dict[str, Any]
) -> None:
    with pytest.raises(RefusedError) as refused:
        read_request({"model": "m", "messages": [HELLO], **members}, Losses(table))
    assert refused.value.reason is Reason.UNTRANSLATABLE
    assert table[name].why in refused.value.message


@pytest.mark.parametrize("table", TABLES)
def test_what_an_answer_can_do_without_is_left_out_and_named(table: dict[str, Loss]) -> None:
    losses = Losses(table)
    members = {"seed": 1, "metadata": {"a": "b"}, "frequency_penalty": 0.5, "unheard_of": True, "n": 1}
    read_request({"model": "m", "messages": [HELLO], **members}, losses)
    assert sorted(losses.dropped) == ["frequency_penalty", "metadata", "seed", "unheard_of"]


PUBLISHED = sorted(
    completion_create_params.CompletionCreateParamsStreaming.__annotations__.keys()
    | completion_create_params.CompletionCreateParamsBase.__annotations__.keys()
)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_member_of_the_published_schema_is_carried_or_told(name: str) -> None:
    losses = Losses({})
    try:
        read_request({"model": "m", "messages": [HELLO], name: object()}, losses)
    except RefusedError as refused:
        found = refused.param
    else:
        (found,) = losses.dropped
        assert all(name in table for table in TABLES)
    assert found == name
