"""The Python client against the admin API's and self-service's own handlers."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support import rolled_up
from tests.support.admin_client import PROVIDER, TOKEN
from tests.support.admin_wsgi import application
from tests.support.builders import NOW, record
from tollgate import identifiers
from tollgate.clock import utc_now
from tollgate.costs.aggregates import Tally
from tollgate.costs.cost_entry import CostEntry
from tollgate.ledger.store.record_table import RecordTable
from tollgate_client import (
    AdminClient,
    Client,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    RevisionChanged,
    Unauthorized,
    pages,
)

if TYPE_CHECKING:
    from tollgate_client.types import KeyCreation


@pytest.fixture
def transport(admin):
    return httpx.WSGITransport(app=application(admin))


@pytest.fixture
def operator(transport):
    with AdminClient("http://tollgate.test/api/admin", TOKEN, transport=transport) as client:
        yield client


@pytest.fixture
def holding(transport):
    """A holder's client, by the key's secret."""
    return lambda secret: Client("http://tollgate.test/v1", secret, transport=transport)


def test_a_round_through_the_life_of_a_key(operator):
    wanted: KeyCreation = {"name": "Büro / 日本", "budgetLimit": "5.50", "externalId": "büro"}
    key = operator.create_key(wanted)
    assert operator.create_key(wanted)["key"] is None
    with pytest.raises(Conflict):
        operator.create_key({"name": "again", "externalId": "büro"})
    assert [row["id"] for row in operator.list_keys(external_id="büro")["data"]] == [key["id"]]
    edited = operator.update_key(key["id"], {"tags": {"team": "x"}}, if_match=key["revision"])
    with pytest.raises(RevisionChanged):
        operator.update_key(key["id"], {"name": "late"}, if_match=key["revision"])
    raised = operator.set_budget(key["id"], {"budgetLimit": "0.10"}, if_match=edited["revision"])
    assert raised["budgetLimit"] == "0.1"
    pack = operator.add_pack(key["id"], {"amount": "2"})
    assert operator.void_pack(key["id"], pack["id"])["state"] == "voided"
    assert operator.rotate_key(key["id"], {"graceSeconds": 60})["key"] != key["key"]
    assert operator.revoke_key(key["id"])["status"] == "revoked"
    assert operator.reinstate_key(key["id"])["status"] == "active"
    assert operator.key_standing(key["id"])["keyId"] == key["id"]
    assert {change["entity"] for change in pages(operator.list_changes, limit=2)} == {key["id"]}
    assert operator.delete_key(key["id"])["id"] == key["id"]


def test_all_pages_of_a_list(operator):
    made = {operator.create_key({"name": f"key {number}"})["id"] for number in range(7)}
    assert {row["id"] for row in pages(operator.list_keys, limit=2)} == made


def test_a_round_through_the_catalog(operator):
    provider = operator.create_provider(PROVIDER)
    model = operator.create_model(
        {
            "systemName": "small",
            "providerId": provider["id"],
            "modelType": "chat",
            "inputPrice": "0.10",
            "outputPrice": "0.40",
            "serviceTiers": {"flex": "0.5"},
        }
    )
    with pytest.raises(Conflict):
        operator.delete_provider(provider["id"])
    assert operator.update_model(model["id"], {"inputPrice": "0.2"})["inputPrice"] == "0.2"
    assert [version["inputPrice"] for version in pages(operator.list_prices, model["id"])] == ["0.1", "0.2"]
    operator.delete_model(model["id"], if_match=operator.get_model(model["id"])["revision"])
    operator.delete_provider(provider["id"])
    assert list(pages(operator.list_models, priced=True)) == []


def test_costs_as_json_and_as_text(operator, admin):
    key = operator.create_key({"name": "=SUM(A1)"})
    yesterday = utc_now().date() - timedelta(days=1)
    tally = Tally(requests=1, prompt_tokens=10, completion_tokens=5, cost=Decimal("0.25"))
    spent = CostEntry("req_1", key["id"], "small", yesterday, tally, scopes=(key["id"],))
    rolled_up.add(admin.services.costs, spent)
    day = yesterday.isoformat()
    (row,) = pages(operator.by_key, from_=day, to=day)
    with operator.by_key_text(from_=day, to=day) as export:
        (told,) = csv.DictReader(io.StringIO("".join(export)))
    assert (told["keyId"], told["cost"]) == (row["keyId"], row["cost"]) == (key["id"], "0.25")


def test_the_export_of_requests_is_what_the_list_has(operator, dynamodb, tables):
    kept = record(identifiers.request_id(NOW))
    RecordTable(dynamodb, tables["UsageTable"], timedelta(days=400)).put(kept)
    day = NOW.date().isoformat()
    with operator.export_requests(from_=day, to=day, format="jsonl") as export:
        exported = [json.loads(line)["id"] for line in export.lines()]
    assert exported == [row["id"] for row in pages(operator.list_requests, from_=day, to=day)]
    assert exported == [kept.request_id]
    assert next(operator.export_costs(granularity="month")).startswith("BilledCost,")


def test_what_is_refused_says_why(operator, transport):
    with pytest.raises(Invalid) as raised:
        operator.create_key({"name": "", "colour": "red"})
    assert {each.field for each in raised.value.fields} == {"name", "colour"}
    with pytest.raises(NotFound):
        operator.get_key("key_0123456789abcdef")
    with pytest.raises(NotFound):
        operator.get_key("../models")
    with pytest.raises(Unauthorized):
        AdminClient("http://tollgate.test/api/admin", "tg-admin-wrong", transport=transport).get_me()


def test_documents_need_no_token(transport):
    client = AdminClient("http://tollgate.test/api/admin", "", transport=transport)
    assert client.get_openapi()["openapi"].startswith("3.")
    assert next(client.get_docs()).startswith("<!DOCTYPE html>")


def test_a_holder_asks_and_manages(operator, holding):
    key = operator.create_key({"name": "team", "manageChildren": True, "budgetLimit": "5"})
    with holding(key["key"]) as team:
        child = team.create_key({"name": "service", "budgetLimit": "1"})
        assert [row["id"] for row in pages(team.list_keys)] == [child["id"]]
        assert (
            team.set_budget(child["id"], {"budgetLimit": "2"}, if_match=child["revision"])["budgetLimit"]
            == "2"
        )
        assert [budget["remaining"] for budget in team.usage(key_id=child["id"])["budgets"]] == ["2"]
        asked = team.ask_for_increase({"window": "total", "limit": "9", "reason": "launch"})
        assert operator.approve_budget_request(asked["id"])["state"] == "approved"
        assert team.get_own_request(asked["id"])["state"] == "approved"
    with holding(child["key"]) as service, pytest.raises(Forbidden) as raised:
        service.create_key({"name": "x"})
    assert (raised.value.code, bool(raised.value.request_id)) == ("key_management_not_allowed", True)
