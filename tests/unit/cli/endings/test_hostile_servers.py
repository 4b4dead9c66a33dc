"""Gateways and issuers that lie, and places that can't be used: each ends in a sentence."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import httpx
import pytest

from tests.support.bare_server import sends, serving
from tests.support.cli_runner import SIGNED_IN, Gateway, run
from tollgate_cli.output.failures import CommandError
from tollgate_cli.session.oidc import issuer_client
from tollgate_cli.session.oidc.issuer_client import claims_of

LIST = "GET /api/admin/apiKey"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def test_no_line_of_an_error_is_a_servers_own():
    problem = {"detail": "No.\n::add-mask::x\x1b[2J", "errors": [{"field": "a\nb", "message": "c\nError: d"}]}
    ran = run("keys", "list", gateway=Gateway({LIST: httpx.Response(422, json=problem)}))
    assert ran.code == 1
    assert ran.stderr.splitlines() == [r"Error: No.\n::add-mask::x\x1b[2J", r"  a\nb: c\nError: d"]


@pytest.mark.parametrize("body", [[], {"data": None}, "text", {"data": ["x"], "nextCursor": None}])
def test_a_list_that_is_none_is_said_without_a_fault(body):
    ran = run("keys", "list", gateway=Gateway({LIST: httpx.Response(200, json=body)}))
    assert ran.code == 1
    assert "is this Tollgate's URL?" in ran.stderr
    assert "unexpected" not in ran.stderr


def token(claims: str) -> str:
    return f"e30.{base64.urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.x"


@pytest.mark.parametrize("expiry", ["NaN", "Infinity", "1e400", "-1", "253402300800", '"1"', "null"])
def test_a_token_that_never_expires_is_none(expiry):
    assert claims_of(token('{"exp": 1800000000}'))["exp"] == 1_800_000_000
    with pytest.raises(ValueError, match="no expiry"):
        claims_of(token(f'{{"exp": {expiry}}}'))


def test_an_issuer_that_never_stops_to_trickle_is_given_up(monkeypatch):
    clock = iter(range(0, 1_000, 5))
    monkeypatch.setattr("tollgate_client.answer_bodies.time.monotonic", lambda: next(clock))
    pieces = [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\n \r\n"] * 100]
    with (
        serving(sends(*pieces)) as server,
        pytest.raises(CommandError, match="takes longer than 15 seconds"),
    ):
        issuer_client.discover(f"http://127.0.0.1:{server.port}")


def test_an_issuers_document_that_is_nested_too_deeply_is_none():
    content = b"[" * 200_000
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(content)
    with serving(sends(head + content)) as server, pytest.raises(CommandError, match="no document"):
        issuer_client.discover(f"http://127.0.0.1:{server.port}")


@pytest.mark.parametrize("is_enough", [True, False])
def test_who_has_no_home_needs_none_if_the_environment_has_all(tmp_path, monkeypatch, is_enough):
    """Containers run as users whom nobody knows, or with root's home."""
    (tmp_path / "profiles.json").mkdir()
    environment = {**SIGNED_IN, "TOLLGATE_CONFIG": str(tmp_path)}
    if not is_enough:
        del environment["TOLLGATE_URL"]
    ran = run(
        "keys", "list", environment=environment, gateway=Gateway({LIST: {"data": [], "nextCursor": None}})
    )
    assert ran.code == (0 if is_enough else 2), ran.stderr

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    environment["TOLLGATE_CONFIG"] = ""
    ran = run(
        "keys", "list", environment=environment, gateway=Gateway({LIST: {"data": [], "nextCursor": None}})
    )
    assert ran.code == (0 if is_enough else 2), ran.stderr
    assert ("set TOLLGATE_CONFIG" in ran.stderr) is not is_enough


def test_a_profile_file_that_is_nested_too_deeply_is_corrupt(tmp_path):
    path = tmp_path / "profiles.json"
    path.write_text("[" * 200_000)
    path.chmod(0o600)
    ran = run("keys", "list", environment={"TOLLGATE_CONFIG": str(tmp_path)})
    assert (ran.code, "isn't what tollgate wrote" in ran.stderr) == (2, True)


@pytest.mark.parametrize(
    "stack", [{"api_url": "http://x", "admin_token": 1, "api_key": []}, [], {"api_url": 1}]
)
def test_a_stack_file_of_something_else_is_said(tmp_path, monkeypatch, stack):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(stack))
    ran = run("keys", "list", "--local", environment={})
    assert (ran.code, "No local stack runs here" in ran.stderr) == (2, True), ran.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("https_proxy", "ftp://user:hunter2@proxy.example.com", "HTTPS_PROXY"),
        ("https_proxy", "http://user:hunter2", "HTTPS_PROXY"),
        ("no_proxy", "[::", "NO_PROXY"),
        ("SSL_CERT_FILE", "/nonexistent", "SSL_CERT_FILE"),
        ("SSL_CERT_FILE", "/etc/passwd", "SSL_CERT_FILE"),
        ("TOLLGATE_URL", "https://xn--a", "URL"),
    ],
)
def test_an_environment_that_cannot_be_used_is_said_without_its_secrets(monkeypatch, name, value, said):
    # In small letters they win, whatever the machine has.
    environment = {**SIGNED_IN, "https_proxy": "http://127.0.0.1:9", name: value}
    # Without a stand-in for the network, which would read no environment. No request leaves this machine.
    monkeypatch.setattr(Gateway, "transport", lambda _self: None)
    ran = run("keys", "list", environment=environment)
    assert (ran.code, said in ran.stderr, "unexpected" in ran.stderr) == (6, True, False), ran.stderr
    assert "hunter2" not in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_home_of_nobody_is_said():
    ran = run("profiles", "list", environment={"TOLLGATE_CONFIG": "~nobody-knows-them/x"})
    assert (ran.code, "set TOLLGATE_CONFIG" in ran.stderr) == (2, True)


def test_a_limit_of_any_size_is_one():
    ran = run("keys", "list", "--limit", "9" * 30, gateway=Gateway({LIST: {"data": [], "nextCursor": None}}))
    assert ran.code == 0, ran.stderr
