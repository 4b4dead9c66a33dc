"""Models with several targets: who serves when one fails, what the record says, and what is charged."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.free_ports import LOOPBACK, free_ports
from tests.support.builders import price_version, provider
from tests.support.gateway_world import CALLS, HELLO, Lane, Server, error_of, serving
from tests.support.invariants import StrictClient, assert_consistent
from tollgate.catalog.catalog import ModelType, ProviderType
from tollgate.ledger.scopes import Enforcement
from tollgate.pricing.usage import TokenClass
from tollgate_proxy.upstream.provider_calls import Timeouts, Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import SimpleNamespace

USED = {"prompt_tokens": 100, "completion_tokens": 200}
# What that costs at the model's prices, and at the second target's own.
COST = (100 * Decimal("0.15") + 200 * Decimal("0.6")) / 1_000_000
SECONDS_COST = (100 * Decimal("0.3") + 200 * Decimal("1.2")) / 1_000_000
# An estimate of HELLO, which is all that a request that was lost is charged for.
LOST_INPUT = 4 * Decimal("0.15") / 1_000_000
DEARER = price_version({TokenClass.INPUT: "0.3", TokenClass.OUTPUT: "1.2"}, id="mdl_shared@second:1")


class Pair:
    """Two targets of a model, of which the first is asked first, and a third one's address."""

    def __init__(self, lane: Lane, first: Server, second: Server) -> None:
        self.lane, self.first, self.second = lane, first, second
        first.reset()
        second.reset()

    def ask(self, name: str = "shared", *, api: str = "chat", **asked: Any) -> SimpleNamespace:
        gateway = asked.pop("gateway", None) or self.gateway()
        return self.lane.ask(api, gateway=gateway, model=name, **asked)

    def gateway(self, **timeouts: float) -> Any:
        upstream = Upstream(Timeouts(**timeouts))
        return self.lane.gateway(dispatcher=self.lane.dispatcher(upstream, pause=lambda _: None))

    def asked(self) -> tuple[int, int]:
        return len(self.first.received), len(self.second.received)


@pytest.fixture(scope="module")
def servers(lanes) -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(serving(name)) for name in ("first", "second"))
        second = replace(second, prices=(DEARER,))
        lanes.serve("shared", first, second)
        lanes.serve("plain", first, replace(second, prices=()))
        ports = free_ports(2)
        nowhere = [Server(f"nowhere-{port}", f"http://{LOOPBACK}:{port}") for port in ports]
        lanes.serve("half", nowhere[0], replace(second, prices=()))
        lanes.serve("lost", *nowhere)
        yield first, second


@pytest.fixture
def pair(lane, servers) -> Pair:
    return Pair(lane, *servers)


FAULTS: dict[str, tuple[dict[str, Any], int]] = {
    "busy": ({"status": 429, "retry_after": 20}, 429),
    "busy without a time": ({"status": 429}, 429),
    "broken": ({"status": 500}, 500),
    "overloaded": ({"status": 503}, 503),
    "overloaded as Anthropic says it": ({"status": 529}, 529),
    "timed out by itself": ({"status": 408}, 408),
    "in conflict": ({"status": 409}, 409),
}


@pytest.mark.parametrize("streams", [False, True], ids=["at once", "streamed"])
@pytest.mark.parametrize(("fault", "status"), FAULTS.values(), ids=FAULTS)
def test_another_target_serves_what_the_first_refuses(pair, fault, status, streams):
    pair.first.fail(fault)

    answer = pair.ask(stream=streams, mock=USED)

    assert answer.status == 200
    assert answer.headers["x-tollgate-provider"] == "second"
    assert answer.headers["x-tollgate-model"] == "shared"
    assert pair.asked() == (1, 1)
    (sent,) = pair.second.received
    assert sent["body"]["model"] == "shared-at-second"
    record = pair.lane.assert_settled(
        str(SECONDS_COST),
        outcome="succeeded",
        http_status=200,
        provider_id="prv_second",
        remote_model="shared-at-second",
        price_version=DEARER.id,
        usage_source="provider",
        model="shared",
    )
    assert record["provider_request_id"] == answer.headers["x-tollgate-provider-request-id"]
    (attempt,) = record["attempts"]
    assert (attempt["provider_id"], attempt["remote_model"]) == ("prv_first", "shared-at-first")
    assert (attempt["fault"], attempt["http_status"], attempt["cost"]) == ("status", status, 0)
    if not streams:
        assert answer.headers["x-tollgate-cost-usd"] == str(SECONDS_COST.normalize())


