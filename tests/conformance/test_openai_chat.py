"""Chat completions by the official OpenAI SDK: what it gets is what it would get from the provider itself."""

from __future__ import annotations

from typing import Any, Literal

import openai
import pytest
from pydantic import BaseModel

CHAT = "gpt-4o-mini"
HELLO = [{"role": "user", "content": "Hello there"}]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
LOOK_UP = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}


class Animal(BaseModel):
    name: str
    legs: int
    habitat: Literal["water", "land"]
    nicknames: list[str]


class look_up(BaseModel):  # noqa: N801 - the name of a tool
    """Looks something up."""

    text: str


CHATS: dict[str, dict[str, Any]] = {
    "plain": {},
    "several choices": {"n": 2},
    "a token limit": {"max_completion_tokens": 5},
    "the old token limit": {"max_tokens": 5},
    "a tool": {"tools": [LOOK_UP], "tool_choice": "auto", "extra_body": {"mock": {"tool_call": True}}},
    "a tool's result": {
        "messages": [
            *HELLO,
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "42"},
        ],
        "tools": [LOOK_UP],
    },
    "an image": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
                ],
            }
        ]
    },
    "any JSON": {"response_format": {"type": "json_object"}},
    "JSON by a schema": {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "animal", "schema": Animal.model_json_schema()},
        }
    },
    "a field the SDK doesn't know": {"extra_body": {"brand_new": {"a": [1, 2.5, None]}}},
    "text beyond ASCII": {"messages": [{"role": "user", "content": 'Grüße 🐙 \u2028 "quoted" \\ \x7f'}]},
    "all kinds of tokens": {"extra_body": {"mock": {"cached_tokens": 64, "reasoning_tokens": 32}}},
    "a provider that reports no usage": {"extra_body": {"mock": {"no_usage": True}}},
}


@pytest.mark.parametrize("request_", CHATS.values(), ids=CHATS)
def test_a_completion_is_what_the_provider_answers(gpt, request_):
    through, direct = gpt.ask("chat.completions.create", **{"model": CHAT, "messages": HELLO, **request_})
    assert through == direct


@pytest.mark.parametrize("request_", CHATS.values(), ids=CHATS)
def test_a_stream_is_what_the_provider_answers(gpt, request_):
    request = {"model": CHAT, "messages": HELLO, "stream": True, **request_}
    through, direct = gpt.all("chat.completions.create", **request)
    # Tollgate has usage reported on each stream: every chunk then says that it has none, and so much remains.
    assert [chunk.to_dict().pop("usage", None) for chunk in through] == [None] * len(through)
    assert [chunk.model_dump() for chunk in through] == [chunk.model_dump() for chunk in direct]


@pytest.mark.parametrize("request_", CHATS.values(), ids=CHATS)
def test_a_stream_with_usage_is_what_the_provider_answers(gpt, request_):
    request = {"model": CHAT, "messages": HELLO, "stream_options": {"include_usage": True}, **request_}
    through, direct = gpt.all("chat.completions.create", stream=True, **request)
    assert through == direct


@pytest.mark.parametrize("options", [{}, {"stream_options": {"include_usage": True}}], ids=["plain", "usage"])
@pytest.mark.parametrize("name", ["plain", "several choices", "a tool", "JSON by a schema"])
def test_the_stream_helper_accumulates_the_same_events(gpt, name, options):
    request = {"model": CHAT, "messages": HELLO, **CHATS[name], **options}
    if "tools" in request:
        request["tools"] = [openai.pydantic_function_tool(look_up)]
    (events, completion), (expected_events, expected) = gpt.run(
        "chat.completions.stream", "get_final_completion", **request
    )
    assert [event.model_dump() for event in events] == [event.model_dump() for event in expected_events]
    assert completion.model_dump() == expected.model_dump()
    assert (completion.usage is None) == (not options)


def test_structured_output_is_parsed(gpt):
    through, direct = gpt.ask("chat.completions.parse", model=CHAT, messages=HELLO, response_format=Animal)
    assert through == direct
    assert isinstance(through.choices[0].message.parsed, Animal)


