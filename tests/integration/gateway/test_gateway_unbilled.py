"""What no provider bills: counts of tokens and lists of models cost nothing and are for keys in force."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.builders import model
from tests.support.gateway_world import HELLO, Lane, Server, error_of
from tollgate.clock import utc_now
from tollgate.keys import api_keys
from tollgate.ledger.scopes import KeyStatus

COUNT = "/v1/messages/count_tokens"
COUNTED = {"model": "claude", "messages": HELLO}
ANTHROPIC = {"anthropic-version": "2023-06-01"}


def assert_untouched(lane: Lane, before: object) -> None:
    assert lane.money == before
    assert lane.records == []


def test_counting_tokens_costs_nothing_and_leaves_nothing(lane):
    before = lane.money
    answer = lane.call(COUNTED, path=COUNT, query="beta=true", headers={"anthropic-beta": "pdfs-2024-09-25"})
    assert (answer.status, json.loads(answer.text)) == (200, {"input_tokens": 6})
    (received,) = lane.received
    assert received["path"] == COUNT
    assert received["headers"]["anthropic-beta"] == "pdfs-2024-09-25"
    assert lane.key.secret not in json.dumps(received)
    assert_untouched(lane, before)


def test_counting_tokens_works_at_100_percent(lanes):
    lane = Lane(lanes, used="10")
    assert lane.call(COUNTED, path=COUNT).status == 200
    assert lane.call({**COUNTED, "max_tokens": 10}, path="/v1/messages").status == 429
    assert lane.scope.budget_used == 10


@pytest.mark.parametrize("status", [400, 429, 500, 529])
def test_a_count_that_fails_passes_through(lane, status):
    before = lane.money
    answer = lane.call({**COUNTED, "mock": {"status": status}}, path=COUNT)
    assert answer.status == status
    assert json.loads(answer.text)["type"] == "error"
    assert_untouched(lane, before)


def test_a_count_that_breaks_off_is_an_error_in_anthropics_shape(lane):
    Server("mock", lane.provider_url).fail({"cut_after_chunks": 1})
    before = lane.money
    answer = lane.call(COUNTED, path=COUNT)
    assert (answer.status, error_of(answer)["code"]) == (502, "provider_unavailable")
    assert json.loads(answer.text)["type"] == "error"
    assert_untouched(lane, before)


REFUSED = {
    "a model that the key may not use": ({"allowed_models": frozenset({"small"})}, 403, "model_not_allowed"),
    "a revoked key": ({"status": KeyStatus.REVOKED}, 401, "key_revoked"),
    "an expired key": ({"expires_at": utc_now() - timedelta(seconds=1)}, 401, "key_expired"),
}


@pytest.mark.parametrize(("changes", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_a_count_is_refused_like_a_call(lanes, changes, status, code):
    lane = Lane(lanes, **changes)
    answer = lane.call(COUNTED, path=COUNT)
    body = json.loads(answer.text)
    assert (answer.status, body["error"]["code"], body["type"]) == (status, code, "error")
    assert lane.received == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"messages": HELLO}, 400, "missing_model"),
        ({"model": "nope", "messages": HELLO}, 404, "model_not_found"),
        ({"model": "embed", "messages": HELLO}, 400, "model_wrong_type"),
        (b"{", 400, "invalid_json"),
        ({"model": "claude", "x": "x" * 100_000}, 413, "request_too_large"),
    ],
)
def test_what_can_not_be_counted_is_refused(lane, body, status, code):
    answer = lane.call(body, path=COUNT)
    assert (answer.status, error_of(answer)["code"]) == (status, code)
    stranger = lane.call(body, path=COUNT, key=api_keys.issue())
    assert error_of(stranger)["code"] == "invalid_api_key"
    assert lane.received == []


def test_a_count_that_no_provider_makes_is_estimated_and_costs_nothing(lane):
    before = lane.money
    answer = lane.call({"model": "small", "messages": HELLO}, path=COUNT)
    assert (answer.status, answer.headers["x-tollgate-estimated"]) == (200, "input_tokens")
    assert json.loads(answer.text) == {"input_tokens": 4}
    assert lane.received == []
    assert_untouched(lane, before)


def test_models_are_listed_in_openais_shape(lane):
    listed = json.loads(lane.call(method="GET", path="/v1/models").text)
    assert listed["object"] == "list"
    assert [each["id"] for each in listed["data"]] == ["claude", "embed", "small"]
    assert {each["object"] for each in listed["data"]} == {"model"}
    assert all(isinstance(each["created"], int) for each in listed["data"])
    one = lane.call(method="GET", path="/v1/models/small")
    assert json.loads(one.text) == listed["data"][2]


def test_models_are_listed_in_anthropics_shape(lane):
    listed = json.loads(lane.call(method="GET", path="/v1/models", headers=ANTHROPIC).text)
    assert (listed["first_id"], listed["last_id"], listed["has_more"]) == ("claude", "small", False)
    assert {each["type"] for each in listed["data"]} == {"model"}
    assert listed["data"][0]["display_name"] == "claude"
    one = lane.call(method="GET", path="/v1/models/claude", headers=ANTHROPIC)
    assert json.loads(one.text) == listed["data"][0]
    missing = json.loads(lane.call(method="GET", path="/v1/models/nope", headers=ANTHROPIC).text)
    assert (missing["type"], missing["error"]["code"]) == ("error", "model_not_found")


def test_a_key_that_may_use_nothing_sees_nothing(lane):
    current = lane.scope
    lane.keys.edit(current, replace(current, allowed_models=frozenset({"none"})))
    assert json.loads(lane.call(method="GET", path="/v1/models").text)["data"] == []
    listed = json.loads(lane.call(method="GET", path="/v1/models", headers=ANTHROPIC).text)
    assert listed == {"data": [], "has_more": False, "first_id": None, "last_id": None}


def test_models_have_names_with_slashes(lane):
    lane.catalog.add_model(model("meta/llama-3"))
    for written in ("meta/llama-3", "meta%2Fllama-3"):
        assert json.loads(lane.call(method="GET", path=f"/v1/models/{written}").text)["id"] == "meta/llama-3"


def test_listing_models_leaves_nothing_and_asks_nobody(lane):
    before = lane.money
    assert lane.call(method="GET", path="/v1/models").status == 200
    assert_untouched(lane, before)
    assert lane.received == []
