"""The responses API by the official OpenAI SDK: made, streamed, stored, continued and cancelled."""

from __future__ import annotations

from typing import Any, Literal

import openai
import pytest
from pydantic import BaseModel

from tests.support.waiting import until

CHAT = "gpt-4o-mini"
LOOK_UP = {"type": "function", "name": "look_up", "parameters": {"type": "object"}, "strict": True}


class Animal(BaseModel):
    name: str
    legs: int
    habitat: Literal["water", "land"]


class look_up(BaseModel):  # noqa: N801 - the name of a tool
    """Looks something up."""

    text: str


RESPONSES: dict[str, dict[str, Any]] = {
    "plain": {},
    "instructions": {"instructions": "Be brief.", "temperature": 0.25, "metadata": {"team": "a"}},
    "a token limit": {"max_output_tokens": 5},
    "a tool": {"tools": [LOOK_UP], "extra_body": {"mock": {"tool_call": True}}},
    "a tool's result": {
        "input": [
            {"role": "user", "content": "Hello there"},
            {"type": "function_call", "call_id": "call_1", "name": "look_up", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "42"},
        ],
        "tools": [LOOK_UP],
    },
    "an image": {
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is this?"},
                    {"type": "input_image", "image_url": "data:image/png;base64,aGVsbG8=", "detail": "low"},
                ],
            }
        ]
    },
    "JSON by a schema": {
        "text": {"format": {"type": "json_schema", "name": "animal", "schema": Animal.model_json_schema()}}
    },
    "not stored": {"store": False},
    "a field the SDK doesn't know": {"extra_body": {"brand_new": {"a": [1, 2.5, None]}}},
    "all kinds of tokens": {"extra_body": {"mock": {"cached_tokens": 64, "reasoning_tokens": 32}}},
}


@pytest.mark.parametrize("request_", RESPONSES.values(), ids=RESPONSES)
def test_a_response_is_what_the_provider_answers(gpt, request_):
    through, direct = gpt.ask("responses.create", **{"model": CHAT, "input": "Hello there", **request_})
    assert through == direct


@pytest.mark.parametrize("request_", RESPONSES.values(), ids=RESPONSES)
def test_a_stream_is_what_the_provider_answers(gpt, request_):
    request = {"model": CHAT, "input": "Hello there", "stream": True, **request_}
    through, direct = gpt.all("responses.create", **request)
    assert through == direct


@pytest.mark.parametrize("name", ["plain", "a tool", "not stored"])
def test_the_stream_helper_accumulates_the_same_events(gpt, name):
    request = {"model": CHAT, "input": "Hello there", **RESPONSES[name]}
    if "tools" in request:
        request["tools"] = [openai.pydantic_function_tool(look_up)["function"] | {"type": "function"}]
    (events, response), (expected_events, expected) = gpt.run(
        "responses.stream", "get_final_response", **request
    )
    assert (events, response) == (expected_events, expected)


def test_structured_output_is_parsed(gpt):
    through, direct = gpt.ask("responses.parse", model=CHAT, input="Hello there", text_format=Animal)
    assert through == direct
    assert isinstance(through.output_parsed, Animal)


def test_a_stream_of_structured_output_is_parsed(gpt):
    (_, through), (_, direct) = gpt.run(
        "responses.stream", "get_final_response", model=CHAT, input="Hello there", text_format=Animal
    )
    assert through == direct
    assert isinstance(through.output_parsed, Animal)


def test_a_raw_response_says_what_it_cost(gpt, keys, key):
    raw, _ = gpt.ask("responses.with_raw_response.create", model=CHAT, input="Hello there")
    record = keys.record(key["id"], raw.parse()._request_id)
    assert raw.headers["x-tollgate-cost-usd"] == f"{record['calculated_cost']:f}"


