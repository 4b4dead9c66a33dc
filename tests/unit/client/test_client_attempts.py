"""What the Python client tries again, and what it doesn't."""

from __future__ import annotations

import httpx
import pytest

from tests.support.canned_api import CannedApi, json_answer
from tollgate_client import ApiError, Unreachable

PASSING = [429, 502, 503, 504]
BUSY = {"error": {"message": "Tollgate is busy.", "code": "overloaded"}, "request_id": "g-1"}
NOT_SENT = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")]
BROKEN = [httpx.ReadError("reset"), httpx.RemoteProtocolError("cut"), httpx.WriteError("pipe")]


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """The seconds that were waited for."""
    waited = []
    monkeypatch.setattr("tollgate_client.api_client.time.sleep", waited.append)
    return waited


def created(api):
    return api.admin().create_key({"name": "x"})


@pytest.mark.parametrize("status", PASSING)
def test_a_reading_is_tried_again_until_it_is_answered(status, waits):
    api = CannedApi([json_answer(status), json_answer(status), json_answer(200, {"id": "admin"})])
    assert api.admin().get_me()["id"] == "admin"
    assert (len(api.asked), len(waits)) == (3, 2)


@pytest.mark.parametrize("fault", [*NOT_SENT, *BROKEN])
def test_a_reading_is_tried_again_where_there_was_no_answer(fault):
    api = CannedApi([fault, json_answer(200, {"id": "admin"})])
    assert api.admin().get_me()["id"] == "admin"


@pytest.mark.parametrize(
    "answer", [json_answer(503), httpx.ConnectError("refused"), httpx.ReadError("reset")]
)
def test_attempts_come_to_an_end_and_spread(answer, waits):
    api = CannedApi([answer])
    with pytest.raises((ApiError, Unreachable)):
        api.admin().get_me()
    assert len(api.asked) == 4
    assert [0.25 <= waits[0] <= 0.5, 0.5 <= waits[1] <= 1, 1 <= waits[2] <= 2] == [True] * 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422, 500, 501])
def test_what_stays_so_is_not_tried_again(status):
    api = CannedApi([json_answer(status)])
    with pytest.raises(ApiError):
        api.admin().get_me()
    assert len(api.asked) == 1


def test_what_took_too_long_is_not_tried_again():
    api = CannedApi([httpx.ReadTimeout("slow")])
    with pytest.raises(Unreachable, match="did not answer in time"):
        api.admin().get_me()
    assert len(api.asked) == 1


def test_a_short_retry_after_is_waited_for(waits):
    CannedApi([json_answer(503, retry_after="7"), json_answer()]).admin().get_me()
    assert 7 <= waits[0] <= 7.5


def test_a_long_retry_after_is_the_callers_to_wait_for(waits):
    api = CannedApi([json_answer(429, retry_after="3600")])
    with pytest.raises(ApiError) as raised:
        api.admin().get_me()
    assert raised.value.retry_after == 3600
    assert (len(api.asked), waits) == (1, [])


def test_what_says_that_it_is_final_is_not_tried_again():
    api = CannedApi([json_answer(429, x_should_retry="false")])
    with pytest.raises(ApiError):
        api.admin().get_me()
    assert len(api.asked) == 1


@pytest.mark.parametrize("first", [*NOT_SENT, json_answer(429)])
def test_a_change_that_was_not_taken_is_sent_again(first):
    api = CannedApi([first, json_answer(201, {"id": "key_1"})])
    assert created(api)["id"] == "key_1"
    assert api.asked[0].content == api.asked[1].content


@pytest.mark.parametrize("answer", [*BROKEN, httpx.ReadTimeout("slow"), *map(json_answer, (502, 503, 504))])
def test_a_change_that_may_have_been_made_is_not_sent_again(answer):
    api = CannedApi([answer])
    with pytest.raises((ApiError, Unreachable)) as raised:
        created(api)
    assert len(api.asked) == 1
    if isinstance(raised.value, Unreachable):
        assert "whether the change was made is unknown" in str(raised.value)


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        (lambda admin: admin.create_key({"name": "x", "externalId": "search-team"}), 2),
        (lambda admin: admin.create_key({"name": "x"}), 1),
        (lambda admin: admin.rotate_key("key_1"), 1),
        (lambda admin: admin.update_key("key_1", {"name": "x"}), 2),
        (lambda admin: admin.set_budget("key_1", {"budgetLimit": "5"}), 2),
    ],
)
def test_before_a_busy_gateway_only_what_does_no_harm_twice_is_sent_again(change, sent):
    api = CannedApi([json_answer(503, BUSY), json_answer()])
    if sent == 1:
        with pytest.raises(ApiError):
            change(api.admin())
    else:
        change(api.admin())
    assert len(api.asked) == sent
