"""Packs that are added and voided by processes that die, and by many at once, while calls draw on them."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.admin_client import Admin
from tests.support.drawn_packs import draw
from tests.support.faults import DyingAtWrites, KilledError, LossyClient
from tests.support.invariants import assert_consistent
from tollgate import money
from tollgate.clock import utc_now
from tollgate.ledger.billing.packs import MAX_PACKS

MAX_WRITES = 12
HOUR = timedelta(hours=1)
CUTS = pytest.mark.parametrize("applies", [False, True], ids=["before", "after"])


@pytest.fixture
def admin(shared_admin):
    return shared_admin


def on(admin, client, **changes):
    """The deployment as a process sees it that has another client of the tables."""
    services = admin.services
    audit = replace(services.audit, client=client)
    keys = replace(services.keys, client=client, audit_table=audit, **changes)
    definitions = replace(services.packs.definitions, client=client)
    packs = replace(services.packs, keys=keys, definitions=definitions)
    return Admin(replace(services, audit=audit, keys=keys, packs=packs))


def add(admin, key_id, amount="5", **body):
    answer = admin("POST", f"/apiKey/{key_id}/packs", {"amount": amount, **body})
    assert answer.status in {200, 201}, answer.text
    return answer.json


def dies(admin, number, applies, work):
    """Whether a process came as far as its `number`-th write."""
    try:
        work(on(admin, DyingAtWrites(admin.services.keys.client, number, applies=applies)))
    except KilledError:
        return True
    return False


def scope_of(admin, key_id):
    scope = admin.services.keys.get(key_id)
    assert_consistent(scope)
    return scope


def assert_adds_up(*packs):
    for each in packs:
        parts = [Decimal(each[name]) for name in ("used", "left", "voided")]
        assert money.total(parts) == Decimal(each["amount"])


def created(admin, key_id, since, until):
    """Those of a key that are found by when they were created."""
    found = admin.services.packs.created_between(since, until)
    return [each.definition.id for each in found if each.definition.key_id == key_id]


def actions(admin, key_id):
    found = admin("GET", "/audit", entity=key_id).json["data"]
    return [action for each in found[::-1] for action in each["actions"]]


@CUTS
def test_whoever_repeats_what_died_adds_one_pack(admin, applies):
    for number in range(1, MAX_WRITES):
        key_id = admin.key(budgetLimit="1")["id"]
        died = dies(admin, number, applies, lambda dying, k=key_id: add(dying, k, externalId="order-1"))
        (before,) = admin("GET", f"/apiKey/{key_id}/packs").json["data"] or [None]
        assert (before is not None) == bool(scope_of(admin, key_id).packs)

        pack = add(admin, key_id, externalId="order-1")

        assert created(admin, key_id, utc_now() - HOUR, utc_now() + HOUR) == [pack["id"]]
        assert before in (None, pack)
        assert scope_of(admin, key_id).packs_left == 5
        assert admin("GET", f"/apiKey/{key_id}/packs").json["data"] == [pack]
        assert actions(admin, key_id) == ["key.create", "pack.add"]
        if not died:
            break
    # At the list of the month, what was agreed, the pack, its audit entry, and that it needs no more of that.
    assert number == 6


@pytest.mark.parametrize("lost", range(1, 9))
def test_an_answer_that_is_lost_loses_and_doubles_nothing(admin, lost):
    key_id = admin.key(budgetLimit="1")["id"]
    lossy = on(admin, LossyClient(admin.services.keys.client, {lost}, applies=True))
    body = {"amount": "5", "externalId": "o"}
    assert lossy("POST", f"/apiKey/{key_id}/packs", body).status in {200, 201, 500}
    pack = add(admin, key_id, externalId="o")
    assert admin("GET", f"/apiKey/{key_id}/packs").json["data"] == [pack]
    assert scope_of(admin, key_id).packs_left == 5
    assert actions(admin, key_id).count("pack.add") == 1


def test_a_pack_that_is_added_a_month_after_somebody_died_at_it_is_of_that_month_alone(admin):
    key_id = admin.key()["id"]
    begun, later = utc_now(), utc_now() + timedelta(days=40)
    # After the month's packs, before what was agreed.
    assert dies(admin, 1, True, lambda dying: add(dying, key_id, externalId="o"))
    assert created(admin, key_id, begun, later) == []

    moved = on(admin, admin.services.keys.client, clock=lambda: later)
    pack = add(Admin(replace(moved.services, clock=lambda: later)), key_id, externalId="o")

    spans = [(begun - HOUR, begun + HOUR), (later - HOUR, later + HOUR), (begun - HOUR, later + HOUR)]
    found = [created(admin, key_id, *span) for span in spans]
    assert found == [[], [pack["id"]], [pack["id"]]]


@CUTS
def test_what_has_ended_is_filed_before_it_is_taken_out_whoever_dies_between(admin, applies):
    for number in range(1, MAX_WRITES):
        key_id = admin.key(budgetLimit="1")["id"]
        used, voided = add(admin, key_id, "5"), add(admin, key_id, "4")
        draw(admin.services.keys, key_id, used["id"], "5")
        draw(admin.services.keys, key_id, voided["id"], "1")
        admin("POST", f"/apiKey/{key_id}/packs/{voided['id']}/void")
        later = on_later(admin)

        died = dies(later, number, applies, lambda dying, k=key_id: add(dying, k, "3", externalId="o"))
        add(later, key_id, "3", externalId="o")

        shown = {each["id"]: each for each in later("GET", f"/apiKey/{key_id}/packs").json["data"]}
        assert len(shown) == 3
        assert (shown[used["id"]]["used"], shown[used["id"]]["state"]) == ("5", "used")
        assert (shown[voided["id"]]["used"], shown[voided["id"]]["voided"]) == ("1", "3")
        assert scope_of(later, key_id).packs_left == 3
        assert len(scope_of(later, key_id).packs) == 1
        assert_adds_up(*shown.values())
        if not died:
            break
    assert number == 8


def on_later(admin):
    later = utc_now() + timedelta(days=1)
    moved = on(admin, admin.services.keys.client, clock=lambda: later)
    return Admin(replace(moved.services, clock=lambda: later))


@CUTS
def test_whoever_repeats_a_voiding_that_died_voids_once(admin, applies):
    for number in range(1, MAX_WRITES):
        key_id = admin.key(budgetLimit="1")["id"]
        pack = add(admin, key_id)
        draw(admin.services.keys, key_id, pack["id"], "2")
        path = f"/apiKey/{key_id}/packs/{pack['id']}/void"
        died = dies(admin, number, applies, lambda dying, p=path: dying("POST", p))

        voided = admin("POST", path).json

        assert (voided["used"], voided["left"], voided["voided"]) == ("2", "0", "3")
        assert scope_of(admin, key_id).packs_left == 0
        assert actions(admin, key_id) == ["key.create", "pack.add", "pack.void"]
        if not died:
            break
    assert number == 4


def test_of_many_who_add_packs_no_more_get_one_than_there_is_room_for(admin):
    key_id = admin.key(budgetLimit="1")["id"]
    packs = [add(admin, key_id, "1") for _ in range(MAX_PACKS - 4)]

    def tried(_number):
        return admin("POST", f"/apiKey/{key_id}/packs", {"amount": "1"}).status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(tried, range(8)))

    assert sorted(statuses) == [201] * 4 + [409] * 4
    assert scope_of(admin, key_id).packs_left == MAX_PACKS
    assert len(admin("GET", f"/apiKey/{key_id}/packs").json["data"]) == len(packs) + 4


def test_one_order_that_many_send_at_once_is_one_pack(admin):
    key_id = admin.key(budgetLimit="1")["id"]

    def sent(_number):
        return add(admin, key_id, externalId="order-1")["id"]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(sent, range(8)))) == 1

    assert scope_of(admin, key_id).packs_left == 5
    assert actions(admin, key_id).count("pack.add") == 1


class Callers:
    """Calls that draw on whatever packs a key has, a cent each."""

    def __init__(self, admin, key_id):
        self._keys, self._key_id = admin.services.keys, key_id
        self._is_over = False

    def call(self, seed):
        """How often each pack has paid."""
        chosen, found = random.Random(seed), Counter()
        while not self._is_over:
            pack_id = chosen.choice(list(self._keys.get(self._key_id).packs))
            found[pack_id] += draw(self._keys, self._key_id, pack_id, "0.01")
        return found

    @contextmanager
    def calling(self, count):
        """Yields how often each pack has paid, known once all have ended."""
        paid = Counter()
        with ThreadPoolExecutor(count) as pool:
            calls = [pool.submit(self.call, seed) for seed in range(count)]
            try:
                yield paid
            finally:
                self._is_over = True
            for each in calls:
                paid += each.result()


def test_no_cent_is_lost_or_doubled_while_calls_draw_on_packs_that_come_and_go(admin):
    key_id = admin.key(budgetLimit="1")["id"]
    add(admin, key_id, "1")
    with Callers(admin, key_id).calling(4) as paid:
        for number in range(12):
            pack = add(admin, key_id, "0.2")
            if number % 3 == 2:
                answer = admin("POST", f"/apiKey/{key_id}/packs/{pack['id']}/void")
                assert answer.status in {200, 409}

    scope = scope_of(admin, key_id)
    shown = admin("GET", f"/apiKey/{key_id}/packs").json["data"]
    assert len(shown) == 13
    assert_adds_up(*shown)
    assert {each["id"]: Decimal(each["used"]) * 100 for each in shown if each["used"] != "0"} == +paid
    assert scope.packs_left == money.total(Decimal(each["left"]) for each in shown)
    assert {each["state"] for each in shown} >= {"voided", "live"}
