"""Messages by the official Anthropic SDK: what it gets is what it would get from the provider itself."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel

CLAUDE = "claude-sonnet-5"
HELLO = [{"role": "user", "content": "Hello there"}]
ASKED = {"model": CLAUDE, "max_tokens": 100, "messages": HELLO}
LOOK_UP = {"name": "look_up", "input_schema": {"type": "object", "properties": {"text": {"type": "string"}}}}
BETAS = ["files-api-2025-04-14", "context-1m-2025-08-07"]


class Animal(BaseModel):
    name: str
    legs: int
    habitat: Literal["water", "land"]


MESSAGES: dict[str, dict[str, Any]] = {
    "plain": {},
    "a token limit": {"max_tokens": 5},
    "a system prompt": {"system": "Be brief."},
    "a system prompt in cached parts": {
        "system": [
            {"type": "text", "text": "Be brief."},
            {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        ],
        "extra_body": {"mock": {"cache_creation_tokens": 50, "cache_creation_1h_tokens": 20}},
    },
    "several turns": {
        "messages": [
            *HELLO,
            {"role": "assistant", "content": "Hi."},
            {"role": "user", "content": [{"type": "text", "text": "How are you?"}]},
        ],
        "extra_body": {"temperature": 0.5},
        "stop_sequences": ["\n\n"],
        "metadata": {"user_id": "somebody"},
    },
    "a tool": {
        "tools": [LOOK_UP],
        "tool_choice": {"type": "auto"},
        "extra_body": {"mock": {"tool_call": True}},
    },
    "a tool's result": {
        "messages": [
            *HELLO,
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {}}],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "42"}]},
        ],
        "tools": [LOOK_UP],
    },
    "an image": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="},
                    },
                    {"type": "text", "text": "What is this?"},
                ],
            }
        ]
    },
    "thinking": {
        "max_tokens": 2000,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "extra_body": {"mock": {"reasoning_tokens": 7}},
    },
    "JSON by a schema": {
        "output_config": {"format": {"type": "json_schema", "schema": Animal.model_json_schema()}}
    },
    "text beyond ASCII": {"messages": [{"role": "user", "content": 'Grüße 🐙 \u2028 "quoted" \\'}]},
    "a field the SDK doesn't know": {"extra_body": {"brand_new": {"a": [1, 2.5, None]}}},
    "a provider that reports no usage": {"extra_body": {"mock": {"no_usage": True}}},
}


@pytest.mark.parametrize("request_", MESSAGES.values(), ids=MESSAGES)
def test_a_message_is_what_the_provider_answers(claude, request_):
    through, direct = claude.ask("messages.create", **{**ASKED, **request_})
    assert through == direct


@pytest.mark.parametrize("request_", MESSAGES.values(), ids=MESSAGES)
def test_a_stream_is_what_the_provider_answers(claude, request_):
    through, direct = claude.all("messages.create", **{**ASKED, **request_}, stream=True)
    assert through == direct


@pytest.mark.parametrize("name", ["plain", "a token limit", "a tool", "thinking"])
def test_the_stream_helper_accumulates_the_same_events(claude, name):
    (events, message), (expected_events, expected) = claude.run(
        "messages.stream", "get_final_message", **{**ASKED, **MESSAGES[name]}
    )
    assert (events, message) == (expected_events, expected)
    assert message.usage.output_tokens > 0


def test_the_stream_helpers_text_comes_in_the_same_pieces(claude):
    (pieces, text), (expected_pieces, expected) = claude.run(
        "messages.stream", "get_final_text", text="text_stream", **ASKED
    )
    assert (pieces, text) == (expected_pieces, expected)
    assert "".join(pieces) == text


def test_structured_output_is_parsed(claude):
    through, direct = claude.ask("messages.parse", **ASKED, output_format=Animal)
    assert through == direct
    assert isinstance(through.parsed_output, Animal)


@pytest.mark.parametrize("request_", MESSAGES.values(), ids=MESSAGES)
def test_tokens_are_counted_as_the_provider_counts_them(claude, request_):
    understood = ("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config")
    request = {name: value for name, value in {**ASKED, **request_}.items() if name in understood}
    through, direct = claude.ask("messages.count_tokens", **request)
    assert through == direct


def test_counting_tokens_costs_nothing(claude, keys, connect_claude):
    key = keys.issue()
    counted = connect_claude(key["key"]).ask("messages.count_tokens", model=CLAUDE, messages=HELLO)
    assert counted.input_tokens > 0
    assert keys.records(key["id"]) == []


def test_a_beta_message_reaches_the_provider_as_one(claude, asked_of_provider, unique):
    request = {
        **ASKED,
        "messages": [{"role": "user", "content": unique}],
        "betas": BETAS,
        "extra_query": {"beta": "true"},  # as the SDKs before 2.0 did by themselves
    }
    through, direct = claude.ask("beta.messages.create", **request)
    assert through == direct

    arrived, expected = asked_of_provider(unique)
    assert (arrived["query"], arrived["body"]) == (expected["query"], expected["body"])
    assert arrived["query"] == "beta=true"
    assert arrived["headers"]["anthropic-beta"] == expected["headers"]["anthropic-beta"] == ",".join(BETAS)
    assert arrived["headers"]["anthropic-version"] == expected["headers"]["anthropic-version"]


def test_beta_streams_and_counts_are_what_the_provider_answers(claude):
    (events, message), expected = claude.run(
        "beta.messages.stream", "get_final_message", **ASKED, betas=BETAS
    )
    assert (events, message) == expected
    through, direct = claude.ask("beta.messages.count_tokens", model=CLAUDE, messages=HELLO, betas=BETAS)
    assert through == direct


def test_a_raw_response_says_what_it_cost_and_what_is_left(claude, keys, key):
    through, direct = claude.ask("messages.with_raw_response.create", **ASKED)
    headers = through.headers
    record = keys.record(key["id"], headers["x-request-id"])
    assert headers["x-tollgate-cost-usd"] == f"{record['calculated_cost']:f}"
    assert float(headers["x-tollgate-budget-remaining-usd"]) < 5
    assert (headers["x-tollgate-provider"], headers["x-tollgate-model"]) == ("mock-anthropic", CLAUDE)
    # The SDK shows the provider's name of the request, for that is where it looks.
    assert headers["request-id"] == headers["x-tollgate-provider-request-id"] == record["provider_request_id"]
    own = {"date", "server", "content-length", "request-id", "anthropic-organization-id"}
    expected = {name: value for name, value in direct.headers.items() if name not in own}
    assert expected.items() <= dict(headers).items()


def test_a_message_names_its_request(claude, keys, key):
    message = claude.through.ask("messages.create", **ASKED)
    named = [record["provider_request_id"] for record in keys.records(key["id"])]
    assert named.count(message._request_id) == 1


def test_models_are_those_that_the_key_may_use(claude, keys, connect_claude):
    listed = {model.id: model for model in claude.through.all("models.list")}
    assert CLAUDE in listed
    assert "gpt-4o-mini" in listed  # which is called in translation
    assert "text-embedding-3-small" not in listed
    assert claude.through.ask("models.retrieve", CLAUDE) == listed[CLAUDE]
    assert listed[CLAUDE].type == "model"

    other = connect_claude(keys.issue(allowedModels=[CLAUDE])["key"])
    assert [model.id for model in other.all("models.list")] == [CLAUDE]
