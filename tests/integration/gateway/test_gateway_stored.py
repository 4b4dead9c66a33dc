"""Stored responses: whose they are, who has them, and what those cost that are made in the background."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.gateway_world import CALLS, Lane, Server, error_of, serving
from tollgate.clock import utc_now
from tollgate.keys import api_keys
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.upstream.provider_calls import Fault, Timeouts, Upstream, UpstreamError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from types import SimpleNamespace

    from tollgate_proxy.http_messages import Answer

PATH, BODY = CALLS["responses"]
USED = {"prompt_tokens": 100, "completion_tokens": 20}
COST = (100 * Decimal("0.15") + 20 * Decimal("0.6")) / 1_000_000


def make(lane: Lane, **asked: Any) -> str:
    """Makes a response; returns its id. What it says of its user makes it this lane's own."""
    answer = lane.ask("responses", user=lane.key.key_id, mock=USED, **asked)
    assert answer.status == 200, answer.text
    return id_in(answer.text)


def id_in(text: str) -> str:
    if text.startswith("{"):
        made: str = json.loads(text)["id"]
        return made
    return text.split('"id":"', 1)[1].split('"', 1)[0]


WAYS = {
    "retrieved": ("GET", "", 200),
    "deleted": ("DELETE", "", 200),
    # The mock makes a response at once, so that there is nothing to cancel.
    "cancelled": ("POST", "/cancel", 400),
    "its input listed": ("GET", "/input_items", 200),
}
ways = pytest.mark.parametrize(("method", "rest", "status"), WAYS.values(), ids=WAYS)


@ways
@pytest.mark.parametrize("streams", [False, True], ids=["made at once", "streamed"])
def test_the_key_that_made_a_response_reaches_it_for_nothing(lane, method, rest, status, streams):
    made = make(lane, **({"stream": True} if streams else {}))
    before, scope = lane.records, lane.money

    answer = lane.call(method=method, path=f"{PATH}/{made}{rest}", query="include=a&include=b")

    assert answer.status == status
    assert answer.headers["x-tollgate-provider"] == "mock"
    last = lane.received[-1]
    assert (last["method"], last["path"]) == (method, f"{PATH}/{made}{rest}")
    assert last["headers"]["authorization"] == "Bearer sk-provider"
    assert (lane.records, lane.money) == (before, scope)
    lane.assert_settled(str(COST))


def test_the_owner_of_a_response_stays_whatever_id_a_provider_gives_to_another(lanes, lane):
    made = make(lane)
    other = Lane(lanes)

    # The mock's ids follow from the body, so this is answered with the same one.
    again = other.ask("responses", user=lane.key.key_id, mock=USED)

    assert (again.status, id_in(again.text)) == (200, made)
    other.assert_settled(str(COST))
    assert lane.call(method="GET", path=f"{PATH}/{made}").status == 200
    assert other.call(method="GET", path=f"{PATH}/{made}").status == 404


@ways
def test_another_keys_response_is_as_unknown_as_one_that_is_not_there(lanes, lane, method, rest, status):
    made = make(lane)
    other = Lane(lanes)

    foreign = other.call(method=method, path=f"{PATH}/{made}{rest}")
    missing = other.call(method=method, path=f"{PATH}/resp_nope{rest}")

    assert (foreign.status, error_of(foreign)["code"]) == (404, "response_not_found")
    assert foreign.text.replace(made, "resp_nope") == missing.text
    assert foreign.headers.keys() == missing.headers.keys()
    assert other.received == other.records == []


@ways
def test_a_stranger_reaches_no_response(lane, method, rest, status):
    made = make(lane)
    answer = lane.call(method=method, path=f"{PATH}/{made}{rest}", key=api_keys.issue())
    assert (answer.status, error_of(answer)["code"]) == (401, "invalid_api_key")
    assert len(lane.received) == 1


class Streaming(Upstream):
    """Streams a stored response once more, which the mock can't, and breaks off in the middle."""

    def send(self, provider: Any, credential: str, asked: Any) -> Any:
        answer = super().send(provider, credential, asked)
        if asked.method != "GET":
            return answer

        def chunks() -> Iterator[bytes]:
            yield b'event: response.output_text.delta\ndata: {"type": "resp'
            message = "The provider broke off."
            raise UpstreamError(RefusedError(Reason.PROVIDER_UNAVAILABLE, message), Fault.BROKEN_OFF)

        return replace(answer, headers={"content-type": "text/event-stream"}, chunks=chunks())


