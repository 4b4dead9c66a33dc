"""What Tollgate itself refuses is raised by both official SDKs as their users expect it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest

from tests.support.waiting import until
from tollgate.clock import rfc3339, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from tests.support.sdks import Sdk

CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello there"}]}
MESSAGE = {**CHAT, "model": "claude-sonnet-5", "max_tokens": 100}


@dataclass(frozen=True)
class Api:
    """One of the two, as a test needs it to ask what any client asks."""

    sdk: ModuleType
    connect: Callable[..., Sdk]
    method: str
    request: dict[str, Any]
    path: str
    """As the SDK's own `post` takes it."""

    def ask(self, client: Sdk, **changes: Any) -> Any:
        return client.ask(self.method, **{**self.request, **changes})

    def post(self, client: Sdk, content: bytes, **headers: str) -> Any:
        """Sends what the SDK itself would not."""
        options = {"headers": {"content-type": "application/json", **headers}}
        return client.ask("post", self.path, cast_to=object, content=content, options=options)

    def refused(self, exception: str, ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        with pytest.raises(getattr(self.sdk, exception)) as caught:
            ask(*arguments, **options)
        return caught.value


@pytest.fixture(params=["openai", "anthropic"])
def api(request, connect_gpt, connect_claude):
    if request.param == "openai":
        return Api(openai, connect_gpt, "chat.completions.create", CHAT, "/chat/completions")
    return Api(anthropic, connect_claude, "messages.create", MESSAGE, "/v1/messages")


@pytest.fixture
def client(api, key):
    return api.connect(key["key"])


def error_of(refused: Any) -> dict[str, Any]:
    """The error object, which OpenAI's SDK takes out of the body that Anthropic's shows whole."""
    return refused.body.get("error", refused.body)


def test_a_key_that_is_none_is_an_authentication_error(api, key):
    for wrong in ("sk-tg-mistyped", "sk-proj-of-someone-else", key["key"][:-1] + "!", f"{key['key']}x"):
        refused = api.refused("AuthenticationError", api.ask, api.connect(wrong))
        assert error_of(refused)["code"] == "invalid_api_key"


def test_a_revoked_key_is_an_authentication_error(api, keys):
    key = keys.issue()
    client = api.connect(key["key"])
    api.ask(client)
    keys.admin("POST", f"/apiKey/{key['id']}/revoke")
    assert error_of(api.refused("AuthenticationError", api.ask, client))["code"] == "key_revoked"
    keys.admin("POST", f"/apiKey/{key['id']}/reinstate")
    api.ask(client)


def test_an_expired_key_is_an_authentication_error(api, keys):
    client = api.connect(keys.issue(expiresAt=rfc3339(utc_now() + timedelta(seconds=1)))["key"])

    def refused():
        with suppress(api.sdk.APIError):
            api.ask(client)
            return None
        return api.refused("AuthenticationError", api.ask, client)

    assert error_of(until(refused))["code"] == "key_expired"


def test_a_model_that_the_key_may_not_use_is_a_permission_error(api, keys):
    client = api.connect(keys.issue(allowedModels=["text-embedding-3-small"])["key"])
    error = error_of(api.refused("PermissionDeniedError", api.ask, client))
    assert (error["type"], error["code"]) == ("permission_error", "model_not_allowed")


def test_an_unknown_model_is_not_found(api, client):
    assert error_of(api.refused("NotFoundError", api.ask, client, model="unknown"))["code"] == (
        "model_not_found"
    )
    assert error_of(api.refused("NotFoundError", client.ask, "models.retrieve", "unknown"))["code"] == (
        "model_not_found"
    )


def test_what_is_not_metered_is_not_there(connect_gpt, connect_claude, key):
    with pytest.raises(openai.NotFoundError) as refused:
        connect_gpt(key["key"]).ask("moderations.create", input="anything")
    assert refused.value.code == "unknown_route"
    with pytest.raises(anthropic.NotFoundError) as failed:
        connect_claude(key["key"]).ask("post", "/v1/complete", cast_to=object, body={"prompt": "anything"})
    assert error_of(failed.value)["code"] == "unknown_route"


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_wrong_method_is_told_the_right_one(http, key, method):
    headers = {"authorization": f"Bearer {key['key']}"}
    answer = http.request(method, "/v1/chat/completions", headers=headers)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"model": "a", "model": "b"}', b'{"model": "\xff"}'])
