"""Which ID tokens are taken. What is forged is forged as attackers would: https://www.rfc-editor.org/rfc/rfc8725."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jwt
import jwt.warnings
import pytest
from cryptography.hazmat.primitives import serialization

from tests.support.builders import NOW
from tests.support.oidc_issuer import CLIENT_ID, Issuer, SigningKey
from tollgate.admins.admins import Role
from tollgate_admin.oidc.id_tokens import IdTokens
from tollgate_admin.oidc.issuer_documents import DocumentError
from tollgate_admin.oidc.issuer_keys import IssuerKeys
from tollgate_admin.oidc.oidc_settings import OidcSettings
from tollgate_admin.oidc.refused_tokens import IdTokenError, IssuerUnavailableError, NoRoleError

SETTINGS = OidcSettings(
    "https://id.example.com", CLIENT_ID, "groups", (("admins", Role.OWNER), ("staff", Role.VIEWER))
)
RSA_KEY, OTHER_KEY = SigningKey.new(key_id="k1"), SigningKey.new(key_id="k1")
EC_KEY, PSS_KEY = SigningKey.new("ES256", "k2"), SigningKey.new("PS256", "k3")
SECONDS = int(NOW.timestamp())


def issuer(*keys: SigningKey) -> Issuer:
    return Issuer(SETTINGS.issuer, list(keys or (RSA_KEY, EC_KEY, PSS_KEY)))


def claims(**others: Any) -> dict[str, Any]:
    made = {
        "iss": SETTINGS.issuer,
        "aud": CLIENT_ID,
        "sub": "7f1e",
        "email": "owner@example.com",
        "groups": ["admins"],
        "iat": SECONDS - 10,
        "exp": SECONDS + 3600,
        **others,
    }
    return {name: value for name, value in made.items() if value is not None}


def reader(settings: OidcSettings = SETTINGS, published: list[dict[str, Any]] | None = None) -> IdTokens:
    listed = [each.jwk() for each in issuer().keys] if published is None else published
    return IdTokens(settings, IssuerKeys(lambda: listed), lambda: NOW)


def refused(token: str, published: list[dict[str, Any]] | None = None) -> str:
    with pytest.raises(IdTokenError) as error:
        reader(published=published).signed_in(token)
    return str(error.value)


def encoded(part: Any) -> str:
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.parametrize("key", [RSA_KEY, EC_KEY, PSS_KEY], ids=lambda key: key.algorithm)
def test_whom_the_issuer_says_to_have_a_role_is_let_in_with_it(key):
    found = reader().signed_in(key.signed(claims()))
    assert (found.subject, found.name, found.role) == ("7f1e", "owner@example.com", Role.OWNER)
    assert found.expires_at == datetime.fromtimestamp(SECONDS + 3600, UTC)


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"iss": "https://id.example.com/"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"aud": "another"}, "another client"),
        ({"aud": None}, "another client"),
        ({"aud": f"{CLIENT_ID}x"}, "another client"),
        ({"aud": [CLIENT_ID, "another"]}, "another client"),
        ({"aud": [CLIENT_ID], "azp": "another"}, "another client"),
        ({"aud": [[CLIENT_ID]]}, "another client"),
        ({"aud": {CLIENT_ID: 1}}, "another client"),
        ({"azp": [CLIENT_ID]}, "another client"),
        ({"azp": {}}, "another client"),
        ({"azp": ""}, "another client"),
        ({"token_use": "access"}, "no ID token"),
        ({"token_use": ["id"]}, "no ID token"),
        ({"typ": "Bearer"}, "no ID token"),
        ({"typ": "Refresh"}, "no ID token"),
        ({"scp": "openid"}, "no ID token"),
        ({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}, "no ID token"),
        ({"exp": SECONDS - 61}, "has expired"),
        ({"exp": None}, "when it expires"),
        ({"exp": "tomorrow"}, "exp is no time"),
        ({"exp": True}, "exp is no time"),
        ({"exp": 1e300}, "exp is no time"),
        ({"exp": float("inf")}, "exp is no time"),
        ({"exp": [SECONDS]}, "exp is no time"),
        ({"exp": 10**400}, "exp is no time"),
        ({"exp": -62_135_596_800}, "has expired"),
        ({"nbf": SECONDS + 61}, "isn't valid yet"),
        ({"nbf": 253_402_300_799}, "isn't valid yet"),
        ({"nbf": {}}, "nbf is no time"),
        ({"iat": SECONDS + 61}, "issued in the future"),
        ({"iat": None}, "when it was issued"),
        ({"sub": None}, "who it is for"),
        ({"sub": ""}, "who it is for"),
        ({"sub": 7}, "who it is for"),
        ({"sub": "x" * 256}, "who it is for"),
        ({"sub": "a\nb"}, "who it is for"),
        ({"sub": "a\u202eb"}, "who it is for"),
        ({"sub": "\ud800"}, "who it is for"),
        ({"sub": ["7f1e"]}, "who it is for"),
    ],
)
def test_what_a_token_says_must_be_meant_for_this_stack_now(others, message):
    assert message in refused(RSA_KEY.signed(claims(**others)))


@pytest.mark.parametrize(
    "others",
    [
        {"exp": SECONDS - 59},
        {"nbf": SECONDS + 59},
        {"iat": SECONDS + 59},
        {"exp": SECONDS + 0.5},
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID},
        {"azp": CLIENT_ID},
        {"token_use": "id"},
        {"typ": "ID"},
        {"exp": 253_402_300_799},
        {"nbf": -62_135_596_800, "iat": -62_135_596_800},
    ],
)
def test_clocks_may_differ_a_little_and_tokens_be_for_others_besides(others):
    assert reader().signed_in(RSA_KEY.signed(claims(**others))).role is Role.OWNER


def test_a_token_without_a_signature_is_no_token():
    for algorithm in ("none", "None", "NONE", "", None):
        header = {"alg": algorithm, "kid": "k1", "typ": "JWT"}
        for signature in ("", encoded(b"x")):
            token = f"{encoded(header)}.{encoded(claims())}.{signature}"
            assert "must be signed by RS256, PS256, ES256" in refused(token)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_the_issuers_public_key_is_no_secret_to_sign_with(algorithm):
    """Who verifies by whatever algorithm the header names takes the public key for a shared secret."""
    public = RSA_KEY.private.public_key()
    formats = (serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1)
    secrets = [public.public_bytes(serialization.Encoding.PEM, each) for each in formats]
    secrets += [json.dumps(RSA_KEY.jwk()).encode(), b""]
    for secret in secrets:
        signed = f"{encoded({'alg': algorithm, 'kid': 'k1', 'typ': 'JWT'})}.{encoded(claims())}"
        digest = hmac.new(secret, signed.encode(), getattr(hashlib, f"sha{algorithm[2:]}")).digest()
        assert "must be signed by" in refused(f"{signed}.{encoded(digest)}")


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS512", "ES384", "EdDSA", "rs256", 5, ["RS256"]])
def test_no_other_algorithm_is_taken(algorithm):
    header = {"alg": algorithm, "kid": "k1", "typ": "JWT"}
    assert "must be signed by" in refused(f"{encoded(header)}.{encoded(claims())}.{encoded(b'x')}")


def test_a_key_signs_by_its_own_algorithm_alone():
    """What is signed by an RSA key as PS256, or names an EC key's id, doesn't pass for RS256's."""
    as_pss = replace(RSA_KEY, algorithm="PS256").signed(claims())
    assert "doesn't publish" in refused(as_pss)
    assert "doesn't publish" in refused(replace(RSA_KEY, id="k2").signed(claims()))
    assert "doesn't publish" in refused(replace(RSA_KEY, id="unknown").signed(claims()))


