"""The official OpenAI SDK against the running stack: errors arrive as the exceptions its users catch."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack import Stack

CHAT, EMBEDDING = "gpt-4o-mini", "text-embedding-3-small"
HELLO = [{"role": "user", "content": "Hello there"}]


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=stack.base_url, api_key=stack.api_key, max_retries=0) as made:
        yield made


@pytest.fixture(scope="module")
def direct(stack: Stack) -> Iterator[openai.OpenAI]:
    """The same SDK at the provider itself."""
    with openai.OpenAI(base_url=f"{stack.provider_url}/v1", api_key="mock", max_retries=0) as made:
        yield made


CHATS: dict[str, dict[str, Any]] = {
    "plain": {},
    "several choices": {"n": 2},
    "a token limit": {"max_completion_tokens": 5},
    "a tool": {
        "tools": [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}],
        "extra_body": {"mock": {"tool_call": True}},
    },
    "an image": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}},
                ],
            }
        ]
    },
    "structured output": {"response_format": {"type": "json_object"}},
    "a field the SDK doesn't know": {"extra_body": {"brand_new": {"a": [1, 2.5, None]}}},
    "all kinds of tokens": {"extra_body": {"mock": {"cached_tokens": 64, "reasoning_tokens": 32}}},
}


@pytest.mark.parametrize("request_", CHATS.values(), ids=CHATS)
def test_a_chat_is_what_the_provider_answers(client, direct, request_):
    request = {"model": CHAT, "messages": HELLO, **request_}
    assert client.chat.completions.create(**request) == direct.chat.completions.create(**request)


@pytest.mark.parametrize(
    "options", [{}, {"stream_options": {"include_usage": True}}], ids=["plain", "with usage"]
)
def test_a_stream_is_what_the_provider_answers(client, direct, options):
    request = {"model": CHAT, "messages": HELLO, "stream": True, **options}

    through = [chunk.to_dict() for chunk in client.chat.completions.create(**request)]
    expected = [chunk.to_dict() for chunk in direct.chat.completions.create(**request)]

    if not options:
        # Reporting is switched on upstream: each chunk then says that it has no usage.
        assert all(chunk.pop("usage", None) is None for chunk in through)
    assert through == expected


def test_an_async_client_is_served_too(stack):
    async def ask() -> tuple[str | None, list[str]]:
        async with openai.AsyncOpenAI(base_url=stack.base_url, api_key=stack.api_key) as client:
            whole = await client.chat.completions.create(model=CHAT, messages=HELLO)
            stream = await client.chat.completions.create(model=CHAT, messages=HELLO, stream=True)
            parts = [chunk.choices[0].delta.content or "" async for chunk in stream]
            return whole.choices[0].message.content, parts

    whole, parts = asyncio.run(ask())
    assert "".join(parts) == whole


@pytest.mark.parametrize("form", ["float", "base64", None])
def test_embeddings_are_what_the_provider_answers(client, direct, form):
    request = {"model": EMBEDDING, "input": ["a b", "c"], "dimensions": 8}
    if form:
        request["encoding_format"] = form
    assert client.embeddings.create(**request) == direct.embeddings.create(**request)


PROVIDER_ERRORS = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
}


@pytest.mark.parametrize(("status", "exception"), PROVIDER_ERRORS.items())
def test_a_providers_error_raises_what_it_would_raise_directly(client, direct, status, exception):
    request = {"model": CHAT, "messages": HELLO, "extra_body": {"mock": {"status": status}}}
    caught = []
    for each in (client, direct):
        with pytest.raises(exception) as error:
            each.chat.completions.create(**request)
        caught.append((error.value.status_code, error.value.body, error.value.code, error.value.type))
    assert caught[0] == caught[1]


def test_a_key_that_is_none_raises_an_authentication_error(stack):
    for wrong in ("sk-tg-mistyped", "sk-proj-of-someone-else", stack.api_key[:-1] + "x"):
        with (
            openai.OpenAI(base_url=stack.base_url, api_key=wrong) as client,
            pytest.raises(openai.AuthenticationError) as refused,
        ):
            client.chat.completions.create(model=CHAT, messages=HELLO)
        assert refused.value.code == "invalid_api_key"


def test_an_unknown_model_raises_not_found(client):
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="gpt-unknown", messages=HELLO)
    assert (refused.value.code, refused.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-unknown")


def test_a_route_that_is_not_metered_is_not_there(client):
    with pytest.raises(openai.NotFoundError) as refused:
        client.moderations.create(input="anything")
    assert refused.value.code == "unknown_route"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_wrong_method_is_told_the_right_one(stack, method):
    answer = httpx.request(method, f"{stack.base_url}/chat/completions", timeout=60)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_a_body_that_is_no_json_is_a_bad_request(stack):
    headers = {"authorization": f"Bearer {stack.api_key}"}
    answer = httpx.post(f"{stack.base_url}/chat/completions", content=b"{", headers=headers, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_json"


def test_a_body_that_is_too_large_is_refused_in_the_sdks_shape(client):
    with pytest.raises(openai.APIStatusError) as refused:
        client.chat.completions.create(model=CHAT, messages=[{"role": "user", "content": "x" * 5_500_000}])
    assert refused.value.status_code == 413
    assert refused.value.code == "request_too_large"


def test_a_key_in_anthropics_header_is_taken(stack):
    answer = httpx.post(
        f"{stack.base_url}/chat/completions",
        json={"model": CHAT, "messages": HELLO},
        headers={"x-api-key": stack.api_key},
        timeout=60,
    )
    assert answer.status_code == 200
