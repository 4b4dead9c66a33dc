"""The official SDKs parse what the mock answers."""

from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from anthropic import Anthropic
from openai import OpenAI

from infra.mock_provider.server import running


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture(scope="module")
def gpt(base_url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{base_url}/v1", api_key="sk-test", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def claude(base_url: str) -> Iterator[Anthropic]:
    with Anthropic(base_url=base_url, api_key="sk-ant-test", max_retries=0) as client:
        yield client


def test_chat_completion(gpt: OpenAI) -> None:
    completion = gpt.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "hi"}],
        n=2,
        extra_body={"mock": {"completion_tokens": 9, "reasoning_tokens": 4}},
    )
    assert len(completion.choices) == 2
    assert completion.usage is not None
    assert completion.usage.completion_tokens == 18
    assert completion.usage.completion_tokens_details is not None
    assert completion.usage.completion_tokens_details.reasoning_tokens == 8


def test_chat_stream(gpt: OpenAI) -> None:
    with gpt.chat.completions.stream(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "hi"}],
        stream_options={"include_usage": True},
    ) as stream:
        completion = stream.get_final_completion()
    assert completion.usage is not None
    assert len((completion.choices[0].message.content or "").split()) == completion.usage.completion_tokens


def test_chat_tool_call_stream(gpt: OpenAI) -> None:
    with gpt.chat.completions.stream(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "hi"}],
        tools=[{"type": "function", "function": {"name": "look_up", "parameters": {}, "strict": True}}],
        extra_body={"mock": {"tool_call": True}},
    ) as stream:
        completion = stream.get_final_completion()
    (call,) = completion.choices[0].message.tool_calls or []
    assert call.function.name == "look_up"


def test_chat_errors(gpt: OpenAI) -> None:
    asked: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}
    with pytest.raises(openai.RateLimitError) as limited:
        gpt.chat.completions.create(**asked, extra_body={"mock": {"status": 429}})
    assert limited.value.code == "rate_limit_exceeded"
    assert limited.value.request_id
    with pytest.raises(openai.APIError, match="error while processing"):
        list(
            gpt.chat.completions.create(**asked, stream=True, extra_body={"mock": {"error_after_chunks": 2}})
        )


def test_response(gpt: OpenAI) -> None:
    response = gpt.responses.create(model="gpt-4o-mini", input="hi", max_output_tokens=30)
    assert len(response.output_text.split()) == 16
    assert response.usage is not None
    assert response.usage.output_tokens == 16
    assert gpt.responses.retrieve(response.id) == response
    gpt.responses.delete(response.id)
    with pytest.raises(openai.NotFoundError):
        gpt.responses.retrieve(response.id)


def test_background_response(gpt: OpenAI) -> None:
    response = gpt.responses.create(model="gpt-4o-mini", input="later", background=True)
    assert response.status == "queued"
    assert gpt.responses.cancel(response.id).status == "cancelled"


def test_response_stream(gpt: OpenAI) -> None:
    with gpt.responses.stream(model="gpt-4o-mini", input="hi") as stream:
        deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
        response = stream.get_final_response()
    assert "".join(deltas) == response.output_text
    assert response.usage is not None


def test_response_tool_call_stream(gpt: OpenAI) -> None:
    with gpt.responses.stream(
        model="gpt-4o-mini",
        input="hi",
        tools=[{"type": "function", "name": "look_up", "parameters": {}, "strict": True}],
        extra_body={"mock": {"tool_call": True}},
    ) as stream:
        response = stream.get_final_response()
    assert [item.type for item in response.output] == ["function_call"]


def test_embeddings_are_asked_for_as_base64(gpt: OpenAI) -> None:
    asked_by_default = gpt.embeddings.create(
        model="text-embedding-3-small", input=["one", "two"], dimensions=8
    )
    as_floats = gpt.embeddings.create(
        model="text-embedding-3-small", input=["one", "two"], dimensions=8, encoding_format="float"
    )
    assert [item.embedding for item in asked_by_default.data] == [item.embedding for item in as_floats.data]
    assert asked_by_default.usage.total_tokens == 2


def test_models(gpt: OpenAI, claude: Anthropic) -> None:
    for model in gpt.models.list():
        assert gpt.models.retrieve(model.id) == model
    for info in claude.models.list():
        assert claude.models.retrieve(info.id).display_name == info.display_name


def test_message(claude: Anthropic) -> None:
    message = claude.messages.create(
        model="claude-sonnet-5",
        max_tokens=40,
        messages=[{"role": "user", "content": "hi"}],
        extra_body={"mock": {"cache_creation_tokens": 5, "cache_creation_1h_tokens": 2}},
    )
    assert message.content[0].type == "text"
    assert message.usage.cache_creation is not None
    assert message.usage.cache_creation.ephemeral_5m_input_tokens == 3


def test_message_stream(claude: Anthropic) -> None:
    with claude.messages.stream(
        model="claude-sonnet-5", max_tokens=40, messages=[{"role": "user", "content": "hi"}]
    ) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert len(text.split()) == message.usage.output_tokens == 16
    assert message.stop_reason == "end_turn"


def test_message_tool_call_stream(claude: Anthropic) -> None:
    with claude.messages.stream(
        model="claude-sonnet-5",
        max_tokens=40,
        messages=[{"role": "user", "content": "hi"}],
        tools=[{"name": "look_up", "input_schema": {"type": "object"}}],
        extra_body={"mock": {"tool_call": True}},
    ) as stream:
        message = stream.get_final_message()
    (block,) = message.content
    assert block.type == "tool_use"
    assert "text" in block.input


def test_message_errors(claude: Anthropic) -> None:
    asked: dict[str, Any] = {
        "model": "claude-sonnet-5",
        "max_tokens": 40,
        "messages": [{"role": "user", "content": "hi"}],
    }
    with pytest.raises(anthropic.InternalServerError) as overloaded:
        claude.messages.create(**asked, extra_body={"mock": {"status": 529}})
    assert overloaded.value.request_id
    with pytest.raises(anthropic.APIStatusError, match="overloaded_error"):
        list(claude.messages.create(**asked, stream=True, extra_body={"mock": {"error_after_chunks": 3}}))


def test_count_tokens(claude: Anthropic) -> None:
    counted = claude.messages.count_tokens(
        model="claude-sonnet-5", messages=[{"role": "user", "content": "one two"}]
    )
    assert counted.input_tokens == 6
