"""Whom holders of keys may have mails sent to, and what those say: nothing that a stranger would get."""

from __future__ import annotations

import pytest

from tests.support.key_client import KeyClient

OWN, STRANGER, ALLOWED = "ann@example.com", "joe@elsewhere.org", "ops@partner.example.net"
ROUTES = ("create", "edit", "budget")


@pytest.fixture
def admin(shared_admin):
    return shared_admin


@pytest.fixture
def team(admin):
    """The client of a key whose owner is lead@example.com."""
    return KeyClient(admin, admin.managing_key(name="team", ownerEmail="Lead@Example.com")["key"])


def notify(address):
    return [{"percent": 80, "level": "warning", "notify": ["owner", "admin", address]}]


def ask(client, route, child, body):
    match route:
        case "create":
            return client("POST", "/keys", {"name": "x", **body})
        case "edit":
            return client("PATCH", f"/keys/{child['id']}", body)
    return client("PUT", f"/keys/{child['id']}/budget", {"budgetLimit": "1", **body})


def field_of(answer):
    return answer.status, answer.json["error"]["param"]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "address",
    [
        STRANGER,
        "ann@sub.example.com",
        "ann@notexample.com",
        "ann@example.com.elsewhere.org",
        "ann@example.co",
    ],
)
def test_a_stranger_is_sent_nothing(team, route, address):
    child = team.child()
    assert field_of(ask(team, route, child, {"ownerEmail": address})) == (400, "ownerEmail")
    refused = ask(team, route, child, {"budgetAlertThresholds": notify(address)})
    assert field_of(refused) == (400, "budgetAlertThresholds")
    assert "example.com" in refused.json["error"]["message"]
    assert team("GET", f"/keys/{child['id']}").json["ownerEmail"] is None


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("address", [OWN, "lead@example.com", "ANN@EXAMPLE.COM"])
def test_the_owners_domain_is_known(team, route, address):
    child = team.child()
    body = {"ownerEmail": address, "budgetAlertThresholds": notify(address)}
    assert ask(team, route, child, body).status in {200, 201}


@pytest.mark.parametrize("route", ROUTES)
def test_admins_allow_other_domains(admin, team, route):
    child = team.child()
    assert admin("PATCH", "/settings", {"selfServiceMailDomains": ["Partner.Example.net"]}).status == 200
    try:
        assert ask(team, route, child, {"ownerEmail": ALLOWED}).status in {200, 201}
        assert ask(team, route, child, {"ownerEmail": STRANGER}).status == 400
    finally:
        admin("PATCH", "/settings", {"selfServiceMailDomains": None})
    assert ask(team, "create", child, {"ownerEmail": ALLOWED}).status == 400


def test_a_key_without_an_owner_knows_nobody(admin):
    client = KeyClient(admin, admin.managing_key()["key"])
    assert field_of(client("POST", "/keys", {"name": "x", "ownerEmail": OWN})) == (400, "ownerEmail")


def test_at_a_public_mail_provider_an_owner_knows_only_himself(admin):
    client = KeyClient(admin, admin.managing_key(ownerEmail="lead@gmail.com")["key"])
    assert client.child(ownerEmail="lead@gmail.com")["ownerEmail"] == "lead@gmail.com"
    assert field_of(client("POST", "/keys", {"name": "x", "ownerEmail": "ann@gmail.com"})) == (
        400,
        "ownerEmail",
    )


def test_a_key_further_down_has_the_reach_of_its_own_owner(team):
    below = team.with_key(team.child(manageChildren=True, ownerEmail=OWN)["key"])
    assert below.child(ownerEmail="bob@example.com")["ownerEmail"] == "bob@example.com"
    nobodys = team.with_key(team.child(manageChildren=True)["key"])
    assert nobodys("POST", "/keys", {"name": "x", "ownerEmail": OWN}).status == 400


def test_what_an_admin_has_set_may_be_put_back(admin, team):
    """Who edits a key sends what he got."""
    child = team.child()
    thresholds = notify(STRANGER)
    wanted = {"ownerEmail": ALLOWED, "budgetAlertThresholds": thresholds, "alertDebounceSeconds": 5}
    assert admin("PATCH", f"/apiKey/{child['id']}", wanted).status == 200
    assert team("PATCH", f"/keys/{child['id']}", wanted).status == 200
    assert team("PATCH", f"/keys/{child['id']}", {"ownerEmail": "other@elsewhere.org"}).status == 400


@pytest.mark.parametrize("route", ["create", "edit"])
def test_nobody_is_flooded(admin, team, route):
    child = team.child()
    assert field_of(ask(team, route, child, {"alertDebounceSeconds": 899})) == (400, "alertDebounceSeconds")
    assert ask(team, route, child, {"alertDebounceSeconds": 900}).status in {200, 201}
    assert ask(team, route, child, {"alertDebounceSeconds": None}).status in {200, 201}
    admin("PATCH", "/settings", {"selfServiceMinDebounceSeconds": 60})
    try:
        assert ask(team, route, child, {"alertDebounceSeconds": 60}).status in {200, 201}
    finally:
        admin("PATCH", "/settings", {"selfServiceMinDebounceSeconds": None})


def test_it_is_known_who_has_named_a_key(admin, team):
    def self_named(key):
        return admin("GET", f"/apiKey/{key['id']}").json["selfNamed"]

    child, admins = team.child(name="Pay now at elsewhere.org"), admin.key(name="search")
    assert (self_named(child), self_named(admins)) == (True, False)
    admin("PATCH", f"/apiKey/{child['id']}", {"rpmLimit": 1})
    assert self_named(child), "an admin who changes something else vouches for nothing"
    admin("PATCH", f"/apiKey/{child['id']}", {"name": "pay"})
    assert not self_named(child)
    team("PATCH", f"/keys/{child['id']}", {"name": "pay", "rpmLimit": 2})
    assert not self_named(child), "it is the name that an admin gave"
    team("PATCH", f"/keys/{child['id']}", {"name": "Pay now"})
    assert self_named(child)
    last, *_ = admin("GET", "/audit", entity=child["id"]).json["data"]
    assert (last["before"]["selfNamed"], last["after"]["selfNamed"]) == (False, True)


@pytest.mark.parametrize(
    "domain",
    ["example", "@example.com", "ann@example.com", "*.example.com", "exa mple.com", "", "example.com."],
)
def test_what_is_no_domain_is_refused(admin, domain):
    assert admin("PATCH", "/settings", {"selfServiceMailDomains": [domain]}).status == 422
