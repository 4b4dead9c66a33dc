"""What shells complete, and how commands end."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.support.cli_runner import SIGNED_IN, Gateway, run


def completed(line: str, **environment: str) -> list[str]:
    """As bash asks."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    return run(environment={"_TOLLGATE_COMPLETE": "complete_bash", **words, **environment}).stdout.split()


def test_shells_complete_commands_options_and_words():
    assert "keys" in completed("tollgate ke")
    assert "list" in completed("tollgate keys li")
    assert "--budget-state" in completed("tollgate keys list --bud")
    assert completed("tollgate keys list --status re") == ["revoked"]


def test_shells_complete_names_of_profiles(tmp_path):
    profiles = {name: {"url": "https://gateway.example.com", "secrets": {}} for name in ("prod", "stage")}
    path = tmp_path / "profiles.json"
    path.write_text(json.dumps({"current": None, "profiles": profiles}))
    path.chmod(0o600)
    assert completed("tollgate keys list --profile ", TOLLGATE_CONFIG=str(tmp_path)) == ["prod", "stage"]
    assert completed("tollgate profiles use p", TOLLGATE_CONFIG=str(tmp_path)) == ["prod"]
    path.write_text("{")
    assert completed("tollgate profiles use p", TOLLGATE_CONFIG=str(tmp_path)) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(shell):
    ran = run(environment={"_TOLLGATE_COMPLETE": f"source_{shell}"})
    assert ran.code == 0
    assert "_TOLLGATE_COMPLETE" in ran.stdout


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, 1), (401, 3), (403, 3), (404, 4), (409, 5), (412, 5), (422, 1), (424, 1), (500, 6), (502, 6)],
)
def test_what_the_api_answers_decides_the_exit_code(status, code, monkeypatch):
    problem = {"detail": "It can't be done.", "status": status}
    headers = {"content-type": "application/problem+json", "x-request-id": "request-1"}
    answer = httpx.Response(status, headers=headers, content=json.dumps(problem))
    ran = run("keys", "show", "key_0123456789abcdef", gateway=Gateway({KEY: lambda _request: answer}))
    assert ran.code == code
    assert ran.stdout == ""
    assert ran.stderr.startswith("Error: ")
    assert "request-1" in ran.stderr or status == 502


KEY = "GET /api/admin/apiKey/key_0123456789abcdef"


def test_a_gateway_that_cannot_be_reached_is_one_sentence():
    environment = {**SIGNED_IN, "TOLLGATE_URL": "http://127.0.0.1:9"}
    ran = run("keys", "list", transport=httpx.HTTPTransport(), environment=environment)
    assert ran.code == 6
    assert ran.stderr.startswith("Error: 127.0.0.1:9 can't be reached")
    assert "the-admin-token" not in ran.stderr


def fail(_request):
    raise LookupError("something that nobody foresaw")


def test_a_fault_of_ones_own_shows_no_traceback_unless_asked_to():
    gateway = Gateway({KEY: fail})
    ran = run("keys", "show", "key_0123456789abcdef", gateway=gateway)
    assert ran.code == 1
    assert "something that nobody foresaw" in ran.stderr
    assert "Traceback" not in ran.stderr
    ran = run(
        "keys",
        "show",
        "key_0123456789abcdef",
        gateway=gateway,
        environment={**SIGNED_IN, "TOLLGATE_DEBUG": "1"},
    )
    assert "Traceback" in ran.stderr


def test_what_is_misspelt_is_wrong_use_and_says_where_help_is():
    for line in ("kez list", "keys lst", "keys list --serch x", "keys show", "keys list --limit many"):
        ran = run(*line.split())
        assert ran.code == 2, line
        assert "--help" in ran.stderr
        assert ran.stdout == ""
    assert "'list'" in run("keys", "lst").stderr


@pytest.mark.parametrize("words", [(), ("keys",)])
def test_without_a_command_there_is_help_and_wrong_use(words):
    ran = run(*words)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("Usage: ")


def test_help_of_a_command_has_two_names():
    assert run("help", "keys", "list").stdout == run("keys", "list", "--help").stdout
    assert run("help").stdout == run("--help").stdout
    assert run("help", "keys", "lst").code == 2


def test_the_version_is_tollgates():
    from tollgate import __version__

    assert run("--version").stdout == f"tollgate {__version__}\n"


def test_a_token_that_the_gateway_refuses_is_named_with_the_way_to_another():
    detail = {"detail": "Send an admin's token as `Authorization: Bearer`.", "status": 401}
    gateway = Gateway({"GET /api/admin/apiKey": lambda _request: httpx.Response(401, json=detail)})
    ran = run("keys", "list", gateway=gateway)
    assert ran.code == 3
    assert ran.stderr == (
        "Error: The gateway refused the token of TOLLGATE_TOKEN.\n"
        'Set another one, or sign in by "tollgate login".\n'
    )


def test_an_error_stands_out_on_a_terminal_that_has_colour():
    assert "\x1b[31mError:\x1b[0m" in run("keys", "nothing", terminal=True).stderr
    assert run("keys", "show", "key_0123456789abcdef", "--no-color", terminal=True).stderr.startswith(
        "Error: "
    )
    assert run("keys", "nothing").stderr.startswith("Error: ")
