"""Streams on the deployed template: they arrive while they are made, and are settled whoever reads them."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.issued_keys import IssuedKeys
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.stack import Stack

CHAT = "gpt-4o-mini"


@pytest.fixture(scope="module")
def keys(stack: Stack) -> Iterator[IssuedKeys]:
    with closing(IssuedKeys(stack)) as issued:
        yield issued


@pytest.fixture
def key(keys: IssuedKeys) -> dict[str, Any]:
    return keys.issue(budgetLimit="5")


@pytest.fixture
def client(stack: Stack, key: dict[str, Any]) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {key['key']}"}
    with httpx.Client(base_url=stack.base_url, headers=headers, timeout=60) as client:
        yield client


def chat(**mock: Any) -> dict[str, Any]:
    return {
        "model": CHAT,
        "messages": [{"role": "user", "content": "Hello there"}],
        "stream": True,
        "mock": mock,
    }


def read_events(response: httpx.Response, count: int) -> list[str]:
    """As many events as are asked for; the rest is left unread."""
    events = []
    for line in response.iter_lines():
        if line.startswith("data: "):
            events.append(line)
        if len(events) == count:
            break
    return events


def test_events_arrive_while_the_provider_still_makes_them(client, keys, key):
    """A stream that never ends would never arrive, if anything on its way waited for its end."""
    with client.stream("POST", "/chat/completions", json=chat(endless=True)) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert len(read_events(response, 3)) == 3
    assert len(keys.stored(key["id"])["holds"]) == 1
    assert keys.records(key["id"]) == []


def test_a_whole_stream_ends_settled(client, keys, key):
    """Its last byte comes after its record."""
    answer = client.post("/chat/completions", json=chat())
    assert answer.text.endswith("data: [DONE]\n\n")
    (record,) = keys.records(key["id"])
    assert record["calculated_cost"] > 0
    stored = keys.stored(key["id"])
    assert (stored["holds"], stored["budget_used"]) == ({}, record["calculated_cost"])


def test_a_client_that_goes_away_is_charged_for_the_whole_stream(client, keys, key):
    """The function isn't told, and reads the provider's stream to its end, as on AWS."""
    with client.stream("POST", "/chat/completions", json=chat(delay_chunk_ms=30)) as response:
        assert len(read_events(response, 1)) == 1

    (record,) = until(lambda: keys.records(key["id"]))

    stored = keys.settled(key["id"])
    assert record["outcome"] == "succeeded"
    assert record["usage_source"] == "provider"
    assert Decimal(stored["budget_used"]) == record["calculated_cost"] > 0


def test_a_request_larger_than_api_gateway_and_lambda_carry_is_refused_in_the_apis_shape(client):
    answer = client.post("/chat/completions", content=b"x" * 6_400_000)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "request_too_large"


def test_many_streams_run_side_by_side(client):
    """More than one function serves at once; the rest is the client's to read in any order."""
    with (
        client.stream("POST", "/chat/completions", json=chat(delay_chunk_ms=30)) as first,
        client.stream("POST", "/chat/completions", json=chat(delay_chunk_ms=30)) as second,
    ):
        assert read_events(second, 1)
        assert first.read().endswith(b"data: [DONE]\n\n")