def test_a_stream_of_structured_output_is_parsed(gpt):
    (_, through), (_, direct) = gpt.run(
        "chat.completions.stream",
        "get_final_completion",
        model=CHAT,
        messages=HELLO,
        response_format=Animal,
    )
    assert isinstance(through.choices[0].message.parsed, Animal)
    assert through.choices[0].message == direct.choices[0].message


def test_a_tools_arguments_are_parsed(gpt):
    through, direct = gpt.ask(
        "chat.completions.parse",
        model=CHAT,
        messages=HELLO,
        tools=[openai.pydantic_function_tool(look_up)],
        extra_body={"mock": {"tool_call": True}},
    )
    assert through == direct
    (call,) = through.choices[0].message.tool_calls
    assert isinstance(call.function.parsed_arguments, look_up)


def test_output_that_a_limit_cuts_is_told_apart_when_it_is_parsed(gpt):
    through, direct = gpt.raises(
        openai.LengthFinishReasonError,
        lambda sdk: sdk.ask(
            "chat.completions.parse",
            model=CHAT,
            messages=HELLO,
            response_format=Animal,
            max_completion_tokens=3,
        ),
    )
    assert through.completion == direct.completion


def test_a_model_under_another_name_answers_under_the_providers(gpt, keys, unique):
    models = keys.admin("GET", f"/models?search={CHAT}")["data"]
    (provider,) = {model["providerId"] for model in models if model["systemName"] == CHAT}
    keys.admin(
        "POST",
        "/models",
        {
            "systemName": unique,
            "providerId": provider,
            "remoteId": CHAT,
            "modelType": "chat",
            "inputPrice": "1",
            "outputPrice": "1",
        },
    )
    through = gpt.through.ask("chat.completions.create", model=unique, messages=HELLO)
    assert through == gpt.direct.ask("chat.completions.create", model=CHAT, messages=HELLO)


def test_a_raw_response_says_what_it_cost_and_what_is_left(gpt, keys, key):
    through, direct = gpt.ask("chat.completions.with_raw_response.create", model=CHAT, messages=HELLO)
    completion, headers = through.parse(), through.headers
    assert completion == direct.parse()
    assert completion._request_id == headers["x-request-id"]

    record = keys.record(key["id"], completion._request_id)
    assert headers["x-tollgate-cost-usd"] == f"{record['calculated_cost']:f}"
    assert headers["x-tollgate-provider-request-id"] == record["provider_request_id"]
    assert (headers["x-tollgate-provider"], headers["x-tollgate-model"]) == ("mock", CHAT)
    budget = keys.settled(key["id"])
    assert headers["x-tollgate-budget-limit-usd"] == "5"
    assert headers["x-tollgate-budget-used-usd"] == f"{budget['budget_used']:f}"
    assert headers["x-tollgate-budget-remaining-usd"] == f"{5 - budget['budget_used']:f}"
    # What the provider says of itself, its rate limits among it, comes along.
    own = {"date", "server", "content-length", "x-request-id", "transfer-encoding", "openai-organization"}
    expected = {name: value for name, value in direct.headers.items() if name not in own}
    assert expected.items() <= dict(headers).items()


def test_a_raw_stream_says_how_things_stood_when_it_began(gpt):
    through, _ = gpt.ask("chat.completions.with_raw_response.create", model=CHAT, messages=HELLO, stream=True)
    assert through.headers["x-request-id"]
    assert through.headers["x-tollgate-model"] == CHAT
    assert "x-tollgate-cost-usd" not in through.headers


def test_models_are_those_that_the_key_may_use(gpt, keys, connect_gpt):
    listed = {model.id: model for model in gpt.through.all("models.list")}
    assert {CHAT, "text-embedding-3-small"} <= listed.keys()
    assert "claude-sonnet-5" in listed  # which is called in translation
    assert gpt.through.ask("models.retrieve", CHAT) == listed[CHAT]
    assert listed[CHAT].model_fields_set == gpt.direct.ask("models.retrieve", CHAT).model_fields_set

    other = connect_gpt(keys.issue(allowedModels=[CHAT])["key"])
    assert [model.id for model in other.all("models.list")] == [CHAT]
