"""The OpenAPI document: every route is in it, and answers as it says."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest

from tests.support import admin_routes
from tests.support.admin_client import TOKEN
from tests.support.admin_wsgi import application
from tests.support.api_contract import Contract
from tests.support.builders import NOW, record
from tollgate import identifiers
from tollgate.ledger.store.record_table import RecordTable
from tollgate_admin.documents import admin_document
from tollgate_admin.handler import app
from tollgate_admin.self_service import app as self_service
from tollgate_admin.self_service import client_document
from tollgate_admin.web import access

# CONTRACT_EXAMPLES=200 asks more than a test run has the time for. The deployed API is asked three of each.
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "1"))
DOCUMENT = admin_document.document(app.routes)
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def resolved(schema):
    """A schema, or what it refers to."""
    return (
        DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    )


def parameters(name, where):
    return {each["name"]: each for each in OPERATIONS[name]["parameters"] if each["in"] == where}


def test_every_route_is_in_the_document_under_a_name_of_its_own():
    assert OPERATIONS.keys() == set(admin_routes.names())
    assert len({each["operationId"] for each in OPERATIONS.values()}) == len(OPERATIONS)
    for name, operation in OPERATIONS.items():
        assert operation["summary"], name
        assert {"name", "description"} == DOCUMENT["tags"][0].keys()
        assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}


def test_every_reference_leads_somewhere(admin):
    document = admin("GET", "/openapi.json").json

    def follow(value):
        if isinstance(value, dict):
            if "$ref" in value:
                place = document
                for step in value["$ref"].removeprefix("#/").split("/"):
                    place = place[step]
            for within in value.values():
                follow(within)
        elif isinstance(value, list):
            for within in value:
                follow(within)

    follow(document)
    assert document["openapi"] == "3.1.0"


def test_whoever_may_call_a_route_is_said_and_what_it_takes_to_authenticate():
    assert DOCUMENT["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for name, operation in OPERATIONS.items():
        if name in access.PUBLIC:
            assert operation["security"] == []
            assert "401" not in operation["responses"]
        else:
            assert "security" not in operation
            assert f"`{access.NEEDED[name].value}`" in operation["description"]
            assert {"401", "403"} <= operation["responses"].keys()


def test_an_edit_may_name_its_revision_and_its_answer_does():
    for name in ("PATCH /providers/{provider_id}", "PUT /alerts/defaults", "POST /admins/{admin_id}/rotate"):
        assert "If-Match" in parameters(name, "header")
        assert "412" in OPERATIONS[name]["responses"]
        assert "ETag" in OPERATIONS[name]["responses"]["200"]["headers"]
    for name in ("GET /providers/{provider_id}", "POST /providers", "GET /audit"):
        assert parameters(name, "header") == {}
        assert "412" not in OPERATIONS[name]["responses"]


def test_problems_are_described_as_they_are_sent(admin):
    for refused in DOCUMENT["components"]["responses"].values():
        assert refused["content"].keys() == {"application/problem+json"}
    sent = admin("GET", "/nothing").json
    assert resolved({"$ref": "#/components/schemas/Problem"})["properties"].keys() == sent.keys()


def test_what_may_be_asked_for_is_described_as_it_is_checked():
    query = {name: each["schema"] for name, each in parameters("GET /audit", "query").items()}
    assert query["limit"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert query["from"]["anyOf"] == [
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
    ]
    assert parameters("GET /costs/by-tag", "query")["tag"]["required"] is True
    assert parameters("GET /apiKey/{key_id}", "path")["key_id"]["schema"]["pattern"].startswith("^key_")
    assert OPERATIONS["POST /apiKey"]["requestBody"]["required"] is True
    assert OPERATIONS["POST /apiKey/{key_id}/budget/reset"]["requestBody"]["required"] is False
    created = resolved(OPERATIONS["POST /admins"]["requestBody"]["content"]["application/json"]["schema"])
    assert created["required"] == ["name", "role"]
    assert created["additionalProperties"] is False


def test_rows_may_come_as_csv_and_what_is_created_has_its_status():
    rows = OPERATIONS["GET /costs/by-key"]["responses"]["200"]["content"]
    assert rows.keys() == {"application/json", "text/csv"}
    for name in ("POST /providers", "POST /models", "POST /admins"):
        assert {"200", "201"} & OPERATIONS[name]["responses"].keys() == {"201"}
    assert OPERATIONS["POST /apiKey"]["responses"].keys() >= {"200", "201"}
    assert "204" in OPERATIONS["DELETE /models/{model_id}"]["responses"]
    assert "202" in OPERATIONS["POST /alerts/test"]["responses"]


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_the_document_and_its_page_are_for_everybody(admin, path):
    answer = admin("GET", path, token=None)
    assert answer.status == 200
    assert admin("GET", path, token=None, format="x").status == 422
    assert admin("GET", path, token=None, api="other").errors.keys() == {"api"}


def test_the_document_of_self_service_is_served_beside_it(admin):
    served = admin("GET", "/openapi.json", token=None, api="client").json

    assert served == client_document.document(self_service.app.routes, "../../v1")
    assert urljoin("https://example.com/prod/api/admin/openapi.json", served["servers"][0]["url"]) == (
        "https://example.com/prod/v1"
    )
    assert admin("GET", "/openapi.json", token=None, api="admin").json == DOCUMENT
    assert admin("GET", "/openapi.json", token=None).json == DOCUMENT


@pytest.mark.parametrize("api", ["admin", "client"])
def test_the_page_shows_either_document_and_leads_to_the_other(admin, api):
    page = admin("GET", "/docs", token=None, api=api).text

    assert f'url: "openapi.json?api={api}"' in page
    links = page.partition("<nav>")[2].partition("</nav>")[0]
    assert re.findall(r'<a href="([^"]+)"', links) == ["docs?api=admin", "docs?api=client"]
    assert f'href="docs?api={api}" aria-current="page"' in links


@pytest.mark.timeout(600)
def test_every_route_answers_as_the_document_says_whatever_it_is_asked(admin, dynamodb, tables):
    provider = admin.provider()["id"]
    kept = record(identifiers.request_id(NOW))
    RecordTable(dynamodb, tables["UsageTable"], timedelta(days=400)).put(kept)
    key_id = admin.key(budgetLimit="5")["id"]
    ids = {
        "provider_id": provider,
        "model_id": admin.model(provider)["id"],
        "key_id": key_id,
        "pack_id": admin("POST", f"/apiKey/{key_id}/packs", {"amount": "5"}).json["id"],
        "admin_id": admin("POST", "/admins", {"name": "ci", "role": "viewer"}).json["id"],
        "request_id": kept.request_id,
    }
    contract = Contract(DOCUMENT, "/api/admin", ids, application(admin))
    headers = {"authorization": f"Bearer {TOKEN}"}

    for name in admin_routes.in_order():
        statuses = contract.ask(name, lambda case: case.call(headers=headers), EXAMPLES)
        assert statuses, name