def test_a_body_that_is_no_json_object_is_a_bad_request(api, client, content):
    error = error_of(api.refused("BadRequestError", api.post, client, content))
    assert (error["type"], error["code"]) == ("invalid_request_error", "invalid_json")


def test_a_message_without_a_limit_is_a_bad_request(connect_claude, key):
    request = {name: value for name, value in MESSAGE.items() if name != "max_tokens"}
    with pytest.raises(anthropic.BadRequestError) as failed:
        connect_claude(key["key"]).ask("post", "/v1/messages", cast_to=object, body=request)
    assert failed.value.type == "invalid_request_error"
    assert failed.value.api_message == "max_tokens: Field required"


def test_a_model_of_another_kind_is_a_bad_request(api, client):
    error = error_of(api.refused("BadRequestError", api.ask, client, model="text-embedding-3-small"))
    assert error["code"] == "model_wrong_type"


def test_a_model_without_a_price_is_a_bad_request(api, client, keys, unique):
    name = api.request["model"]
    models = keys.admin("GET", f"/models?search={name}")["data"]
    (provider,) = {model["providerId"] for model in models if model["systemName"] == name}
    keys.admin("POST", "/models", {"systemName": unique, "providerId": provider, "modelType": "chat"})
    error = error_of(api.refused("BadRequestError", api.ask, client, model=unique))
    assert error["code"] == "model_not_priced"


@pytest.mark.parametrize("size", [5_500_000, 6_400_000], ids=["Tollgate's own limit", "API Gateway's"])
def test_a_body_that_is_too_large_is_refused_in_the_sdks_shape(api, client, size):
    messages = [{"role": "user", "content": "x" * size}]
    refused = api.refused("APIStatusError", api.ask, client, messages=messages)
    assert refused.status_code == 413
    error = error_of(refused)
    # API Gateway has one answer for all clients, Tollgate one of Anthropic's for theirs.
    assert error["type"] in {"invalid_request_error", *(["request_too_large"] * (api.sdk is anthropic))}
    assert error["code"] == "request_too_large"


def test_an_exhausted_budget_is_refused_once_and_not_retried(api, keys, asked_of_provider, unique):
    key = keys.issue(budgetLimit="0.0000001")
    patient = api.connect(key["key"], max_retries=2)
    api.ask(patient)

    refused = api.refused("RateLimitError", api.ask, patient, messages=[{"role": "user", "content": unique}])

    # The try that has failed was the first one.
    assert refused.response.request.headers["x-stainless-retry-count"] == "0"
    assert refused.response.headers["x-should-retry"] == "false"
    assert asked_of_provider(unique) == []
    (record,) = keys.records(key["id"])
    error = error_of(refused)
    kind = "billing_error" if api.sdk is anthropic else "insufficient_quota"
    assert (error["type"], error["code"]) == (kind, "budget_exhausted")
    assert error["details"].pop("error_code", "budget_exhausted") == "budget_exhausted"
    assert error["details"] == {
        "scope": key["id"],
        "window": "total",
        "limitUsd": "0.0000001",
        "usedUsd": f"{record['calculated_cost']:f}",
        "heldUsd": "0",
        "costUsd": None,
        "resetsAt": None,
        "increase": {"method": "POST", "path": "/v1/budget-requests", "window": "total"},
    }


def test_a_parents_exhausted_budget_is_told_from_the_keys_own(api, keys):
    parent = keys.issue(budgetLimit="0.0000001")
    client = api.connect(keys.issue(parentId=parent["id"])["key"], max_retries=2)
    api.ask(client)
    refused = api.refused("RateLimitError", api.ask, client)
    assert error_of(refused)["code"] == "parent_budget_exhausted"
    assert refused.response.request.headers["x-stainless-retry-count"] == "0"


