"""`Idempotency-Key`: the same request twice is served once, charged once, and answered alike."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.faults import KilledError, MortalClient
from tests.support.gateway_world import CALLS, Lane, Server, error_of
from tollgate.clock import utc_now
from tollgate.gateway_state.store.replies_table import RepliesTable
from tollgate.keys import api_keys
from tollgate.ledger.scopes import Enforcement, KeyStatus

if TYPE_CHECKING:
    from types import SimpleNamespace

NAMED = {"idempotency-key": "order-66"}
REPLAYED = "x-tollgate-replayed-request-id"
STREAMED = ("chat", "responses", "messages")
WAYS = [(api, {}) for api in CALLS] + [(api, {"stream": True}) for api in STREAMED]
ways = pytest.mark.parametrize(
    ("api", "asked"), WAYS, ids=[f"{api}{' stream' if asked else ''}" for api, asked in WAYS]
)
# Later than a hold of a request that was received now, whose function may take a minute.
EXPIRED = timedelta(minutes=2, seconds=1)


def ask(lane: Lane, api: str = "chat", **asked: Any) -> SimpleNamespace:
    return lane.ask(api, **{"headers": NAMED, **asked})


def later(lane: Lane, after: timedelta, **changes: Any) -> dict[str, Any]:
    """How to ask when some time has gone by."""
    at = utc_now() + after
    return {"at": at, "gateway": lane.gateway(clock=lambda: at, **changes)}


def provider_of(lane: Lane) -> Server:
    return Server("mock", lane.provider_url)


def code_of(answer: SimpleNamespace) -> tuple[int, str]:
    return answer.status, error_of(answer)["code"]


@ways
def test_a_request_that_is_sent_again_gets_the_same_bytes_for_nothing(lane, api, asked):
    first = ask(lane, api, **asked)
    (record,) = lane.records

    second = ask(lane, api, **asked)

    assert (first.status, second.status) == (200, 200)
    assert second.text == first.text
    assert REPLAYED not in first.headers
    assert second.headers[REPLAYED] == first.id
    assert second.headers["x-request-id"] == second.id != first.id
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers["x-tollgate-provider"] == first.headers["x-tollgate-provider"]
    if not asked:
        assert second.headers["x-tollgate-cost-usd"] == first.headers["x-tollgate-cost-usd"]
    assert lane.assert_settled(str(record["calculated_cost"])) == record
    assert record["calculated_cost"] > 0
    assert len(lane.received) == 1


def test_a_replay_says_nothing_of_budgets_as_they_were(lane):
    assert "x-tollgate-budget-used-usd" in ask(lane).headers
    replay = ask(lane)
    assert not [name for name in replay.headers if name.startswith(("x-tollgate-budget", "x-ratelimit"))]


def test_a_request_without_a_name_is_a_new_one_each_time(lane):
    assert ask(lane, headers={}).status == ask(lane, headers={}).status == 200
    lane.assert_all_settled(2)


def test_another_request_under_the_same_name_is_refused(lane):
    first = ask(lane)
    refused = ask(lane, temperature=0.5)
    assert code_of(refused) == (422, "idempotency_key_reused")
    assert refused.headers["x-should-retry"] == "false"
    assert code_of(ask(lane, "responses")) == (422, "idempotency_key_reused")
    assert ask(lane).text == first.text
    lane.assert_all_settled(1)


@pytest.mark.parametrize("api", ["chat", "messages"])
def test_a_refusal_has_the_shape_of_the_api(lane, api):
    ask(lane, api)
    refused = json.loads(ask(lane, api, temperature=0.5).text)
    assert refused["error"]["code"] == "idempotency_key_reused"
    assert (refused.get("type") == "error") == (api == "messages")


def test_eight_at_once_are_served_once(lane):
    """Those that come too early are told to come back, and get the answer then."""
    gateway = lane.gateway()

    def call(_number: int) -> SimpleNamespace:
        return ask(lane, mock={"delay_headers_ms": 200}, gateway=gateway)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(call, range(8)))

    served = [answer for answer in answers if answer.status == 200]
    assert len({answer.text for answer in served}) == 1
    assert sum(REPLAYED not in answer.headers for answer in served) == 1
    early = [answer for answer in answers if answer.status != 200]
    assert Counter(map(code_of, early)).keys() <= {(409, "idempotency_key_in_use")}
    for answer in early:
        assert int(answer.headers["retry-after"]) >= 1
        assert "x-should-retry" not in answer.headers
    assert call(9).text == served[0].text
    assert len(lane.received) == 1
    lane.assert_all_settled(1)


FAILURES: dict[str, tuple[dict[str, Any], int]] = {
    "the provider broke down": ({"status": 500}, 500),
    "the provider refused": ({"status": 400}, 400),
    "the provider was busy": ({"status": 429}, 429),
    "the answer broke off": ({"cut_after_chunks": 1}, 502),
}


@pytest.mark.parametrize(("fault", "status"), FAILURES.values(), ids=FAILURES)
def test_what_failed_may_be_tried_again(lane, fault, status):
    provider_of(lane).fail(fault)
    assert ask(lane).status == status
    again = ask(lane)
    assert (again.status, REPLAYED in again.headers) == (200, False)
    assert ask(lane).headers[REPLAYED] == again.id
    assert sorted(record["outcome"] for record in lane.assert_all_settled(2)) == ["failed", "succeeded"]


@pytest.mark.parametrize("api", STREAMED)
@pytest.mark.parametrize("fault", [{"cut_after_chunks": 3}, {"error_after_chunks": 3}], ids=["cut", "error"])
def test_a_stream_that_failed_may_be_tried_again(lane, api, fault):
    provider_of(lane).fail(fault)
    assert "error" in ask(lane, api, stream=True).text
    again = ask(lane, api, stream=True)
    assert "error" not in again.text.replace('"error":null', "")
    assert REPLAYED not in again.headers
    assert ask(lane, api, stream=True).text == again.text
    lane.assert_all_settled(2)


def test_a_stream_whose_client_went_away_may_be_tried_again(lane):
    path, body = CALLS["chat"]
    answer = lane.begin({**body, "stream": True}, path=path, headers=NAMED)
    chunks = iter(answer.chunks)
    next(chunks)
    chunks.close()
    answer.after()
    assert ask(lane, stream=True).status == 200
    lane.assert_all_settled(2)


def test_what_a_budget_refused_may_be_tried_again(lanes):
    lane = Lane(lanes, used="10")
    assert code_of(ask(lane)) == (429, "budget_exhausted")
    current = lane.scope
    lane.keys.edit(current, replace(current, budget_limit=Decimal(11)))
    assert ask(lane).status == 200
    assert ask(lane).headers[REPLAYED]
    (record,) = lane.records
    assert lane.scope.budget_used == 10 + record["calculated_cost"]


def test_what_is_wrong_with_a_request_is_not_kept(lane):
    assert ask(lane, model="nope").status == 404
    assert ask(lane).status == 200


def test_a_name_is_each_keys_own(lanes, lane):
    other = Lane(lanes)
    first, second = ask(lane, user="a"), ask(other, user="b")
    assert (first.status, second.status) == (200, 200)
    assert REPLAYED not in second.headers
    lane.assert_all_settled(1)
    other.assert_all_settled(1)


def test_the_secret_alone_opens_what_was_kept(lane):
    """A forged key of the same id learns neither the answer nor that there is one."""
    ask(lane)
    forged = api_keys.ApiKey(lane.key.key_id, "x" * 32)
    assert code_of(ask(lane, key=forged)) == (401, "invalid_api_key")
    assert code_of(ask(lane, key=forged, temperature=0.1)) == (401, "invalid_api_key")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": KeyStatus.REVOKED}, "key_revoked"),
        ({"expires_at": utc_now() - timedelta(seconds=1)}, "key_expired"),
    ],
    ids=["revoked", "expired"],
)
def test_a_key_out_of_force_gets_no_answer_that_was_kept(lane, changes, code):
    assert ask(lane).status == 200
    current = lane.scope
    lane.keys.edit(current, replace(current, **changes))
    assert code_of(ask(lane)) == (401, code)


def test_an_exhausted_key_still_gets_what_it_has_paid_for(lane):
    first = ask(lane)
    current = lane.scope
    lane.keys.edit(current, replace(current, budget_limit=current.budget_used))
    assert ask(lane).text == first.text
    assert code_of(ask(lane, headers={"idempotency-key": "another"})) == (429, "budget_exhausted")


def test_names_that_sdks_make_up_are_only_used_where_that_is_wanted(lane):
    made_up = {"idempotency-key": "stainless-python-retry-0b6f2c4e-6a5e-4f0e-9f0e-000000000000"}
    assert REPLAYED not in ask(lane, headers=made_up).headers
    assert REPLAYED not in ask(lane, headers=made_up).headers
    lane.assert_all_settled(2)

    gateway = lane.gateway(sdk_names=True)
    first = ask(lane, headers=made_up, gateway=gateway)
    assert ask(lane, headers=made_up, gateway=gateway).headers[REPLAYED] == first.id
    lane.assert_all_settled(3)


def test_a_name_may_have_255_characters(lane):
    longest = {"idempotency-key": "n" * 255}
    ask(lane, headers=longest)
    assert ask(lane, headers=longest).headers[REPLAYED]
    refused = ask(lane, headers={"idempotency-key": "n" * 256})
    assert code_of(refused) == (400, "invalid_parameter")
    lane.assert_all_settled(1)


def test_an_answer_too_large_to_keep_is_not_charged_twice(lane):
    asked = {"dimensions": 90_000, "encoding_format": "base64"}
    assert ask(lane, "embeddings", **asked).status == 200
    again = ask(lane, "embeddings", **asked)
    assert code_of(again) == (409, "idempotent_answer_not_kept")
    assert again.headers["x-should-retry"] == "false"
    assert len(lane.received) == 1
    lane.assert_all_settled(1)


def test_what_expired_is_served_anew_though_it_is_still_there(lane):
    """DynamoDB takes up to days to delete what has expired."""
    first = ask(lane)
    assert ask(lane, **later(lane, timedelta(hours=23, minutes=59))).headers[REPLAYED] == first.id
    anew = ask(lane, **later(lane, timedelta(hours=24, seconds=1)))
    assert (anew.status, REPLAYED in anew.headers) == (200, False)
    lane.assert_all_settled(2)


# The writes of a named call, and the read that comes first: the key, its name, its hold, its answer,
# its record, and the end of its hold. The process may die with any of them.
KEY_READ, BEGUN, ADMITTED, KEPT, RECORDED, CLOSED = range(1, 7)


@pytest.mark.parametrize("streams", [False, True], ids=["at once", "streamed"])
@pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("death", range(KEY_READ, CLOSED + 1))
def test_a_process_that_dies_at_any_moment_leaves_no_name_taken_and_no_work_unpaid(
    lanes, dynamodb, death, applies, streams
):
    lane = Lane(lanes, enforcement=Enforcement.HARD)
    mortal: Any = MortalClient(dynamodb, death, applies=applies)
    dying = lane.gateway(
        ledger=replace(lane.ledger, client=mortal),
        answers=RepliesTable(mortal, lane.tables["AnswersTable"]),
    )
    with pytest.raises(KilledError):
        ask(lane, stream=streams, gateway=dying)
    held = [hold.amount for hold in lane.scope.holds.values()]
    is_kept = (death, applies) >= (KEPT, True)
    is_named = (death, applies) >= (BEGUN, True)

    at_once = ask(lane, stream=streams)
    if is_kept:
        assert at_once.headers[REPLAYED]
    elif is_named:
        assert code_of(at_once) == (409, "idempotency_key_in_use")
        assert int(at_once.headers["retry-after"]) >= 1
    asked_later = ask(lane, stream=streams, **later(lane, EXPIRED))
    assert asked_later.status == 200

    assert len(lane.received) == 1 + (not is_kept and death > ADMITTED)
    lane.ledger.sweep.scope(lane.scope, utc_now() + 2 * EXPIRED)
    died_in_between = (ADMITTED, True) <= (death, applies) <= (RECORDED, False)
    records = lane.assert_all_settled(1 + (died_in_between and not is_kept))
    outcomes = {record["outcome"]: record["calculated_cost"] for record in records}
    if died_in_between:
        # By the ledger's policy a request whose process died is charged what was held for it.
        assert [outcomes["abandoned"]] == held
    if not (died_in_between and is_kept):
        assert outcomes["succeeded"] > 0