@pytest.mark.parametrize("api", ["responses", "messages", "embeddings"])
def test_every_api_fails_over(lane, servers, api):
    """Embeddings and messages have models of their own."""
    pair = Pair(lane, *servers)
    name = _model_of(api, lane, servers)
    pair.first.fail({"status": 503})

    answer = pair.ask(name, api=api)

    assert (answer.status, pair.asked()) == (200, (1, 1))
    (record,) = lane.records
    assert [attempt["http_status"] for attempt in record["attempts"]] == [503]
    assert record["calculated_cost"] > 0
    lane.assert_settled(str(record["calculated_cost"]), outcome="succeeded", usage_source="provider")


def _model_of(api: str, lane: Lane, servers: tuple[Server, Server]) -> str:
    if api == "responses":
        return "shared"
    if api == "embeddings":
        if lane.catalog.model("vectors") is None:
            lane.serve("vectors", *servers, type=ModelType.EMBEDDING)
        return "vectors"
    if lane.catalog.model("twins") is None:
        twins = [replace(each, name=f"{each.name}-claude") for each in servers]
        for twin in twins:
            lane.catalog.add_provider(
                provider(f"{twin.url}/v1", id=twin.id, name=twin.name, type=ProviderType.ANTHROPIC)
            )
        lane.serve("twins", *twins)
    return "twins"


@pytest.mark.parametrize("streams", [False, True], ids=["at once", "streamed"])
def test_another_target_serves_when_the_first_is_not_there(pair, streams):
    answer = pair.ask("half", stream=streams, mock=USED)
    assert answer.status == 200
    record = pair.lane.assert_settled(str(COST), outcome="succeeded", provider_id="prv_second")
    (attempt,) = record["attempts"]
    assert (attempt["fault"], attempt.get("http_status"), attempt["cost"]) == ("unreachable", None, 0)


def test_input_that_a_silent_target_may_have_read_is_charged_besides(pair):
    pair.first.fail({"delay_headers_ms": 2000})

    answer = pair.ask(stream=True, mock=USED, gateway=pair.gateway(first_byte=0.1))

    assert answer.status == 200
    assert answer.headers["x-tollgate-provider"] == "second"
    record = pair.lane.assert_settled(
        str(SECONDS_COST + LOST_INPUT), outcome="succeeded", prompt_tokens=100, completion_tokens=200
    )
    (attempt,) = record["attempts"]
    assert (attempt["fault"], attempt["cost"], attempt["usage_source"]) == (
        "timeout",
        LOST_INPUT,
        "estimated",
    )
    assert [line for line in record["breakdown"] if line["item"] == "attempt:prv_first"] == [
        {"item": "attempt:prv_first", "quantity": 1, "unit_price": LOST_INPUT, "cost": LOST_INPUT}
    ]
    assert sum(line["cost"] for line in record["breakdown"]) == record["calculated_cost"]


def test_when_time_is_up_no_other_target_is_asked(pair):
    """It would begin to work for nobody, at the client's expense."""
    pair.first.fail({"delay_headers_ms": 2000})

    answer = pair.ask("plain", seconds=0.3)

    assert (answer.status, error_of(answer)["code"]) == (504, "provider_timeout")
    assert pair.asked() == (1, 0)
    pair.lane.assert_settled(str(LOST_INPUT), outcome="failed", attempts=[])