def test_a_stored_response_can_be_retrieved(gpt, unique):
    made = gpt.through.ask("responses.create", model=CHAT, input=unique)
    through, direct = gpt.ask("responses.retrieve", made.id)
    assert through == direct == made

    through, direct = gpt.all("responses.retrieve", made.id, stream=True)
    assert through == direct
    assert through[-1].response == made


def test_a_streamed_response_can_be_retrieved(gpt, unique):
    *_, last = gpt.through.all("responses.create", model=CHAT, input=unique, stream=True)
    assert gpt.through.ask("responses.retrieve", last.response.id) == last.response


def test_what_a_stored_response_answers_to_is_listed_page_by_page(gpt, unique):
    asked = [{"role": "user", "content": f"{unique} {number}"} for number in range(3)]
    made = gpt.through.ask("responses.create", model=CHAT, input=asked)
    for paging in ({}, {"order": "asc", "limit": 2}):
        through, direct = gpt.all("responses.input_items.list", made.id, **paging)
        assert through == direct
        assert len(through) == 3


def test_a_deleted_response_is_gone(gpt, unique):
    made = gpt.through.ask("responses.create", model=CHAT, input=unique)
    gpt.through.ask("responses.delete", made.id)
    through, direct = gpt.raises(openai.NotFoundError, lambda sdk: sdk.ask("responses.retrieve", made.id))
    assert (through.message, through.type) == (direct.message, direct.type)


def test_a_response_that_is_not_stored_can_not_be_retrieved(gpt, unique):
    made = gpt.through.ask("responses.create", model=CHAT, input=unique, store=False)
    gpt.raises(openai.NotFoundError, lambda sdk: sdk.ask("responses.retrieve", made.id))


def test_a_response_is_continued(gpt, unique):
    def converse(sdk):
        first = sdk.ask("responses.create", model=CHAT, input=unique)
        return sdk.ask("responses.create", model=CHAT, input="And then?", previous_response_id=first.id)

    through, direct = gpt.both(converse)
    assert through == direct
    assert through.previous_response_id


def test_a_response_in_the_background_is_there_later(gpt, unique):
    def wait(sdk):
        begun = sdk.ask("responses.create", model=CHAT, input=unique, background=True)
        assert begun.status == "queued"
        return until(lambda: (seen := sdk.ask("responses.retrieve", begun.id)).status == "completed" and seen)

    through, direct = gpt.both(wait)
    assert through == direct
    assert through.usage.output_tokens == 16


def test_a_response_in_the_background_can_be_cancelled(gpt, unique):
    def cancel(sdk):
        begun = sdk.ask(
            "responses.create",
            model=CHAT,
            input=unique,
            background=True,
            extra_body={"mock": {"endless": True}},
        )
        return sdk.ask("responses.cancel", begun.id), sdk.ask("responses.retrieve", begun.id)

    through, direct = gpt.both(cancel)
    assert through == direct
    assert [response.status for response in through] == ["cancelled", "cancelled"]


def test_what_was_answered_at_once_can_not_be_cancelled(gpt, unique):
    made = gpt.through.ask("responses.create", model=CHAT, input=unique)
    through, direct = gpt.raises(openai.BadRequestError, lambda sdk: sdk.ask("responses.cancel", made.id))
    assert through.body == direct.body


def test_another_keys_response_does_not_exist(gpt, keys, connect_gpt, unique):
    other = connect_gpt(keys.issue()["key"])
    made = gpt.through.ask("responses.create", model=CHAT, input=unique)

    for method in ("retrieve", "delete", "cancel"):
        with pytest.raises(openai.NotFoundError) as missing:
            other.ask(f"responses.{method}", made.id)
        assert missing.value.code == "response_not_found"
    with pytest.raises(openai.BadRequestError) as refused:
        other.ask("responses.create", model=CHAT, input="And then?", previous_response_id=made.id)
    assert (refused.value.code, refused.value.param) == (
        "previous_response_not_found",
        "previous_response_id",
    )
    assert gpt.through.ask("responses.retrieve", made.id) == made
