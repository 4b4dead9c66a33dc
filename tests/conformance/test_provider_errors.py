"""What goes wrong at the provider raises in the official SDKs what it would raise directly."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import Any

import anthropic
import openai
import pytest

from infra.local.free_ports import LOOPBACK

CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello there"}]}
RESPONSE = {"model": "gpt-4o-mini", "input": "Hello there"}
EMBEDDING = {"model": "text-embedding-3-small", "input": "Hello there"}
MESSAGE = {**CHAT, "model": "claude-sonnet-5", "max_tokens": 100}

OPENAI_ERRORS = {
    400: openai.BadRequestError,
    404: openai.NotFoundError,
    408: openai.APIStatusError,
    409: openai.ConflictError,
    413: openai.APIStatusError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    502: openai.InternalServerError,
    503: openai.InternalServerError,
    504: openai.InternalServerError,
}
ANTHROPIC_ERRORS = {
    400: anthropic.BadRequestError,
    404: anthropic.NotFoundError,
    408: anthropic.RequestTimeoutError,
    409: anthropic.ConflictError,
    413: anthropic.RequestTooLargeError,
    422: anthropic.UnprocessableEntityError,
    429: anthropic.RateLimitError,
    500: anthropic.InternalServerError,
    503: anthropic.ServiceUnavailableError,
    504: anthropic.DeadlineExceededError,
    529: anthropic.OverloadedError,
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("status", "exception"), OPENAI_ERRORS.items())
def test_openais_errors_are_raised_as_they_would_be_directly(gpt, status, exception, stream):
    mock = {"status": status, "retry_after": 7}
    through, direct = gpt.raises(
        exception,
        lambda sdk: sdk.ask("chat.completions.create", **CHAT, stream=stream, extra_body={"mock": mock}),
    )
    assert through.status_code == direct.status_code == status
    assert (through.message, through.body) == (direct.message, direct.body)
    assert (through.code, through.type, through.param) == (direct.code, direct.type, direct.param)
    assert through.response.headers["retry-after"] == direct.response.headers["retry-after"]


@pytest.mark.parametrize(
    ("method", "request_"),
    [("responses.create", RESPONSE), ("embeddings.create", EMBEDDING)],
    ids=["responses", "embeddings"],
)
@pytest.mark.parametrize("code", ["insufficient_quota", "context_length_exceeded"])
def test_openais_codes_are_told_on_every_route(gpt, method, request_, code):
    mock = {"status": 400, "error_code": code}
    through, direct = gpt.raises(
        openai.BadRequestError, lambda sdk: sdk.ask(method, **request_, extra_body={"mock": mock})
    )
    assert (through.message, through.body) == (direct.message, direct.body)
    assert through.code == code


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("status", "exception"), ANTHROPIC_ERRORS.items())
def test_anthropics_errors_are_raised_as_they_would_be_directly(claude, status, exception, stream):
    mock = {"status": status, "retry_after": 7}
    through, direct = claude.raises(
        exception,
        lambda sdk: sdk.ask("messages.create", **MESSAGE, stream=stream, extra_body={"mock": mock}),
    )
    assert through.status_code == direct.status_code == status
    assert (through.type, through.api_message) == (direct.type, direct.api_message)
    assert through.body == {**direct.body, "request_id": through.request_id}
    assert through.response.headers["retry-after"] == direct.response.headers["retry-after"]


def test_a_refused_count_of_tokens_is_raised_too(claude):
    request = {"model": MESSAGE["model"], "messages": MESSAGE["messages"]}
    through, direct = claude.raises(
        anthropic.OverloadedError,
        lambda sdk: sdk.ask("messages.count_tokens", **request, extra_body={"mock": {"status": 529}}),
    )
    assert through.body == {**direct.body, "request_id": through.request_id}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refusal_of_tollgates_credential_is_none_of_the_clients_key(gpt, claude, status, stream):
    """An SDK that raised AuthenticationError would have its user look for what is wrong with the key."""
    mock = {"extra_body": {"mock": {"status": status}}}
    with pytest.raises(openai.InternalServerError) as refused:
        gpt.through.ask("chat.completions.create", **CHAT, stream=stream, **mock)
    assert (refused.value.status_code, refused.value.code) == (502, "provider_authentication")
    with pytest.raises(anthropic.InternalServerError) as failed:
        claude.through.ask("messages.create", **MESSAGE, stream=stream, **mock)
    assert failed.value.status_code == 502
    body: Any = failed.value.body
    assert body["error"]["code"] == "provider_authentication"


def test_answers_that_are_no_json_are_a_bad_gateway(gpt, claude):
    spoiled = {"extra_body": {"mock": {"malformed_json": True}}}
    with pytest.raises(openai.InternalServerError) as refused:
        gpt.through.ask("chat.completions.create", **CHAT, **spoiled)
    assert (refused.value.status_code, refused.value.code) == (502, "provider_unavailable")
    with pytest.raises(anthropic.InternalServerError) as failed:
        claude.through.ask("messages.create", **MESSAGE, **spoiled)
    assert failed.value.status_code == 502


def test_a_chat_that_fails_in_its_middle_raises_what_it_would_raise_directly(gpt):
    mock = {"error_after_chunks": 4, "error_code": "rate_limit_exceeded"}
    (events, through), (expected, direct) = gpt.both(
        lambda sdk: sdk.broken("chat.completions.create", **CHAT, stream=True, extra_body={"mock": mock})
    )
    assert [event.model_dump() for event in events] == [event.model_dump() for event in expected]
    assert len(events) == 4
    assert type(through) is type(direct) is openai.APIError
    assert (through.message, through.body, through.code) == (direct.message, direct.body, direct.code)


def test_a_message_that_fails_in_its_middle_raises_what_it_would_raise_directly(claude):
    (events, through), (expected, direct) = claude.both(
        lambda sdk: sdk.broken(
            "messages.create", **MESSAGE, stream=True, extra_body={"mock": {"error_after_chunks": 4}}
        )
    )
    assert events == expected
    assert events
    assert type(through) is type(direct) is anthropic.APIStatusError
    assert (through.message, through.body, through.type) == (direct.message, direct.body, direct.type)


def test_a_response_that_fails_in_its_middle_says_so_in_the_same_events(gpt):
    mock = {"error_after_chunks": 4, "error_code": "rate_limit_exceeded"}
    through, direct = gpt.all("responses.create", **RESPONSE, stream=True, extra_body={"mock": mock})
    assert through == direct
    assert [event.type for event in through[4:]] == ["error", "response.failed"]


@pytest.mark.parametrize(
    ("method", "request_"),
    [("chat.completions.create", CHAT), ("responses.create", RESPONSE)],
    ids=["chat", "responses"],
)
def test_an_openai_stream_that_breaks_off_raises(gpt, keys, connect_gpt, method, request_):
    key = keys.issue()
    cut = {"stream": True, "extra_body": {"mock": {"cut_after_chunks": 4}}}
    events, error = connect_gpt(key["key"]).broken(method, **request_, **cut)
    expected, direct = gpt.direct.broken(method, **request_, **cut)

    assert [event.model_dump() for event in events] == [event.model_dump() for event in expected]
    # What the SDK can't be told is why: the connection to the gateway holds.
    assert isinstance(direct, openai.APIConnectionError)
    assert type(error) is openai.APIError
    assert (error.type, error.code) == ("upstream_error", "provider_unavailable")
    keys.settled(key["id"])
    (record,) = keys.records(key["id"])
    assert (record["outcome"], record["usage_source"]) == ("failed", "estimated")


def test_an_anthropic_stream_that_breaks_off_raises(claude, keys, connect_claude):
    key = keys.issue()
    cut = {"stream": True, "extra_body": {"mock": {"cut_after_chunks": 4}}}
    events, error = connect_claude(key["key"]).broken("messages.create", **MESSAGE, **cut)
    expected, _ = claude.direct.broken("messages.create", **MESSAGE, **cut)

    assert events == expected
    assert isinstance(error, anthropic.APIStatusError)
    body: Any = error.body
    assert (body["error"]["type"], body["error"]["code"]) == ("api_error", "provider_unavailable")
    keys.settled(key["id"])
    (record,) = keys.records(key["id"])
    assert record["outcome"] == "failed"


def test_an_answer_that_breaks_off_is_a_bad_gateway(gpt, claude):
    cut = {"extra_body": {"mock": {"cut_after_chunks": 1}}}
    for method, request in (("chat.completions.create", CHAT), ("embeddings.create", EMBEDDING)):
        with pytest.raises(openai.InternalServerError) as refused:
            gpt.through.ask(method, **request, **cut)
        assert (refused.value.status_code, refused.value.code) == (502, "provider_unavailable")
    with pytest.raises(anthropic.InternalServerError) as failed:
        claude.through.ask("messages.create", **MESSAGE, **cut)
    assert failed.value.status_code == 502


@pytest.fixture(scope="module")
def unreachable(keys):
    """The ids of two providers, neither of which listens, by their type."""
    with closing(socket.socket()) as taken:
        taken.bind((LOOPBACK, 0))
        address = f"http://{LOOPBACK}:{taken.getsockname()[1]}/v1"
        yield {
            type_: [
                keys.admin(
                    "POST",
                    "/providers",
                    {"name": f"gone-{type_}-{number}", "type": type_, "baseUrl": address, "apiKey": "k"},
                )["id"]
                for number in range(2)
            ]
            for type_ in ("openai", "anthropic")
        }


def model_at(keys, name, providers):
    """Creates a model that these providers serve."""
    first, *others = providers
    keys.admin(
        "POST",
        "/models",
        {
            "systemName": name,
            "providerId": first,
            "modelType": "chat",
            "inputPrice": "1",
            "outputPrice": "1",
            "alternatives": [{"providerId": provider} for provider in others],
        },
    )


@pytest.mark.parametrize(
    ("providers", "status", "code", "of_anthropic"),
    [
        (1, 502, "provider_unavailable", "api_error"),
        (2, 503, "all_providers_failed", "overloaded_error"),
    ],
    ids=["one", "several"],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_providers_that_can_not_be_reached_are_the_gateways_failure(
    connect_gpt, connect_claude, keys, unreachable, unique, providers, status, code, of_anthropic, stream
):
    key = keys.issue()
    for type_, connect, method, request in (
        ("openai", connect_gpt, "chat.completions.create", CHAT),
        ("anthropic", connect_claude, "messages.create", MESSAGE),
    ):
        model_at(keys, f"{type_}-{unique}", unreachable[type_][:providers])
        sdk = connect(key["key"])
        with pytest.raises((openai.InternalServerError, anthropic.InternalServerError)) as refused:
            sdk.ask(method, **{**request, "model": f"{type_}-{unique}"}, stream=stream)
        raised: Any = refused.value
        error = raised.body.get("error", raised.body)
        kind = "upstream_error" if type_ == "openai" else of_anthropic
        assert (raised.status_code, error["type"], error["code"]) == (status, kind, code)
        assert raised.request_id == raised.response.headers["x-request-id"]
        record = keys.record(key["id"], raised.request_id)
        assert (record["outcome"], record["calculated_cost"]) == ("failed", 0)


def test_what_the_provider_wants_tried_again_is_tried_again_by_the_sdk(
    key, connect_gpt, connect_claude, asked_of_provider, waits, unique
):
    """As often as directly: the gateway, with no other provider to ask, asks once each time."""
    mock = {"status": 503, "retry_after": 1.5}
    for connect, method, request in (
        (connect_gpt, "chat.completions.create", CHAT),
        (connect_claude, "messages.create", MESSAGE),
    ):
        asked = {**request, "messages": [{"role": "user", "content": f"{method} {unique}"}]}
        sdk = connect(key["key"], max_retries=2)
        with pytest.raises((openai.InternalServerError, anthropic.InternalServerError)):
            sdk.ask(method, **asked, extra_body={"mock": mock})
        assert waits.seconds == [1.5, 1.5]
        assert len(asked_of_provider(f"{method} {unique}")) == 3
        waits.seconds.clear()