def test_input_is_lost_once_and_not_by_every_target_in_turn(pair):
    """A hold is for one answer that got lost, besides the one that counts."""
    pair.first.fail({"delay_headers_ms": 2000})
    pair.second.fail({"delay_headers_ms": 2000})

    answer = pair.ask("plain", stream=True, gateway=pair.gateway(first_byte=0.1))

    assert (answer.status, error_of(answer)["code"]) == (503, "all_providers_failed")
    assert pair.asked() == (1, 1)
    record = pair.lane.assert_settled(str(2 * LOST_INPUT), outcome="failed", http_status=None)
    assert [attempt["fault"] for attempt in record["attempts"]] == ["timeout"]
    assert record["provider_id"] == "prv_second"


def test_a_stream_that_has_begun_is_not_begun_again_elsewhere(pair):
    pair.first.fail({"cut_after_chunks": 2})
    answer = pair.ask(stream=True)
    assert "provider_unavailable" in answer.text
    assert pair.asked() == (1, 0)
    (record,) = pair.lane.records
    assert (record["provider_id"], record["attempts"]) == ("prv_first", [])
    pair.lane.assert_settled(str(record["calculated_cost"]), outcome="failed", usage_source="estimated")


def test_when_all_refuse_the_last_answer_passes_unchanged(pair):
    pair.first.fail({"status": 500}, {"status": 429, "error_code": "first"})
    pair.second.fail({"status": 503}, {"status": 503, "error_code": "insufficient_quota"})

    answer = pair.ask()

    assert answer.status == 503
    assert error_of(answer) == {
        "message": "You exceeded your current quota, please check your plan.",
        "type": "insufficient_quota",
        "param": None,
        "code": "insufficient_quota",
    }
    assert "x-should-retry" not in answer.headers
    assert pair.asked() == (2, 2)
    record = pair.lane.assert_settled("0", outcome="failed", http_status=503, provider_id="prv_second")
    assert [(each["provider_id"], each["http_status"]) for each in record["attempts"]] == [
        ("prv_first", 500),
        ("prv_second", 503),
        ("prv_first", 429),
    ]


def test_when_none_can_be_reached_the_client_may_try_again(pair):
    answer = pair.ask("lost")
    assert (answer.status, error_of(answer)["code"]) == (503, "all_providers_failed")
    assert "x-should-retry" not in answer.headers
    record = pair.lane.assert_settled("0", outcome="failed", http_status=None)
    assert {attempt["fault"] for attempt in record["attempts"]} == {"unreachable"}


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_request_that_is_wrong_is_wrong_everywhere(pair, status):
    pair.first.fail({"status": status})
    assert pair.ask().status == status
    assert pair.asked() == (1, 0)
    pair.lane.assert_settled("0", outcome="failed", http_status=status, attempts=[])


def test_a_target_that_asked_for_a_pause_is_left_alone_meanwhile(pair):
    gateway = pair.gateway()
    pair.first.fail({"status": 429, "retry_after": 60})
    for _ in range(3):
        assert pair.ask(gateway=gateway).status == 200
    assert pair.asked() == (1, 3)
    pair.lane.assert_all_settled(3)


def test_a_hard_budget_pays_for_the_lost_input_too(pair):
    """The hold of a request that may be asked twice has room for the input of both."""
    lane = pair.lane
    lane.keys.edit(
        lane.scope, replace(lane.scope, budget_limit=Decimal("0.01"), enforcement=Enforcement.HARD)
    )
    pair.first.fail({"delay_headers_ms": 2000})
    path, body = CALLS["chat"]
    asked = {**body, "model": "shared", "max_completion_tokens": 200, "stream": True, "mock": USED}
    gateway = pair.gateway(first_byte=0.1)

    chunks = iter(lane.begin(asked, path=path, gateway=gateway).chunks)
    next(chunks)
    (hold,) = lane.scope.holds.values()
    for _ in chunks:
        pass

    record = lane.assert_settled(str(SECONDS_COST + LOST_INPUT))
    assert not record["exceeds_hold"]
    # The dearest target's price of the whole answer, and twice its bound of the input.
    prompt = hold.call.prompt_tokens
    assert hold.amount == (2 * prompt * Decimal("0.3") + 200 * Decimal("1.2")) / 1_000_000