def test_a_rate_limit_says_when_to_come_back(api, keys):
    client = api.connect(keys.issue(rpmLimit=1)["key"])

    def ask_thrice():
        # A minute may end after the first call, but not after each.
        for _ in range(3):
            api.ask(client)

    refused = api.refused("RateLimitError", ask_thrice)
    error = error_of(refused)
    assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limit_exceeded")
    assert 0 < int(refused.response.headers["retry-after"]) <= 60
    assert "x-should-retry" not in refused.response.headers


def test_what_may_be_tried_again_is_tried_again_by_the_sdk_when_it_was_told(
    api, keys, http, waits, open_gate, unique
):
    """A key that may have one call open gets its second one served, once the first is done."""
    key = keys.issue(maxParallel=1)
    client = api.connect(key["key"], max_retries=2)
    first = {**CHAT, "stream": True, "mock": {"gate": unique}}
    headers = {"authorization": f"Bearer {key['key']}"}
    with http.stream("POST", "/v1/chat/completions", json=first, headers=headers) as stream:
        parts = stream.iter_bytes()
        next(parts)

        def finish():
            open_gate(unique)
            list(parts)

        waits.meanwhile = finish
        raw = client.ask(f"{api.method.removesuffix('.create')}.with_raw_response.create", **api.request)

    assert raw.http_response.request.headers["x-stainless-retry-count"] == "1"
    (seconds,) = waits.seconds
    assert seconds > 0
    assert len(keys.records(key["id"])) == 2


def test_a_request_named_by_its_client_is_answered_once(api, keys, unique):
    key = keys.issue()
    client = api.connect(key["key"])
    named = {"extra_headers": {"Idempotency-Key": unique}}
    raw = f"{api.method.removesuffix('.create')}.with_raw_response.create"

    first = client.ask(raw, **api.request, **named)
    again = client.ask(raw, **api.request, **named)

    assert again.http_response.content == first.http_response.content
    assert again.headers["x-tollgate-replayed-request-id"] == first.headers["x-request-id"]
    assert len(keys.records(key["id"])) == 1

    other = [{"role": "user", "content": "Something else"}]
    error = error_of(api.refused("UnprocessableEntityError", api.ask, client, **named, messages=other))
    assert error["code"] == "idempotency_key_reused"


def test_a_request_that_is_still_being_served_is_a_conflict(api, keys, http, open_gate, unique):
    key = keys.issue()
    client = api.connect(key["key"])
    content = json.dumps({**api.request, "stream": True, "mock": {"gate": unique}}).encode()
    headers = {"x-api-key": key["key"], "anthropic-version": "2023-06-01", "idempotency-key": unique}
    url = f"/v1{api.path.removeprefix('/v1')}"
    with http.stream("POST", url, content=content, headers=headers) as stream:
        parts = stream.iter_bytes()
        begun = next(parts)
        refused = api.refused("ConflictError", api.post, client, content, **{"idempotency-key": unique})
        open_gate(unique)
        whole = begun + b"".join(parts)

    assert error_of(refused)["code"] == "idempotency_key_in_use"
    assert int(refused.response.headers["retry-after"]) > 0
    assert http.post(url, content=content, headers=headers).content == whole
    assert len(keys.records(key["id"])) == 1


def test_a_refusal_names_its_request(api, client):
    refused = api.refused("NotFoundError", api.ask, client, model="unknown")
    assert refused.request_id == refused.response.headers["x-request-id"]


def test_a_key_is_taken_from_either_header(http, key):
    for headers in ({"x-api-key": key["key"]}, {"authorization": f"Bearer {key['key']}"}):
        assert http.post("/v1/chat/completions", json=CHAT, headers=headers).status_code == 200
        assert http.post("/v1/messages", json=MESSAGE, headers=headers).status_code == 200
