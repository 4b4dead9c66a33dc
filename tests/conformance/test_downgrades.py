"""Calls that a cheaper model serves are answered to both official SDKs as any call is, and say so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.issued_keys import IssuedKeys
    from tests.support.sdks import Sdk

MESSAGES = [{"role": "user", "content": "Hello there"}]
NEVER = {"x-tollgate-downgrade": "never"}


@dataclass(frozen=True)
class Api:
    """One of the two: how it is asked, and how it calls a budget's refusal."""

    connect: Callable[..., Sdk]
    method: str
    cheap: str
    options: dict[str, Any]
    refusal: str

    @property
    def dear(self) -> str:
        return f"{self.cheap}-dear"

    def ask(self, client: Sdk, *, headers: dict[str, str] | None = None, **more: Any) -> Any:
        """The answer with its headers."""
        request = {"model": self.dear, "messages": MESSAGES, **self.options, **more}
        return client.ask(f"{self.method}.with_raw_response.create", extra_headers=headers or {}, **request)


@pytest.fixture(params=["openai", "anthropic"])
def api(request: pytest.FixtureRequest, keys: IssuedKeys, connect_gpt: Any, connect_claude: Any) -> Api:
    found = (
        Api(connect_gpt, "chat.completions", "gpt-4o-mini", {}, "insufficient_quota")
        if request.param == "openai"
        else Api(connect_claude, "messages", "claude-sonnet-5", {"max_tokens": 100}, "billing_error")
    )
    by_name = {each["systemName"]: each for each in keys.admin("GET", "/models?limit=100")["data"]}
    if found.dear not in by_name:
        prices = {"inputPrice": "20", "outputPrice": "80"}
        provider = by_name[found.cheap]["providerId"]
        body = {"systemName": found.dear, "providerId": provider, "modelType": "chat", **prices}
        keys.admin("POST", "/models", body)
    return found


@pytest.fixture
def key(api: Api, keys: IssuedKeys) -> dict[str, Any]:
    """One of whose budget its first call uses 95 %."""
    rules = [{"from": api.dear, "to": [api.cheap]}]
    return keys.issue(budgetLimit="1", downgrade={"rules": rules})


def tighten(keys: IssuedKeys, key: dict[str, Any]) -> None:
    used = keys.settled(key["id"])["budget_used"]
    limit = (used / Decimal("0.95")).quantize(Decimal("0.000000001"))
    keys.admin("PUT", f"/apiKey/{key['id']}/budget", {"budgetLimit": f"{limit:f}"})


def model_of(answer: Any) -> tuple[str, str | None]:
    return answer.headers["x-tollgate-model"], answer.headers.get("x-tollgate-downgraded-from")


def test_a_call_is_answered_by_the_cheaper_model_and_says_so(
    api: Api, keys: IssuedKeys, key: dict[str, Any]
) -> None:
    client = api.connect(key["key"])
    assert model_of(api.ask(client)) == (api.dear, None)
    tighten(keys, key)

    answer = api.ask(client)

    assert model_of(answer) == (api.cheap, api.dear)
    assert answer.http_response.json()["model"] == api.cheap
    record = keys.record(key["id"], answer.headers["x-request-id"])
    assert (record["model"], record["downgraded_from"]) == (api.cheap, api.dear)


def test_a_stream_is_read_by_the_sdk_as_any_stream_is(
    api: Api, keys: IssuedKeys, key: dict[str, Any]
) -> None:
    client = api.connect(key["key"])
    api.ask(client)
    tighten(keys, key)
    request = {"model": api.dear, "messages": MESSAGES, **api.options, "stream": True}
    events = client.all(f"{api.method}.create", **request)
    named = {each.model for each in events if hasattr(each, "model")}
    named |= {each.message.model for each in events if hasattr(each, "message")}
    assert named == {api.cheap}


def test_a_client_that_forbids_it_gets_the_error_of_a_used_up_budget_at_once(
    api: Api, keys: IssuedKeys, key: dict[str, Any]
) -> None:
    client = api.connect(key["key"], max_retries=2)
    api.ask(client)
    tighten(keys, key)

    with pytest.raises(Exception, match="nearly used") as caught:
        api.ask(client, headers=NEVER)

    refused: Any = caught.value
    assert type(refused).__name__ == "RateLimitError"
    assert refused.response.request.headers["x-stainless-retry-count"] == "0"
    error = refused.response.json()["error"]
    assert (error["type"], error["code"]) == (api.refusal, "downgrade_required")
    assert error["details"]["window"] == "total"


def test_a_conversation_stays_with_its_model(api: Api, keys: IssuedKeys, key: dict[str, Any]) -> None:
    client = api.connect(key["key"])
    talk = {"x-claude-code-session-id": "the talk"}
    for _ in range(10):
        assert model_of(api.ask(client, headers=talk)) == (api.dear, None)
    tighten(keys, key)  # what is left pays for half a call of the dear one, which may pass a soft limit
    assert model_of(api.ask(client)) == (api.cheap, api.dear)
    assert model_of(api.ask(client, headers=talk)) == (api.dear, None)