def test_a_key_of_somebody_else_under_the_same_id_signs_nothing():
    assert refused(OTHER_KEY.signed(claims())) == "The ID token is not valid."


def test_a_key_that_a_token_brings_along_is_not_used():
    for headers in (
        {"jwk": OTHER_KEY.jwk()},
        {"jku": "https://example.com/keys"},
        {"x5u": "https://example.com"},
    ):
        assert refused(OTHER_KEY.signed(claims(), headers)) == "The ID token is not valid."


def test_a_changed_token_is_refused():
    header, body, signature = RSA_KEY.signed(claims(groups=["staff"])).split(".")
    assert refused(f"{header}.{encoded(claims())}.{signature}") == "The ID token is not valid."
    assert refused(f"{header}.{body}.{signature[:-4]}AAAA") == "The ID token is not valid."
    assert refused(f"{header}.{body}.") == "The ID token is not valid."


@pytest.mark.parametrize(
    "headers", [{"typ": "at+jwt"}, {"typ": "logout+jwt"}, {"crit": ["exp"], "exp": 1}, {"typ": 5}]
)
def test_other_tokens_of_the_issuer_are_no_id_tokens(headers):
    assert refused(RSA_KEY.signed(claims(), headers)).startswith(
        ("The token is no ID", "The ID token is not")
    )


