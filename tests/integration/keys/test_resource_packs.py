"""Resource packs by the admin API: added once, shown, voided, and taken out when they have ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import hold, scope
from tests.support.drawn_packs import draw
from tests.support.key_client import KeyClient
from tollgate.clock import from_rfc3339, rfc3339, utc_now
from tollgate.keys import api_keys
from tollgate.ledger.billing.packs import MAX_PACKS, Pack
from tollgate.ledger.holds import HoldParts

DAY = timedelta(days=1)


@pytest.fixture
def admin(shared_admin):
    return shared_admin


def packs_of(admin, key_id):
    return admin("GET", f"/apiKey/{key_id}/packs").json["data"]


def add(admin, key_id, amount="5", **body):
    answer = admin("POST", f"/apiKey/{key_id}/packs", {"amount": amount, **body})
    assert answer.status == 201, answer.text
    return answer.json


def stored(admin, key_id):
    return admin.services.keys.get(key_id)


def at(admin, moment):
    """The same deployment at another time."""
    services = admin.services
    keys = replace(services.keys, clock=lambda: moment)
    return type(admin)(
        replace(services, clock=lambda: moment, keys=keys, packs=replace(services.packs, keys=keys))
    )


def available(scope):
    return scope.budget_available, scope.quota.available, scope.packs_left


def test_a_pack_is_shown_as_it_was_agreed_and_with_all_of_it_left(admin):
    key_id = admin.key()["id"]
    begun_at = utc_now()
    ends_at = rfc3339(begun_at + 30 * DAY)
    body = {
        "amount": "50.25",
        "price": "40",
        "category": "promotional",
        "priority": 7,
        "expiresAt": ends_at,
        "models": ["small", "large"],
        "name": "Spring credits",
        "externalId": "order-1",
    }

    answer = admin("POST", f"/apiKey/{key_id}/packs", body)

    assert answer.status == 201
    shown = answer.json
    assert begun_at - timedelta(seconds=1) <= from_rfc3339(shown["effectiveAt"]) <= utc_now()
    assert shown["createdAt"] == shown["effectiveAt"]
    assert shown == {
        **body,
        "models": ["large", "small"],
        "id": shown["id"],
        "used": "0",
        "left": "50.25",
        "voided": "0",
        "state": "live",
        "effectiveAt": shown["effectiveAt"],
        "createdAt": shown["createdAt"],
    }
    assert admin("GET", f"/apiKey/{key_id}/packs/{shown['id']}").json == shown
    assert packs_of(admin, key_id) == [shown]


def test_a_pack_adds_to_what_is_available_and_to_no_limit(admin):
    key_id = admin.key(budgetLimit="10", quotaLimit="3")["id"]

    add(admin, key_id, "5")
    add(admin, key_id, "0.5")

    assert available(stored(admin, key_id)) == (Decimal("15.5"), Decimal("8.5"), Decimal("5.5"))
    shown = admin("GET", f"/apiKey/{key_id}").json
    assert (shown["packsLeft"], shown["budgetLimit"], shown["quotaLimit"]) == ("5.5", "10", "3")


def test_a_pack_for_some_models_adds_to_no_sum(admin):
    key_id = admin.key(budgetLimit="10")["id"]
    add(admin, key_id, models=["small"])
    assert available(stored(admin, key_id)) == (10, 0, 0)
    assert admin("GET", f"/apiKey/{key_id}").json["packsLeft"] == "0"


def test_a_pack_counts_from_when_it_takes_effect_until_it_expires(admin):
    key_id = admin.key(budgetLimit="10")["id"]
    begins, ends = utc_now() + DAY, utc_now() + 2 * DAY
    pack = add(admin, key_id, effectiveAt=rfc3339(begins), expiresAt=rfc3339(ends))
    assert pack["state"] == "scheduled"

    states = {}
    for moment in (utc_now(), begins, ends - timedelta(seconds=1), ends):
        then = at(admin, moment)
        shown = then("GET", f"/apiKey/{key_id}/packs/{pack['id']}").json
        states[shown["state"]] = (shown["left"], then("GET", f"/apiKey/{key_id}").json["packsLeft"])

    assert states == {"scheduled": ("5", "0"), "live": ("5", "5"), "expired": ("5", "0")}


def test_what_changes_with_time_is_stored_before_a_pack_is_added_or_voided(admin):
    key_id = admin.key(budgetLimit="10")["id"]
    now = utc_now()
    first = add(admin, key_id, "5", effectiveAt=rfc3339(now + DAY), expiresAt=rfc3339(now + 3 * DAY))
    add(admin, key_id, "1", expiresAt=rfc3339(now + 2 * DAY))

    later = at(admin, now + 1.5 * DAY)
    add(later, key_id, "0.5")
    assert available(stored(later, key_id))[::2] == (Decimal("16.5"), Decimal("6.5"))

    later = at(admin, now + 2.5 * DAY)
    assert later("POST", f"/apiKey/{key_id}/packs/{first['id']}/void").status == 200
    assert available(stored(later, key_id))[::2] == (Decimal("10.5"), Decimal("0.5"))
    # What is stored is what it has come to, whenever it is read.
    assert available(stored(at(admin, now + 9 * DAY), key_id))[::2] == (Decimal("10.5"), Decimal("0.5"))


def test_a_moment_is_one_of_whole_milliseconds(admin):
    key_id = admin.key()["id"]
    body = {"effectiveAt": "2026-01-01T00:00:00.123456Z", "expiresAt": "2999-01-01T00:00:00.123999Z"}
    pack = add(admin, key_id, externalId="order-1", **body)
    assert pack["state"] == "live"
    assert (pack["effectiveAt"], pack["expiresAt"]) == (
        "2026-01-01T00:00:00.123Z",
        "2999-01-01T00:00:00.123Z",
    )
    again = admin("POST", f"/apiKey/{key_id}/packs", {"amount": "5", "externalId": "order-1", **body})
    assert (again.status, again.json) == (200, pack)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({}, "amount"),
        ({"amount": "1", "category": "free"}, "category"),
        ({"amount": "1", "priority": -1}, "priority"),
        ({"amount": "1", "models": []}, "models"),
        ({"amount": "1", "expiresAt": "2026-01-01T00:00:00Z"}, "expiresAt"),
        (
            {"amount": "1", "effectiveAt": "2999-01-02T00:00:00Z", "expiresAt": "2999-01-01T00:00:00Z"},
            "expiresAt",
        ),
        ({"amount": "1", "left": "1"}, "left"),
    ],
)
def test_what_is_no_pack_is_refused(admin, body, field):
    key_id = admin.key()["id"]
    answer = admin("POST", f"/apiKey/{key_id}/packs", body)
    assert (answer.status, list(answer.errors)) == (422, [field])
    assert packs_of(admin, key_id) == []


def test_an_order_that_is_sent_twice_is_one_pack(admin):
    key_id = admin.key(budgetLimit="1")["id"]
    first = add(admin, key_id, externalId="order-1")
    draw(admin.services.keys, key_id, first["id"], "2")

    again = admin("POST", f"/apiKey/{key_id}/packs", {"amount": "5.0", "externalId": "order-1"})

    assert again.status == 200
    assert again.json == {**first, "used": "2", "left": "3"}
    other = admin("POST", f"/apiKey/{key_id}/packs", {"amount": "6", "externalId": "order-1"})
    assert (other.status, list(other.errors)) == (409, ["amount"])
    assert stored(admin, key_id).packs_left == 3


def test_an_external_id_is_of_one_key(admin):
    first, second = admin.key()["id"], admin.key()["id"]
    assert add(admin, first, externalId="order-1")["id"] != add(admin, second, externalId="order-1")["id"]


def test_voiding_takes_what_is_left_and_keeps_what_was_used(admin):
    key_id = admin.key(budgetLimit="10", quotaLimit="3")["id"]
    pack = add(admin, key_id)
    draw(admin.services.keys, key_id, pack["id"], "1.5")

    answer = admin("POST", f"/apiKey/{key_id}/packs/{pack['id']}/void")

    assert answer.status == 200
    assert answer.json == {**pack, "used": "1.5", "left": "0", "voided": "3.5", "state": "voided"}
    assert available(stored(admin, key_id)) == (10, 3, 0)
    again = admin("POST", f"/apiKey/{key_id}/packs/{pack['id']}/void")
    assert (again.status, again.json) == (200, answer.json)
    assert stored(admin, key_id).revision == 3


@pytest.mark.parametrize("settings", [{"models": ["small"]}, {"effectiveAt": "2999-01-01T00:00:00Z"}])
def test_what_adds_to_no_sum_takes_nothing_off_one(admin, settings):
    key_id = admin.key(budgetLimit="10")["id"]
    pack = add(admin, key_id, **settings)
    add(admin, key_id, "1")
    voided = admin("POST", f"/apiKey/{key_id}/packs/{pack['id']}/void").json
    assert (voided["state"], voided["voided"]) == ("voided", "5")
    assert available(stored(admin, key_id)) == (11, 1, 1)


def test_what_has_ended_can_not_be_voided(admin):
    key_id = admin.key()["id"]
    used = add(admin, key_id)
    draw(admin.services.keys, key_id, used["id"], "5")
    expired = add(admin, key_id, expiresAt=rfc3339(utc_now() + DAY))
    later = at(admin, utc_now() + 2 * DAY)
    for pack, state in ((used, "used"), (expired, "expired")):
        answer = later("POST", f"/apiKey/{key_id}/packs/{pack['id']}/void")
        assert answer.status == 409
        assert state in answer.json["detail"]


def test_what_is_not_there_is_not_found(admin):
    key_id = admin.key()["id"]
    unknown = "key_0000000000000000"
    assert admin("GET", f"/apiKey/{unknown}/packs").status == 404
    assert admin("POST", f"/apiKey/{unknown}/packs", {"amount": "1"}).status == 404
    assert admin("GET", f"/apiKey/{key_id}/packs/pck_000000000000").status == 404
    assert admin("POST", f"/apiKey/{key_id}/packs/pck_000000000000/void").status == 404
    other = add(admin, admin.key()["id"])
    assert admin("GET", f"/apiKey/{key_id}/packs/{other['id']}").status == 404


def test_a_key_has_so_many_live_packs_and_no_more_until_one_has_ended(admin):
    key_id = admin.key()["id"]
    packs = [add(admin, key_id, "1") for _ in range(MAX_PACKS)]
    answer = admin("POST", f"/apiKey/{key_id}/packs", {"amount": "1"})
    assert (answer.status, str(MAX_PACKS) in answer.json["detail"]) == (409, True)

    draw(admin.services.keys, key_id, packs[3]["id"], "1")

    add(admin, key_id, "1")
    assert len(stored(admin, key_id).packs) == MAX_PACKS
    assert packs[3]["id"] not in stored(admin, key_id).packs
    shown = admin("GET", f"/apiKey/{key_id}/packs/{packs[3]['id']}").json
    assert shown == {**packs[3], "used": "1", "left": "0", "state": "used"}
    assert len(packs_of(admin, key_id)) == MAX_PACKS + 1


def test_what_has_ended_is_taken_out_with_what_it_came_to(admin):
    key_id = admin.key(budgetLimit="10")["id"]
    expiring = add(admin, key_id, expiresAt=rfc3339(utc_now() + DAY))
    voided = add(admin, key_id)
    for pack in (expiring, voided):
        draw(admin.services.keys, key_id, pack["id"], "1")
    admin("POST", f"/apiKey/{key_id}/packs/{voided['id']}/void")
    later = at(admin, utc_now() + 2 * DAY)

    new = add(later, key_id, "2")

    assert set(stored(later, key_id).packs) == {new["id"]}
    assert available(stored(later, key_id))[::2] == (12, 2)
    shown = {each["id"]: each for each in packs_of(later, key_id)}
    assert shown[expiring["id"]] == {**expiring, "used": "1", "left": "4", "state": "expired"}
    assert shown[voided["id"]] == {**voided, "used": "1", "left": "0", "voided": "4", "state": "voided"}
    assert later("POST", f"/apiKey/{key_id}/packs", {"amount": "2"}).status == 201


def test_a_pack_of_long_ago_is_still_found_by_its_external_id(admin):
    key_id = admin.key()["id"]
    first = add(admin, key_id, externalId="order-1")
    draw(admin.services.keys, key_id, first["id"], "5")
    add(admin, key_id)
    assert first["id"] not in stored(admin, key_id).packs

    again = admin("POST", f"/apiKey/{key_id}/packs", {"amount": "5", "externalId": "order-1"})

    assert (again.status, again.json) == (200, {**first, "used": "5", "left": "0", "state": "used"})
    assert first["id"] not in stored(admin, key_id).packs


def test_packs_are_listed_page_by_page(admin):
    key_id = admin.key()["id"]
    ids = {add(admin, key_id)["id"] for _ in range(5)}
    found, cursor = [], None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = admin("GET", f"/apiKey/{key_id}/packs", **query).json
        found += [each["id"] for each in page["data"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert sorted(found) == sorted(ids)


def test_the_audit_says_who_gave_what_and_took_it_back(admin):
    key_id = admin.key()["id"]
    pack = add(admin, key_id, price="4", name="July")
    admin("POST", f"/apiKey/{key_id}/packs/{pack['id']}/void")

    voiding, addition, _ = admin("GET", "/audit", entity=key_id).json["data"]

    assert (addition["actions"], addition["before"]) == (["pack.add"], {"pack": None})
    said = addition["after"]["pack"]
    assert said == {name: pack[name] for name in said}
    assert {"id", "amount", "price", "category", "effectiveAt"} < said.keys()
    assert voiding["actions"] == ["pack.void"]
    assert voiding["after"] == {"pack": {"id": pack["id"], "voided": True}}


def test_a_holder_sees_the_packs_of_its_key_and_of_keys_below_and_none_above(admin):
    parent = admin.managing_key()
    child = admin.key(parentId=parent["id"])
    above, below = (
        add(admin, parent["id"], "7", price="6"),
        add(admin, child["id"], "2", externalId="order-1"),
    )
    holder, manager = KeyClient(admin, child["key"]), KeyClient(admin, parent["key"])
    hidden = {"price", "externalId"}

    own = holder("GET", "/packs")

    assert own.status == 200
    shown = {name: value for name, value in below.items() if name not in hidden}
    assert own.json == {"data": [shown], "nextCursor": None}
    assert manager("GET", "/packs", keyId=child["id"]).json == own.json
    assert [each["id"] for each in manager("GET", "/packs").json["data"]] == [above["id"]]
    assert holder("GET", "/packs", keyId=parent["id"]).status == 404
    assert holder("GET", f"/keys/{child['id']}").json["packsLeft"] == "2"


def with_open_call(admin, pack, opened_at, **assigned):
    """A key that has a pack, and a call that was let in at a moment."""
    key = api_keys.issue()
    call = hold(at=opened_at, expires_at=opened_at + DAY, key_id=key.key_id, **assigned)
    made = scope(
        key,
        budget_limit="10",
        packs={"pck_0123456789ab": pack},
        holds={"req_1": call},
    )
    counted = pack.left if pack.is_counted(None) else Decimal(0)
    made = replace(made, budget_available=Decimal("9.5") + counted, packs_left=counted)
    made = replace(made, quota=replace(made.quota, available=counted - Decimal("0.5")))
    admin.services.keys.add(made)
    return key.key_id


@pytest.mark.parametrize(("opened", "stays"), [(-1, True), (1, False)], ids=["before", "after"])
def test_a_pack_that_is_over_stays_while_a_call_is_open_that_was_let_in_before(admin, opened, stays):
    ended_at = utc_now() - DAY
    pack = Pack(Decimal(5), Decimal(3), 1, ended_at - DAY, ended_at - DAY, ended_at)
    key_id = with_open_call(admin, pack, ended_at + timedelta(minutes=opened))
    add(admin, key_id)
    assert ("pck_0123456789ab" in stored(admin, key_id).packs) == stays


@pytest.mark.parametrize("has_drawn", [True, False])
def test_a_used_pack_stays_while_a_call_is_open_that_has_drawn_on_it(admin, has_drawn):
    draws = {"pck_0123456789ab" if has_drawn else "pck_another": Decimal(1)}
    pack = Pack(Decimal(5), Decimal(0), 1, utc_now() - DAY, utc_now() - DAY)
    key_id = with_open_call(admin, pack, utc_now(), parts=HoldParts(Decimal(1), draws))
    add(admin, key_id)
    assert ("pck_0123456789ab" in stored(admin, key_id).packs) == has_drawn


def test_a_pack_that_has_just_ended_stays_for_clocks_differ(admin):
    key_id = admin.key()["id"]
    pack = add(admin, key_id, expiresAt=rfc3339(utc_now() + DAY))
    add(at(admin, utc_now() + DAY + timedelta(minutes=9)), key_id)
    assert pack["id"] in stored(admin, key_id).packs
    add(at(admin, utc_now() + DAY + timedelta(minutes=11)), key_id)
    assert pack["id"] not in stored(admin, key_id).packs


def test_calls_of_the_moment_may_draw_on_a_pack_that_is_added_or_voided_now(admin):
    """Their process' clock may be behind, or they were let in on it before it was voided."""
    key_id = admin.key()["id"]
    pack = add(admin, key_id)
    begun_at = utc_now()
    assert stored(admin, key_id).packs[pack["id"]].is_in_effect(begun_at - timedelta(seconds=5))
    admin("POST", f"/apiKey/{key_id}/packs/{pack['id']}/void")
    voided = stored(admin, key_id).packs[pack["id"]]
    assert voided.is_in_effect(begun_at + timedelta(seconds=5))
    assert not voided.is_in_effect(utc_now() + timedelta(seconds=10))
