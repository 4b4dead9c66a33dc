"""An approval cut between any two writes, and decisions that meet: a limit is raised once, or not at all."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest

from tests.support.asking_world import ANN, BOSS, LEAD
from tests.support.faults import CountingClient, DyingAtWrites, KilledError, LossyClient
from tests.support.turns import InterruptedClient, Turns
from tollgate.alerts.alerts import AlertKind
from tollgate.clock import rfc3339
from tollgate.conflicts import EditConflictError
from tollgate_admin.web.problems import ProblemError

CUTS = pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])
MAX_WRITES = 30
ROUNDS = 2


def approvals(asking):
    return [each for each in asking.actions() if "increase.approve" in each]


def assert_consistent(asking, request_id):
    """Approved once, with one entry in the audit and one mail; or else without any of these."""
    state = asking.request(request_id)["state"]
    told = [
        each.content.kind for each in asking.alerts() if each.content.kind is not AlertKind.INCREASE_ASKED
    ]
    if state == "approved":
        assert approvals(asking) == [["budget.raise", "increase.approve"]]
        assert told == [AlertKind.INCREASE_APPROVED]
    else:
        assert approvals(asking) == []
        assert told == ([AlertKind.INCREASE_DENIED] if state == "denied" else [])
    return state


RECOVERIES = [
    lambda decider, request_id: decider.look(request_id),
    lambda decider, request_id: decider.approve(request_id),
    lambda decider, request_id: decider.deny(request_id),
    lambda decider, request_id: decider.withdraw(request_id),
    lambda decider, _request_id: decider.ask(),
]


def approved_until_it_dies(asking, number, *, applies=True):
    """A new request whose approval is killed at that write, if it makes so many; and whether it was.

    To be killed before a write leaves what being killed after the one before it does: by 0 before the first.
    """
    asking.renew()
    request_id = asking.asked()
    dying = DyingAtWrites(asking.admin.services.keys.client, number, applies=applies)
    try:
        asking.decider(dying).approve(request_id)
    except KilledError:
        return request_id, True
    return request_id, False


@CUTS
@pytest.mark.parametrize("first", [0, 2])
def test_an_approval_killed_at_any_write_is_made_once(asking, applies, first):
    """Each time somebody else comes by it next."""
    written = 0
    for number in range(1, MAX_WRITES):
        request_id, died = approved_until_it_dies(asking, number, applies=applies)
        before = asking.admin.services.budget_requests.get(request_id)
        with contextlib.suppress(ProblemError):
            RECOVERIES[(first + number) % len(RECOVERIES)](asking.decider(), request_id)
        state = assert_consistent(asking, request_id)
        if before.decision is not None:
            assert state == "approved", "it was decided by the first write"
        assert asking.key()["budgetLimit"] == ("20" if state == "approved" else "10")
        written = number
        if not died:
            break
    # The request, the parent's family, the key, the audit's entry, the key again, the family, the request.
    assert written == 8


def test_what_an_approval_has_raised_and_somebody_lowered_since_is_not_raised_again(asking):
    for number in range(MAX_WRITES):
        request_id, died = approved_until_it_dies(asking, number)
        raised = asking.key()["budgetLimit"] == "20"
        asking.pass_time(milliseconds=1)
        asking.decider().edit("12")
        asking.decider().edit("11")
        asking.decider().look(request_id)
        if raised:
            assert asking.key()["budgetLimit"] == "11"
        assert_consistent(asking, request_id)
        if not died:
            break
    assert number > 5


def test_any_answer_of_an_approval_that_is_lost(asking):
    for number in range(1, 60):
        asking.renew()
        request_id = asking.asked()
        calls = CountingClient(LossyClient(asking.admin.services.keys.client, {number}, applies=True))
        with contextlib.suppress(Exception):
            asking.decider(calls).approve(request_id)
        asking.decider().approve(request_id)
        assert assert_consistent(asking, request_id) == "approved"
        assert asking.key()["budgetLimit"] == "20"
        if len(calls.operations) < number:
            break
    assert number > 15


@CUTS
def test_asking_killed_at_its_write_has_asked_or_has_not(asking, applies):
    dying = DyingAtWrites(asking.admin.services.keys.client, 1, applies=applies)
    with pytest.raises(KilledError):
        asking.decider(dying).ask()
    assert len(asking.alerts()) == int(applies)
    listed = asking.admin("GET", "/budget-requests").json["data"]
    assert len(listed) == int(applies)
    _, is_new = asking.decider().ask()
    assert is_new is not applies
    (told,) = asking.alerts()
    assert {each.address for each in told.deliveries.values()} == {LEAD, BOSS, None}
    assert len(asking.actions()) == 2


@CUTS
@pytest.mark.parametrize("verb", ["deny", "withdraw"])
def test_a_no_killed_at_its_write_was_said_or_was_not(asking, verb, applies):
    request_id = asking.asked()
    dying = DyingAtWrites(asking.admin.services.keys.client, 1, applies=applies)
    with pytest.raises(KilledError):
        getattr(asking.decider(dying), verb)(request_id)
    assert (asking.request(request_id)["state"] == "pending") is not applies
    getattr(asking.decider(), verb)(request_id)
    assert assert_consistent(asking, request_id) == {"deny": "denied", "withdraw": "withdrawn"}[verb]
    assert len(asking.actions()) == 3


def at_once(*works):
    """Runs all at once, each in a thread; returns what each returned or raised."""
    barrier = Barrier(len(works))

    def run(work):
        barrier.wait(30)
        try:
            return work()
        except (ProblemError, EditConflictError) as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result(60) for each in [pool.submit(run, work) for work in works]]


def test_many_who_ask_at_once_get_one_request(asking):
    made = at_once(*(asking.decider().ask for _ in range(8)))
    assert sorted(is_new for _, is_new in made) == [False] * 7 + [True]
    assert len({request.id for request, _ in made}) == 1
    assert len(asking.alerts()) == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_approve_at_once(asking, _round):
    request_id = asking.asked()
    team, company = asking.team["id"], asking.company["id"]
    made = at_once(
        lambda: asking.decider().approve(request_id, team, limit=Decimal(30)),
        lambda: asking.decider().approve(request_id, company, limit=Decimal(40)),
    )
    (refused,) = [each for each in made if isinstance(each, ProblemError)]
    (done,) = [each for each in made if not isinstance(each, Exception)]
    assert isinstance(refused, ProblemError)
    assert refused.status == 409
    assert assert_consistent(asking, request_id) == "approved"
    assert asking.key()["budgetLimit"] == str(done.decision.limit)
    assert asking.request(request_id)["decision"]["by"] == done.decision.by


@pytest.mark.parametrize("_round", range(ROUNDS))
@pytest.mark.parametrize("verb", ["deny", "withdraw"])
def test_an_approval_meets_another_end(asking, verb, _round):
    request_id = asking.asked()
    approved, ended = at_once(
        lambda: asking.decider().approve(request_id),
        lambda: getattr(asking.decider(), verb)(request_id),
    )
    state = assert_consistent(asking, request_id)
    assert (state == "approved") is (not isinstance(approved, Exception)) is isinstance(ended, Exception)
    assert asking.key()["budgetLimit"] == ("20" if state == "approved" else "10")


def test_an_approval_meets_the_requests_expiry(asking):
    request_id = asking.asked()
    asking.pass_time(days=7, milliseconds=-2)

    class Late(CountingClient):
        """Time passes as soon as the approval is noted."""

        def _call(self, operation, call, request):
            answer = super()._call(operation, call, request)
            if operation == "put_item":
                asking.pass_time(days=1)
            return answer

    done = asking.decider(Late(asking.admin.services.keys.client)).approve(request_id)
    assert done.state_at(asking.now) == "approved", "it was decided in time"
    assert assert_consistent(asking, request_id) == "approved"


EVENTS = {
    "the key is edited": lambda asking: asking.decider().edit("12"),
    "the key is raised": lambda asking: asking.decider().edit("25"),
    "the parent is lowered": lambda asking: asking.decider().edit("15", asking.team["id"]),
    "the key is revoked": lambda asking: asking.admin("POST", f"/apiKey/{asking.ann['id']}/revoke"),
    "the key is moved": lambda asking: asking.admin(
        "PATCH", f"/apiKey/{asking.ann['id']}", {"parentId": asking.company["id"]}
    ),
    "the key is deleted": lambda asking: asking.admin("DELETE", f"/apiKey/{asking.ann['id']}"),
}


@pytest.mark.parametrize("_round", range(ROUNDS))
@pytest.mark.parametrize("event", EVENTS)
def test_an_approval_meets_what_becomes_of_the_key(asking, event, _round):
    request_id = asking.asked()
    approved, _ = at_once(lambda: asking.decider().approve(request_id), lambda: EVENTS[event](asking))
    state = assert_consistent(asking, request_id)
    assert (state == "approved") is (not isinstance(approved, Exception))
    if isinstance(approved, ProblemError):
        assert approved.status == 409


class Elsewhere(CountingClient):
    """Something happens right after the approval is noted, before the key is edited."""

    def __init__(self, client, happens):
        super().__init__(client)
        self._happens = happens

    def _call(self, operation, call, request):
        answer = super()._call(operation, call, request)
        if operation == "put_item" and self._happens:
            happens, self._happens = self._happens, None
            happens()
        return answer


REFUSED_AFTER_ALL = [event for event in EVENTS if event not in {"the key is edited", "the key is moved"}]


@pytest.mark.parametrize("event", REFUSED_AFTER_ALL)
def test_what_turns_out_to_be_impossible_leaves_the_request_pending(asking, event):
    request_id = asking.asked(limit="20")
    client = Elsewhere(asking.admin.services.keys.client, lambda: EVENTS[event](asking))
    with pytest.raises(ProblemError) as refused:
        asking.decider(client).approve(request_id)
    assert refused.value.status == 409
    assert assert_consistent(asking, request_id) == "pending"
    assert asking.decider().withdraw(request_id).stage == "withdrawn"


def test_who_approves_goes_on_with_no_approval_that_another_has_given_up(asking):
    request_id = asking.asked()

    def given_up():
        EVENTS["the parent is lowered"](asking)
        assert asking.decider().look(request_id).stage == "pending"
        asking.decider().edit("50", asking.team["id"])

    client = Elsewhere(asking.admin.services.keys.client, given_up)
    asking.decider(client).approve(request_id)
    assert assert_consistent(asking, request_id) == "approved", "it was approved anew"


@pytest.mark.parametrize("is_cut_off", [False, True])
def test_what_is_given_up_is_not_applied_by_who_was_about_to(asking, is_cut_off):
    """The limit's end has come meanwhile: nothing of the key says so."""
    request_id = asking.asked(until=rfc3339(asking.now + timedelta(hours=1)))
    plain = asking.admin.services.keys.client

    def end_comes():
        asking.pass_time(hours=2)
        client = DyingAtWrites(plain, 1, applies=True) if is_cut_off else plain
        with contextlib.suppress(KilledError):
            asking.decider(client).look(request_id)

    client = InterruptedClient(plain, "update_item", asking.ann["id"], end_comes)
    with contextlib.suppress(ProblemError):
        asking.decider(client).approve(request_id)
    assert client.was_interrupted
    state = assert_consistent(asking, request_id)
    # Who gave it up was cut off before the key's revision was counted up.
    assert state == ("approved" if is_cut_off else "pending")


