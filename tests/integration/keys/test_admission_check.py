"""Whoever wonders why a call was refused asks what would become of it now."""

from __future__ import annotations

from decimal import Decimal

import pytest


@pytest.fixture
def catalog(admin):
    """A dear model, and a cheap one."""
    provider = admin.provider()
    admin.model(provider["id"], systemName="large", inputPrice="10", outputPrice="50")
    admin.model(provider["id"], systemName="small", inputPrice="1", outputPrice="5", safetyLevel=40)


def check(admin, key, **query):
    answer = admin("GET", f"/apiKey/{key['id']}/admission", **query)
    assert answer.status == 200, answer.text
    return answer.json


def spend(admin, key, amount):
    """As a settlement of that cost leaves the key."""
    admin.services.keys.client.update_item(
        TableName=admin.services.settings.keys_table,
        Key={"key_id": {"S": key["id"]}},
        UpdateExpression="ADD budget_used :more, budget_available :less",
        ExpressionAttributeValues={":more": {"N": amount}, ":less": {"N": f"-{amount}"}},
    )


def test_a_call_that_would_be_let_in_says_what_it_may_cost(admin, catalog):
    told = check(admin, admin.key(budgetLimit="5"), model="large", inputTokens="1000", outputTokens="500")

    assert (told["admitted"], told["refusal"], told["servedBy"]) == (True, None, None)
    assert Decimal(told["maxCost"]) == Decimal("0.035")


def test_the_key_above_that_refuses_is_named_with_the_limit_that_is_short(admin, catalog):
    team = admin.key(name="team", budgetLimit="5")
    key = admin.key(parentId=team["id"], budgetLimit="3")
    spend(admin, team, "5")

    told = check(admin, key)

    assert not told["admitted"]
    refusal = told["refusal"]
    assert (refusal["reason"], refusal["keyId"], refusal["keyName"]) == (
        "parent_budget_exhausted",
        team["id"],
        "team",
    )
    assert (refusal["shortage"]["window"], refusal["shortage"]["limit"], refusal["shortage"]["used"]) == (
        "total",
        "5",
        "5",
    )


def test_a_hard_budget_that_would_be_passed_refuses_the_dear_call_alone(admin, catalog):
    key = admin.key(budgetLimit="1", enforcement="hard")
    spend(admin, key, "0.99")

    assert check(admin, key)["admitted"]
    assert check(admin, key, model="small", inputTokens="10", outputTokens="10")["admitted"]
    assert check(admin, key, model="large")["refusal"]["reason"] == "request_exceeds_budget"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"allowedModels": ["large"]}, "model_not_allowed"), ({"safetyLevel": 10}, "model_not_allowed")],
)
def test_a_model_that_the_key_may_not_call_is_told(admin, catalog, settings, reason):
    assert check(admin, admin.key(**settings), model="small")["refusal"]["reason"] == reason


def test_a_revoked_key_is_told(admin, catalog):
    key = admin.key()
    admin("POST", f"/apiKey/{key['id']}/revoke")

    assert check(admin, key)["refusal"]["reason"] == "key_revoked"


def test_a_tight_budget_names_the_model_that_would_serve_instead(admin, catalog):
    rules = [{"from": "large", "to": ["small"]}]
    key = admin.key(budgetLimit="10", downgrade={"rules": rules, "enterPercent": 80, "exitPercent": 60})
    assert check(admin, key, model="large")["servedBy"] is None
    spend(admin, key, "8.5")

    told = check(admin, key, model="large")

    assert (told["model"], told["servedBy"], told["admitted"]) == ("large", "small", True)


def test_asking_holds_and_changes_nothing(admin, catalog):
    key = admin.key(budgetLimit="5")
    before = admin("GET", f"/apiKey/{key['id']}").json

    check(admin, key, model="large")

    assert admin("GET", f"/apiKey/{key['id']}").json == before


def test_a_model_that_nobody_knows_is_a_wrong_parameter(admin):
    answer = admin("GET", f"/apiKey/{admin.key()['id']}/admission", model="none")

    assert answer.status == 422
    assert answer.errors == {"model": "must name a model of the catalog"}
