"""Models that several providers serve, through the admin API: whom, at what weight, at whose prices."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tollgate.clock import utc_now
from tollgate_admin.catalog.shipped import shipped_prices

if TYPE_CHECKING:
    from tests.support.admin_client import Admin

PRICE = {"inputPrice": "1", "outputPrice": "4"}
DEARER = {"inputPrice": "2", "outputPrice": "8"}


@pytest.fixture
def first(admin) -> str:
    return admin.provider(name="first")["id"]


@pytest.fixture
def second(admin) -> str:
    return admin.provider(name="second")["id"]


@pytest.fixture
def third(admin) -> str:
    return admin.provider(name="third")["id"]


def edit(admin: Admin, model: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = admin("PATCH", f"/models/{model['id']}", body)
    assert answer.status == 200, answer.text
    return answer.json


def refused(admin: Admin, model: dict[str, Any], **body: Any) -> set[str]:
    """The fields that an edit is refused for, having changed nothing."""
    path = f"/models/{model['id']}"
    before = admin("GET", path).json
    answer = admin("PATCH", path, body)
    assert answer.status == 422, answer.text
    assert admin("GET", path).json == before
    return set(answer.errors)


def version_ids(admin: Admin, model: dict[str, Any], provider_id: str) -> list[str]:
    versions = admin("GET", f"/models/{model['id']}/prices").json["data"]
    return [version["priceVersion"] for version in versions if version["providerId"] == provider_id]


def test_a_model_of_one_provider_has_no_alternatives(admin, first):
    created = admin.model(first, **PRICE)
    assert (created["weight"], created["priority"], created["alternatives"]) == (1, 0, [])


def test_a_model_can_have_several_providers_from_the_start(admin, first, second, third):
    created = admin.model(
        first,
        weight=3,
        priority=1,
        alternatives=[
            {"providerId": second, "weight": 1000, "priority": 100},
            {"providerId": third, "remoteId": "small-2026", **DEARER},
        ],
        **PRICE,
    )

    assert (created["weight"], created["priority"]) == (3, 1)
    same, own = created["alternatives"]
    assert (same["providerId"], same["remoteId"]) == (second, "small")
    assert (same["weight"], same["priority"]) == (1000, 100)
    assert (same["ownPrices"], same["priced"], same["inputPrice"]) == (False, True, "1")
    assert same["priceVersion"] == created["priceVersion"]
    assert (own["providerId"], own["remoteId"]) == (third, "small-2026")
    assert (own["weight"], own["priority"]) == (1, 0)
    assert (own["ownPrices"], own["priced"], own["inputPrice"]) == (True, True, "2")
    assert own["priceVersion"].startswith(f"{created['id']}/{third}:")
    assert admin("GET", f"/models/{created['id']}").json == created
    assert admin("GET", "/models").json["data"] == [created]


def test_what_is_stored_is_what_the_gateway_chooses_from(admin, first, second):
    admin.model(first, weight=2, alternatives=[{"providerId": second, "priority": 1, **DEARER}], **PRICE)

    main, other = admin.services.catalog.model("small").targets

    assert (main.provider_id, main.weight, main.priority) == (first, 2, 0)
    assert (other.provider_id, other.remote_id, other.priority) == (second, "small", 1)
    assert [version.id.partition("/")[0] for version in other.prices] == [
        admin.services.catalog.model("small").id
    ]


def test_an_alternative_without_prices_follows_the_models(admin, first, second):
    model = admin.model(first, alternatives=[{"providerId": second}], **PRICE)

    edited = edit(admin, model, inputPrice="3")

    (alternative,) = edited["alternatives"]
    assert (alternative["ownPrices"], alternative["inputPrice"]) == (False, "3")
    assert version_ids(admin, model, second) == []


def test_an_alternatives_own_price_is_not_the_models(admin, first, second):
    model = admin.model(first, alternatives=[{"providerId": second, **DEARER}], **PRICE)

    edited = edit(admin, model, inputPrice="3")

    assert (edited["inputPrice"], edited["alternatives"][0]["inputPrice"]) == ("3", "2")


def test_an_alternatives_first_price_inherits_nothing(admin, first, second):
    model = admin.model(first, cachedInputPrice="0.1", requestPrice="0.5", **PRICE)

    (alternative,) = edit(admin, model, alternatives=[{"providerId": second, "inputPrice": 0}])[
        "alternatives"
    ]

    assert (alternative["inputPrice"], alternative["outputPrice"]) == ("0", None)
    assert (alternative["cachedInputPrice"], alternative["requestPrice"]) == (None, "0")
    assert (alternative["ownPrices"], alternative["priced"]) == (True, False)


def test_a_list_takes_the_place_of_the_one_before(admin, first, second, third):
    model = admin.model(first, alternatives=[{"providerId": second, "weight": 5}], **PRICE)

    kept = edit(admin, model, outputLimit=1000)
    assert kept["alternatives"] == model["alternatives"]
    edited = edit(admin, model, alternatives=[{"providerId": third}, {"providerId": second}])
    assert [(each["providerId"], each["weight"]) for each in edited["alternatives"]] == [
        (third, 1),
        (second, 1),
    ]
    assert edit(admin, model, alternatives=[])["alternatives"] == []


def test_an_alternative_that_stays_keeps_its_prices_and_gets_a_version_for_what_differs(admin, first, second):
    model = admin.model(
        first, alternatives=[{"providerId": second, "cachedInputPrice": "0.5", **DEARER}], **PRICE
    )
    before = model["alternatives"][0]

    (heavier,) = edit(admin, model, alternatives=[{"providerId": second, "weight": 9}])["alternatives"]
    assert heavier == {**before, "weight": 9}
    same = edit(admin, model, alternatives=[{"providerId": second, "inputPrice": "2.00"}])["alternatives"]
    assert same == [{**before, "weight": 1}]
    (dearer,) = edit(admin, model, alternatives=[{"providerId": second, "inputPrice": "2.5"}])["alternatives"]
    assert (dearer["inputPrice"], dearer["outputPrice"], dearer["cachedInputPrice"]) == ("2.5", "8", "0.5")
    assert dearer["priceVersion"] != before["priceVersion"]

    assert version_ids(admin, model, second) == [before["priceVersion"], dearer["priceVersion"]]


def test_every_version_tells_who_serves_at_it(admin, first, second):
    model = admin.model(
        first,
        remoteId="small-at-first",
        alternatives=[{"providerId": second, "remoteId": "small-at-second", **DEARER}],
        **PRICE,
    )
    edited = edit(admin, model, inputPrice="1.5")

    versions = admin("GET", f"/models/{model['id']}/prices").json["data"]

    served = [(each["providerId"], each["remoteId"], each["inputPrice"]) for each in versions]
    assert sorted(served) == sorted(
        [(first, "small-at-first", "1"), (first, "small-at-first", "1.5"), (second, "small-at-second", "2")]
    )
    own_ids = [model["priceVersion"], edited["priceVersion"]]
    assert version_ids(admin, model, first) == own_ids == [f"{model['id']}:1", f"{model['id']}:2"]


def test_no_two_versions_ever_have_one_id(admin, first, second):
    """Not at one provider twice, and not after an alternative was taken away: records go on naming it."""
    both = [
        {"providerId": second, "remoteId": "a", **DEARER},
        {"providerId": second, "remoteId": "b", **DEARER},
    ]
    model = admin.model(first, alternatives=both, **PRICE)
    ids = version_ids(admin, model, second)
    edit(admin, model, alternatives=[both[1], {**both[0], "inputPrice": "3"}])
    ids += [each for each in version_ids(admin, model, second) if each not in ids]
    edit(admin, model, alternatives=[])
    edit(admin, model, alternatives=both)
    ids += version_ids(admin, model, second)

    assert len(ids) == len(set(ids)) == 5


def test_an_alternatives_price_can_change_later_but_not_begin_later(admin, first, second):
    later = (utc_now() + timedelta(days=30)).isoformat()
    model = admin.model(first, **PRICE)

    begun_later = [{"providerId": second, "effectiveAt": later, **DEARER}]
    assert refused(admin, model, alternatives=begun_later) == {"alternatives.0.effectiveAt"}
    edit(admin, model, alternatives=[{"providerId": second, **DEARER}])
    raised = [{"providerId": second, "effectiveAt": later, "inputPrice": "3"}]
    (alternative,) = edit(admin, model, alternatives=raised)["alternatives"]

    assert alternative["inputPrice"] == "2"
    assert len(version_ids(admin, model, second)) == 2
    past = [{"providerId": second, "inputPrice": "4", "effectiveAt": "2026-01-01T00:00:00Z"}]
    assert refused(admin, model, alternatives=past) == {"alternatives.0.effectiveAt"}


def test_a_provider_that_is_not_there_is_no_alternative(admin, first, second):
    model = admin.model(first, **PRICE)
    alternatives = [{"providerId": second}, {"providerId": "prv_nobody"}]
    assert refused(admin, model, alternatives=alternatives) == {"alternatives.1.providerId"}


def test_all_providers_of_a_model_speak_the_same_api(admin, first, second):
    anthropic = admin.provider(name="anthropic", type="anthropic")["id"]
    other = [{"providerId": second}, {"providerId": anthropic}]
    body = {"systemName": "small", "providerId": first, "modelType": "chat", "alternatives": other}
    assert admin("POST", "/models", body).errors.keys() == {"alternatives.1.providerId"}
    model = admin.model(first, alternatives=[{"providerId": second}], **PRICE)

    assert refused(admin, model, alternatives=other) == {"alternatives.1.providerId"}
    assert refused(admin, model, providerId=anthropic) == {"providerId"}
    moved = edit(admin, model, providerId=anthropic, alternatives=[])
    assert refused(admin, moved, alternatives=[{"providerId": first}]) == {"alternatives.0.providerId"}


def test_a_target_is_there_once(admin, first, second):
    model = admin.model(first, alternatives=[{"providerId": second}, {"providerId": first, "remoteId": "a"}])

    twice = [{"providerId": second}, {"providerId": second, "remoteId": "small"}]
    assert refused(admin, model, alternatives=twice) == {"alternatives.1.remoteId"}
    assert refused(admin, model, alternatives=[{"providerId": first}]) == {"alternatives.0.remoteId"}
    assert refused(admin, model, providerId=second) == {"providerId"}
    assert refused(admin, model, remoteId="a") == {"remoteId"}
    swapped = edit(admin, model, providerId=second, alternatives=[{"providerId": first}])
    assert (swapped["providerId"], swapped["alternatives"][0]["providerId"]) == (second, first)


INVALID = {
    "a weight of nothing": ({"weight": 0}, "weight"),
    "a weight beyond reason": ({"weight": 1001}, "weight"),
    "a priority before the first": ({"priority": -1}, "priority"),
    "a priority beyond reason": ({"priority": 101}, "priority"),
    "half a weight": ({"weight": 1.5}, "weight"),
    "no provider": ({"providerId": ""}, "providerId"),
    "an alternative's weight of nothing": (
        {"alternatives": [{"providerId": "prv_1", "weight": 0}]},
        "alternatives.0.weight",
    ),
    "an alternative's negative price": (
        {"alternatives": [{"providerId": "prv_1", "inputPrice": -1}]},
        "alternatives.0.inputPrice",
    ),
    "an alternative nowhere": ({"alternatives": [{"weight": 1}]}, "alternatives.0.providerId"),
    "an alternative's own alternatives": (
        {"alternatives": [{"providerId": "prv_1", "alternatives": []}]},
        "alternatives.0.alternatives",
    ),
    "too many": ({"alternatives": [{"providerId": f"prv_{number}"} for number in range(9)]}, "alternatives"),
}


@pytest.mark.parametrize(("fault", "wrong"), INVALID.values(), ids=INVALID)
def test_targets_that_can_not_be_are_refused_naming_the_field(admin, first, fault, wrong):
    model = admin.model(first, **PRICE)
    body = {"systemName": "other", "providerId": first, "modelType": "chat", **fault}

    assert admin("POST", "/models", body).errors.keys() == {wrong}
    assert refused(admin, model, **fault) == {wrong}


def test_the_audit_notes_targets_and_their_prices(admin, first, second):
    model = admin.model(first, **PRICE)
    edit(admin, model, weight=2, priority=1)
    added = edit(admin, model, alternatives=[{"providerId": second, **DEARER}])
    raised = edit(admin, model, alternatives=[{"providerId": second, "inputPrice": "3"}])
    edit(admin, model, alternatives=[{"providerId": second, "inputPrice": "3"}])
    edit(admin, model, alternatives=[{"providerId": second, "weight": 7}])
    edit(admin, model, alternatives=[])

    entries = admin("GET", "/audit", entity=model["id"]).json["data"][::-1]

    assert [entry["actions"] for entry in entries] == [
        ["model.create"],
        ["model.update"],
        ["model.update", "model.price"],
        ["model.price"],
        ["model.update"],
        ["model.update"],
    ]
    _, weighed, addition, price, heavier, removal = entries
    assert (weighed["before"], weighed["after"]) == (
        {"weight": 1, "priority": 0},
        {"weight": 2, "priority": 1},
    )
    old, new = (f"prices.{each['alternatives'][0]['priceVersion']}" for each in (added, raised))
    target = {"providerId": second, "remoteId": "small", "weight": 1, "priority": 0}
    assert addition["before"] == {"alternatives": []}
    assert addition["after"]["alternatives"] == [target]
    assert addition["after"][old]["inputPrice"] == "2"
    assert (price["before"], price["after"].keys()) == ({}, {new})
    assert price["after"][new]["inputPrice"] == "3"
    assert heavier["after"] == {"alternatives": [{**target, "weight": 7}]}
    assert removal["before"].keys() == {"alternatives", old, new}
    assert removal["after"] == {"alternatives": []}


def test_new_prices_from_the_catalog_leave_alternatives_alone(admin, first, second):
    entry = next(each for each in shipped_prices.read().models if each.model_type == "chat")
    path = f"/providers/{first}/catalog/import"
    body = {"entries": [entry.imported()], "existing": "replace"}
    (imported,) = admin("POST", path, body).json["data"]
    created = admin("GET", f"/models/{imported['modelId']}").json
    before = edit(admin, created, alternatives=[{"providerId": second, **DEARER}], inputPrice="99")

    assert admin("POST", path, body).json["data"][0]["outcome"] == "updated"

    after = admin("GET", f"/models/{imported['modelId']}").json
    assert after["inputPrice"] == created["inputPrice"] != before["inputPrice"]
    assert after["alternatives"] == before["alternatives"]
