"""Requests for responses as conversations, as OpenAI's SDKs, its Agents SDK and Codex send them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tollgate.catalog.catalog import ProviderApi
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.translation import seals
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
    ToolOrigin,
    ToolResult,
    Turn,
)
from tollgate_proxy.translation.losses import Losses
from tollgate_proxy.translation.pairs import responses_to_chat_losses, responses_to_messages_losses
from tollgate_proxy.translation.responses.responses_request_reader import read_request

EMPTY = {"type": "object", "properties": {}}
READ = {"type": "function", "name": "read", "parameters": EMPTY, "strict": False}
GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"}
CODEX: dict[str, Any] = {
    "model": "claude",
    "instructions": "You are a coding agent.",
    "input": [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "sandboxed"}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Fix it"}]},
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "Look first"}],
            "content": None,
            "encrypted_content": "gAAA",
        },
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Looking."}]},
        {"type": "function_call", "name": "shell_command", "arguments": '{"command":"ls"}', "call_id": "c1"},
        {
            "type": "function_call",
            "namespace": "mcp__db",
            "name": "query",
            "arguments": "{}",
            "call_id": "c2",
        },
        {"type": "function_call_output", "call_id": "c1", "output": "a.py"},
        {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "1"}]},
        {"type": "custom_tool_call", "name": "apply_patch", "input": "*** Begin", "call_id": "c3"},
        {"type": "custom_tool_call_output", "call_id": "c3", "output": "Done"},
        {
            "type": "local_shell_call",
            "call_id": "c4",
            "status": "completed",
            "action": {"type": "exec", "command": ["ls"], "env": {}},
        },
        {"type": "function_call_output", "call_id": "c4", "output": "b.py"},
        {"type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "x"}},
    ],
    "tools": [
        {
            "type": "function",
            "name": "shell_command",
            "description": "Runs",
            "parameters": EMPTY,
            "strict": False,
        },
        {"type": "custom", "name": "apply_patch", "description": "Edits", "format": GRAMMAR},
        {
            "type": "namespace",
            "name": "mcp__db",
            "description": "A database.",
            "tools": [{**READ, "name": "query"}],
        },
        {"type": "local_shell"},
        {"type": "web_search", "external_web_access": True},
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"effort": "high", "summary": "auto"},
    "store": False,
    "stream": True,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "thread-1",
    "text": {"verbosity": "low"},
    "client_metadata": {"session": "s"},
}


def read(losses: Losses | None = None, **members: Any) -> Conversation:
    return read_request({"model": "m", "input": "Hi", **members}, losses or losses_of())


def losses_of(*, strict: bool = False) -> Losses:
    return Losses(responses_to_messages_losses.TABLE, strict=strict)


def dropped(**members: Any) -> list[str]:
    losses = losses_of()
    read(losses, **members)
    return losses.dropped


def refusal(**members: Any) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        read(**members)
    return refused.value


def test_a_request_of_codex_becomes_a_conversation() -> None:
    losses = losses_of()
    asked = read_request(CODEX, losses)
    assert asked.turns == (
        Turn(Role.SYSTEM, (Text("You are a coding agent."),)),
        Turn(Role.DEVELOPER, (Text("sandboxed"),)),
        Turn(Role.USER, (Text("Fix it"),)),
        Turn(
            Role.ASSISTANT,
            (
                Reasoning("Look first", Seal(ProviderApi.RESPONSES, "gAAA")),
                Text("Looking."),
                ToolCall("c1", "shell_command", '{"command":"ls"}'),
                ToolCall("c2", "mcp__db__query", "{}"),
            ),
        ),
        Turn(Role.USER, (ToolResult("c1", (Text("a.py"),)), ToolResult("c2", (Text("1"),)))),
        Turn(Role.ASSISTANT, (ToolCall("c3", "apply_patch", "*** Begin", is_custom=True),)),
        Turn(Role.USER, (ToolResult("c3", (Text("Done"),), is_custom=True),)),
        Turn(Role.ASSISTANT, (ToolCall("c4", "local_shell", '{"command": ["ls"], "env": {}}'),)),
        Turn(Role.USER, (ToolResult("c4", (Text("b.py"),)),)),
    )
    *described, shell = asked.tools
    assert described == [
        Tool("shell_command", "Runs", EMPTY, strict=False),
        Tool("apply_patch", "Edits", is_custom=True, grammar=GRAMMAR),
        Tool(
            "mcp__db__query",
            "A database.",
            EMPTY,
            strict=False,
            origin=ToolOrigin("function", "query", "mcp__db"),
        ),
    ]
    assert (shell.name, shell.origin) == ("local_shell", ToolOrigin("local_shell", "local_shell"))
    assert asked.tool_choice == ToolChoice(Choosing.AUTO)
    assert asked.reasoning == ReasoningWish("high", shown=True)
    assert (asked.parallel_tool_calls, asked.streams, asked.cache_key) == (True, True, "thread-1")
    assert asked.verbosity == "low"
    assert sorted(losses.dropped) == ["client_metadata", "input[web_search_call]", "tools[web_search]"]


def test_what_is_asked_for_is_carried() -> None:
    asked = read(
        max_output_tokens=100,
        temperature=0.5,
        top_p=0.9,
        user="u",
        safety_identifier="s",
        service_tier="flex",
        text={"format": {"type": "json_schema", "name": "n", "schema": EMPTY, "strict": True}},
    )
    assert (asked.output_limit, asked.temperature, asked.top_p) == (100, 0.5, 0.9)
    assert (asked.user, asked.service_tier) == ("s", "flex")
    assert asked.output == JsonOutput(EMPTY, "n", strict=True)
    assert read(text={"format": {"type": "json_object"}}).output == JsonOutput()
    assert read(text={"format": {"type": "text"}}).output is None


def test_content_of_each_kind_is_carried() -> None:
    content = [
        {"type": "input_text", "text": "See", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}},
        {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "auto"},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="},
        {"type": "input_file", "filename": "a.txt", "file_data": "AA=="},
        {"type": "input_file", "file_url": "https://example.com/a.pdf"},
    ]
    [turn] = read(input=[{"role": "user", "content": content}]).turns
    assert turn.parts == (
        Text("See", CachePoint("1h")),
        Image(Media("image/png", "AA==")),
        Image(Media(url="https://example.com/a.png"), "low"),
        Document(Media("application/pdf", "AA=="), "a.pdf"),
        Document(Media("text/plain", "AA=="), "a.txt"),
        Document(Media(url="https://example.com/a.pdf")),
    )


def test_a_refusal_of_the_assistant_is_carried() -> None:
    content = [{"type": "refusal", "refusal": "No."}]
    [turn] = read(input=[{"type": "message", "role": "assistant", "content": content}]).turns
    assert turn == Turn(Role.ASSISTANT, (Refusal("No."),))


def test_reasoning_of_another_api_is_unwrapped_with_its_own_text() -> None:
    wrapped = seals.wrap(Seal(ProviderApi.MESSAGES, "sig"), "all of it")
    item = {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": wrapped}
    redacted = {**item, "encrypted_content": seals.wrap(Seal(ProviderApi.MESSAGES, "dark"))}
    [turn] = read(input=[item, redacted]).turns
    assert turn.parts == (
        Reasoning("all of it", Seal(ProviderApi.MESSAGES, "sig")),
        Reasoning("", Seal(ProviderApi.MESSAGES, "dark"), is_redacted=True),
    )


def test_reasoning_that_only_its_provider_has_stored_is_left_out() -> None:
    assert read(input=[{"type": "reasoning", "id": "rs", "summary": []}]).turns == ()


@pytest.mark.parametrize(
    ("call", "output", "arguments", "told"),
    [
        (
            {"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"], "timeout_ms": 5}},
            {
                "type": "shell_call_output",
                "call_id": "c",
                "output": [{"stdout": "a", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
            },
            {"commands": ["ls"], "timeout_ms": 5},
            '[{"stdout": "a", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}]',
        ),
        (
            {"type": "apply_patch_call", "call_id": "c", "operation": {"type": "delete_file", "path": "a"}},
            {"type": "apply_patch_call_output", "call_id": "c", "status": "failed", "output": "No such file"},
            {"type": "delete_file", "path": "a"},
            "No such file",
        ),
        (
            {"type": "local_shell_call", "call_id": "c", "action": {"type": "exec", "command": ["ls"]}},
            {"type": "local_shell_call_output", "id": "c", "output": '{"output": "a"}'},
            {"command": ["ls"]},
            '{"output": "a"}',
        ),
    ],
    ids=["shell", "apply_patch", "local_shell"],
)
def test_calls_of_tools_that_openai_defines_are_calls_of_functions(
    call: dict[str, Any], output: dict[str, Any], arguments: dict[str, Any], told: str
) -> None:
    kind = call["type"].removesuffix("_call")
    asked = read(input=[call, output], tools=[{"type": kind}])
    assert [tool.name for tool in asked.tools] == [kind]
    [called], [result] = (turn.parts for turn in asked.turns)
    assert isinstance(called, ToolCall)
    assert (called.id, called.name, json.loads(called.arguments)) == ("c", kind, arguments)
    assert result == ToolResult("c", (Text(told),), is_error=output.get("status") == "failed")


def test_tools_that_a_search_has_found_are_offered() -> None:
    asked = read(
        tools=[{"type": "tool_search", "execution": "client", "description": "Finds", "parameters": EMPTY}],
        input=[
            {"type": "tool_search_call", "call_id": "c", "execution": "client", "arguments": {"query": "q"}},
            {"type": "tool_search_output", "call_id": "c", "execution": "client", "tools": [READ]},
            {"type": "additional_tools", "role": "developer", "tools": [READ, {**READ, "name": "write"}]},
        ],
    )
    assert [tool.name for tool in asked.tools] == ["tool_search", "read", "write"]
    assert [turn.parts for turn in asked.turns] == [
        (ToolCall("c", "tool_search", '{"query": "q"}'),),
        (ToolResult("c", (Text('["read"]'),)),),
    ]


def test_what_a_namespace_is_for_is_told_once() -> None:
    tools = [READ, {**READ, "name": "write", "description": "Writes"}]
    asked = read(tools=[{"type": "namespace", "name": "fs", "description": "Files.", "tools": tools}])
    assert [tool.description for tool in asked.tools] == ["Files.", "Writes"]


def test_tools_of_the_same_name_are_kept_apart() -> None:
    namespaces = [{"type": "namespace", "name": name, "tools": [READ]} for name in ("functions", "a", "b_")]
    calls = [
        {"type": "function_call", "call_id": name, "name": "read", "arguments": "{}", "namespace": name}
        for name in ("functions", "a", "b_")
    ]
    asked = read(tools=[READ, *namespaces], input=calls)
    assert [tool.name for tool in asked.tools] == ["read", "read_2", "a__read", "b_read"]
    names = [part.name for turn in asked.turns for part in turn.parts if isinstance(part, ToolCall)]
    assert names == ["read_2", "a__read", "b_read"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        ("required", ToolChoice(Choosing.REQUIRED)),
        ("none", ToolChoice(Choosing.NONE)),
        ({"type": "function", "name": "read"}, ToolChoice(Choosing.NAMED, ("read",))),
        ({"type": "custom", "name": "edit"}, ToolChoice(Choosing.NAMED, ("edit",))),
        ({"type": "shell"}, ToolChoice(Choosing.NAMED, ("shell",))),
    ],
)
def test_a_choice_of_tools_is_carried(choice: Any, expected: ToolChoice | None) -> None:
    tools = [READ, {"type": "custom", "name": "edit"}, {"type": "shell"}]
    assert read(tools=tools, tool_choice=choice).tool_choice == expected


def test_tools_that_are_not_allowed_are_not_offered() -> None:
    allowed = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "read"}]}
    asked = read(tools=[READ, {**READ, "name": "write"}], tool_choice=allowed)
    assert asked.tool_choice == ToolChoice(Choosing.REQUIRED)
    assert [tool.name for tool in asked.tools] == ["read"]


@pytest.mark.parametrize(
    "members",
    [
        {"background": False, "store": False, "truncation": "disabled", "top_logprobs": 0, "metadata": {}},
        {
            "previous_response_id": None,
            "include": [],
            "tools": [],
            "stream_options": {"include_obfuscation": False},
        },
        {"reasoning": {"effort": None, "context": "auto"}, "text": {"format": {"type": "text"}}},
    ],
)
def test_what_asks_for_nothing_loses_nothing(members: dict[str, Any]) -> None:
    read(losses_of(strict=True), **members)


@pytest.mark.parametrize(
    ("members", "lost"),
    [
        ({"store": True}, "store"),
        ({"metadata": {"a": "b"}}, "metadata"),
        ({"truncation": "auto"}, "truncation"),
        ({"max_tool_calls": 3}, "max_tool_calls"),
        ({"include": ["web_search_call.action.sources"]}, "include"),
        ({"reasoning": {"mode": "pro"}}, "reasoning.mode"),
        ({"nobody_knows": 1}, "nobody_knows"),
        ({"tools": [READ, {"type": "web_search_preview_2025_03_11"}]}, "tools[web_search]"),
        ({"tools": [{**READ, "defer_loading": True}]}, "tools[].defer_loading"),
        ({"input": [{"role": "user", "content": "x", "phase": "commentary"}]}, "input[].phase"),
        (
            {"input": [{"type": "tool_search_call", "execution": "server", "arguments": {}}]},
            "input[tool_search_call]",
        ),
    ],
)
def test_what_an_answer_can_do_without_is_named(members: dict[str, Any], lost: str) -> None:
    assert dropped(**members) == [lost]
    with pytest.raises(RefusedError):
        read(losses_of(strict=True), **members)


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"background": True}, "background"),
        ({"prompt": {"id": "p"}}, "prompt"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"include": ["message.output_text.logprobs"]}, "include"),
        ({"tools": [{"type": "web_search"}]}, "tools[0]"),
        ({"tools": [READ, {"type": "mcp", "server_label": "x"}]}, "tools[1]"),
        ({"tools": [READ, {"type": "shell", "environment": {"type": "container_auto"}}]}, "tools[1]"),
        ({"tools": [READ], "tool_choice": {"type": "file_search"}}, "tool_choice"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0]"),
        ({"input": [{"type": "compaction", "encrypted_content": "x"}]}, "input[0]"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
            "input[0].content[0].file_id",
        ),
    ],
)
@pytest.mark.parametrize("table", [responses_to_chat_losses.TABLE, responses_to_messages_losses.TABLE])
def test_what_no_answer_can_do_without_is_refused(members: dict[str, Any], param: str, table: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        read(Losses(table), **members)
    assert (refused.value.reason, refused.value.param) == (Reason.UNTRANSLATABLE, param)
    assert refused.value.message.startswith(f"`{param}` ")


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"input": None}, "input"),
        ({"input": [3]}, "input[0]"),
        ({"input": [{"content": "x"}]}, "input[0].type"),
        ({"input": [{"role": "tool", "content": "x"}]}, "input[0].role"),
        ({"input": [{"role": "user"}]}, "input[0].content"),
        ({"input": [{"type": "function_call", "name": "x", "arguments": "{}"}]}, "input[0].call_id"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id"),
        ({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "input[0].content[0].text"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tools": [READ], "tool_choice": {"type": "function", "name": "other"}}, "tool_choice"),
        ({"tool_choice": 3}, "tool_choice"),
        ({"temperature": "hot"}, "temperature"),
        ({"stream": "yes"}, "stream"),
        ({"max_output_tokens": "many"}, "max_output_tokens"),
        ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
        ({"model": None}, "model"),
    ],
)
def test_what_the_api_would_refuse_is_refused(members: dict[str, Any], param: str) -> None:
    refused = refusal(**members)
    assert (refused.reason, refused.param) == (Reason.INVALID_PARAMETER, param)
