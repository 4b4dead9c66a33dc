"""Events reach the official SDKs while the provider still makes the next ones."""

from __future__ import annotations

from typing import Any

import pytest

CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello there"}]}
MESSAGE = {**CHAT, "model": "claude-sonnet-5", "max_tokens": 100}

STREAMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "chat": ("gpt", "chat.completions.create", CHAT),
    "chat with usage": (
        "gpt",
        "chat.completions.create",
        {**CHAT, "stream_options": {"include_usage": True}},
    ),
    "response": ("gpt", "responses.create", {"model": "gpt-4o-mini", "input": "Hello there"}),
    "message": ("claude", "messages.create", MESSAGE),
    "beta message": ("claude", "beta.messages.create", MESSAGE),
}


@pytest.mark.parametrize(("sdk", "method", "request_"), STREAMS.values(), ids=STREAMS)
def test_the_first_event_is_there_before_the_provider_makes_the_second(
    gpt, claude, open_gate, unique, sdk, method, request_
):
    """The provider waits until it is told to go on, and is told so when the first event has been read."""
    pair = {"gpt": gpt, "claude": claude}[sdk]
    request = {**request_, "stream": True}

    first, others = pair.through.interrupted(
        method, lambda: open_gate(unique), **request, extra_body={"mock": {"gate": unique}}
    )

    expected = pair.direct.all(method, **request)
    assert [event.model_dump() for event in (first, *others)] == [event.model_dump() for event in expected]
    assert others


def test_a_client_that_leaves_early_is_charged_for_all_of_it(
    gpt, keys, connect_gpt, open_gate, unique, asked_of_provider
):
    """It has read one event, and the provider goes on when it is gone."""
    key = keys.issue()
    stream = {**CHAT, "messages": [{"role": "user", "content": unique}], "stream": True}
    connect_gpt(key["key"]).left("chat.completions.create", **stream, extra_body={"mock": {"gate": unique}})
    open_gate(unique)

    keys.settled(key["id"])
    (record,) = keys.records(key["id"])
    *_, last = gpt.direct.all("chat.completions.create", **stream, stream_options={"include_usage": True})
    assert record["outcome"] == "succeeded"
    assert record["completion_tokens"] == last.usage.completion_tokens
