"""Estimates against the calls that they foretell."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.builders import hold, scope
from tests.support.gateway_world import CALLS, error_of
from tests.support.tree_world import quota
from tollgate import money
from tollgate.catalog import catalog
from tollgate.clock import utc_now
from tollgate.keys import api_keys
from tollgate.ledger.holds import HeldCall
from tollgate.ledger.records import RecordKind
from tollgate.ledger.scopes import Enforcement, KeyStatus
from tollgate.ledger.windows import Period
from tollgate_admin.self_service.estimate_schemas import Estimate

if TYPE_CHECKING:
    from types import SimpleNamespace

CALL = HeldCall("small", RecordKind.COMPLETION, "mdl_small:1", 10, Decimal("0.0001"), streamed=False)
MONEY = st.sampled_from([None, "5", "5", "0.02", "0.02", "0.002", "0.0001", "0"])
LEVEL = st.fixed_dictionaries(
    {
        "enforcement": st.sampled_from(Enforcement),
        "budget_limit": MONEY,
        "used": st.sampled_from([*["0"] * 6, "0.0001", "6"]),
        "quota_limit": MONEY,
        "held": st.sampled_from([None, None, "open", "expired"]),
    },
    optional={
        "rpm_limit": st.sampled_from([1, 50]),
        "tpm_limit": st.sampled_from([500, 2000, 100_000]),
        "max_parallel": st.just(1),
        "price_factor": st.sampled_from([Decimal("0.5"), Decimal(2), money.ZERO]),
        "allowed_models": st.sampled_from([*[None] * 6, frozenset({"small"}), frozenset({"claude"})]),
        "status": st.sampled_from([*[KeyStatus.ACTIVE] * 9, KeyStatus.REVOKED]),
    },
)
LIMITS = st.sampled_from([{}, {"max_tokens": 20}, {"max_tokens": 300, "n": 3}, {"max_tokens": 50_000}])


class Noting:
    """A ledger that remembers what it has admitted."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger
        self.admitted: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def admit(self, admission: Any) -> Any:
        self.admitted.append(self._ledger.admit(admission))
        return self.admitted[-1]


def add_chain(world: Any, levels: list[dict[str, Any]], at: Any) -> api_keys.ApiKey:
    """Stores keys from the root down; returns the last one's."""
    keys: list[api_keys.ApiKey] = []
    for level in levels:
        given = dict(level)
        held, wanted = given.pop("held"), quota(given.pop("quota_limit"), Period.DAY)
        key = api_keys.issue()
        parent_id = keys[-1].key_id if keys else None
        made = scope(key, quota=wanted, parent_id=parent_id, **given)
        if held is not None:
            until = at + timedelta(minutes=1 if held == "open" else -1)
            opened = hold("0.001", at=at - timedelta(minutes=3), expires_at=until, call=CALL)
            made = replace(
                made,
                holds={"req_before": opened},
                budget_available=money.difference(made.budget_available, opened.amount),
                quota=replace(wanted, available=money.difference(wanted.available, opened.amount)),
            )
        world.keys.add(made)
        keys.append(key)
    return keys[-1]


def estimate(world: Any, body: Any, *, query: str = "", **asked: Any) -> SimpleNamespace:
    answer = world.call(body, path="/v1/estimate", query=query, **asked)
    answer.json = json.loads(answer.text)
    if answer.status == 200:
        # Its document, which another function makes, describes it to the member.
        described = Estimate.model_validate(answer.json)
        assert described.model_dump(mode="json", by_alias=True, exclude_unset=True) == answer.json
    return answer


def exhausted(**changes: Any) -> dict[str, Any]:
    level = {"enforcement": Enforcement.HARD, "budget_limit": "1", "used": "1", "quota_limit": None}
    return {**level, "held": None, **changes}


