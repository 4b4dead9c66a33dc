"""`tollgate login --sso`: the browser, the issuer, and the ID token that is renewed."""

from __future__ import annotations

import json
import socket
import sys
import time
import webbrowser
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.cli_runner import URL, Gateway, run
from tests.support.oidc_issuer import SigningKey, issuing
from tollgate_cli.session import profiles
from tollgate_cli.session.oidc import browser_sign_in, kept_tokens
from tollgate_cli.session.oidc.issuer_client import claims_of
from tollgate_cli.session.oidc.loopback import Loopback

SIGNING_KEY = SigningKey.new("ES256")
ANY_PORT = "http://127.0.0.1:0/callback"


@pytest.fixture
def issuer():
    with issuing(keys=[SIGNING_KEY]) as found:
        yield found


@pytest.fixture
def gateway(issuer):
    """Takes who has signed in at the issuer."""

    def who(request):
        claims = claims_of(request.headers["authorization"].removeprefix("Bearer "))
        return {"id": f"oidc:{claims['sub']}", "name": claims["email"], "role": "viewer", "expiresAt": None}

    named = {"issuer": issuer.url, "clientId": "console", "scopes": "openid email", "name": "Issuer"}
    return Gateway(
        {
            "GET /console/config.json": {"oidc": named},
            "GET /api/admin/admins/me": who,
            "GET /health": {"status": "ok", "version": "1"},
        }
    )


class Person:
    """Somebody with a browser: opens the page, signs in or says no, and is sent back."""

    def __init__(self, **form: str) -> None:
        self.form = {"email": "owner@example.com", **form}
        self.opened: list[str] = []
        self.came_back: list[httpx.Response] = []

    def open(self, url: str) -> bool:
        self.opened.append(url)
        self.go_back(httpx.post(url, data=self.form, timeout=20).headers["location"])
        return True

    def go_back(self, location: str) -> None:
        self.came_back.append(httpx.get(location, timeout=20))


@pytest.fixture
def person(monkeypatch):
    found = Person()
    monkeypatch.setattr(webbrowser, "open", found.open)
    return found


def sign_in(gateway, at_home, *more):
    words = ("login", "--url", URL, "--sso", "--redirect-uri", ANY_PORT, *more)
    return run(*words, gateway=gateway, environment=at_home)


def kept(at_home) -> dict:
    secrets = json.loads((Path(at_home["TOLLGATE_CONFIG"]) / "secrets.json").read_text())
    return json.loads(next(iter(secrets.values())))


def test_a_browser_signs_one_in(gateway, issuer, at_home, no_keyring, person):
    ran = sign_in(gateway, at_home)
    assert ran.code == 0, ran.stderr
    assert "owner@example.com (viewer)" in ran.stderr
    assert person.came_back[0].status_code == 200
    token = run("auth", "print-token", environment=at_home).stdout.strip()
    assert claims_of(token)["email"] == "owner@example.com"
    assert token not in ran.stdout + ran.stderr


def test_the_question_has_what_the_standards_ask_for(gateway, issuer, at_home, no_keyring, person):
    sign_in(gateway, at_home)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(person.opened[0]).query).items()}
    back = urlsplit(asked["redirect_uri"])
    assert (back.hostname, back.path) == ("127.0.0.1", "/callback")
    assert back.port
    assert asked["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name]) == 43


def test_one_can_sign_in_again_at_once_at_the_same_port(gateway, at_home, no_keyring, person):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}/callback"
    for _ in range(2):
        ran = sign_in(gateway, at_home, "--redirect-uri", address)
        assert ran.code == 0, ran.stderr


def test_without_a_browser_the_page_is_printed(gateway, at_home, no_keyring, monkeypatch):
    """Somebody opens the page that stderr names."""
    person = Person()
    monkeypatch.setattr(webbrowser, "open", lambda _url: pytest.fail("a browser was opened"))
    query = Loopback.query

    def answered(loopback, seconds):
        stderr: Any = sys.stderr
        person.open(stderr.getvalue().split()[-1])
        return query(loopback, seconds)

    monkeypatch.setattr(Loopback, "query", answered)
    ran = sign_in(gateway, at_home, "--no-browser")
    assert ran.code == 0, ran.stderr
    assert person.opened[0] in ran.stderr
    assert ran.stdout == ""


def test_a_deployment_without_an_issuer_is_said(gateway, at_home):
    gateway.answers = {"GET /console/config.json": {"oidc": None}}
    ran = sign_in(gateway, at_home)
    assert ran.code == 1
    assert "--issuer" in ran.stderr


def test_a_deployment_without_a_console_takes_the_issuer_as_options(
    gateway, issuer, at_home, no_keyring, person
):
    gateway.answers = {name: each for name, each in gateway.answers.items() if "console" not in name}
    assert sign_in(gateway, at_home).code == 1
    ran = sign_in(gateway, at_home, "--issuer", issuer.url, "--client-id", "console")
    assert ran.code == 0, ran.stderr


def test_who_says_no_is_told_so(gateway, at_home, person):
    person.form["deny"] = "yes"
    ran = sign_in(gateway, at_home)
    assert ran.code == 3
    assert "access_denied: The user said no" in ran.stderr
    assert not Path(at_home["TOLLGATE_CONFIG"]).exists()


def test_an_answer_to_another_question_does_not_count(gateway, at_home, no_keyring, person):
    """Some page of another site sends the browser to our address first, with a code of its own."""
    straight = person.go_back

    def crossed(location):
        address = location.partition("?")[0]
        straight(f"{address}?code=stolen&state=guessed")
        straight(f"{address.removesuffix('/callback')}/favicon.ico")
        straight(location)

    person.go_back = crossed
    ran = sign_in(gateway, at_home)
    assert ran.code == 0, ran.stderr
    assert [each.status_code for each in person.came_back] == [400, 404, 200]