def test_a_stored_stream_that_breaks_off_ends_with_an_error(lane):
    made = make(lane)
    answer = lane.call(
        method="GET",
        path=f"{PATH}/{made}",
        query="stream=true",
        gateway=lane.gateway(dispatcher=lane.dispatcher(Streaming())),
    )
    assert answer.status == 200
    cut, last, end = answer.text.split("\n\n")
    assert cut.endswith('{"type": "resp')
    name, data = last.split("\n")
    assert name == "event: error"
    assert json.loads(data.removeprefix("data: "))["code"] == "provider_unavailable"
    assert end == ""
    lane.assert_settled(str(COST))


def test_a_deleted_response_is_gone(lane):
    made = make(lane)
    assert lane.call(method="DELETE", path=f"{PATH}/{made}").status == 200
    asked = len(lane.received)
    for method in ("GET", "DELETE"):
        answer = lane.call(method=method, path=f"{PATH}/{made}")
        assert (answer.status, error_of(answer)["code"]) == (404, "response_not_found")
    assert len(lane.received) == asked


def test_a_response_that_could_not_be_deleted_is_not_gone(lane):
    made = make(lane)
    Server("mock", lane.provider_url).fail({"status": 500})
    assert lane.call(method="DELETE", path=f"{PATH}/{made}").status == 500
    assert lane.call(method="GET", path=f"{PATH}/{made}").status == 200


@pytest.mark.parametrize("streams", [False, True], ids=["made at once", "streamed"])
def test_a_response_that_is_not_stored_is_not_remembered(lane, streams):
    made = make(lane, store=False, stream=streams)
    asked = len(lane.received)
    assert lane.call(method="GET", path=f"{PATH}/{made}").status == 404
    assert lane.ask("responses", previous_response_id=made).status == 400
    assert len(lane.received) == asked


@pytest.mark.parametrize("named", ["resp_".ljust(3000, "x"), "é" * 1025, "resp_\ud800"])
def test_what_can_be_the_name_of_no_response_is_not_found(lane, named):
    """DynamoDB takes no such key. Whoever sends one has made a mistake, and Tollgate none."""
    answer = lane.ask("responses", previous_response_id=named)
    assert (answer.status, error_of(answer)["code"]) == (400, "previous_response_not_found")


def test_another_keys_response_can_not_be_continued(lanes, lane):
    made = make(lane)
    other = Lane(lanes)

    foreign = other.ask("responses", previous_response_id=made)
    missing = other.ask("responses", previous_response_id="resp_nope")

    assert (foreign.status, error_of(foreign)["code"]) == (400, "previous_response_not_found")
    assert error_of(foreign)["param"] == "previous_response_id"
    assert foreign.text.replace(made, "resp_nope") == missing.text
    assert other.received == other.records == []
    assert other.scope.holds == {}


@pytest.fixture(scope="module")
def servers(lanes) -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(serving(name)) for name in ("first", "second"))
        lanes.serve("shared", first, second)
        yield first, second


@pytest.fixture
def pair(servers) -> tuple[Server, Server]:
    for server in servers:
        server.reset()
    return servers


@pytest.mark.parametrize("streams", [False, True], ids=["at once", "streamed"])
def test_a_conversation_goes_on_where_it_began(lane, pair, streams):
    """Though a target of a higher priority has come back meanwhile."""
    first, second = pair
    first.fail({"status": 503})
    made = make(lane, model="shared")
    assert (len(first.received), len(second.received)) == (1, 1)

    answer = lane.ask("responses", model="shared", previous_response_id=made, stream=streams, mock=USED)

    assert answer.status == 200
    assert (len(first.received), len(second.received)) == (1, 2)
    assert lane.call(method="GET", path=f"{PATH}/{made}").status == 200
    assert (len(first.received), len(second.received)) == (1, 3)
    assert [record["provider_id"] for record in lane.assert_all_settled(2)] == ["prv_second"] * 2