CLIENTS, REQUESTS, WORTH = 16, 120, 15
# The most that a call holds: twice its input, of 1,500 tokens at most, and the output.
BOUND = (2 * 1500 * Decimal("0.3") + 200 * Decimal("1.2")) / 1_000_000
# How first targets fail: some by what they say, and some by saying nothing.
REFUSING: list[dict[str, Any]] = [{"status": 503}, {}, {}, {"status": 429}, {}, {}, {"status": 408}]
SILENT: list[dict[str, Any]] = [{"delay_headers_ms": 1000}, {}, {}, {}, {}]


class Crowd:
    """Clients of a hard budget that call at once, and again while its money is held."""

    def __init__(self, pair: Pair, dynamodb: Any, limit: Decimal, **timeouts: float) -> None:
        self.lane, self.limit = pair.lane, limit
        client: Any = StrictClient(dynamodb, hard=True)
        self.client = client
        lane = self.lane
        lane.keys.edit(lane.scope, replace(lane.scope, budget_limit=limit, enforcement=Enforcement.HARD))
        ledger = replace(lane.ledger, client=self.client)
        self.gateway = replace(pair.gateway(**timeouts), ledger=ledger, hold_wait=timedelta(seconds=1))

    def call(self, **asked: Any) -> Counter[str]:
        body = {"model": "shared", "messages": HELLO, "max_completion_tokens": 200, "mock": USED, **asked}
        with ThreadPoolExecutor(CLIENTS) as threads:
            return Counter(threads.map(lambda _: self._call(body), range(REQUESTS)))

    def _call(self, body: dict[str, Any]) -> str:
        for _ in range(20):
            answer = self.lane.call(body, gateway=self.gateway)
            if answer.status == 200:
                return "served"
            code: str = error_of(answer)["code"]
            if code != "budget_held":
                return code
        return "held"

    def assert_within_limit(self) -> list[dict[str, Any]]:
        """At every moment, and to the cent in the end."""
        records, scope = self.lane.records, self.lane.scope
        spent = sum((record["calculated_cost"] for record in records), Decimal(0))
        assert self.client.most_spoken_for <= self.limit
        assert scope.budget_used == spent <= self.limit
        assert scope.holds == {}
        assert_consistent(scope)
        assert not any(record["exceeds_hold"] for record in records)
        return records


def test_failovers_in_a_crowd_never_pass_a_hard_budget(pair, dynamodb):
    crowd = Crowd(pair, dynamodb, WORTH * SECONDS_COST)
    pair.first.fail(*REFUSING * 20)

    outcomes = crowd.call()

    records = crowd.assert_within_limit()
    assert outcomes["served"] == len(records)
    assert crowd.limit - crowd.lane.scope.budget_used < BOUND
    assert any(record["attempts"] for record in records)
    assert {record["provider_id"] for record in records} == {"prv_first", "prv_second"}
    assert outcomes.keys() <= {"served", "request_exceeds_budget", "budget_exhausted"}


def test_lost_inputs_in_a_crowd_never_pass_a_hard_budget(pair, dynamodb):
    """How many of the calls are served depends on how fast the machine is."""
    crowd = Crowd(pair, dynamodb, WORTH * SECONDS_COST, first_byte=0.2)
    pair.first.fail(*SILENT * 20)

    crowd.call(stream=True)

    records = crowd.assert_within_limit()
    lost = [attempt for record in records for attempt in record["attempts"] if attempt["fault"] == "timeout"]
    assert lost
    assert {attempt["cost"] for attempt in lost} <= {LOST_INPUT, 2 * LOST_INPUT}