def test_giving_up_killed_at_any_write(asking):
    for number in range(MAX_WRITES):
        asking.renew()
        request_id = asking.asked()
        dying = DyingAtWrites(asking.admin.services.keys.client, number, applies=True)
        client = Elsewhere(dying, lambda: EVENTS["the parent is lowered"](asking))
        died = True
        try:
            asking.decider(client).approve(request_id)
        except ProblemError:
            died = False
        except KilledError:
            pass
        asking.decider().look(request_id)
        assert assert_consistent(asking, request_id) in {"pending", "approved"}
        if not died:
            break
    assert number > 3


@pytest.mark.parametrize("seed", range(10))
def test_in_any_order_and_whoever_dies_a_request_ends_once(asking, seed):
    request_id = asking.asked()
    client = asking.admin.services.keys.client
    turns = Turns(seed, lambda: None, deaths=2)

    def worker(number, *works):
        decider = asking.decider(turns.client(client, number))

        def run():
            for work in works:
                with contextlib.suppress(ProblemError):
                    work(decider)

        return run

    raised = turns.run(
        [
            worker(0, lambda decider: decider.approve(request_id, asking.team["id"], limit=Decimal(30))),
            worker(1, lambda decider: decider.approve(request_id, asking.company["id"], limit=Decimal(40))),
            worker(2, lambda decider: decider.look(request_id), lambda decider: decider.withdraw(request_id)),
            worker(
                3,
                lambda decider: decider.edit("35", asking.team["id"]),
                lambda decider: decider.edit("50", asking.team["id"]),
            ),
        ]
    )
    assert raised == []
    asking.decider().look(request_id)
    state = assert_consistent(asking, request_id)
    limit = asking.request(request_id)["decision"]["limit"] if state == "approved" else "10"
    assert asking.key()["budgetLimit"] == limit
    # Nobody who had begun can do anything about it later.
    assert asking.alerts()[0].deliveries["topic"].address is None
    assert {each.address for each in asking.alerts()[-1].deliveries.values()} <= {ANN, LEAD, BOSS, None}
