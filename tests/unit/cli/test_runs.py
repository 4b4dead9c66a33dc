"""`tollgate run` and `tollgate env`: whose key a program gets, and what becomes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.support.cli_runner import SIGNED_IN, URL, Gateway, run

OWN = "key_AAAAAAAAAAAAAAAA"
MADE = "key_BBBBBBBBBBBBBBBB"
KEY_ONLY = {"TOLLGATE_URL": URL, "TOLLGATE_API_KEY": "sk-tg-holder"}
TOKEN_ONLY = {"TOLLGATE_URL": URL, "TOLLGATE_TOKEN": "the-admin-token"}
PRINTS = [
    sys.executable,
    "-c",
    "import os; print(os.environ['OPENAI_API_KEY'], os.environ['OPENAI_BASE_URL'])",
]


def row(model: str, requests: int, cost: str) -> dict[str, Any]:
    return {"model": model, "requests": requests, "promptTokens": 1200, "completionTokens": 30, "cost": cost}


class World(Gateway):
    """A gateway with the holder's key, and the one that is made below it, or by an administrator.

    `spent` is what the made key has used, by model; `lag` is how many answers come before it is in the sums.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers = {
            "GET /v1/usage": self._usage,
            f"GET /v1/keys/{OWN}": lambda _: self.key(OWN),
            f"GET /v1/keys/{MADE}": lambda _: self.key(MADE),
            "POST /v1/keys": self._make,
            f"POST /v1/keys/{MADE}/revoke": self._revoke,
            f"DELETE /v1/keys/{MADE}": self._delete,
            f"PUT /v1/keys/{MADE}/budget": lambda _: self.key(MADE),
            f"GET /api/admin/apiKey/{MADE}": lambda _: self.key(MADE),
            f"GET /api/admin/apiKey/{OWN}": lambda _: self.key(OWN),
            "POST /api/admin/apiKey": self._make,
            f"POST /api/admin/apiKey/{MADE}/revoke": self._revoke,
            f"DELETE /api/admin/apiKey/{MADE}": self._delete,
            f"PUT /api/admin/apiKey/{MADE}/budget": lambda _: self.key(MADE),
            "GET /api/admin/costs/by-model": lambda _: {"data": self._rows(), "nextCursor": None},
        }
        self.spent: list[dict[str, Any]] = []
        self.lag = 0
        self.status = "active"
        self.own: dict[str, Any] = {}

    def key(self, key_id: str) -> dict[str, Any]:
        used = str(sum(float(each["cost"]) for each in self.spent))
        return {
            "id": key_id,
            "status": self.status if key_id == MADE else "active",
            "budgetLimit": "5",
            "budgetUsed": used,
            "budgetRemaining": str(5 - float(used)),
            "quotaRemaining": None,
            "quotaPeriod": None,
            "requestsOpen": 0,
            "lastUsedAt": "2026-11-29T18:00:00Z" if self.spent else None,
            "expiresAt": None,
            "overcommit": True,
            **(self.own if key_id == OWN else {}),
        }

    def asked(self, method: str, path: str) -> list[Any]:
        """The bodies of such requests."""
        return [
            json.loads(each.content) if each.content else None
            for each in self.requests
            if (each.method, each.url.path) == (method, path)
        ]

    def _rows(self) -> list[dict[str, Any]]:
        self.lag -= 1
        return self.spent if self.lag < 0 else []

    def _usage(self, request: httpx.Request) -> dict[str, Any]:
        return {"keyId": request.url.params.get("keyId", OWN), "byModel": self._rows()}

    def _make(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        made = {**self.key(MADE), "expiresAt": body["expiresAt"], "key": "sk-tg-made"}
        return httpx.Response(201, json=made)

    def _revoke(self, _: httpx.Request) -> dict[str, Any]:
        self.status = "revoked"
        return self.key(MADE)

    def _delete(self, _: httpx.Request) -> dict[str, Any]:
        self.status = "deleted"
        return self.key(MADE)


@pytest.fixture
def world() -> World:
    return World()


def test_a_program_gets_the_holders_key_and_stdout_is_its_own(world, capfd):
    ran = run("run", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    assert ran.code == 0
    assert capfd.readouterr().out == f"sk-tg-holder {URL}/v1\n"
    assert ran.stdout == ""
    assert f"Nothing was spent with {OWN}." in ran.stderr
    assert world.asked("POST", "/v1/keys") == []


def test_what_others_spend_meanwhile_with_a_shared_key_is_said(world):
    world.spent, looks = [row("gpt-4o-mini", 3, "0.5")], iter(range(100))

    def look(_: httpx.Request) -> Any:
        if next(looks) == 1:
            world.spent = [row("gpt-4o-mini", 5, "0.75") | {"promptTokens": 2000}]
        return world.key(OWN)

    world.answers[f"GET /v1/keys/{OWN}"] = look
    ran = run("run", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    assert ran.stderr.splitlines() == [
        "",
        f"Spent meanwhile with {OWN}, other programs' calls with it included:",
        "  Model        Requests  Input tokens  Output tokens   Cost",
        "  gpt-4o-mini         2           800              0  $0.25",
        "Left: $4.25 of its budget of $5.00.",
    ]


def test_a_budget_makes_a_key_that_has_an_end_and_is_revoked_at_the_programs(world, capfd):
    world.spent, world.lag = [row("gpt-4o-mini", 2, "0.25"), row("claude-sonnet-5", 1, "0.5")], 1
    ran = run("run", "--budget", "5", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    assert ran.code == 0
    assert capfd.readouterr().out.startswith("sk-tg-made ")
    (body,) = world.asked("POST", "/v1/keys")
    assert body["budgetLimit"] == "5"
    assert body["expiresAt"]
    assert body["name"].startswith("run: python")
    assert "budgetRefusalStatus" not in body
    assert world.status == "revoked"
    assert ran.stderr.splitlines() == [
        "",
        "This run spent:",
        "  Model            Requests  Input tokens  Output tokens   Cost",
        "  claude-sonnet-5         1         1,200             30  $0.50",
        "  gpt-4o-mini             2         1,200             30  $0.25",
        "  total                   3         2,400             60  $0.75",
        "Left: $4.25 of its budget of $5.00.",
        f"The key {MADE} was revoked.",
    ]


def test_the_key_is_revoked_before_its_spending_is_waited_for(world):
    world.spent = [row("gpt-4o-mini", 2, "0.25")]
    run("run", "--budget", "5", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    after = world.lines[world.lines.index("POST /v1/keys") + 1 :]
    assert after[0] == f"POST /v1/keys/{MADE}/revoke"
    assert len(after) > 2


def test_a_key_that_was_never_used_is_deleted(world):
    ran = run("run", "--for", "30m", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    assert world.status == "deleted"
    assert "This run spent nothing." in ran.stderr
    assert "deleted, for it was never used" in ran.stderr


def test_a_program_that_cant_be_started_leaves_no_key(world, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/no/such/interpreter\n")
    program.chmod(0o755)
    ran = run("run", "--budget", "5", "--", str(program), gateway=world, environment=KEY_ONLY)
    assert ran.code == 126
    assert f"Error: {program} can't be executed" in ran.stderr
    assert world.status == "deleted"


def test_nothing_is_made_for_a_program_that_isnt_there(world):
    ran = run("run", "--budget", "5", "--", "no-such-program", gateway=world, environment=KEY_ONLY)
    assert (ran.code, ran.stderr) == (127, "Error: There is no program no-such-program.\n")
    assert world.requests == []


def test_the_exit_code_is_the_programs_and_its_options_are_its_own(world, capfd):
    shows = "import sys; print(sys.argv[1:]); sys.exit(9)"
    given = ["--json", "--quiet", "--help", "--", "-q"]
    ran = run("run", sys.executable, "-c", shows, *given, gateway=world, environment=KEY_ONLY)
    assert ran.code == 9
    assert capfd.readouterr().out == f"{given}\n"
    assert ran.stderr != ""


def test_quiet_leaves_all_of_its_own_words_out(world):
    ran = run("run", "-q", "--budget", "5", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "")


def test_a_key_that_cant_be_revoked_is_named_with_what_revokes_it(world):
    world.answers[f"POST /v1/keys/{MADE}/revoke"] = httpx.Response(
        500, json={"error": {"message": "Tollgate failed.", "type": "server_error", "code": "internal_error"}}
    )
    ran = run("run", "-q", "--budget", "5", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    assert ran.code == 0
    assert f"The key {MADE} couldn't be revoked: Tollgate failed." in ran.stderr
    assert f"To revoke it now:\n  tollgate my keys revoke {MADE}" in ran.stderr


def test_a_holder_that_may_make_no_keys_is_told_what_an_administrator_does(world):
    world.answers["POST /v1/keys"] = httpx.Response(
        403,
        json={"error": {"message": "No.", "type": "permission_error", "code": "key_management_not_allowed"}},
    )
    ran = run("run", "--budget", "5", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    assert ran.code == 3
    assert f"Your key, {OWN}, may not create keys." in ran.stderr
    assert f"tollgate keys edit {OWN} --manage-children" in ran.stderr


def test_a_key_that_may_have_been_made_all_the_same_is_said_to_expire(world):
    def lost(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("")

    world.answers["POST /v1/keys"] = lost
    ran = run("run", "--budget", "5", "--name", "one", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    assert ran.code == 6
    assert 'If the key "one" was made all the same, it expires at 20' in ran.stderr


def test_a_key_doesnt_outlive_the_one_above_it(world):
    world.own = {"expiresAt": "2020-01-01T00:00:00Z"}
    run("run", "--budget", "5", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    run("run", "--for", "8h", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    unsaid, said = world.asked("POST", "/v1/keys")
    assert unsaid["expiresAt"] == "2020-01-01T00:00:00Z"
    assert said["expiresAt"] > "2026"


def test_what_is_left_goes_back_where_children_share_their_parents_limit(world):
    world.spent, world.own = [row("gpt-4o-mini", 2, "0.25")], {"overcommit": False}
    run("run", "--budget", "5", "--", *PRINTS, gateway=world, environment=KEY_ONLY)
    assert world.asked("PUT", f"/v1/keys/{MADE}/budget") == [{"budgetLimit": "0.25"}]


def test_an_administrator_makes_a_key_below_another(world, capfd):
    world.spent = [row("gpt-4o-mini", 2, "0.25")]
    given = ("run", "--budget", "5", "--parent", OWN, "--hard", "--name", "trial", "--", *PRINTS)
    ran = run(*given, gateway=world, environment=SIGNED_IN)
    assert capfd.readouterr().out.startswith("sk-tg-made ")
    (body,) = world.asked("POST", "/api/admin/apiKey")
    assert (body["parentId"], body["enforcement"], body["name"]) == (OWN, "hard", "trial")
    assert world.status == "revoked"
    assert "gpt-4o-mini         2" in ran.stderr
    assert not [line for line in world.lines if "/v1/" in line]


def test_an_administrators_token_makes_a_root_where_there_is_no_key(world):
    ran = run("run", "--for", "1h", "--", *PRINTS, gateway=world, environment=TOKEN_ONLY)
    assert ran.code == 0
    assert "parentId" not in world.asked("POST", "/api/admin/apiKey")[0]
    ran = run("run", "--", *PRINTS, gateway=world, environment=TOKEN_ONLY)
    assert ran.code == 3
    assert "With --budget or --for a key is made by the administrator's token." in ran.stderr


def test_no_program_gets_the_administrators_token(world, capfd):
    shows = "import os; print(sorted(name for name in os.environ if name.startswith('TOLLGATE')))"
    run("run", "--", sys.executable, "-c", shows, gateway=world, environment=SIGNED_IN)
    assert "TOLLGATE_TOKEN" not in capfd.readouterr().out


def test_a_client_that_repeats_a_429_gets_a_400(world, tmp_path):
    aider = tmp_path / "aider"
    aider.write_text("#!/bin/sh\n")
    aider.chmod(0o755)
    run("run", "--budget", "5", "--", str(aider), gateway=world, environment=KEY_ONLY)
    assert world.asked("POST", "/v1/keys")[0]["budgetRefusalStatus"] == 400


def test_a_client_that_the_gateway_doesnt_serve_isnt_started(world):
    ran = run("run", "--", "gemini", gateway=world, environment=KEY_ONLY)
    assert ran.code == 2
    assert "its calls would go to Google" in ran.stderr


def test_verbose_names_what_is_set_and_removed_and_no_values(world):
    leftovers = {"OPENAI_ORG_ID": "org-private", "GEMINI_API_KEY": "gemini-private"}
    ran = run("run", "-v", "--", *PRINTS, gateway=world, environment={**KEY_ONLY, **leftovers})
    assert "Removed: OPENAI_ORG_ID." in ran.stderr
    assert "GEMINI_API_KEY" in ran.stderr
    assert not [secret for secret in ("sk-tg", "private") if secret in ran.stderr]


def test_spending_that_cant_be_read_changes_nothing_about_the_programs_end(world):
    program = [sys.executable, "-c", "raise SystemExit(4)"]
    usage, answers = world.answers["GET /v1/usage"], iter(range(100))
    fault = httpx.Response(500, json={"error": {"message": "A fault.", "code": "internal_error"}})
    world.answers["GET /v1/usage"] = lambda request: usage(request) if next(answers) < 1 else fault
    ran = run("run", "--budget", "5", "--", *program, gateway=world, environment=KEY_ONLY)
    assert ran.code == 4
    assert "What was spent couldn't be read: A fault." in ran.stderr
    assert world.status == "deleted"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_program_and_the_key_is_revoked_all_the_same(world, number):
    """It is this process that gets the signal, from the program, which runs at that time for sure."""
    world.spent = [row("gpt-4o-mini", 2, "0.25")]
    program = f"import os, time; os.kill({os.getpid()}, {int(number)}); time.sleep(60)"
    given = ("run", "--budget", "5", "--", sys.executable, "-c", program)
    ran = run(*given, gateway=world, environment=KEY_ONLY)
    assert ran.code == 128 + number
    assert world.status == "revoked"


def test_env_writes_what_a_shell_evaluates(world):
    ran = run("env", "--shell", "sh", environment={**KEY_ONLY, "OPENAI_ORG_ID": "org"}, gateway=world)
    done = subprocess.run(
        [
            "/bin/sh",
            "-c",
            f"{ran.stdout}\necho $OPENAI_BASE_URL $ANTHROPIC_API_KEY ${{OPENAI_ORG_ID-none}}",
        ],
        env={"OPENAI_ORG_ID": "org"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{URL}/v1 sk-tg-holder none\n"
    assert (ran.code, ran.stderr, world.requests) == (0, "", [])


def test_env_says_at_a_terminal_how_it_is_used():
    ran = run("env", "--shell", "fish", environment=KEY_ONLY, terminal=True)
    assert "tollgate env | source" in ran.stderr
    assert "source" not in ran.stdout


def test_env_unsets_what_it_sets():
    set_ = run("env", "--json", "--client", "claude-code", environment=KEY_ONLY)
    unset = run("env", "--shell", "sh", "--unset", "--client", "claude-code", environment=KEY_ONLY)
    removed = {line.removeprefix("unset ") for line in unset.stdout.splitlines()}
    assert {name for name, value in set_.json.items() if value is not None} <= removed
    assert "sk-tg" not in unset.stdout


def test_env_needs_no_key_to_unset():
    ran = run("env", "--shell", "sh", "--unset", environment={"TOLLGATE_URL": URL})
    assert ran.code == 0
    assert "unset OPENAI_API_KEY\n" in ran.stdout


def test_env_masks_the_key_for_githubs_log_and_not_in_its_file():
    ran = run("env", "--shell", "github", "-q", environment=KEY_ONLY)
    assert ran.stderr == "::add-mask::sk-tg-holder\n"
    assert "add-mask" not in ran.stdout


def test_env_with_a_budget_makes_a_key_that_expires(world):
    ran = run("env", "--shell", "sh", "--budget", "5", "--for", "8h", gateway=world, environment=KEY_ONLY)
    assert "export OPENAI_API_KEY='sk-tg-made'" in ran.stdout
    assert f"The key {MADE} expires at " in ran.stderr
    assert f"tollgate my keys revoke {MADE}" in ran.stderr
    assert world.status == "active"


def test_env_makes_no_key_for_a_shell_that_cant_be_told(world):
    given = ("env", "--shell", "cmd", "--client", "opencode", "--budget", "5")
    ran = run(*given, gateway=world, environment=KEY_ONLY)
    assert (ran.code, world.requests) == (2, [])


def test_env_names_a_client_that_isnt_known(world):
    ran = run("env", "--client", "claude", environment=KEY_ONLY)
    assert ran.code == 2
    assert "'claude' is none of claude-code, codex" in ran.stderr
