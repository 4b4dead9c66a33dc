"""Batches at the gateway: what is held for one, what it costs, whose it is, and what is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.batching import USED, Batching, chat, id_of, jsonl, message
from tests.support.builders import NOW, model, pack, price_version
from tests.support.gateway_world import Lane, Server, error_of
from tests.support.invariants import assert_consistent
from tollgate.keys import api_keys
from tollgate.ledger.quotas import Quota
from tollgate.ledger.scopes import Enforcement
from tollgate.pricing.usage import TokenClass

if TYPE_CHECKING:
    from tests.support.gateway_world import World

# Of one call, at the rates of `small`, USD.
ONE = (USED["prompt_tokens"] * Decimal("0.15") + USED["completion_tokens"] * Decimal("0.6")) / 1_000_000


@pytest.fixture
def batching(lane: Lane) -> Batching:
    return Batching(lane)


def test_a_batch_is_held_for_and_then_charged_once_from_its_results(lane: Lane, batching: Batching) -> None:
    batch_id = batching.made(chat("a"), chat("b"))

    (hold,) = lane.scope.holds.values()
    assert hold.amount > 2 * ONE
    assert hold.expires_at - hold.at == timedelta(days=2)
    assert (hold.tokens, lane.records) == (0, [])

    batching.poll()
    batching.poll(later=timedelta(hours=1))

    record = lane.assert_settled(str(2 * ONE), kind="batch", outcome="succeeded", model="small")
    assert record["prompt_tokens"] == 2 * USED["prompt_tokens"]
    assert record["completion_tokens"] == 2 * USED["completion_tokens"]
    assert record["provider_request_id"] == batch_id
    assert record["price_version"] == lane.catalog.model("small").prices[0].id
    assert_consistent(lane.scope)


def test_the_providers_lines_name_its_own_model_and_are_limited_where_a_budget_is_hard(lanes: World) -> None:
    hard = Lane(lanes, enforcement=Enforcement.HARD)
    batching = Batching(hard)
    unlimited = {key: value for key, value in chat("b")["body"].items() if key != "max_tokens"}
    batching.uploaded(chat("a"), {**chat("b"), "body": unlimited})

    sent = hard.received[-1]["body"]["file"]
    first, second = map(json.loads, sent.splitlines())
    assert (first["body"]["model"], first["custom_id"]) == ("small-2026", "a")
    assert first["body"]["max_tokens"] == 50
    assert "max_completion_tokens" not in first["body"]
    assert second["body"]["max_completion_tokens"] == 16_384


def test_a_batch_is_priced_at_the_tier_of_that_name(lane: Lane, batching: Batching) -> None:
    name = f"half-{lane.key.key_id}"
    price = price_version(
        {TokenClass.INPUT: "0.15", TokenClass.OUTPUT: "0.6"}, service_tiers={"batch": Decimal("0.5")}
    )
    lane.catalog.add_model(model(name, prices=(price,)))
    half, whole = chat("a", model=name), chat("a")

    batching.made(half)
    (held,) = (each.amount for each in lane.scope.holds.values())
    batching.made(whole)
    assert sum(each.amount for each in lane.scope.holds.values()) == 3 * held
    batching.poll()

    costs = {each["model"]: (each["calculated_cost"], each.get("service_tier")) for each in lane.records}
    assert costs == {name: (ONE / 2, "batch"), "small": (ONE, None)}


def test_what_wasnt_served_costs_nothing(lane: Lane, batching: Batching) -> None:
    failing, waiting = chat("b", mock={"status": 400}), chat("c", mock={"batch_waits": True})
    batch_id = batching.made(chat("a"), failing, waiting)
    assert batching.poll().settled == 0
    assert len(lane.scope.holds) == 1

    cancelled = lane.call(b"", path=f"/v1/batches/{batch_id}/cancel")
    assert json.loads(cancelled.text)["status"] == "cancelled"
    batching.poll()
    lane.assert_settled(str(ONE), outcome="succeeded")


def test_a_batch_of_which_nothing_was_served_is_recorded_at_nothing(lane: Lane, batching: Batching) -> None:
    batching.made(chat("a", mock={"status": 500}))
    batching.poll()
    lane.assert_settled("0", outcome="failed", kind="batch")


def test_a_batch_of_messages_is_charged_and_its_results_are_got_at_the_gateway(
    lane: Lane, batching: Batching
) -> None:
    answer = batching.messages(message("a"), message("b", mock={"status": 400}))
    batch_id = id_of(answer)
    assert lane.received[-1]["body"]["requests"][0]["custom_id"] == "a"

    path = f"/v1/messages/batches/{batch_id}"
    seen = json.loads(batching.get(path).text)  # settles it, too
    assert (seen["processing_status"], seen["results_url"]) == ("ended", f"{path}/results")

    record = lane.assert_settled(str(ONE), kind="batch", model="claude")
    assert record["prompt_tokens"] == USED["prompt_tokens"]
    results = [json.loads(each) for each in batching.get(f"{path}/results").text.splitlines()]
    assert {each["custom_id"]: each["result"]["type"] for each in results} == {
        "a": "succeeded",
        "b": "errored",
    }
    deleted = lane.call(None, method="DELETE", path=path)
    assert json.loads(deleted.text)["type"] == "message_batch_deleted"
    assert batching.get(path).status == 404
    batching.poll()
    lane.assert_settled(str(ONE))


def test_results_cant_be_deleted_before_they_are_charged(lane: Lane, batching: Batching) -> None:
    batch_id = batching.made(chat("a"))
    path = f"/v1/batches/{batch_id}"
    file_id = json.loads(batching.get(path).text)["output_file_id"]
    lane.assert_settled(str(ONE))

    content = batching.get(f"/v1/files/{file_id}/content")
    assert json.loads(content.text)["custom_id"] == "a"
    assert lane.call(None, method="DELETE", path=f"/v1/files/{file_id}").status == 200
    assert batching.get(f"/v1/files/{file_id}/content").status == 404


def test_results_that_cant_be_read_are_neither_deleted_nor_lost(lane: Lane, batching: Batching) -> None:
    batch_id = batching.made(chat("a"))
    deaf = lane.gateway(batches=lambda: lane.batch_settlement(dispatcher=_Deaf(lane.dispatcher())))
    file_id = json.loads(batching.get(f"/v1/batches/{batch_id}", gateway=deaf).text)["output_file_id"]
    assert lane.records == []

    refused = lane.call(None, method="DELETE", path=f"/v1/files/{file_id}", gateway=deaf)
    assert (refused.status, error_of(refused)["code"]) == (409, "batch_not_settled")
    assert lane.call(None, method="DELETE", path=f"/v1/files/{file_id}").status == 200
    lane.assert_settled(str(ONE))


class _Deaf:
    """Never gets a file's content."""

    def __init__(self, dispatcher: Any) -> None:
        self._dispatcher = dispatcher

    def ask(self, asked: Any) -> Any:
        if asked.path.endswith("/content"):
            raise RuntimeError("deaf")
        return self._dispatcher.ask(asked)


