"""What a provider might read otherwise than Tollgate: refused before it is asked, or left out and named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import model, provider
from tests.support.gateway_world import CALLS, HELLO, error_of
from tollgate.catalog.catalog import ProviderType

SPELT: dict[str, dict[str, Any]] = {
    "chat": {"Service_Tier": "priority"},
    "responses": {"tools": [{"type": "function", "name": "f", "Type": "web_search"}]},
    "messages": {"Speed": "fast"},
    "embeddings": {"Input": ["a long text"] * 100},
}


@pytest.mark.parametrize("api", CALLS)
def test_a_member_by_another_spelling_reaches_no_provider(lane, api):
    answer = lane.ask(api, **SPELT[api])

    assert answer.status == 400
    assert lane.received == lane.records == []
    error = error_of(answer)
    if api != "messages":
        assert error["code"] == "unknown_member"
        assert error["param"] in ("Service_Tier", "tools[0].Type", "Input")


def test_so_does_one_that_occurs_twice_deep_inside(lane):
    text = '{"model":"small","messages":[{"role":"user","content":"Hi","content":"Hello there"}]}'
    answer = lane.call(text.encode())

    assert (answer.status, error_of(answer)["code"]) == (400, "invalid_json")
    assert lane.received == lane.records == []


def test_nor_is_it_counted_or_estimated(lane):
    for path in ("/v1/messages/count_tokens", "/v1/estimate"):
        assert lane.call({"model": "claude", "messages": HELLO, "maxTokens": 9}, path=path).status == 400
    assert lane.received == []


def test_a_tools_schema_may_have_any_name(lane):
    parameters = {"type": "object", "properties": {"Model": {"type": "string"}, "maxTokens": {}}}
    tools = [{"type": "function", "function": {"name": "f", "parameters": parameters}}]

    assert lane.ask("chat", tools=tools).status == 200
    assert lane.received[0]["body"]["tools"] == tools


def test_what_is_added_comes_last(lane):
    assert lane.ask("chat", stream=True).status == 200
    assert [*lane.received[0]["body"]][-1] == "stream_options"


@pytest.mark.parametrize("streams", [False, True], ids=["at once", "streamed"])
def test_an_unknown_beta_is_left_out_and_named(lane, streams):
    betas = "pdfs-2024-09-25,foo-2026-01-01"
    answer = lane.ask("messages", headers={"anthropic-beta": betas}, stream=streams)

    assert answer.status == 200
    assert lane.received[0]["headers"]["anthropic-beta"] == "pdfs-2024-09-25"
    assert answer.headers["x-tollgate-dropped"] == "anthropic-beta: foo-2026-01-01"


@pytest.mark.parametrize("api", CALLS)
def test_nothing_is_named_where_nothing_is_left_out(lane, api):
    answer = lane.ask(api, headers={"anthropic-beta": "pdfs-2024-09-25", "openai-beta": "responses=v1"})
    assert answer.status == 200
    assert "x-tollgate-dropped" not in answer.headers


def test_a_count_of_tokens_leaves_it_out_as_well(lane):
    body = {"model": "claude", "messages": HELLO}
    answer = lane.call(body, path="/v1/messages/count_tokens", headers={"anthropic-beta": "foo-1"})

    assert (answer.status, answer.headers["x-tollgate-dropped"]) == (200, "anthropic-beta: foo-1")
    assert "anthropic-beta" not in lane.received[0]["headers"]


def test_an_unknown_beta_in_the_body_is_refused(lane):
    answer = lane.ask("messages", anthropic_beta=["foo-2026-01-01"])

    assert answer.status == 400
    assert "foo-2026-01-01" in answer.text
    assert lane.received == lane.records == []


@pytest.mark.parametrize("context_limit", [None, 200_000, 1_000_000])
def test_a_longer_context_is_asked_for_where_the_catalog_has_one(world, context_limit):
    world.add_claude()
    world.catalog.add_model(
        replace(model("long", provider_id="prv_claude", remote_id="long"), context_limit=context_limit)
    )
    beta = "context-1m-2025-08-07"
    answer = world.call(
        {"model": "long", "messages": HELLO, "max_tokens": 10},
        path="/v1/messages",
        headers={"anthropic-beta": beta},
    )

    assert answer.status == 200
    passes = context_limit == 1_000_000
    assert world.received[0]["headers"].get("anthropic-beta") == (beta if passes else None)
    assert answer.headers.get("x-tollgate-dropped") == (None if passes else f"anthropic-beta: {beta}")


def test_a_provider_gets_what_its_administrator_allows(world):
    made = provider(
        f"{world.provider_url}/v1",
        id="prv_open",
        name="open",
        type=ProviderType.ANTHROPIC,
        beta_headers=("foo-*",),
    )
    world.catalog.add_provider(made)
    world.catalog.add_model(model("open", provider_id=made.id))
    answer = world.call(
        {"model": "open", "messages": HELLO, "max_tokens": 10, "betas": ["foo-2"]},
        path="/v1/messages",
        headers={"anthropic-beta": "foo-1,bar-1"},
    )

    assert answer.status == 200
    assert world.received[0]["headers"]["anthropic-beta"] == "foo-1"
    assert answer.headers["x-tollgate-dropped"] == "anthropic-beta: bar-1"
