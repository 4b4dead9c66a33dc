"""The request log, and what its requests would have cost under another price."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tests.support import rolled_up
from tests.support.builders import NOW, admission, record, scope
from tollgate import identifiers
from tollgate.catalog.catalog import provider_id
from tollgate.costs.store.cost_entries import entry_of
from tollgate.keys import api_keys
from tollgate.ledger.records import FailedAttempt, Outcome
from tollgate.ledger.store import record_items
from tollgate.ledger.store.ledger import Ledger
from tollgate.pricing import bill
from tollgate.pricing.bill import Breakdown
from tollgate.pricing.price_terms import Tariff
from tollgate.pricing.usage import NO_USAGE, TokenClass, Usage, UsageSource
from tollgate_admin.request_log import what_if as what_if_routes

if TYPE_CHECKING:
    from tests.support.admin_client import Admin
    from tollgate.pricing.price_versions import PriceVersion

DAY = NOW.date().isoformat()
SPAN = {"from": DAY, "to": DAY}
PAST = "2020-01-01T00:00:00Z"


class History:
    """Keys with requests that were settled and rolled up as they would be."""

    def __init__(self, admin: Admin, ledger: Ledger, version: PriceVersion) -> None:
        self.admin, self.ledger, self.version = admin, ledger, version
        self.keys = [api_keys.issue() for _ in range(2)]
        for key in self.keys:
            admin.services.keys.add(scope(key, budget_limit=None))

    def request(self, key: api_keys.ApiKey, at: datetime = NOW, **changes: Any) -> str:
        asked = admission(key, request_id=identifiers.request_id(at), at=at)
        usage = changes.pop("usage", Usage.of(1000, 200))
        settled = record(
            asked.request_id,
            key=key,
            usage=usage,
            created_at=at,
            price_version=changes.pop("price_version", self.version.id),
            breakdown=changes.pop("breakdown", bill.price(usage, self.version, at)),
            **changes,
        )
        self.ledger.settle(self.ledger.admit(asked), settled)
        stored = next(self.admin.services.usage.records(key.key_id, at, at + timedelta(milliseconds=1)))
        assert stored.calculated_cost == settled.calculated_cost
        entry = entry_of(record_items.to_item(stored, timedelta(days=400)), UTC)
        rolled_up.add(self.admin.services.costs, entry)
        return asked.request_id


@pytest.fixture
def history(admin, dynamodb, tables) -> History:
    created = admin.model(
        admin.provider()["id"], inputPrice="0.15", cachedInputPrice="0.05", outputPrice="0.6"
    )
    version = admin.services.catalog.model(created["systemName"]).prices[0]
    ledger = Ledger(dynamodb, tables["KeysTable"], tables["UsageTable"], timedelta(days=400))
    return History(admin, ledger, version)


def test_a_request_is_shown_with_its_bill(admin, history):
    usage = Usage(
        {TokenClass.INPUT: 400, TokenClass.CACHED_INPUT: 600}, UsageSource.PROVIDER, service_tier="default"
    )
    request_id = history.request(history.keys[0], usage=usage)

    (shown,) = admin("GET", "/requests", keyId=history.keys[0].key_id, **SPAN).json["data"]

    assert shown["id"] == request_id
    assert shown["tokens"] == {"input": 400, "cached_input": 600}
    assert (shown["promptTokens"], shown["completionTokens"]) == (1000, 0)
    assert shown["calculatedCost"] == "0.00009"
    assert shown["breakdown"] == [
        {"item": "cached_input", "quantity": 600, "unitPrice": "0.05", "cost": "0.00003"},
        {"item": "input", "quantity": 400, "unitPrice": "0.15", "cost": "0.00006"},
    ]
    assert (shown["priced"], shown["priceVersion"], shown["priceFactor"]) == (True, history.version.id, "1")
    assert shown["createdAt"] == "2026-03-14T15:09:26.535Z"


def test_a_request_is_shown_with_the_attempts_that_failed_before_it(admin, history):
    def attempt(name: str, fault: str, http_status: int | None, cost: str) -> FailedAttempt:
        return FailedAttempt(
            provider_id=f"prv_{name}",
            remote_model=f"small-at-{name}",
            fault=fault,
            http_status=http_status,
            duration=timedelta(milliseconds=1234),
            usage=Usage.of(1000, 0, UsageSource.ESTIMATED),
            price_version=history.version.id,
            cost=Decimal(cost),
        )

    failed = (attempt("first", "status", 503, "0"), attempt("second", "broken_off", None, "0.00015"))
    history.request(history.keys[0], attempts=failed)
    history.request(history.keys[0], NOW + timedelta(seconds=1))

    key_id = history.keys[0].key_id
    stored = list(admin.services.usage.records(key_id, NOW, NOW + timedelta(seconds=2)))
    served_at_once, tried_again = admin("GET", "/requests", keyId=key_id, **SPAN).json["data"]

    assert [record.attempts for record in stored] == [failed, ()]
    assert served_at_once["attempts"] == []
    assert tried_again["attempts"] == [
        {
            "providerId": "prv_first",
            "remoteModel": "small-at-first",
            "fault": "status",
            "httpStatus": 503,
            "durationMs": 1234,
            "promptTokens": 1000,
            "cost": "0",
        },
        {
            "providerId": "prv_second",
            "remoteModel": "small-at-second",
            "fault": "broken_off",
            "httpStatus": None,
            "durationMs": 1234,
            "promptTokens": 1000,
            "cost": "0.00015",
        },
    ]


def test_an_abandoned_request_is_shown_with_the_keys_it_was_charged_to(admin, ledgers):
    root, key = ledgers.chain(2)[::-1]
    ledgers.admit(key, cost="2")
    ledgers.sweep(root, key)

    (shown,) = admin("GET", "/requests", keyId=key.key_id, **SPAN).json["data"]

    assert (shown["outcome"], shown["calculatedCost"]) == ("abandoned", "2")
    assert (shown["providerId"], shown["remoteModel"], shown["httpStatus"]) == (None, None, None)
    assert (shown["scopes"], shown["exceedsHold"]) == ([key.key_id, root.key_id], False)


def test_requests_come_newest_first_page_by_page_and_of_their_days_alone(admin, history):
    key = history.keys[0]
    midnight = datetime(2026, 3, 14, tzinfo=UTC)
    moments = [midnight + timedelta(minutes=minute) for minute in (0, 1, 2, 24 * 60 - 1)]
    made = [history.request(key, at) for at in moments]
    history.request(key, midnight - timedelta(milliseconds=1))
    history.request(key, midnight + timedelta(days=1))
    history.request(history.keys[1], midnight)

    listed, cursor = [], {}
    for _ in range(4):
        page = admin("GET", "/requests", keyId=key.key_id, limit="2", **SPAN, **cursor).json
        listed += [each["id"] for each in page["data"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}

    assert listed == made[::-1]


def test_requests_of_all_keys_are_listed_by_what_became_of_them(admin, history):
    first, second = history.keys
    at = [NOW + timedelta(seconds=second) for second in range(4)]
    served = history.request(first, at[0], streamed=True)
    refused = history.request(second, at[1], outcome=Outcome.FAILED, http_status=503, provider_id="prv_other")
    other = history.request(second, at[2], model="other")
    history.request(first, NOW - timedelta(days=30), session_id="talk 1")
    talk = history.request(first, at[3], session_id="talk 1")

    def listed(**query: str) -> list[str]:
        return [each["id"] for each in admin("GET", "/requests", **{**SPAN, **query}).json["data"]]

    assert listed() == [talk, other, refused, served]
    assert listed(keyId=second.key_id) == [other, refused]
    assert listed(model="other") == [other]
    assert listed(provider="mock") == listed(provider=provider_id("mock")) == [talk, other, served]
    assert listed(provider="prv_other") == listed(outcome="failed") == listed(status="5xx") == [refused]
    assert listed(status="200", streamed="false") == [talk, other]
    assert listed(keyId=first.key_id, sessionId="talk 1") == [talk]
    assert listed(keyId=second.key_id, sessionId="talk 1") == []
    assert listed(keyId=first.key_id, streamed="true") == listed(streamed="true") == [served]
    assert listed(status="404") == listed(outcome="abandoned") == []
    moments = {"from": "2026-03-14T16:09:27.000+01:00", "to": "2026-03-14T15:09:28.535Z"}
    assert listed(**moments) == [refused]


def test_a_request_is_found_by_its_id_alone(admin, history):
    request_id = history.request(history.keys[1])
    shown = admin("GET", f"/requests/{request_id}").json
    assert (shown["id"], shown["keyId"]) == (request_id, history.keys[1].key_id)
    assert shown["breakdown"][0]["item"] == "input"
    assert shown["attempts"] == []
    for unknown in (identifiers.request_id(NOW), "req_1", "req_zzzzzzzzzzzzzzzzzzzzzzzzzz", "key_x"):
        answer = admin("GET", f"/requests/{unknown}")
        assert (answer.status, answer.json["title"]) == (404, "Not Found")


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"keyId": "nobody"}, "keyId"),
        ({"cursor": "x"}, "cursor"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "20260201"}, "from"),
        ({"from": "1772323200"}, "from"),
        ({"from": "2026-03-14T10:00:00"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"to": "1999-12-31T23:59:59Z"}, "to"),
        ({"from": "2026-03-15", "to": "2026-03-14"}, "from"),
        ({"from": "2026-03-14T10:00:00Z", "to": "2026-03-14T10:00:00Z"}, "from"),
        ({"from": "2020-01-01", "to": "2026-03-14"}, "from"),
        ({"outcome": "lost"}, "outcome"),
        ({"status": "6xx"}, "status"),
        ({"status": "20"}, "status"),
        ({"streamed": "perhaps"}, "streamed"),
        ({"limit": "201"}, "limit"),
        ({"sessionId": "talk 1"}, "sessionId"),
    ],
)
def test_a_query_of_the_log_that_is_not_understood_names_what_is_wrong(admin, query, wrong):
    answer = admin("GET", "/requests", **query)
    assert answer.status == 422
    assert answer.errors.keys() == {wrong}


def what_if(admin: Admin, **body: Any) -> dict[str, Any]:
    answer = admin("POST", "/costs/what-if", {**SPAN, **body})
    assert answer.status == 200, answer.text
    return answer.json


def test_a_record_repriced_at_its_own_version_costs_what_it_cost(admin, history):
    history.request(history.keys[0])
    history.request(history.keys[1], usage=Usage({TokenClass.CACHED_INPUT: 7}, UsageSource.PROVIDER))

    repriced = what_if(admin, priceVersion=history.version.id)

    assert repriced == {
        **SPAN,
        "priceVersion": history.version.id,
        "requests": 2,
        "cost": "0.00027035",
        "whatIfCost": "0.00027035",
        "difference": "0",
        "days": [{"day": DAY, "requests": 2, "cost": "0.00027035", "whatIfCost": "0.00027035"}],
        "models": [{"model": "small", "requests": 2, "cost": "0.00027035", "whatIfCost": "0.00027035"}],
    }


def test_another_models_price_shows_the_difference(admin, history):
    dear = {"systemName": "large", "inputPrice": "3", "outputPrice": "15"}
    admin.model(admin.services.catalog.model("small").provider_id, **dear)
    history.request(history.keys[0])
    history.request(history.keys[1], model="other")

    of_all = what_if(admin, asModel="large")
    assert (of_all["requests"], of_all["cost"], of_all["whatIfCost"]) == (2, "0.00054", "0.012")
    assert of_all["difference"] == "0.01146"
    assert what_if(admin, asModel="large", keyId=history.keys[0].key_id)["requests"] == 1
    assert what_if(admin, asModel="large", model="other")["whatIfCost"] == "0.006"


def test_a_price_that_one_of_several_providers_has_shows_the_difference(admin, history):
    model = admin.services.catalog.model("small")
    second = admin.provider(name="second")["id"]
    own = {"providerId": second, "inputPrice": "3", "outputPrice": "15"}
    edited = admin("PATCH", f"/models/{model.id}", {"alternatives": [own]}).json
    history.request(history.keys[0])

    version_id = edited["alternatives"][0]["priceVersion"]
    repriced = what_if(admin, priceVersion=version_id)

    assert (repriced["priceVersion"], repriced["whatIfCost"]) == (version_id, "0.006")


def test_the_difference_is_told_by_day_and_by_model(admin, history):
    dear = {"systemName": "large", "inputPrice": "3", "outputPrice": "15"}
    admin.model(admin.services.catalog.model("small").provider_id, **dear)
    midnight = datetime(2026, 3, 14, tzinfo=UTC)
    key = history.keys[0]
    history.request(key, midnight - timedelta(milliseconds=1))
    history.request(key, midnight, model="other")
    history.request(key, midnight + timedelta(hours=3))

    told = what_if(admin, asModel="large", **{"from": "2026-03-13"})

    same = {"requests": 1, "cost": "0.00027", "whatIfCost": "0.006"}
    twice = {"requests": 2, "cost": "0.00054", "whatIfCost": "0.012"}
    assert told["days"] == [{"day": "2026-03-13", **same}, {"day": "2026-03-14", **twice}]
    assert told["models"] == [{"model": "other", **same}, {"model": "small", **twice}]


def test_a_day_of_the_difference_is_one_of_the_reporting_zone(admin, history):
    zoned = replace(admin.services.settings, reporting_zone=ZoneInfo("Asia/Tokyo"))
    admin.services = replace(admin.services, settings=zoned)
    history.request(history.keys[0], datetime(2026, 3, 13, 15, tzinfo=UTC))

    (day,) = what_if(admin, asModel="small", keyId=history.keys[0].key_id)["days"]

    assert day["day"] == "2026-03-14"


def test_prices_can_be_tried_before_they_are_set(admin, history):
    history.request(history.keys[0])
    before = admin("GET", "/models").json

    tried = what_if(admin, model="small", prices={"outputPrice": "1.2"})

    # 1000 tokens of input at 0.15 as before, and 200 of output at 1.2 in place of 0.6.
    assert (tried["cost"], tried["whatIfCost"], tried["priceVersion"]) == ("0.00027", "0.00039", None)
    assert admin("GET", "/models").json == before
    unchanged = what_if(admin, model="small", prices={})
    assert (unchanged["difference"], unchanged["priceVersion"]) == ("0", history.version.id)


def test_prices_that_are_tried_are_not_those_of_an_alternative(admin, history):
    alternatives = f"{history.version.id.split(':')[0]}/prv_0123456789abcdef0123:2.1"
    history.request(history.keys[0], price_version=alternatives)
    history.request(history.keys[0], NOW + timedelta(seconds=1))

    tried = what_if(admin, model="small", prices={"outputPrice": "1.2"})

    assert (tried["requests"], tried["cost"], tried["whatIfCost"]) == (2, "0.00054", "0.00066")


def test_as_many_requests_are_repriced_as_one_answer_has_time_for(admin, history, monkeypatch):
    monkeypatch.setattr(what_if_routes, "_MAX_RECORDS", 3)
    for second in range(3):
        history.request(history.keys[second % 2], NOW + timedelta(seconds=second))
    assert what_if(admin, asModel="small")["requests"] == 3
    history.request(history.keys[0], NOW + timedelta(seconds=3))

    answer = admin("POST", "/costs/what-if", {**SPAN, "asModel": "small"})

    assert answer.status == 422
    assert answer.errors == {"from": "starts a span of more than 3 requests; choose a shorter one"}


def test_a_keys_markup_and_a_providers_refusal_stay_what_they_were(admin, history):
    history.request(
        history.keys[0],
        price_factor=Decimal(2),
        breakdown=bill.price(Usage.of(1000, 200), history.version, NOW, Decimal(2)),
    )
    history.request(history.keys[1], usage=NO_USAGE, breakdown=Breakdown(()), outcome=Outcome.FAILED)

    repriced = what_if(admin, priceVersion=history.version.id)

    assert (repriced["requests"], repriced["cost"], repriced["difference"]) == (1, "0.00054", "0")


def test_a_minimum_fee_stays_what_it_was(admin, history):
    expensive = {"systemName": "large", "inputPrice": "3", "outputPrice": "15"}
    admin.model(admin.services.catalog.model("small").provider_id, **expensive)
    fee = Tariff(minimum_fee=Decimal("0.001"))
    cheap = fee.billed(bill.price(Usage.of(1000, 200), history.version, NOW))
    history.request(
        history.keys[0], minimum_fee=fee.minimum_fee, breakdown=cheap, provider_cost=Decimal("0.00027")
    )

    assert what_if(admin, priceVersion=history.version.id)["difference"] == "0"
    dear = what_if(admin, asModel="large")
    assert (dear["cost"], dear["whatIfCost"]) == ("0.001", "0.006")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, "asModel"),
        ({"asModel": "small", "priceVersion": "mdl_x:1"}, "asModel"),
        ({"asModel": "small", "model": "small", "prices": {}}, "asModel"),
        ({"prices": {"inputPrice": "1"}}, "model"),
        ({"model": "nothing", "prices": {"inputPrice": "1"}}, "model"),
        ({"model": "small", "prices": {"inputPrice": "-1"}}, "prices.inputPrice"),
        ({"model": "small", "prices": {"inputPrice": 1, "effectiveAt": PAST}}, "prices.effectiveAt"),
        ({"asModel": "nothing"}, "asModel"),
        ({"priceVersion": "mdl_x:1"}, "priceVersion"),
        ({"priceVersion": "1"}, "priceVersion"),
        ({"priceVersion": ""}, "priceVersion"),
        ({"priceVersion": ":1"}, "priceVersion"),
        ({"asModel": "small", "from": "2026-02-30"}, "from"),
        ({"asModel": "small", "unknown": 1}, "unknown"),
    ],
)
def test_a_question_that_can_not_be_answered_names_what_is_wrong(admin, history, body, wrong):
    answer = admin("POST", "/costs/what-if", body)
    assert answer.status == 422
    assert answer.errors.keys() == {wrong}
