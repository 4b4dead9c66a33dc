"""Batches whose processes die, whose answers get lost, and that are looked at twice at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.batching import USED, Batching, chat, message
from tests.support.builders import scope
from tests.support.faults import KilledError, MortalClient
from tests.support.gateway_world import Lane, Server, WatchedUpstream, error_of
from tests.support.invariants import assert_consistent
from tollgate.clock import utc_now
from tollgate.gateway_state.store.batches_table import BatchesTable
from tollgate.keys import api_keys
from tollgate.ledger.store.ledger import Ledger
from tollgate.ledger.store.sweeper import Sweeper

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.gateway_world import World
    from tollgate_proxy.gateway import Gateway

ONE = (USED["prompt_tokens"] * Decimal("0.15") + USED["completion_tokens"] * Decimal("0.6")) / 1_000_000


@pytest.fixture
def family(world: World) -> Lane:
    """A key below another one."""
    parent = api_keys.issue()
    world.keys.add(scope(parent))
    lane = Lane(world, parent_id=parent.key_id)
    lane.parent_id = parent.key_id  # type: ignore[attr-defined]
    return lane


def over(lane: Lane, client: Any) -> dict[str, Any]:
    """A ledger and a table of batches over a client."""
    ledger = Ledger(client, lane.tables["KeysTable"], lane.tables["UsageTable"], timedelta(days=400))
    return {"ledger": ledger, "batches": BatchesTable(client, lane.tables["BatchesTable"])}


def gateway_over(lane: Lane, client: Any) -> Gateway:
    stores = over(lane, client)
    return lane.gateway(ledger=stores["ledger"], batches=lambda: lane.batch_settlement(**stores))


def survives(work: Callable[[], object]) -> bool:
    """Whether the process has come to the end of it."""
    try:
        work()
    except KilledError:
        return False
    return True


def was_sent(lane: Lane, since: int) -> bool:
    return any(
        each["method"] == "POST" and each["path"].endswith("/batches") for each in lane.received[since:]
    )


def require_settled(family: Lane, expected: Decimal) -> None:
    for each in (family.scope, parent_of(family)):
        assert each.holds == {}
        assert each.budget_used == expected
        assert_consistent(each)


def parent_of(lane: Lane) -> Any:
    return lane.keys.get(lane.parent_id)  # type: ignore[attr-defined]


dies = pytest.mark.parametrize("applies", [False, True], ids=["lost", "applied"])
# More writes than there are of either kind: the first run that finishes ends a test.
MANY = 40


@dies
def test_a_submission_that_dies_anywhere_is_charged_once_or_not_at_all(family: Lane, applies: bool) -> None:
    batching = Batching(family)
    file_id = batching.uploaded(chat("a"))
    expected = Decimal(0)
    finished = False
    for call in range(1, MANY):
        since = len(family.received)
        client = MortalClient(family.dynamodb, call, applies=applies)
        finished = survives(partial(batching.create, file_id, gateway=gateway_over(family, client)))
        expected += ONE if was_sent(family, since) else 0
        batching.poll()
        batching.poll(later=timedelta(hours=1))
        require_settled(family, expected)
        if finished:
            break
    assert finished
    assert sum(each["calculated_cost"] for each in family.records) == expected


@dies
def test_a_settlement_that_dies_anywhere_is_made_good_by_the_next(family: Lane, applies: bool) -> None:
    batching = Batching(family)
    finished = False
    for call in range(1, MANY):
        batching.made(chat("a"))
        client: Any = MortalClient(family.dynamodb, call, applies=applies)
        finished = survives(partial(batching.poll, **over(family, client)))
        batching.poll(later=timedelta(hours=1))
        require_settled(family, call * ONE)
        if finished:
            break
    assert finished


def test_pollers_and_a_client_at_once_charge_once(lane: Lane) -> None:
    batching = Batching(lane)
    paths = [f"/v1/batches/{batching.made(chat('a'))}" for _ in range(2)]
    with ThreadPoolExecutor(6) as pool:
        looks = [pool.submit(batching.poll) for _ in range(3)]
        looks += [pool.submit(batching.get, path) for path in paths]  # type: ignore[arg-type]
        for look in looks:
            look.result()
    lane.assert_all_settled(2)
    assert lane.scope.budget_used == 2 * ONE


def test_a_batch_whose_answer_was_lost_is_found_by_its_tag(lane: Lane) -> None:
    batching = Batching(lane)
    batching.made(chat("x"))
    batching.poll()
    file_id = batching.uploaded(chat("a"))
    Server("mock", lane.provider_url).fail({"cut_after_chunks": 1})

    answer = batching.create(file_id, metadata={"mine": "yes"})
    assert (answer.status, error_of(answer)["code"]) == (502, "batch_unconfirmed")
    assert answer.headers["x-should-retry"] == "false"
    assert len(lane.scope.holds) == 1

    assert batching.poll().settled == 1
    assert lane.scope.budget_used == 2 * ONE
    found = json.loads(batching.get("/v1/batches").text)["data"]
    assert found[0]["metadata"]["mine"] == "yes"


@pytest.mark.parametrize("kind", ["file", "messages"])
def test_a_batch_that_the_provider_never_got_is_given_back(lane: Lane, kind: str) -> None:
    batching = Batching(lane)
    submit = (
        partial(batching.create, batching.uploaded(chat("a")))
        if kind == "file"
        else partial(batching.messages, message("a"))
    )
    Server("mock", lane.provider_url).fail({"status": 503})
    assert submit().status == 503
    assert len(lane.scope.holds) == 1  # nobody can know yet

    assert batching.poll().settled == 1
    assert (lane.scope.holds, lane.records) == ({}, [])
    assert_consistent(lane.scope)


def test_a_batch_of_messages_whose_answer_was_lost_is_left_to_the_sweep(lane: Lane) -> None:
    batching = Batching(lane)
    Server("mock", lane.provider_url).fail({"cut_after_chunks": 1})
    assert batching.messages(message("a")).status == 502
    (held,) = lane.scope.holds.values()

    assert batching.poll().settled == 0
    assert len(lane.scope.holds) == 1
    much_later = timedelta(days=2, minutes=10)
    Sweeper(lane.ledger, lambda: utc_now() + much_later).run()
    assert batching.poll(later=timedelta(days=2, hours=2)).settled == 1
    lane.assert_settled(str(held.amount), outcome="abandoned", kind="batch")


def test_a_batch_that_was_swept_isnt_charged_again(lane: Lane) -> None:
    batching = Batching(lane)
    path = f"/v1/batches/{batching.made(chat('a'))}"
    (held,) = lane.scope.holds.values()
    Sweeper(lane.ledger, lambda: utc_now() + timedelta(days=2, minutes=10)).run()

    batching.get(path)
    batching.poll()

    lane.assert_settled(str(held.amount), outcome="abandoned")


def test_results_that_are_cut_off_are_read_again(lane: Lane) -> None:
    batching = Batching(lane)
    batching.made(chat("a"), chat("b"))
    notes: list[Any] = []

    class Cutting(WatchedUpstream):
        __slots__ = ()

        def send(self, provider: Any, credential: str, asked: Any) -> Any:
            answer = super().send(provider, credential, asked)
            if not asked.path.endswith("/content"):
                return answer
            whole = b"".join(answer.chunks)
            return replace(answer, chunks=iter([whole[: whole.index(b"\n") + 1]]))

    cut = lane.dispatcher(Cutting(notes))
    assert batching.poll(dispatcher=cut).settled == 0
    assert (lane.records, len(lane.scope.holds)) == ([], 1)
    assert batching.poll(later=timedelta(hours=1)).settled == 1
    lane.assert_settled(str(2 * ONE))