def test_a_keys_files_and_batches_are_its_own(lane: Lane, batching: Batching) -> None:
    stranger = Lane(lane)
    theirs = Batching(stranger)
    file_id = batching.uploaded(chat("a"))
    batch_id = id_of(batching.create(file_id))

    for method, path in (
        ("GET", f"/v1/files/{file_id}"),
        ("GET", f"/v1/files/{file_id}/content"),
        ("DELETE", f"/v1/files/{file_id}"),
        ("GET", f"/v1/batches/{batch_id}"),
        ("POST", f"/v1/batches/{batch_id}/cancel"),
    ):
        assert stranger.call(None, method=method, path=path).status == 404, path
    assert theirs.create(file_id).status == 404
    assert (stranger.records, stranger.scope.holds) == ([], {})
    assert json.loads(theirs.get("/v1/batches").text)["data"] == []

    again = id_of(batching.create(file_id))
    first = json.loads(batching.get("/v1/batches", query="limit=1").text)
    assert ([each["id"] for each in first["data"]], first["has_more"]) == ([again], True)
    rest = json.loads(batching.get("/v1/batches", query=f"after={again}").text)
    assert [each["id"] for each in rest["data"]] == [batch_id]
    assert [each["id"] for each in json.loads(batching.get("/v1/files").text)["data"]] == [file_id]


def test_what_can_be_the_name_of_nothing_is_not_found(batching: Batching) -> None:
    endless = "file-".ljust(3000, "x")
    assert batching.create(endless).status == 404
    assert batching.get("/v1/files", query=f"after={endless}").status in {400, 404}