def test_a_token_says_which_key_it_is_signed_with():
    for key_id in (None, 5, "x" * 40):
        signed = f"{encoded({'alg': 'RS256', 'kid': key_id})}.{encoded(claims())}.{encoded(b'x')}"
        assert "key" in refused(signed) or "not valid" in refused(signed)


def test_keys_that_are_not_for_signing_or_too_short_sign_nothing():
    short = SigningKey.new(key_id="k1", bits=1024)
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        token = short.signed(claims())
    assert refused(token, [short.jwk()]) == "The ID token is not valid."
    for use in ({"use": "enc"}, {"alg": "RS512"}, {"kty": "oct"}):
        assert "doesn't publish" in refused(RSA_KEY.signed(claims()), [{**RSA_KEY.jwk(), **use}])
    numbers: list[dict[str, Any]] = [{"n": 5}, {"n": "!"}, {"e": ""}, {"n": None}]
    for change in numbers:
        assert (
            refused(RSA_KEY.signed(claims()), [{**RSA_KEY.jwk(), **change}]) == "The ID token is not valid."
        )


def test_what_is_no_token_is_refused_whatever_it_is():
    deep = encoded(b'{"alg":' + b"[" * 5000)
    for text in (
        "eyJ.",
        "eyJ..",
        "a.b.c",
        f"{deep}.e30.eA",
        f"{encoded([1])}.e30.eA",
        "eyJhbGciOiJSUzI1NiJ9.e30",
    ):
        refused(text)
    assert "too long" in refused(RSA_KEY.signed(claims(padding="x" * 11_000)))
    for body in (b"[]", b"5", b"{", b"[" * 5000):
        signed = f"{encoded({'alg': 'RS256', 'kid': 'k1', 'typ': 'JWT'})}.{encoded(body)}"
        signature = RSA_KEY.private.sign(signed.encode(), *_pkcs1())
        assert refused(f"{signed}.{encoded(signature)}") == "The ID token is not valid."


def _pkcs1() -> tuple[Any, Any]:
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.hashes import SHA256

    return padding.PKCS1v15(), SHA256()


def test_whoever_has_no_role_is_told_which_claim_gives_one():
    for groups in (None, [], ["others"], "", {"admins": True}, ["ADMINS"]):
        with pytest.raises(NoRoleError, match=r"signed in as owner@example\.com, and the claim groups"):
            reader().signed_in(RSA_KEY.signed(claims(groups=groups)))


def test_while_the_issuers_keys_can_not_be_had_nobody_is_called_a_stranger():
    def down() -> Any:
        raise DocumentError("it can't be reached")

    tokens = IdTokens(SETTINGS, IssuerKeys(down), lambda: NOW)
    with pytest.raises(IssuerUnavailableError, match="can't be reached") as error:
        tokens.signed_in(RSA_KEY.signed(claims()))
    assert error.value.retry_after > 0


@pytest.mark.parametrize(
    ("others", "name"),
    [
        ({}, "owner@example.com"),
        ({"email_verified": True}, "owner@example.com"),
        ({"email_verified": "true"}, "owner@example.com"),
        ({"email_verified": False, "name": "An owner"}, "An owner"),
        ({"email_verified": "false"}, "7f1e"),
        ({"email": None, "preferred_username": "owner"}, "owner"),
        ({"email": "a\r\nb@example.com"}, "ab@example.com"),
        ({"email": "x" * 500}, "x" * 100),
        ({"email": 5}, "7f1e"),
        ({"email_verified": ["true"]}, "7f1e"),
        ({"email_verified": {}, "name": ["An owner"]}, "7f1e"),
        ({"email": None, "name": "\u202e\ud800 \x00"}, "7f1e"),
    ],
)
def test_people_go_by_an_address_that_is_theirs_or_a_name(others, name):
    assert reader().signed_in(RSA_KEY.signed(claims(**others))).name == name
