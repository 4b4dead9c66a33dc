"""Responses, read as answers and written as OpenAI's SDK declares them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from openai.types.responses import Response

from tests.support.answer_files import file_of
from tests.support.drawn_responses import completions
from tests.support.translation_examples import TRIED
from tollgate.catalog.catalog import ProviderApi
from tollgate_proxy.translation import seals
from tollgate_proxy.translation.completion import AnswerPart, Completion, StopReason, Tokens
from tollgate_proxy.translation.conversation import (
    Choosing,
    Conversation,
    Reasoning,
    ReasoningWish,
    Refusal,
    Seal,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolOrigin,
)
from tollgate_proxy.translation.responses.reading.input_reader import reasoning_in
from tollgate_proxy.translation.responses.responses_answer_reader import read_answer
from tollgate_proxy.translation.responses.responses_answer_writer import write_answer

ASKED = Conversation(
    "alias",
    (),
    tools=(
        Tool("db__query", origin=ToolOrigin("function", "query", "db")),
        Tool("edit", is_custom=True),
        Tool("local_shell", origin=ToolOrigin("local_shell", "local_shell")),
        Tool("shell", origin=ToolOrigin("shell", "shell")),
        Tool("apply_patch", origin=ToolOrigin("apply_patch", "apply_patch")),
        Tool("tool_search", origin=ToolOrigin("tool_search", "tool_search")),
    ),
    tool_choice=ToolChoice(Choosing.NAMED, ("db__query",)),
    reasoning=ReasoningWish("high", shown=True),
    service_tier="flex",
)


def written(*parts: AnswerPart, stop: StopReason = StopReason.END, **said: Any) -> dict[str, Any]:
    answer = write_answer(Completion("msg_1", "real", parts, stop, **said), ASKED)
    Response.model_validate(answer)
    return answer


@TRIED
@given(completions())
def test_an_answer_is_read_as_it_was_written(completion: Completion) -> None:
    answer = write_answer(completion, Conversation("m", ()))
    Response.model_validate(answer)
    found = read_answer(json.loads(json.dumps(answer)))
    assert replace(found, parts=tuple(map(nameless, found.parts))) == completion


def nameless(part: AnswerPart) -> AnswerPart:
    """Reasoning without the name of its item, which the writer makes up."""
    if not isinstance(part, Reasoning) or part.seal is None:
        return part
    return replace(part, seal=replace(part.seal, item_id=None))


def test_usage_has_the_cached_tokens_within_the_prompt() -> None:
    tokens = Tokens(input=10, cache_read=20, cache_write=3, cache_write_1h=4, output=9, reasoning=5)
    assert written(Text("Hi"), tokens=tokens)["usage"] == {
        "input_tokens": 37,
        "input_tokens_details": {"cached_tokens": 20, "cache_write_tokens": 7},
        "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 46,
    }


@pytest.mark.parametrize(
    ("stop", "status", "details"),
    [
        (StopReason.END, "completed", None),
        (StopReason.STOP_SEQUENCE, "completed", None),
        (StopReason.LENGTH, "incomplete", {"reason": "max_output_tokens"}),
        (StopReason.CONTEXT, "incomplete", {"reason": "max_output_tokens"}),
        (StopReason.CONTENT_FILTER, "incomplete", {"reason": "content_filter"}),
        (StopReason.REFUSAL, "incomplete", {"reason": "content_filter"}),
    ],
)
def test_a_response_says_why_it_is_not_complete(stop: StopReason, status: str, details: Any) -> None:
    answer = written(Text("Hi"), stop=stop)
    assert (answer["status"], answer["incomplete_details"]) == (status, details)
    assert answer["output"][0]["status"] == status


def test_a_refusal_that_says_so_itself_is_complete() -> None:
    assert written(Refusal("No."), stop=StopReason.REFUSAL)["status"] == "completed"


def test_texts_that_follow_each_other_are_one() -> None:
    [message] = written(Text("It is "), Text("so."))["output"]
    assert [part["text"] for part in message["content"]] == ["It is so."]


def test_another_apis_seal_comes_back_with_its_text() -> None:
    seal = Seal(ProviderApi.MESSAGES, "sig")
    shown, hidden = written(Reasoning("Hm", seal), Reasoning("", seal, is_redacted=True))["output"]
    assert shown["summary"] == [{"type": "summary_text", "text": "Hm"}]
    assert seals.unwrap(shown["encrypted_content"]) == (seal, "Hm")
    assert hidden["summary"] == []
    assert seals.unwrap(hidden["encrypted_content"]) == (seal, None)


def test_what_another_api_has_sealed_without_a_word_is_not_redacted_for_that() -> None:
    """Claude's newer models show nothing of their thoughts unasked, and want them back as thoughts."""
    signed = Reasoning("", Seal(ProviderApi.MESSAGES, "sig"))
    [item] = written(signed)["output"]
    assert item["summary"] == []
    assert reasoning_in(item) == signed


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        (
            "db__query",
            '{"q":1}',
            {"type": "function_call", "name": "query", "namespace": "db", "arguments": '{"q":1}'},
        ),
        ("edit", '{"input":"*** x"}', {"type": "custom_tool_call", "name": "edit", "input": "*** x"}),
        (
            "local_shell",
            '{"command":["ls"]}',
            {"type": "local_shell_call", "action": {"type": "exec", "command": ["ls"], "env": {}}},
        ),
        ("shell", '{"commands":["ls"]}', {"type": "shell_call", "action": {"commands": ["ls"]}}),
        (
            "apply_patch",
            '{"type":"delete_file","path":"a"}',
            {"type": "apply_patch_call", "operation": {"type": "delete_file", "path": "a"}},
        ),
        (
            "tool_search",
            '{"query":"x"}',
            {"type": "tool_search_call", "execution": "client", "arguments": {"query": "x"}},
        ),
        ("shell", '{"cmd":', {"type": "function_call", "name": "shell", "arguments": '{"cmd":'}),
        ("other", "{}", {"type": "function_call", "name": "other", "arguments": "{}"}),
    ],
)
def test_a_call_is_of_the_tool_that_the_client_has(
    name: str, arguments: str, expected: dict[str, Any]
) -> None:
    [item] = written(ToolCall("c", name, arguments), stop=StopReason.TOOL_CALLS)["output"]
    assert item["call_id"] == "c"
    assert {member: item.get(member) for member in expected} == expected


