"""Prices through the admin API: every kind of them, their versions, and where they come from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tollgate.clock import utc_now
from tollgate.pricing.price_versions import PriceWindow, Tier
from tollgate.pricing.usage import TokenClass

FULL = {
    "inputPrice": "1.25",
    "cachedInputPrice": "0.125",
    "cacheWritePrice": "1.5625",
    "cacheWrite1hPrice": "2.5",
    "inputAudioPrice": "32",
    "inputImagePrice": "5",
    "outputPrice": "10",
    "reasoningPrice": "9",
    "outputAudioPrice": "64",
    "outputImagePrice": "40",
    "tiers": [{"abovePromptTokens": 200000, "inputPrice": "2.5", "outputPrice": "15"}],
    "serviceTiers": {"batch": "0.5", "priority": "2"},
    "serviceTierPrices": {"flex": {"inputPrice": "0.7", "outputPrice": "5.5"}},
    "inferenceGeos": {"us": "1.1", "eu_west_1": "1.25"},
    "windows": [
        {"days": ["mon", "sun"], "start": "16:30", "end": "00:30", "zone": "UTC", "multiplier": "0.25"},
    ],
    "requestPrice": "0.005",
    "toolPrices": {"web_search": "0.01"},
    "source": "https://example.com/pricing",
    "sourcedAt": "2026-11-01",
}


def without_nulls(shown: Any) -> Any:
    """What is shown as it was sent: without the rates that there are not."""
    if isinstance(shown, dict):
        return {name: without_nulls(value) for name, value in shown.items() if value is not None}
    return [without_nulls(each) for each in shown] if isinstance(shown, list) else shown


def test_a_price_of_every_kind_is_kept_and_shown(admin):
    created = admin.model(admin.provider()["id"], contextLimit=400000, outputLimit=128000, **FULL)

    assert {name: without_nulls(created[name]) for name in FULL} == FULL
    assert created["fromCatalog"] is True
    assert (created["contextLimit"], created["outputLimit"]) == (400000, 128000)
    assert admin("GET", f"/models/{created['id']}").json == created

    (version,) = admin.services.catalog.model("small").prices
    assert version.rates[TokenClass.CACHE_WRITE_1H] == Decimal("2.5")
    assert version.tiers == (
        Tier(200_000, {TokenClass.INPUT: Decimal("2.5"), TokenClass.OUTPUT: Decimal(15)}),
    )
    assert version.inference_geos == {"us": Decimal("1.1"), "eu_west_1": Decimal("1.25")}
    assert version.windows == (
        PriceWindow(frozenset({0, 6}), time(16, 30), time(0, 30), "UTC", Decimal("0.25")),
    )


def test_an_edit_changes_what_it_names_and_is_no_longer_the_catalogs(admin):
    created = admin.model(admin.provider()["id"], **FULL)
    path = f"/models/{created['id']}"

    edited = admin("PATCH", path, {"cachedInputPrice": None, "tiers": [], "requestPrice": 0}).json

    assert (edited["cachedInputPrice"], edited["tiers"], edited["requestPrice"]) == (None, [], "0")
    assert (edited["inputPrice"], edited["serviceTiers"]) == ("1.25", FULL["serviceTiers"])
    assert (edited["fromCatalog"], edited["source"], edited["sourcedAt"]) == (False, None, None)
    versions = admin("GET", f"{path}/prices").json["data"]
    assert [version["priceVersion"] for version in versions] == [f"{created['id']}:1", f"{created['id']}:2"]
    assert versions[0]["cachedInputPrice"] == "0.125"


def test_an_edit_that_changes_no_price_makes_no_version(admin):
    created = admin.model(admin.provider()["id"], **FULL)
    same = admin("PATCH", f"/models/{created['id']}", {"inputPrice": "1.250", "outputLimit": 1000}).json
    assert same["priceVersion"] == created["priceVersion"]
    assert same["fromCatalog"] is True
    assert same["outputLimit"] == 1000


def test_a_price_can_be_set_for_later_and_none_for_the_past(admin):
    created = admin.model(admin.provider()["id"], inputPrice=1, outputPrice=1)
    path = f"/models/{created['id']}"
    later = (utc_now() + timedelta(days=30)).astimezone(UTC)

    edited = admin("PATCH", path, {"inputPrice": 2, "effectiveAt": later.isoformat()}).json

    assert edited["inputPrice"] == "1"
    assert edited["priceVersion"] == created["priceVersion"]
    model = admin.services.catalog.model("small")
    assert model.price_at(later).rates[TokenClass.INPUT] == 2
    assert model.price_at(later - timedelta(milliseconds=1)).rates[TokenClass.INPUT] == 1
    past = admin("PATCH", path, {"inputPrice": 3, "effectiveAt": "2026-01-01T00:00:00Z"})
    assert past.status == 422
    assert past.errors.keys() == {"effectiveAt"}
    assert len(admin("GET", f"{path}/prices").json["data"]) == 2


def test_what_was_to_come_can_be_sent_again_once_it_is_there(admin):
    """As whoever keeps it in a file does, in which its moment goes by."""
    path = f"/models/{admin.model(admin.provider()['id'], inputPrice=1, outputPrice=1)['id']}"
    to_come = {"inputPrice": 2, "effectiveAt": (utc_now() + timedelta(days=30)).isoformat()}
    announced = admin("PATCH", path, to_come).json

    assert admin("PATCH", path, to_come).json == announced

    admin.services = replace(admin.services, clock=lambda: utc_now() + timedelta(days=31))
    in_effect = admin("GET", path).json
    assert in_effect["inputPrice"] == "2"
    assert admin("PATCH", path, to_come).json == in_effect
    assert admin("PATCH", path, {**to_come, "inputPrice": 3}).errors.keys() == {"effectiveAt"}

    assert admin("PATCH", path, {"inputPrice": 4}).json["inputPrice"] == "4"
    assert admin("PATCH", path, to_come).errors.keys() == {"effectiveAt"}


INVALID = {
    "a negative rate": ({"reasoningPrice": -1}, "reasoningPrice"),
    "a tier that isn't above anything": ({"tiers": [{"abovePromptTokens": 0}]}, "tiers.0.abovePromptTokens"),
    "tiers out of order": ({"tiers": [{"abovePromptTokens": 2}, {"abovePromptTokens": 1}]}, "tiers"),
    "a window without days": (
        {"windows": [{"days": [], "start": "00:00", "end": "01:00", "zone": "UTC", "multiplier": 1}]},
        "windows.0.days",
    ),
    "a window at no time": (
        {"windows": [{"days": ["mon"], "start": "24:00", "end": "1:00", "zone": "UTC", "multiplier": 1}]},
        "windows.0.start",
    ),
    "a window nowhere": (
        {
            "windows": [
                {"days": ["mon"], "start": "00:00", "end": "01:00", "zone": "Moon/Base", "multiplier": 1}
            ]
        },
        "windows.0.zone",
    ),
    "a factor without end": ({"serviceTiers": {"flex": "0.3333"}}, "serviceTiers.flex"),
    "a place's factor without end": ({"inferenceGeos": {"us": "1.0001"}}, "inferenceGeos.us"),
    "a place that is no label": ({"inferenceGeos": {"US East": "1.1"}}, "inferenceGeos.US East.[key]"),
    "a source that is no page": ({"source": "the vendor"}, "source"),
    "a field that isn't there": ({"inputPrices": 1}, "inputPrices"),
}


@pytest.mark.parametrize(("fault", "wrong"), INVALID.values(), ids=INVALID)
def test_a_price_that_can_not_be_is_refused_naming_the_field(admin, fault, wrong):
    body = {"systemName": "small", "providerId": admin.provider()["id"], "modelType": "chat", **fault}
    answer = admin("POST", "/models", body)
    assert answer.status == 422
    assert wrong in answer.errors


def test_a_model_may_be_let_serve_options_without_a_price(admin):
    created = admin.model(admin.provider()["id"], inputPrice=1, outputPrice=1)
    assert created["allowUnpricedOptions"] is False
    path = f"/models/{created['id']}"
    assert admin("PATCH", path, {"allowUnpricedOptions": True}).json["allowUnpricedOptions"] is True
    assert admin.services.catalog.model("small").allow_unpriced_options is True
    assert admin("PATCH", path, {"allowUnpricedOptions": "yes"}).status == 422


def test_a_model_may_be_served_without_a_price_if_an_admin_says_so(admin):
    created = admin.model(admin.provider()["id"], allowUnpriced=True)
    assert (created["priced"], created["allowUnpriced"]) == (False, True)
    withdrawn = admin("PATCH", f"/models/{created['id']}", {"allowUnpriced": False}).json
    assert withdrawn["allowUnpriced"] is False


def test_a_key_has_a_markup_or_discount(admin):
    created = admin.key(priceFactor="1.15")
    assert created["priceFactor"] == "1.15"
    assert admin("PATCH", f"/apiKey/{created['id']}", {"priceFactor": 0.9}).json["priceFactor"] == "0.9"
    assert admin("POST", "/apiKey", {"name": "a", "priceFactor": 100}).errors.keys() == {"priceFactor"}


def test_a_key_shows_what_its_calls_are_charged_by_and_which_key_says_so(admin):
    root = admin.key(
        priceFactor="1.5",
        modelPriceFactors={"small": "1.2"},
        scheduledPriceFactors=[
            {"factor": "0.5", "until": "2001-01-01T00:00:00Z"},
            {"factor": "0.9", "from": "2001-01-01T00:00:00Z", "models": ["large"]},
        ],
        minimumFee="0.01",
    )
    middle = admin.key(parentId=root["id"], modelPriceFactors={"small": "1"})
    leaf = admin.key(parentId=middle["id"], minimumFee="0")
    alone = admin.key()

    assert leaf["priceTermsInEffect"] == {
        "priceFactor": "1.5",
        "priceFactorFrom": root["id"],
        "models": {
            "large": {"priceFactor": "0.9", "from": root["id"]},
            "small": {"priceFactor": "1", "from": middle["id"]},
        },
        "minimumFee": "0",
        "minimumFeeFrom": leaf["id"],
    }
    assert (leaf["priceFactor"], leaf["modelPriceFactors"], leaf["minimumFee"]) == (None, {}, "0")
    assert leaf["path"] == [root["id"], middle["id"], leaf["id"]]
    listed = admin("GET", f"/apiKey/{middle['id']}/children").json["data"]
    assert [each["priceTermsInEffect"] for each in listed] == [leaf["priceTermsInEffect"]]
    assert alone["priceTermsInEffect"] == {
        "priceFactor": "1",
        "priceFactorFrom": None,
        "models": {},
        "minimumFee": "0",
        "minimumFeeFrom": None,
    }


WRONG_TERMS = {
    "a factor beyond all": {"modelPriceFactors": {"small": 100}},
    "a negative fee": {"minimumFee": "-0.01"},
    "an end before its start": {
        "scheduledPriceFactors": [
            {"factor": 1, "from": "2026-02-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
        ]
    },
    "models, but none": {"scheduledPriceFactors": [{"factor": 1, "models": []}]},
    "no factor": {"scheduledPriceFactors": [{"from": "2026-02-01T00:00:00Z"}]},
    "more than an item is to hold": {"scheduledPriceFactors": [{"factor": 1}] * 13},
}


@pytest.mark.parametrize("given", WRONG_TERMS.values(), ids=WRONG_TERMS)
def test_terms_that_make_no_sense_are_refused(admin, given):
    (field,) = given
    errors = admin("POST", "/apiKey", {"name": "a", **given}).errors
    assert [each.partition(".")[0] for each in errors] == [field]
