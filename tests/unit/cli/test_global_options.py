"""Options that every command takes, and which gateway they and the environment choose."""

from __future__ import annotations

import json

import pytest

from tests.support.cli_runner import SIGNED_IN, Gateway, page, run

KEYS = {"GET /api/admin/apiKey": page()}


@pytest.mark.parametrize("line", ["--json keys list", "keys --json list", "keys list --json"])
def test_they_may_stand_anywhere(line):
    assert run(*line.split(), gateway=Gateway(KEYS)).json == []


def test_the_last_word_counts():
    gateway = Gateway(KEYS)
    words = ["--url", "https://first.example.com", "keys", "list", "--url", "https://last.example.com"]
    assert run(*words, gateway=gateway).code == 0
    assert gateway.requests[0].url.host == "last.example.com"


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://gw.example.com/", "https://gw.example.com/api/admin/apiKey"),
        ("https://gw.example.com/prod/v1", "https://gw.example.com/prod/api/admin/apiKey"),
        ("https://GW.example.com/api/admin/", "https://gw.example.com/api/admin/apiKey"),
        ("http://127.0.0.1:4565/console/", "http://127.0.0.1:4565/api/admin/apiKey"),
    ],
)
def test_a_gateways_url_is_known_by_any_of_its_parts(url, root):
    gateway = Gateway({f"GET {root.partition('.com')[2]}": page()})
    run("keys", "list", "--url", url, gateway=gateway)
    assert str(gateway.requests[0].url) == root


@pytest.mark.parametrize(
    "url", ["gateway", "ftp://x", "https://", "https://a:b@x", "https://x?y=1", "https://x/#y", "https://[x"]
)
def test_what_is_no_url_is_not_asked(url):
    gateway = Gateway(KEYS)
    ran = run("keys", "list", "--url", url, gateway=gateway)
    assert ran.code == 2
    assert gateway.requests == []
    assert "Traceback" not in ran.stderr


def test_json_and_csv_exclude_each_other():
    gateway = Gateway(KEYS)
    assert run("keys", "list", "--json", "--csv", gateway=gateway).code == 2
    assert gateway.requests == []


def test_a_profile_that_is_not_there_is_not_found():
    ran = run("keys", "list", "--profile", "nobody's")
    assert ran.code == 4
    assert 'no profile "nobody\'s"' in ran.stderr


def test_without_a_gateway_it_says_how_to_sign_in():
    ran = run("keys", "list", environment={})
    assert ran.code == 3
    assert "tollgate login" in ran.stderr


@pytest.mark.parametrize("words", [("--local",), ("--profile", "local")])
def test_the_local_stack_is_that_of_the_folder(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    assert run("keys", "list", *words, environment={}).code == 2
    (tmp_path / ".local").mkdir()
    stack = {"api_url": "http://127.0.0.1:4565", "admin_token": "local-token", "api_key": "sk-tg-local"}
    (tmp_path / ".local/stack.json").write_text(json.dumps(stack))
    gateway = Gateway(KEYS)
    assert run("keys", "list", *words, gateway=gateway, environment=SIGNED_IN).code == 0
    assert str(gateway.requests[0].url) == "http://127.0.0.1:4565/api/admin/apiKey"
    assert gateway.requests[0].headers["authorization"] == "Bearer local-token"