def test_a_conversation_does_not_go_on_elsewhere_when_its_provider_fails(lane, pair):
    first, second = pair
    made = make(lane, model="shared")
    first.fail({"status": 503})
    assert lane.ask("responses", model="shared", previous_response_id=made).status == 503
    assert second.received == []
    lane.assert_all_settled(2)


def test_a_conversation_can_not_move_to_a_model_of_another_provider(lane, pair):
    made = make(lane, model="shared")
    refused = lane.ask("responses", previous_response_id=made)
    assert (refused.status, error_of(refused)["code"]) == (400, "previous_response_not_found")
    lane.assert_settled(str(COST))


class Background:
    """A response that its provider makes while nobody waits, and a clock that only its watcher moves."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.now: datetime = utc_now()
        self.waited: list[float] = []

    def begin(self, **asked: Any) -> Answer:
        gateway = self.lane.gateway(clock=lambda: self.now, pause=self._pause)
        body = {**BODY, "user": self.lane.key.key_id, "background": True, "mock": USED, **asked}
        return self.lane.begin(body, path=PATH, gateway=gateway)

    def _pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += timedelta(seconds=seconds)

    def looks(self) -> int:
        return sum(asked["method"] == "GET" for asked in self.lane.received)

    def client(self, method: str, made: str, rest: str = "") -> SimpleNamespace:
        return self.lane.call(method=method, path=f"{PATH}/{made}{rest}")


@pytest.fixture
def background(lane) -> Background:
    return Background(lane)


def read(answer: Answer) -> str:
    return b"".join(answer.chunks).decode()


def test_a_background_response_is_answered_at_once_and_settled_when_it_is_done(lane, background):
    answer = background.begin()
    text = read(answer)
    assert json.loads(text)["status"] == "queued"
    assert "x-tollgate-cost-usd" not in answer.headers
    assert len(lane.scope.holds) == 1
    assert lane.records == []
    assert background.waited == []

    answer.after()

    assert background.looks() == 1
    lane.assert_settled(
        str(COST), outcome="succeeded", usage_source="provider", prompt_tokens=100, completion_tokens=20
    )
    found = background.client("GET", id_in(text))
    assert json.loads(found.text)["status"] == "completed"
    lane.assert_settled(str(COST))


def test_a_background_response_can_be_seen_by_its_key_while_it_is_made(lane, background):
    answer = background.begin()
    made = id_in(read(answer))
    assert background.client("GET", made).status == 200
    assert lane.records == []
    answer.after()
    lane.assert_settled(str(COST), outcome="succeeded")


def test_a_cancelled_background_response_is_charged_for_what_was_sent(lane, background):
    answer = background.begin()
    assert json.loads(background.client("POST", id_in(read(answer)), "/cancel").text)["status"] == "cancelled"
    assert len(lane.scope.holds) == 1

    answer.after()

    record = lane.assert_settled(
        str(3 * Decimal("0.15") / 1_000_000), outcome="failed", usage_source="estimated"
    )
    assert (record["prompt_tokens"], record["completion_tokens"]) == (3, 0)


@pytest.mark.parametrize("stated", [{}, {"max_output_tokens": 500}], ids=["no limit", "a limit"])
def test_a_background_response_that_is_deleted_meanwhile_is_charged_what_was_held(lane, background, stated):
    answer = background.begin(**stated)
    made = id_in(read(answer))
    (hold,) = lane.scope.holds.values()
    assert background.client("DELETE", made).status == 200

    answer.after()

    record = lane.assert_settled(str(hold.amount), outcome="failed", usage_source="estimated")
    assert record["completion_tokens"] == stated.get("max_output_tokens", 16_384)
    assert not record["exceeds_hold"]


def test_a_background_response_that_is_never_done_is_charged_what_was_held(lane, background):
    answer = background.begin(max_output_tokens=500)
    read(answer)
    (hold,) = lane.scope.holds.values()
    Server("mock", lane.provider_url).fail(*[{"status": 500}] * 10)

    answer.after()

    # Within the 20 seconds that there are.
    assert background.waited == [1, 2, 4, 8]
    assert background.looks() == 4
    lane.assert_settled(str(hold.amount), outcome="failed", usage_source="estimated")


def test_a_look_that_fails_is_not_the_end_of_a_background_response(lane, background):
    answer = background.begin()
    read(answer)
    Server("mock", lane.provider_url).fail({"status": 500}, {"malformed_json": True}, {"cut_after_chunks": 1})

    answer.after()

    assert background.looks() == 4
    lane.assert_settled(str(COST), outcome="succeeded", usage_source="provider")


LOST: dict[str, tuple[dict[str, Any], float, int]] = {
    "cut": ({"cut_after_chunks": 1}, 20, 502),
    "late": ({"delay_headers_ms": 2000}, 0.3, 504),
}


@pytest.mark.parametrize(("fault", "seconds", "status"), LOST.values(), ids=LOST)
def test_a_background_response_whose_id_got_lost_is_charged_what_was_held(lane, fault, seconds, status):
    """Its provider makes it all the same, and nobody can look at it."""
    answer = lane.ask("responses", background=True, max_output_tokens=500, mock=fault, seconds=seconds)

    assert answer.status == status
    record = lane.assert_settled(
        str(lane.records[0]["calculated_cost"]), outcome="failed", usage_source="estimated"
    )
    assert record["completion_tokens"] == 500
    assert record["prompt_tokens"] > 100  # the bound of the hold, and no estimate
    assert not record["exceeds_hold"]


def test_a_background_response_whose_id_got_lost_is_not_made_elsewhere_too(lane, pair):
    first, second = pair
    first.fail({"cut_after_chunks": 1, "delay_headers_ms": 2000})
    gateway = lane.gateway(dispatcher=lane.dispatcher(Upstream(Timeouts(first_byte=0.1))))
    answer = lane.ask("responses", model="shared", background=True, stream=True, gateway=gateway)
    assert answer.status == 504
    assert (len(first.received), len(second.received)) == (1, 0)
    lane.assert_all_settled(1)


def test_a_background_response_that_is_refused_is_settled_at_once(lane, background):
    answer = background.begin(mock={"status": 400})
    assert answer.status == 400
    lane.assert_settled("0", outcome="failed")
    answer.after()
    assert background.looks() == 0


def test_a_background_stream_is_settled_where_it_ends(lane, background):
    answer = background.begin(stream=True)
    assert "response.completed" in read(answer)
    # What charges the key is under way only: it is waited for after the answer.
    assert [(each["outcome"], each["calculated_cost"]) for each in lane.records] == [("succeeded", COST)]
    answer.after()
    assert background.looks() == 0
    lane.assert_settled(str(COST), outcome="succeeded", usage_source="provider", streamed=True)


@pytest.mark.parametrize("leaves", ["the provider", "the client"])
def test_a_background_stream_that_is_left_is_settled_when_its_response_is_done(lane, background, leaves):
    fault = {"cut_after_chunks": 6} if leaves == "the provider" else {}
    answer = background.begin(stream=True, mock={**USED, **fault})
    chunks = iter(answer.chunks)
    if leaves == "the client":
        next(chunks)
        chunks.close()
    else:
        assert "provider_unavailable" in b"".join(chunks).decode()
    assert len(lane.scope.holds) == 1
    assert lane.records == []

    answer.after()

    assert background.looks() == 1
    lane.assert_settled(str(COST), outcome="succeeded", usage_source="provider")


def test_a_background_response_sent_twice_by_its_name_is_made_once(lane):
    named = {"idempotency-key": "report"}
    first = lane.ask("responses", background=True, mock=USED, headers=named, gateway=quick(lane))
    second = lane.ask("responses", background=True, mock=USED, headers=named, gateway=quick(lane))
    assert second.text == first.text
    assert second.headers["x-tollgate-replayed-request-id"] == first.id
    lane.assert_settled(str(COST))


def test_background_is_true_or_false(lane):
    """A provider that takes 1 for true would work on what nobody watches."""
    refused = lane.ask("responses", background=1)
    assert (refused.status, error_of(refused)["param"]) == (400, "background")
    assert lane.received == lane.records == []


def quick(lane: Lane) -> Any:
    return lane.gateway(pause=lambda _: None)