def test_what_was_asked_for_is_repeated_but_for_the_prompt() -> None:
    answer = written(Text("Hi"), created=7)
    assert answer["id"] == "resp_1"
    assert (answer["created_at"], answer["model"], answer["store"]) == (7, "real", False)
    assert answer["reasoning"] == {"effort": "high", "summary": "auto"}
    assert answer["tool_choice"] == {"type": "function", "name": "query"}


def test_an_answer_without_a_name_gets_one_of_its_own() -> None:
    first, second = (write_answer(Completion("", "real", (Text("Hi"),), StopReason.END), ASKED) for _ in "ab")
    assert first["id"] != second["id"]
    assert first["output"][0]["id"] != second["output"][0]["id"]


@pytest.mark.parametrize(
    ("tier", "expected"), [("standard", "default"), ("priority", "priority"), ("batch", None)]
)
def test_a_tier_is_one_of_openais(tier: str, expected: str | None) -> None:
    assert written(Text("Hi"), service_tier=tier)["service_tier"] == expected


def test_an_answer_of_a_server_that_says_little_is_read() -> None:
    said = {"output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}]}
    assert read_answer(said) == Completion("", "", (Text("Hi"),), StopReason.END)


def test_thoughts_that_are_no_summary_are_read() -> None:
    item = {
        "type": "reasoning",
        "id": "rs",
        "content": [{"type": "reasoning_text", "text": "Hm"}],
        "summary": [],
    }
    several = [{"type": "summary_text", "text": text} for text in ("One", "Two")]
    said = {"output": [item, {**item, "summary": several}, {"type": "web_search_call"}, None]}
    assert read_answer(said).parts == (Reasoning("Hm"), Reasoning("One\n\nTwo"))


def test_a_recorded_answer_is_read() -> None:
    answer = json.loads(file_of("z3").read_bytes())
    found = read_answer(answer)
    assert found.stop is StopReason.END
    assert found.parts[0] == Text(answer["output"][0]["content"][0]["text"])


@pytest.mark.parametrize(
    "answer",
    [
        json.loads(file_of("o6").read_bytes()),
        {"object": "response", "status": "in_progress", "output": []},
        {"choices": []},
        {},
    ],
    ids=["failed", "in progress", "a chat", "nothing"],
)
def test_what_is_no_answer_is_told(answer: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_answer(answer)