def test_a_token_of_another_sign_in_is_refused(gateway, issuer, at_home, person, monkeypatch):
    issue = issuer.issue_code
    monkeypatch.setattr(
        issuer, "issue_code", lambda query, *more: issue({**query, "nonce": "another"}, *more)
    )
    ran = sign_in(gateway, at_home)
    assert ran.code == 1
    assert "nonce" in ran.stderr


def test_an_issuer_that_is_down_is_said(gateway, issuer, at_home):
    issuer.broken = True
    ran = sign_in(gateway, at_home)
    assert ran.code == 1
    assert "answers 502" in ran.stderr


def test_an_issuer_that_does_not_answer_is_unreachable(gateway, at_home):
    ran = sign_in(gateway, at_home, "--issuer", "http://127.0.0.1:9", "--client-id", "console")
    assert ran.code == 6


@pytest.mark.parametrize(
    "issuer_url", ["http://issuer.example.com", "ftp://127.0.0.1", "issuer", "https://[x"]
)
def test_an_issuer_without_https_is_refused(gateway, at_home, issuer_url):
    ran = sign_in(gateway, at_home, "--issuer", issuer_url, "--client-id", "console")
    assert ran.code == 1
    assert "no https URL" in ran.stderr


@pytest.mark.parametrize(
    "address", ["http://example.com:80/", "https://127.0.0.1:1/", "http://127.0.0.1/", "http://127.0.0.1:x/"]
)
def test_the_browser_is_sent_back_to_this_machine_alone(gateway, at_home, address):
    ran = run("login", "--url", URL, "--sso", "--redirect-uri", address, gateway=gateway, environment=at_home)
    assert ran.code == 2


def test_a_taken_port_is_said(gateway, issuer, at_home):
    ran = sign_in(gateway, at_home, "--redirect-uri", f"{issuer.url}/callback")
    assert ran.code == 1
    assert "--redirect-uri" in ran.stderr


def test_who_does_not_sign_in_is_not_waited_for_for_ever(gateway, at_home, monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda _url: True)
    monkeypatch.setattr(browser_sign_in, "WAIT_SECONDS", 0.01)
    ran = sign_in(gateway, at_home)
    assert ran.code == 1
    assert "Nobody signed in" in ran.stderr


def test_an_id_token_that_has_expired_is_renewed_and_so_is_what_renews_it(
    gateway, issuer, at_home, no_keyring, person
):
    issuer.renews, issuer.lifetime = True, 1
    assert sign_in(gateway, at_home).code == 0
    first = kept(at_home)
    issuer.lifetime = 3600
    ran = run("whoami", gateway=gateway, environment=at_home)
    assert ran.code == 0, ran.stderr
    second = kept(at_home)
    assert second["expiresAt"] > time.time() + kept_tokens._LEEWAY_SECONDS
    assert second["refreshToken"] not in {first["refreshToken"], None}
    asked = len(issuer.requests)
    assert run("whoami", gateway=gateway, environment=at_home).code == 0
    assert len(issuer.requests) == asked


def test_commands_at_once_renew_it_once(gateway, issuer, at_home, no_keyring, person, monkeypatch):
    """An issuer may take a refresh token that comes twice for a stolen one: this one does."""
    issuer.renews, issuer.lifetime = True, 1
    assert sign_in(gateway, at_home).code == 0
    issuer.lifetime = 3600
    monkeypatch.setenv("TOLLGATE_CONFIG", at_home["TOLLGATE_CONFIG"])
    profile = profiles.read().named("default")
    with ThreadPoolExecutor(4) as commands:
        tokens = set(commands.map(lambda _: kept_tokens.id_token(profile), range(4)))
    assert len(tokens) == 1
    assert issuer.requests.count("POST /token") == 2


@pytest.mark.parametrize("renews", [False, True])
def test_who_can_no_longer_be_signed_in_is_told_how(gateway, issuer, at_home, no_keyring, person, renews):
    issuer.renews, issuer.lifetime = renews, 1
    assert sign_in(gateway, at_home).code == 0
    issuer.refresh_tokens.clear()
    ran = run("whoami", gateway=gateway, environment=at_home)
    assert ran.code == 3
    assert "tollgate login --sso --profile default" in ran.stderr


def test_an_issuer_that_is_away_for_a_moment_costs_no_sign_in(gateway, issuer, at_home, no_keyring, person):
    issuer.renews, issuer.lifetime = True, 1
    assert sign_in(gateway, at_home).code == 0
    issuer.broken = True
    assert run("whoami", gateway=gateway, environment=at_home).code == 1
    issuer.broken = False
    assert run("whoami", gateway=gateway, environment=at_home).code == 0


def test_logout_lets_the_issuer_forget_what_renews(gateway, issuer, at_home, no_keyring, person):
    issuer.renews = True
    assert sign_in(gateway, at_home).code == 0
    assert run("logout", environment=at_home).code == 0
    assert issuer.refresh_tokens == {}
    assert run("whoami", gateway=gateway, environment=at_home).code == 3


def test_logout_works_while_the_issuer_is_away(gateway, issuer, at_home, no_keyring, person):
    issuer.renews = True
    assert sign_in(gateway, at_home).code == 0
    issuer.broken = True
    assert run("logout", environment=at_home).code == 0
    assert json.loads((Path(at_home["TOLLGATE_CONFIG"]) / "secrets.json").read_text()) == {}