@settings(
    max_examples=40,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(levels=st.lists(LEVEL, min_size=1, max_size=3), api=st.sampled_from(sorted(CALLS)), limits=LIMITS)
@example(levels=[exhausted(used="0.9995", held="expired")], api="chat", limits={"max_tokens": 20})
@example(levels=[exhausted(used="0.9995", held="open")], api="chat", limits={"max_tokens": 20})
@example(
    levels=[exhausted(used="0"), exhausted(used="0", max_parallel=1, held="expired")], api="chat", limits={}
)
def test_an_estimate_is_what_the_call_then_holds_and_is_refused_for(lanes, levels, api, limits):
    at = utc_now()
    key = add_chain(lanes, levels, at)
    path, body = CALLS[api]
    body = {**body, **(limits if api in ("chat", "messages") else {})}

    foretold = estimate(lanes, body, query=f"endpoint={path}", key=key, at=at, gateway=lanes.gateway())

    ledger = Noting(lanes.ledger)
    called = lanes.call(body, path=path, key=key, at=at, gateway=lanes.gateway(ledger=ledger))
    if foretold.status == 429:  # there is no room for the estimate itself, nor then for the call
        assert error_of(foretold)["code"] == "too_many_parallel_requests"
        assert ledger.admitted == []
    elif foretold.status != 200:
        assert called.status == foretold.status
        code = error_of(called)["code"]
        assert error_of(foretold)["code"] == code
        assert code in {"key_revoked", "model_not_allowed"}
    elif foretold.json["admitted"]:
        (admitted,) = ledger.admitted
        assert called.status == 200, called.text
        assert Decimal(foretold.json["maxCost"]) == admitted.claim.amount
        assert admitted.limits_output is foretold.json["outputLimited"]
        assert Decimal(called.headers["x-tollgate-cost-usd"]) <= admitted.claim.amount
    else:
        assert ledger.admitted == []
        refusal, error = foretold.json["refusal"], error_of(called)
        assert refusal["status"] == called.status
        assert str(refusal["error"]["message"]) == error["message"]
        details = {name: value for name, value in error.get("details", {}).items() if name != "error_code"}
        assert refusal["error"].get("details", {}) == details
        assert refusal["error"]["code"] == error["code"]
        assert (refusal["retryAfter"] is None) is ("retry-after" not in called.headers)


@pytest.mark.parametrize("api", CALLS)
def test_the_call_that_a_body_is_meant_for_shows_from_the_body_and_its_model(lane, api):
    path, body = CALLS[api]
    assert estimate(lane, body, key=lane.key).json["endpoint"] == path


def test_an_estimate_of_a_call_in_translation_names_the_call_that_its_client_makes(lane):
    body = {"model": "small", "max_tokens": 20, "messages": [{"role": "user", "content": "Hello"}]}
    told = estimate(lane, body, query="endpoint=/v1/messages", key=lane.key).json
    assert (told["endpoint"], told["outputTokens"]) == ("/v1/messages", 20)


def test_an_estimate_says_what_is_left_of_the_budget_once_the_call_is_made(lane):
    answer = estimate(lane, {**CALLS["chat"][1], "max_completion_tokens": 100}, key=lane.key)

    (budget,) = answer.json.pop("budgets")
    most = Decimal(answer.json["maxCost"])
    assert budget.pop("remainingAfter") == money.to_string(Decimal(10) - most)
    assert budget == {
        "window": "total",
        "limit": "10",
        "allowance": "10",
        "used": "0",
        "held": "0",
        "packs": "0",
        "remaining": "10",
        "enforcement": "soft",
        "resetsAt": None,
    }
    assert answer.json["outputTokens"] == 100
    assert answer.json["priceVersions"] == [f"{catalog.model_id('small')}:1"]
    tokens = answer.json["inputTokens"]
    assert most == (tokens * Decimal("0.15") + 100 * Decimal("0.6")) / 1_000_000


def test_an_estimate_changes_nothing_but_the_minutes_count_of_requests(lanes):
    key = add_chain(lanes, [exhausted(used="0"), exhausted(used="0", rpm_limit=9)], utc_now())
    before, records = lanes.ledger.holds.get(key.key_id), lanes.records

    for _ in range(2):
        assert estimate(lanes, CALLS["chat"][1], key=key).json["admitted"]

    after = lanes.ledger.holds.get(key.key_id)
    assert sum(9 - left for name, left in after.rates.items() if left < 9) == 2
    assert replace(after, rates=before.rates, last_used_at=before.last_used_at) == before
    assert lanes.records == records


def test_an_estimate_itself_is_not_in_the_way_of_the_call(lanes):
    level = exhausted(used="0", max_parallel=1)
    key = add_chain(lanes, [level, level], utc_now())
    answer = estimate(lanes, CALLS["chat"][1], key=key)
    assert (answer.status, answer.json["admitted"]) == (200, True)
    assert lanes.ledger.holds.get(key.key_id).holds == {}


def test_the_last_request_of_a_minute_may_be_an_estimate_which_says_so(lanes):
    at = utc_now()
    key = add_chain(lanes, [exhausted(used="0", rpm_limit=1)], at)
    foretold = estimate(lanes, CALLS["chat"][1], key=key, at=at)
    assert (foretold.status, foretold.json["refusal"]["error"]["code"]) == (200, "rate_limit_exceeded")
    answer = estimate(lanes, CALLS["chat"][1], key=key, at=at)
    assert (answer.status, error_of(answer)["code"]) == (429, "rate_limit_exceeded")


def test_an_estimate_goes_by_the_keys_price_factor(lanes):
    at = utc_now()
    level = exhausted(used="0")
    plain = add_chain(lanes, [level], at)
    dear = add_chain(lanes, [{**level, "price_factor": Decimal("2.5")}], at)
    body = {**CALLS["chat"][1], "max_tokens": 10}
    costs = [Decimal(estimate(lanes, body, key=key, at=at).json["maxCost"]) for key in (plain, dear)]
    assert costs[1] == costs[0] * Decimal("2.5")


@pytest.mark.parametrize(
    ("body", "query", "code", "param"),
    [
        ({"model": "none", "messages": []}, "", "model_not_found", "model"),
        ({"messages": []}, "", "missing_model", "model"),
        (b"{", "", "invalid_json", None),
        ({"model": "claude", "messages": []}, "endpoint=/v1/messages", "invalid_parameter", "max_tokens"),
        ({"model": "small", "messages": []}, "endpoint=/v1/models", "invalid_parameter", "endpoint"),
        ({"model": "small", "messages": []}, "endpoint=", "invalid_parameter", "endpoint"),
        (
            {
                "model": "small",
                "max_tokens": 1,
                "messages": [{"role": "user", "content": "Hi"}],
                "container": "c_1",
            },
            "endpoint=/v1/messages",
            "untranslatable",
            "container",
        ),
        (
            {"model": "small", "input": "x", "previous_response_id": "resp_1"},
            "",
            "previous_response_not_found",
            "previous_response_id",
        ),
    ],
)
def test_a_request_that_no_call_could_be_gets_the_calls_error(lane, body, query, code, param):
    error = error_of(estimate(lane, body, query=query, key=lane.key))
    assert (error["code"], error["param"]) == (code, param)


def test_only_a_key_in_force_gets_an_estimate(lane):
    answer = estimate(lane, {"model": "none"}, key=api_keys.issue())
    assert (answer.status, error_of(answer)["code"]) == (401, "invalid_api_key")


def test_no_provider_hears_of_an_estimate(lane):
    estimate(lane, CALLS["chat"][1], key=lane.key)
    assert lane.received == []