LINE = chat("a")
REFUSED = {
    "of no call": (jsonl({**LINE, "url": "/v1/models"}), "endpoint"),
    "of another vendor's": (jsonl({**LINE, "url": "/v1/messages"}), "url"),
    "without a name": (jsonl({**LINE, "custom_id": ""}), "custom_id"),
    "with a name twice": (jsonl(LINE, LINE), "custom_id"),
    "of two models": (jsonl(LINE, chat("b", model="other")), "model"),
    "of an unknown model": (jsonl(chat("a", model="nobody")), "model"),
    "that streams": (jsonl(chat("a", stream=True)), "stream"),
    "at another tier": (jsonl(chat("a", service_tier="priority")), "service_tier"),
    "of nothing": (b"\n", None),
    "that is no JSON": (b"{\n", None),
}


@pytest.mark.parametrize(("content", "param"), REFUSED.values(), ids=REFUSED)
def test_a_file_is_refused(lane: Lane, batching: Batching, content: bytes, param: str | None) -> None:
    if lane.catalog.model("other") is None:
        lane.catalog.add_model(model("other"))
    before = len(lane.received)
    answer = batching.upload(content)
    assert answer.status in (400, 404)
    assert error_of(answer)["param"] == param
    assert len(lane.received) == before


def test_a_budget_that_doesnt_cover_a_batch_refuses_it_before_it_is_sent(world: World) -> None:
    tight = Lane(world, budget_limit="0.00005", enforcement=Enforcement.HARD)
    batching = Batching(tight)
    file_id = batching.uploaded(chat("a"), chat("b"))

    refused = batching.create(file_id)

    assert error_of(refused)["type"] in ("insufficient_quota", "invalid_request_error")
    assert tight.scope.holds == {}
    assert "batches" not in tight.received[-1]["path"]
    assert batching.poll().looked_at == 0


def test_a_hard_budget_is_charged_no_more_than_was_held_whatever_is_reported(lanes: World) -> None:
    hard = Lane(lanes, enforcement=Enforcement.HARD)
    batching = Batching(hard)
    batching.made(
        *(chat(str(each), mock={"prompt_tokens": 50_000, "completion_tokens": 50}) for each in range(3))
    )
    (held,) = hard.scope.holds.values()
    batching.poll()
    (record,) = hard.records
    assert 0 < record["calculated_cost"] <= held.amount
    assert not record["exceeds_hold"]
    assert "prompt_implausible" in record["usage_flags"]


@pytest.mark.parametrize("status", [400, 401, 429])
def test_a_batch_that_the_provider_refuses_costs_nothing(lane: Lane, batching: Batching, status: int) -> None:
    file_id = batching.uploaded(chat("a"))
    Server("mock", lane.provider_url).fail({"status": status})
    assert batching.create(file_id).status >= 400
    assert (lane.scope.holds, lane.records) == ({}, [])
    assert_consistent(lane.scope)


def test_a_stranger_learns_nothing(lanes: World) -> None:
    stranger = api_keys.issue()
    for method, path in (("GET", "/v1/files"), ("POST", "/v1/batches"), ("POST", "/v1/messages/batches")):
        body = {} if method == "POST" else None
        assert lanes.call(body, method=method, path=path, key=stranger).status == 401


def test_a_creation_that_is_sent_twice_under_one_name_makes_one_batch(lane: Lane, batching: Batching) -> None:
    file_id = batching.uploaded(chat("a"))
    named = {"idempotency-key": lane.key.key_id}
    first, second = (batching.create(file_id, headers=named) for _ in range(2))
    assert id_of(first) == id_of(second)
    assert second.headers["x-tollgate-replayed-request-id"] == first.id
    assert len(lane.scope.holds) == 1


def test_a_key_without_access_to_the_model_makes_no_batch_of_it(lanes: World) -> None:
    barred = Lane(lanes, allowed_models=frozenset({"other"}))
    batching = Batching(barred)
    file_id = batching.uploaded(chat("a"))
    assert error_of(batching.create(file_id))["code"] == "model_not_allowed"
    assert barred.scope.holds == {}


def test_a_pack_pays_for_a_batch_and_is_given_back_what_was_not_spent(lanes: World) -> None:
    paying = Lane(
        lanes,
        packs={"pck_1": pack("1")},
        packs_left=Decimal(1),
        budget_available=Decimal(11),
        quota=Quota(starts_at=NOW, available=Decimal(1)),
    )
    batching = Batching(paying)
    batching.made(chat("a"), chat("b"))
    batching.poll()
    batching.poll(later=timedelta(hours=1))

    (record,) = paying.records
    assert record["calculated_cost"] == 2 * ONE
    scope = paying.scope
    assert (scope.packs["pck_1"].left, scope.budget_used, scope.holds) == (1 - 2 * ONE, 0, {})
    assert_consistent(scope)
