"""Calls the gateway refuses: the error each gets, and that nothing is left of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.builders import KEY, model, scope
from tests.support.gateway_world import HELLO, World, error_of
from tollgate.clock import utc_now
from tollgate.keys import api_keys
from tollgate.ledger.scopes import KeyStatus

REFUSED = {
    "no key at all": ({"key": ""}, 401, "invalid_request_error", "invalid_api_key"),
    "a foreign key": ({"key": "sk-proj-abcdef"}, 401, "invalid_request_error", "invalid_api_key"),
    "a mistyped key": ({"key": KEY.reveal()[:-1] + "!"}, 401, "invalid_request_error", "invalid_api_key"),
    "an unknown key": ({"key": api_keys.issue()}, 401, "invalid_request_error", "invalid_api_key"),
    "an unknown model": ({"body": {"model": "nope"}}, 404, "invalid_request_error", "model_not_found"),
    "no model": ({"body": {"messages": HELLO}}, 400, "invalid_request_error", "missing_model"),
    "a model that is no name": ({"body": {"model": 7}}, 400, "invalid_request_error", "missing_model"),
    "half a surrogate for a model": (
        {"body": b'{"model": "\\ud800"}'},
        404,
        "invalid_request_error",
        "model_not_found",
    ),
    "a model without a price": (
        {"body": {"model": "unpriced"}},
        400,
        "invalid_request_error",
        "model_not_priced",
    ),
    "a model of another route": (
        {"body": {"model": "embed"}},
        400,
        "invalid_request_error",
        "model_wrong_type",
    ),
    "malformed JSON": ({"body": b'{"model": "small"'}, 400, "invalid_request_error", "invalid_json"),
    "an empty body": ({"body": b""}, 400, "invalid_request_error", "invalid_json"),
    "a list": ({"body": []}, 400, "invalid_request_error", "invalid_json"),
    "not UTF-8": ({"body": b'{"model": "\xff"}'}, 400, "invalid_request_error", "invalid_json"),
    "endless nesting": (
        {"body": b'{"model": ' + b"[" * 90_000},
        400,
        "invalid_request_error",
        "invalid_json",
    ),
    "the model twice": (
        {"body": b'{"model": "small", "model": "large"}'},
        400,
        "invalid_request_error",
        "invalid_json",
    ),
    "a stream that is no boolean": (
        {"body": {"model": "small", "stream": "yes"}},
        400,
        "invalid_request_error",
        "invalid_parameter",
    ),
    "too large a body": (
        {"body": {"model": "small", "x": "x" * 100_000}},
        413,
        "invalid_request_error",
        "request_too_large",
    ),
    "a wrong method": ({"method": "GET"}, 405, "invalid_request_error", "method_not_allowed"),
    "an unknown route": ({"path": "/v1/audio/speech"}, 404, "invalid_request_error", "unknown_route"),
    "a model's list by POST": ({"path": "/v1/models"}, 405, "invalid_request_error", "method_not_allowed"),
}


@pytest.mark.parametrize(("request_", "status", "type_", "code"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_can_not_be_served_gets_an_openai_error_and_leaves_nothing(
    world, request_, status, type_, code
):
    world.catalog.add_model(model("unpriced", input_price=None, output_price=None))
    before = world.scope

    answer = world.call(**{"body": {"model": "small", "messages": HELLO}, **request_})

    assert answer.status == status
    error = error_of(answer)
    assert (error["type"], error["code"]) == (type_, code)
    assert error["message"]
    assert "param" in error
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["x-request-id"] == answer.id
    assert world.scope == before
    assert world.records == world.received == []


KEYS_OUT_OF_FORCE = {
    "revoked": ({"status": KeyStatus.REVOKED}, 401, "key_revoked"),
    "expired": ({"expires_at": utc_now() - timedelta(seconds=1)}, 401, "key_expired"),
    "not for this model": ({"allowed_models": frozenset({"large"})}, 403, "model_not_allowed"),
    "used up": ({"used": "10"}, 429, "budget_exhausted"),
}


@pytest.mark.parametrize(("changes", "status", "code"), KEYS_OUT_OF_FORCE.values(), ids=KEYS_OUT_OF_FORCE)
def test_a_key_that_may_not_call_is_told_why_and_leaves_nothing(
    dynamodb, tables, provider_url, changes, status, code
):
    world = World(dynamodb, tables, provider_url)
    world.keys.add(scope(**changes))
    before = world.scope

    answer = world.chat()

    assert (answer.status, error_of(answer)["code"]) == (status, code)
    assert world.scope == before
    assert world.records == world.received == []


def test_a_model_beyond_the_safety_level_is_refused_naming_whose_and_both(world):
    world.catalog.add_model(model("wild", safety_level=30))
    world.keys.edit(world.scope, replace(world.scope, safety_level=29))

    answer = world.call({"model": "wild", "messages": HELLO})

    error = error_of(answer)
    assert (answer.status, error["type"], error["code"]) == (403, "permission_error", "model_not_allowed")
    assert error["message"] == (
        f"The model `wild` has safety level 30; API key {KEY.key_id} may only use models up to safety level "
        "29."
    )
    assert world.records == world.received == []
    world.keys.edit(world.scope, replace(world.scope, safety_level=30))
    assert world.call({"model": "wild", "messages": HELLO}).status == 200


@pytest.mark.parametrize("body", [b"{", {"model": "nope"}, {"model": "unpriced"}, {"x": "x" * 100_000}])
def test_a_stranger_learns_nothing_about_models_or_limits(world, body):
    assert error_of(world.call(body, key=api_keys.issue()))["code"] == "invalid_api_key"


def test_an_exhausted_budget_says_which_and_how_it_stands(dynamodb, tables, provider_url):
    world = World(dynamodb, tables, provider_url)
    world.keys.add(scope(budget_limit="10", used="10.02"))

    answer = world.chat()

    assert answer.headers["x-should-retry"] == "false"
    assert "retry-after" not in answer.headers
    error = error_of(answer)
    assert error["type"] == "insufficient_quota"
    assert error["details"] == {
        "scope": KEY.key_id,
        "window": "total",
        "limitUsd": "10",
        "usedUsd": "10.02",
        "heldUsd": "0",
        "costUsd": None,
        "resetsAt": None,
        "increase": {"method": "POST", "path": "/v1/budget-requests", "window": "total"},
    }
    assert KEY.key_id in error["message"]
    assert error["message"].endswith("A higher limit can be asked for: POST /v1/budget-requests.")


def test_what_the_api_of_a_models_provider_can_not_carry_is_refused(world):
    world.add_claude()
    refused = world.call({"model": "claude", "messages": HELLO, "n": 2})
    error = error_of(refused)
    assert (refused.status, error["code"], error["param"]) == (400, "untranslatable", "n")
    assert world.records == []
