"""A client of models whose base URL points at the admin API: what its user sees says so.

moto stands in for AWS.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx2 as httpx
import openai
import pytest

from tests.unit.project.test_events import aws  # noqa: F401 - a fixture
from tollgate.keys import api_keys
from tollgate_admin import handler

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTEXT: Any = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 60_000)
HELLO: Any = [{"role": "user", "content": "Hello"}]
URL = "http://tollgate.test/api/admin"
OPENAIS_OWN = "sk-proj-0123456789abcdefghijklmnop"
ELSEWHERE = "This is the admin API: models are called below /v1"


def answered(request: httpx.Request) -> httpx.Response:
    event = {
        "httpMethod": request.method,
        "path": request.url.path,
        "headers": dict(request.headers),
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"requestId": "1"},
        "body": request.read().decode(),
        "isBase64Encoded": False,
    }
    answer = handler.handler(event, CONTEXT)
    headers = [(name, value) for name, values in answer["multiValueHeaders"].items() for value in values]
    return httpx.Response(answer["statusCode"], headers=headers, text=answer["body"])


@contextmanager
def through() -> Iterator[httpx.Client]:
    with httpx.Client(transport=httpx.MockTransport(answered)) as client:
        yield client


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("key", [api_keys.issue().reveal(), OPENAIS_OWN], ids=["ours", "OpenAI's"])
def test_openais_sdk_shows_what_is_wrong(key):
    with through() as client, pytest.raises(openai.AuthenticationError) as caught:
        openai.OpenAI(base_url=URL, api_key=key, http_client=client).chat.completions.create(
            model="small", messages=HELLO
        )
    assert ELSEWHERE in str(caught.value)
    assert caught.value.code == "invalid_api_key"
    assert key not in caught.value.response.text


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("key", [api_keys.issue().reveal(), "sk-ant-0123"], ids=["ours", "Anthropic's"])
def test_a_client_that_sends_its_key_as_anthropics_does_is_told_the_same(key):
    with through() as client:
        answer = client.post(f"{URL}/v1/messages", headers={"x-api-key": key}, json={"messages": HELLO})
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith(ELSEWHERE)
    assert key not in answer.text


@pytest.mark.usefixtures("aws")
def test_a_list_of_models_that_is_asked_for_with_a_clients_key_is_refused_with_the_reason():
    with through() as client, pytest.raises(openai.AuthenticationError) as caught:
        openai.OpenAI(base_url=URL, api_key=api_keys.issue().reveal(), http_client=client).models.list()
    assert ELSEWHERE in str(caught.value)


@pytest.mark.usefixtures("aws")
def test_whoever_asks_by_hand_sees_the_whole_problem_without_what_could_be_a_secret():
    secret = api_keys.issue().reveal()
    with through() as client:
        for path in (f"/apiKey/{secret}", f"/apiKey/{secret}/nothing", f"/{secret}", "/apiKey/key_1"):
            answer = client.get(f"{URL}{path}")
            told = answer.json()
            assert answer.status_code == told["status"] == 401
            assert (told["type"], told["title"]) == ("about:blank", "Unauthorized")
            assert told["detail"] == "Send an admin's token as `Authorization: Bearer`."
            assert told["instance"] == f"/api/admin{path}".replace(secret, "...")
            assert "error" not in told
            assert secret not in json.dumps(told)
