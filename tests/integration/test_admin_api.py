"""The admin API's routes over real tables, called as API Gateway calls them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tests.builders import NOW, admission, record
from tollgate import api_keys
from tollgate.adapters.catalog import CatalogTable
from tollgate.adapters.costs import CostsTable
from tollgate.adapters.keys import KeysTable
from tollgate.adapters.ledger import Ledger
from tollgate.costs import Entry, Tally
from tollgate_admin import handler, services
from tollgate_admin.services import Services
from tollgate_admin.settings import Settings

TOKEN = "the-admin-token"
PROVIDER = {
    "name": "mock",
    "type": "openai",
    "baseUrl": "https://api.example.com/v1/",
    "apiKey": "sk-provider",
}


@dataclass
class FakeCredentials:
    stored: dict[str, list[str]] = field(default_factory=dict)

    def store(self, provider_id: str, secret: str) -> int:
        versions = self.stored.setdefault(provider_id, [])
        versions.append(secret)
        return len(versions)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def errors(self) -> dict[str, str]:
        return {error["field"]: error["message"] for error in self.json["errors"]}


class Admin:
    def __init__(self, installed: Services) -> None:
        self.services = installed

    def __call__(
        self, method: str, path: str, body: Any = None, *, token: str | None = TOKEN, **query: str
    ) -> Answer:
        event = {
            "httpMethod": method,
            "path": f"/api/admin{path}",
            "headers": {"authorization": f"Bearer {token}"} if token is not None else {},
            "queryStringParameters": query or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
            "requestContext": {"requestId": "1"},
            "body": body if isinstance(body, str) or body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = handler.handler(event, SimpleNamespace(aws_request_id="1"))
        multiple = {name: values[0] for name, values in answer.get("multiValueHeaders", {}).items()}
        headers = {**multiple, **answer.get("headers", {})}
        return Answer(
            answer["statusCode"], {name.lower(): value for name, value in headers.items()}, answer["body"]
        )

    def key(self, **body: Any) -> dict[str, Any]:
        answer = self("POST", "/apiKey", {"name": "a key", **body})
        assert answer.status == 201, answer.text
        return answer.json

    def provider(self, **body: Any) -> dict[str, Any]:
        answer = self("POST", "/providers", {**PROVIDER, **body})
        assert answer.status == 201, answer.text
        return answer.json

    def model(self, provider_id: str, **body: Any) -> dict[str, Any]:
        wanted = {"systemName": "small", "providerId": provider_id, "modelType": "chat", **body}
        answer = self("POST", "/models", wanted)
        assert answer.status == 201, answer.text
        return answer.json


@pytest.fixture
def admin(dynamodb, tables, monkeypatch) -> Admin:
    installed = Services(
        settings=Settings("", "", "", "", "", alert_debounce_seconds=3600, loopback_providers=False),
        keys=KeysTable(dynamodb, tables["KeysTable"]),
        catalog=CatalogTable(dynamodb, tables["CatalogTable"]),
        costs=CostsTable(dynamodb, tables["CostsTable"]),
        credentials=FakeCredentials(),
    )
    monkeypatch.setattr(services, "get", lambda: installed)
    monkeypatch.setattr(handler, "_token", lambda: TOKEN)
    return Admin(installed)


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1]])
def test_without_the_admin_token_nothing_is_told(admin, token):
    for method, path in (("GET", "/apiKey"), ("POST", "/apiKey"), ("GET", "/nothing-there")):
        answer = admin(method, path, token=token)
        assert answer.status == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_created_key_is_shown_once_and_never_again(admin):
    created = admin.key(ownerEmail="owner@example.com", budgetLimit="10.50", tags={"team": "search"})

    assert api_keys.parse(created["key"]).key_id == created["id"]
    assert created["budgetLimit"] == "10.5"
    assert created["budgetUsed"] == "0"
    assert created["budgetRemaining"] == "10.5"
    assert created["enforcement"] == "soft"
    assert created["alertDebounceSeconds"] == 3600
    assert [each["percent"] for each in created["budgetAlertThresholds"]] == [80, 90, 95, 100]
    shown = {name: value for name, value in created.items() if name != "key"}
    assert admin("GET", f"/apiKey/{created['id']}").json == shown
    listed = admin("GET", "/apiKey")
    assert listed.json == {"data": [shown], "nextCursor": None}
    assert created["key"] not in listed.text


INVALID_KEYS = {
    "no name": ({}, "name"),
    "an empty name": ({"name": " "}, "name"),
    "a negative limit": ({"name": "a", "budgetLimit": -1}, "budgetLimit"),
    "a limit that is no number": ({"name": "a", "budgetLimit": "ten"}, "budgetLimit"),
    "not a number": ({"name": "a", "budgetLimit": "NaN"}, "budgetLimit"),
    "an unbounded limit": ({"name": "a", "budgetLimit": "1e13"}, "budgetLimit"),
    "more digits than are kept": ({"name": "a", "budgetLimit": "0.0000000000000000001"}, "budgetLimit"),
    "an unknown field": ({"name": "a", "budget": 1}, "budget"),
    "a field in snake case": ({"name": "a", "budget_limits": 1}, "budget_limits"),
    "no email": ({"name": "a", "ownerEmail": "owner"}, "ownerEmail"),
    "an enforcement that isn't there": ({"name": "a", "enforcement": "none"}, "enforcement"),
    "a time without a zone": ({"name": "a", "expiresAt": "2030-01-01T00:00:00"}, "expiresAt"),
    "a time beyond all time": ({"name": "a", "expiresAt": "9999-12-31T23:59:59-05:00"}, "expiresAt"),
    "no allowed model at all": ({"name": "a", "allowedModels": []}, "allowedModels"),
    "a threshold below 1": (
        {"name": "a", "budgetAlertThresholds": [{"percent": 0, "level": "warning", "notify": ["owner"]}]},
        "budgetAlertThresholds.0.percent",
    ),
    "a threshold twice": (
        {
            "name": "a",
            "budgetAlertThresholds": [{"percent": 80, "level": "warning", "notify": ["owner"]}] * 2,
        },
        "budgetAlertThresholds",
    ),
}


@pytest.mark.parametrize(("body", "wrong"), INVALID_KEYS.values(), ids=INVALID_KEYS)
def test_a_key_that_can_not_be_is_refused_naming_the_field(admin, body, wrong):
    answer = admin("POST", "/apiKey", body)

    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert wrong in answer.errors
    assert admin("GET", "/apiKey").json["data"] == []


@pytest.mark.parametrize("body", ["{", "", "[]", "null", '"text"'])
def test_a_body_that_is_no_json_object_is_refused(admin, body):
    assert admin("POST", "/apiKey", body).status in {400, 422}


def test_money_in_a_json_number_is_taken_to_the_last_digit(admin):
    created = admin("POST", "/apiKey", '{"name": "a", "budgetLimit": 123456789.123456789123456789}').json
    assert created["budgetLimit"] == "123456789.123456789123456789"


def test_the_budget_is_raised_lowered_and_removed_and_what_is_used_stays(admin, dynamodb, tables):
    created = admin.key(budgetLimit=10)
    key = api_keys.parse(created["key"])
    ledger = Ledger(dynamodb, tables["KeysTable"], tables["UsageTable"], timedelta(days=400))
    asked = admission(key)
    ledger.admit(asked)
    ledger.settle(record(asked.request_id, key=key, cost="4"))
    path = f"/apiKey/{created['id']}/budget"

    raised = admin("PUT", path, {"budgetLimit": "20.5"}).json
    assert (raised["budgetLimit"], raised["budgetUsed"], raised["budgetRemaining"]) == ("20.5", "4", "16.5")
    lowered = admin("PUT", path, {"budgetLimit": 0.00001}).json
    assert (lowered["budgetLimit"], lowered["budgetUsed"], lowered["budgetRemaining"]) == (
        "0.00001",
        "4",
        "0",
    )
    removed = admin("PUT", path, {"budgetLimit": None}).json
    assert (removed["budgetLimit"], removed["budgetUsed"], removed["budgetRemaining"]) == (None, "4", None)


def test_setting_the_budget_sets_thresholds_and_owner_and_leaves_the_rest(admin):
    created = admin.key(ownerEmail="first@example.com", tags={"team": "search"})
    thresholds = [{"percent": 50, "level": "urgent", "notify": ["admin"]}]

    edited = admin(
        "PUT",
        f"/apiKey/{created['id']}/budget",
        {
            "budgetLimit": 1,
            "ownerEmail": "second@example.com",
            "budgetAlertThresholds": thresholds,
            "enforcement": "soft",
        },
    ).json

    assert edited["budgetAlertThresholds"] == thresholds
    assert edited["ownerEmail"] == "second@example.com"
    assert edited["tags"] == {"team": "search"}


def test_setting_the_budget_needs_a_limit_or_null(admin):
    created = admin.key(budgetLimit=10)
    answer = admin("PUT", f"/apiKey/{created['id']}/budget", {"ownerEmail": "owner@example.com"})
    assert answer.status == 422
    assert "budgetLimit" in answer.errors


def test_a_key_is_edited_revoked_and_reinstated(admin):
    path = f"/apiKey/{admin.key(ownerEmail='owner@example.com', allowedModels=['small'])['id']}"

    edited = admin(
        "PATCH", path, {"name": "renamed", "ownerEmail": None, "allowedModels": ["large", "a/b"]}
    ).json
    assert (edited["name"], edited["ownerEmail"], edited["allowedModels"]) == (
        "renamed",
        None,
        ["a/b", "large"],
    )
    assert admin("PATCH", path, {"allowedModels": None}).json["allowedModels"] is None
    assert admin("PATCH", path, {"expiresAt": "2020-01-01T00:00:00+01:00"}).json["status"] == "expired"
    assert admin("PATCH", path, {"expiresAt": None}).json["status"] == "active"
    assert admin("POST", f"{path}/revoke").json["status"] == "revoked"
    assert admin("POST", f"{path}/reinstate").json["status"] == "active"
    assert admin("PATCH", path, {"name": None}).errors.keys() == {"name"}


def test_what_is_not_there_is_not_found(admin):
    missing = "key_0123456789abcdef"
    for method, path, body in (
        ("GET", f"/apiKey/{missing}", None),
        ("PATCH", f"/apiKey/{missing}", {"name": "a"}),
        ("PUT", f"/apiKey/{missing}/budget", {"budgetLimit": 1}),
        ("POST", f"/apiKey/{missing}/revoke", None),
        ("GET", "/providers/prv_0123456789abcdef0123", None),
        ("GET", "/models/mdl_0123456789abcdef0123", None),
        ("GET", "/nothing", None),
    ):
        answer = admin(method, path, body)
        assert answer.status == 404, (method, path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_api_key_in_a_path_is_refused_without_being_repeated(admin):
    secret = api_keys.issue().reveal()
    answer = admin("GET", f"/apiKey/{secret}")
    assert answer.status in {404, 422}
    assert secret not in answer.text


def test_a_providers_key_is_stored_apart_and_never_returned(admin):
    created = admin.provider()

    assert created["baseUrl"] == "https://api.example.com/v1"
    assert created["hasApiKey"] is True
    assert admin.services.credentials.stored == {created["id"]: ["sk-provider"]}
    edited = admin(
        "PATCH", f"/providers/{created['id']}", {"apiKey": "sk-second", "baseUrl": "https://b.example.com"}
    )
    assert edited.json["baseUrl"] == "https://b.example.com"
    assert admin.services.catalog.provider(created["id"]).credential_version == 2
    for answer in (edited, admin("GET", "/providers"), admin("GET", f"/providers/{created['id']}")):
        assert "sk-" not in answer.text


def test_a_providers_name_is_taken_once_and_its_key_not_overwritten(admin):
    created = admin.provider()
    answer = admin("POST", "/providers", {**PROVIDER, "apiKey": "sk-of-another"})
    assert answer.status == 409
    assert "name" in answer.errors
    assert admin.services.credentials.stored == {created["id"]: ["sk-provider"]}


BASE_URLS = [
    "http://api.example.com",
    "ftp://api.example.com",
    "api.example.com",
    "https://",
    "https://user@api.example.com",
    "https://api.example.com?key=1",
    "https://api.example.com:port",
    "http://127.0.0.1:8080",
    "https://127.0.0.1",
    "https://localhost/v1",
    "https://[::1]/v1",
    "https://169.254.169.254/latest",
    "https://0.0.0.0",
]


@pytest.mark.parametrize("base_url", BASE_URLS)
def test_a_base_url_that_could_reach_inside_is_refused(admin, base_url):
    answer = admin("POST", "/providers", {**PROVIDER, "baseUrl": base_url})
    assert answer.status == 422
    assert answer.errors.keys() == {"baseUrl"}


def test_a_model_keeps_every_price_it_ever_had(admin):
    created = admin.model(admin.provider()["id"], inputPrice=0.15, outputPrice="0.60")
    assert (created["inputPrice"], created["outputPrice"], created["priced"]) == ("0.15", "0.6", True)
    assert created["remoteId"] == "small"
    path = f"/models/{created['id']}"

    raised = admin("PATCH", path, {"inputPrice": "0.3"}).json
    assert (raised["inputPrice"], raised["outputPrice"]) == ("0.3", "0.6")
    same = admin("PATCH", path, {"inputPrice": "0.30", "remoteId": "small-2026"}).json
    assert same["priceVersion"] == raised["priceVersion"] != created["priceVersion"]
    assert same["remoteId"] == "small-2026"
    assert admin("PATCH", path, {"outputPrice": None}).json["priced"] is False
    prices = admin.services.catalog.model("small").prices
    assert [version.input_price for version in prices] == [Decimal("0.15"), Decimal("0.3"), Decimal("0.3")]
    assert [version.output_price for version in prices] == [Decimal("0.6"), Decimal("0.6"), None]


def test_a_model_without_a_price_is_there_and_not_priced(admin):
    provider = admin.provider()["id"]
    assert admin.model(provider)["priced"] is False
    assert admin.model(provider, systemName="half", inputPrice=1)["priced"] is False
    assert admin.model(provider, systemName="embed", modelType="embedding", inputPrice=1)["priced"] is True
    assert [model["systemName"] for model in admin("GET", "/models").json["data"]] == [
        "embed",
        "half",
        "small",
    ]


INVALID_MODELS = {
    "an unknown provider": ({"providerId": "prv_nobody"}, "providerId"),
    "a negative price": ({"inputPrice": -0.1}, "inputPrice"),
    "a price per token by mistake": ({"inputPrice": "0.0000000000001"}, "inputPrice"),
    "a price beyond reason": ({"outputPrice": 1000001}, "outputPrice"),
    "a name with a space": ({"systemName": "small model"}, "systemName"),
    "a type that isn't there": ({"modelType": "image"}, "modelType"),
}


@pytest.mark.parametrize(("fault", "wrong"), INVALID_MODELS.values(), ids=INVALID_MODELS)
def test_a_model_that_can_not_be_is_refused_naming_the_field(admin, fault, wrong):
    body = {"systemName": "small", "providerId": admin.provider()["id"], "modelType": "chat", **fault}
    answer = admin("POST", "/models", body)
    assert answer.status == 422
    assert answer.errors.keys() == {wrong}


def test_a_models_name_is_taken_once(admin):
    provider = admin.provider()["id"]
    admin.model(provider, inputPrice=1, outputPrice=1)
    answer = admin(
        "POST", "/models", {"systemName": "small", "providerId": provider, "modelType": "embedding"}
    )
    assert answer.status == 409
    assert "systemName" in answer.errors


@pytest.fixture
def spent(admin) -> Admin:
    """Two keys and two models over two months; today is not among the days."""
    first, second = admin.key(name="first")["id"], admin.key(name="second")["id"]
    for number, (key_id, model, day, cost) in enumerate(
        [
            (first, "small", date(2026, 2, 27), "0.000001"),
            (first, "large", date(2026, 3, 1), "1.5"),
            (second, "large", date(2026, 3, 1), "0.25"),
            (second, "small", date(2026, 3, 14), "0.1"),
        ]
    ):
        tally = Tally(1, number % 2, 100, 10, Decimal(cost))
        admin.services.costs.add([Entry(f"req_{number}", key_id, model, day, tally)])
    return admin


def test_the_overview_adds_up_and_compares(spent):
    overview = spent("GET", "/costs/overview", **{"from": "2026-03-01", "to": "2026-03-31"}).json

    assert overview["totals"] == {
        "requests": 3,
        "failed": 2,
        "promptTokens": 300,
        "completionTokens": 30,
        "totalTokens": 330,
        "cost": "1.85",
    }
    assert (overview["previous"]["from"], overview["previous"]["to"]) == ("2026-01-29", "2026-02-28")
    assert overview["previous"]["cost"] == "0.000001"
    assert overview["costChange"] == "1.849999"
    assert len(overview["byDay"]) == 31
    assert {day["date"]: day["cost"] for day in overview["byDay"] if day["requests"]} == {
        "2026-03-01": "1.75",
        "2026-03-14": "0.1",
    }
    assert [(row["name"], row["cost"]) for row in overview["topKeys"]] == [
        ("first", "1.5"),
        ("second", "0.35"),
    ]
    assert [(row["model"], row["cost"]) for row in overview["topModels"]] == [
        ("large", "1.75"),
        ("small", "0.1"),
    ]


@pytest.mark.parametrize("span", [("2026-02-01", "2026-03-31"), ("2026-02-27", "2026-03-14")])
def test_by_key_and_by_model_agree_with_the_overview(spent, span):
    query = {"from": span[0], "to": span[1]}
    total = spent("GET", "/costs/overview", **query).json["totals"]["cost"]
    for route in ("by-key", "by-model"):
        rows = spent("GET", f"/costs/{route}", **query).json["data"]
        assert sum(Decimal(row["cost"]) for row in rows) == Decimal(total) == Decimal("1.850001")


def test_rows_are_sorted_and_paged(spent):
    query = {"from": "2026-02-01", "to": "2026-03-31", "limit": "1"}
    first = spent("GET", "/costs/by-key", **query, sort="cost").json
    assert [row["name"] for row in first["data"]] == ["second"]
    second = spent("GET", "/costs/by-key", **query, sort="cost", cursor=first["nextCursor"]).json
    assert [row["name"] for row in second["data"]] == ["first"]
    assert second["nextCursor"] is None


def test_rows_come_as_csv(spent):
    answer = spent("GET", "/costs/by-model", **{"from": "2026-03-01", "to": "2026-03-31", "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    header, *rows = answer.text.splitlines()
    assert header == "model,modelId,requests,failed,promptTokens,completionTokens,totalTokens,cost"
    assert [[model, *figures] for model, _id, *figures in (row.split(",") for row in rows)] == [
        ["large", "2", "1", "200", "20", "220", "1.75"],
        ["small", "1", "1", "100", "10", "110", "0.1"],
    ]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "from"),
        ({"to": "2026-3"}, "to"),
        ({"to": "0001-01-01"}, "to"),
        ({"from": "1999-12-31", "to": "2000-01-01"}, "from"),
    ],
)
def test_a_span_that_can_not_be_is_refused(admin, query, wrong):
    for route in ("overview", "by-key", "by-model"):
        answer = admin("GET", f"/costs/{route}", **query)
        assert answer.status == 422, answer.text
        assert answer.errors.keys() == {wrong}


def test_the_last_use_of_a_key_is_shown(admin, dynamodb, tables):
    created = admin.key()
    key = api_keys.parse(created["key"])
    Ledger(dynamodb, tables["KeysTable"], tables["UsageTable"], timedelta(days=400)).admit(admission(key))
    assert admin("GET", f"/apiKey/{created['id']}").json["lastUsedAt"] == "2026-03-14T15:09:26.535Z"
    assert NOW.isoformat().startswith("2026-03-14T15:09:26.535")
