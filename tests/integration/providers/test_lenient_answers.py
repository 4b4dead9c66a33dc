"""What clients read all the same is served, and charged as its provider bills it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.answering_provider import AnsweringWorld, answer, answering
from tests.support.gateway_world import Lane
from tollgate.ledger.scopes import Enforcement

USAGE = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}
WHOLE: dict[str, dict[str, Any]] = {
    "chat": {
        "choices": [{"index": 0, "message": {"content": "Grüße " * 40}, "finish_reason": "stop"}],
        "usage": USAGE,
    },
    "responses": {
        "object": "response",
        "status": "completed",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "Grüße " * 40}]}],
        "usage": {"input_tokens": 1000, "output_tokens": 50},
    },
    "messages": {
        "type": "message",
        "content": [{"type": "text", "text": "Grüße " * 40}],
        "usage": {"input_tokens": 1000, "output_tokens": 50},
    },
}
CHUNKS: list[dict[str, Any]] = [
    {"choices": [{"index": 0, "delta": {"content": "Grüße " * 40}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"choices": [], "usage": USAGE},
]
# A thousand tokens at 100 USD and fifty at 1,000 USD for 1M.
COST = Decimal("0.15")
JSON, EVENTS = {"content-type": "application/json"}, {"content-type": "text/event-stream"}


@pytest.fixture(scope="module")
def answers(lanes) -> Any:
    yield from answering(lanes)


@pytest.fixture
def provider(answers, lanes) -> AnsweringWorld:
    """The module's provider, asked by a key of its own without a limit."""
    return AnsweringWorld(Lane(lanes, budget_limit=None), answers.server)


def stream(**more: Any) -> str:
    chunks = ({**chunk, **more} for chunk in CHUNKS)
    return (
        "".join(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    )


@pytest.mark.parametrize("api", WHOLE)
@pytest.mark.parametrize(
    "error", [{"code": 0}, {}, None, "", False, {"code": 0, "message": "success"}], ids=repr
)
def test_an_error_that_says_nothing_spoils_no_answer(provider, api, error):
    content = json.dumps({**WHOLE[api], "error": error}).encode()
    provider.put(answer(content, JSON))

    given = provider.ask(api)

    assert (given.status, given.text) == (200, content.decode())
    provider.world.assert_settled(str(COST), outcome="succeeded", usage_source="provider")


@pytest.mark.parametrize("error", [{"code": 0}, {}, None], ids=repr)
def test_nor_does_it_spoil_a_stream(provider, error):
    provider.put(answer(stream(error=error).encode(), EVENTS))
    given = provider.ask("chat", stream=True, stream_options={"include_usage": True})
    assert given.text == stream(error=error)
    provider.world.assert_settled(str(COST), outcome="succeeded", usage_source="provider")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("api", WHOLE)
def test_an_answer_in_another_encoding_is_served_and_charged(provider, api, encoding):
    content = json.dumps(WHOLE[api], ensure_ascii=False)
    provider.put(answer(content.encode(encoding), {"content-type": f"application/json; charset={encoding}"}))

    given = provider.ask(api)

    assert (given.status, given.text.removeprefix("\ufeff")) == (200, content)
    provider.world.assert_settled(str(COST), outcome="succeeded", usage_source="provider")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("label", ["text/event-stream", "text/event-stream; charset=utf-16", "text/plain"])
def test_a_stream_in_another_encoding_is_served_and_charged(provider, label, encoding):
    provider.put(answer(stream().encode(encoding), {"content-type": label}))
    given = provider.ask("chat", stream=True, stream_options={"include_usage": True})
    assert given.text.removeprefix("\ufeff") == stream()
    assert "utf-16" not in given.headers["content-type"]
    provider.world.assert_settled(str(COST), outcome="succeeded", usage_source="provider")


@pytest.mark.parametrize("status", ["queued", "in_progress"])
@pytest.mark.parametrize("enforcement", [Enforcement.SOFT, Enforcement.HARD])
def test_a_response_that_is_never_seen_done_is_charged_what_it_can_cost(answers, lanes, status, enforcement):
    lane = Lane(lanes, budget_limit="10", enforcement=enforcement)
    provider = AnsweringWorld(lane, answers.server)
    making = {"object": "response", "status": status, "output": [], "usage": None}
    provider.put(answer(json.dumps(making).encode(), JSON))

    given = provider.ask("responses", max_output_tokens=1000)

    assert (given.status, json.loads(given.text)) == (200, making)
    assert "x-tollgate-cost-usd" not in given.headers
    (record,) = lane.assert_all_settled(1)
    assert record["outcome"] == "failed"
    # A thousand tokens of output at 1,000 USD for 1M, and the little that was sent.
    assert Decimal(1) < record["calculated_cost"] < Decimal("1.01")


def test_a_response_that_is_in_the_making_is_not_kept_for_a_repeated_call(provider):
    making = {"object": "response", "status": "in_progress", "output": [], "usage": None}
    key = {"idempotency-key": "one and the same"}
    provider.put(answer(json.dumps(making).encode(), JSON))
    assert json.loads(provider.ask("responses", headers=key).text)["status"] == "in_progress"
    provider.put(answer(json.dumps(WHOLE["responses"]).encode(), JSON))
    assert json.loads(provider.ask("responses", headers=key).text)["status"] == "completed"
    assert sorted(record["outcome"] for record in provider.world.assert_all_settled(2)) == [
        "failed",
        "succeeded",
    ]


LIMITS: list[dict[str, Any]] = [
    {"max_tokens": 5, "max_new_tokens": 50},
    {"max_tokens": 5, "n_predict": 50},
    {"num_predict": 50},
    {"max_tokens": 50, "num_predict": 5},
    {"max_tokens": 25, "num_return_sequences": 2},
    {"max_gen_len": 10, "n": 2, "candidate_count": 5},
]


@pytest.mark.parametrize("limits", LIMITS, ids=repr)
def test_an_output_by_the_largest_of_its_limits_is_charged_in_full(answers, lanes, limits):
    """Fifty tokens of output are 0.05 USD; a figure beyond what is held for would be cut."""
    lane = Lane(lanes, budget_limit="10", enforcement=Enforcement.HARD)
    provider = AnsweringWorld(lane, answers.server)
    content = {**WHOLE["chat"], "usage": {"prompt_tokens": 1, "completion_tokens": 50}}
    provider.put(answer(json.dumps(content).encode(), JSON))
    assert provider.ask("chat", **limits).status == 200
    lane.assert_settled("0.0501", outcome="succeeded", usage_source="provider")


@pytest.mark.parametrize("limits", [{"options": {"num_predict": 50}}, {"maxNewTokens": 50}], ids=repr)
def test_a_limit_that_is_not_read_never_reaches_a_provider(provider, limits):
    assert provider.ask("chat", **limits).status == 400
    assert provider.world.records == []
