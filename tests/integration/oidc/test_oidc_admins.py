"""Admins who sign in at an issuer: how they are known, what they may do, what the audit says of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import admin_routes
from tests.support.admin_client import CONTEXT, TOKEN, Admin
from tests.support.oidc_issuer import CLIENT_ID, Issuer, SigningKey, issuing
from tollgate.admins.admins import Role
from tollgate.clock import utc_now
from tollgate_admin import streaming
from tollgate_admin.oidc.id_tokens import IdTokens
from tollgate_admin.oidc.issuer_documents import IssuerDocuments
from tollgate_admin.oidc.issuer_keys import IssuerKeys
from tollgate_admin.oidc.oidc_settings import OidcSettings
from tollgate_admin.web import access

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLES = (("owners", Role.OWNER), ("operators", Role.OPERATOR), ("viewers", Role.VIEWER))


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as made:
        yield made


@pytest.fixture
def oidc_admin(admin: Admin, issuer: Issuer) -> Admin:
    """An admin API that knows the issuer."""
    keys = IssuerKeys(IssuerDocuments(issuer.url, loopback_allowed=True).keys)
    tokens = IdTokens(OidcSettings(issuer.url, CLIENT_ID, "groups", ROLES), keys, utc_now)
    admin.id_tokens = lambda: tokens
    return admin


def token_of(issuer: Issuer, groups: str, **others: Any) -> str:
    return issuer.token(issuer.claims(groups=groups, **others))


@pytest.mark.parametrize(("group", "role"), ROLES)
def test_who_signs_in_may_do_what_the_role_may_on_every_route(oidc_admin, issuer, group, role):
    token = token_of(issuer, f"others {group}")
    for name, needed in access.NEEDED.items():
        path = admin_routes.path_of(name)
        answer = oidc_admin(name.split()[0], path, {}, token=token)
        assert (answer.status != 403) is role.covers(needed), (name, answer.text)
        assert answer.status != 401


def test_who_signs_in_is_shown_as_the_issuer_calls_them(oidc_admin, issuer):
    claims = issuer.claims("ann@example.com", "operators")
    shown = oidc_admin("GET", "/admins/me", token=issuer.token(claims)).json
    expires = shown.pop("expiresAt")
    assert shown == {
        "id": "oidc:sub-of-ann@example.com",
        "name": "ann@example.com",
        "role": "operator",
    }
    assert expires == time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(claims["exp"]))


def test_the_audit_says_who_it_was_and_finds_them(oidc_admin, issuer):
    claims = issuer.claims("ann@example.com", "operators", sub="auth0|" + "5" * 249)
    made = oidc_admin("POST", "/apiKey", {"name": "a key"}, token=issuer.token(claims))
    assert made.status == 201, made.text
    found = oidc_admin("GET", "/audit", actor=f"oidc:{claims['sub']}").json["data"]
    assert [(each["entity"], each["actorName"]) for each in found] == [(made.json["id"], "ann@example.com")]


def test_without_a_role_one_is_known_and_gets_in_nowhere(oidc_admin, issuer):
    for groups in ("", "others"):
        answer = oidc_admin("GET", "/apiKey", token=token_of(issuer, groups))
        assert answer.status == 403
        assert "signed in as owner@example.com" in answer.json["detail"]


def test_an_expired_token_says_to_sign_in_again(oidc_admin, issuer):
    expired = token_of(issuer, "owners", exp=int(time.time()) - 100)
    answer = oidc_admin("GET", "/admins/me", token=expired)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json["detail"] == "The ID token has expired. Sign in again."
    assert expired not in answer.text


def test_an_issuer_that_can_not_be_asked_is_a_503_and_no_refusal(oidc_admin, issuer):
    token = token_of(issuer, "owners")
    issuer.broken = True
    for _ in range(3):
        answer = oidc_admin("GET", "/apiKey", token=token)
        assert (answer.status, answer.headers["retry-after"]) == (503, "10")
        assert "identity provider's keys" in answer.json["detail"]
    assert len(issuer.requests) == 1
    # Whoever doesn't need the issuer doesn't notice.
    named = oidc_admin("POST", "/admins", {"name": "x", "role": "viewer"}).json["token"]
    assert [oidc_admin("GET", "/apiKey", token=each).status for each in (TOKEN, named)] == [200, 200]


def test_the_issuer_is_asked_once_for_many_requests(oidc_admin, issuer):
    forged = SigningKey.new(key_id="forged").signed(issuer.claims(groups="owners"))
    for _ in range(5):
        assert oidc_admin("GET", "/apiKey", token=token_of(issuer, "viewers")).status == 200
        assert oidc_admin("GET", "/apiKey", token=forged).status == 401
    assert issuer.requests == ["GET /.well-known/openid-configuration", "GET /keys"]


def test_a_token_counts_in_its_header_alone(oidc_admin, issuer):
    token = token_of(issuer, "owners")
    for name in ("access_token", "id_token"):
        answer = oidc_admin("GET", "/apiKey", token=None, **{name: token})
        assert answer.status == 401
        assert token not in answer.text
    for headers in (
        {"x-api-key": token},
        {"cookie": f"token={token}"},
        {"authorization": f"Basic {token}"},
        {"authorization": token},
    ):
        assert oidc_admin("GET", "/apiKey", token=None, headers=headers).status == 401


def test_a_token_is_tried_as_one_kind_alone(oidc_admin, issuer):
    """What looks like an ID token is none of ours, and what looks like ours isn't the issuer's."""
    created = oidc_admin("POST", "/admins", {"name": "x", "role": "owner"}).json
    id_token = token_of(issuer, "owners")
    for both in (
        f"{created['token']}.{id_token}",
        f"{id_token}.{created['token']}",
        f"{created['token']} {id_token}",
        f"{id_token}, Bearer {created['token']}",
        f"{TOKEN}.{id_token}",
    ):
        assert oidc_admin("GET", "/apiKey", token=both).status == 401, both
    oidc_admin("POST", f"/admins/{created['id']}/revoke")
    assert oidc_admin("GET", "/apiKey", token=created["token"]).status == 401
    assert oidc_admin("GET", "/apiKey", token=id_token).status == 200
    # A subject that is called as a named admin is doesn't pass for it.
    named = token_of(issuer, "viewers", sub=created["id"])
    assert oidc_admin("GET", "/admins/me", token=named).json["id"] == f"oidc:{created['id']}"


def test_where_there_is_no_issuer_its_tokens_are_unknown(admin, issuer):
    answer = admin("GET", "/apiKey", token=token_of(issuer, "owners"))
    assert (answer.status, issuer.requests) == (401, [])


def test_exports_are_streamed_to_who_signs_in(oidc_admin, issuer):
    def export(groups: str) -> tuple[int, str]:
        event: Any = {
            "httpMethod": "GET",
            "path": "/api/admin/requests/export",
            "headers": {"authorization": f"Bearer {token_of(issuer, groups)}"},
            "requestContext": {"requestId": "1"},
            "body": None,
        }
        answer = streaming.streamed(event, CONTEXT, oidc_admin.composition)
        return answer.status, b"".join(answer.chunks).decode()

    assert export("viewers")[0] == 200
    status, text = export("others")
    assert (status, "signed in as owner@example.com" in text) == (403, True)
