"""`tollgate login`, `logout`, `whoami` and `auth print-token`, by tokens and keys."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import httpx
import keyring
import pytest

from tests.support.cli_runner import SIGNED_IN, URL, Gateway, run
from tollgate_cli.session import config_folder, profiles
from tollgate_cli.session.profiles import Profile
from tollgate_cli.session.secret_stores import Kind, StoreName

ME = {"id": "adm_1", "name": "Search team", "role": "operator", "expiresAt": None}
USAGE = {
    "name": "ann",
    "keyId": "key_0123456789abcdef",
    "status": "active",
    "budgets": [{"window": "total", "remaining": "4.5", "allowance": "5"}],
}
TOKEN = "tg-admin-secret"
KEY = "sk-tg-secret"


def who(request):
    """As the gateway answers: it takes one token and one key."""
    if request.headers["authorization"] not in {f"Bearer {TOKEN}", f"Bearer {KEY}", "Bearer the-admin-token"}:
        return httpx.Response(401, json={"detail": "No such token."})
    return httpx.Response(200, json=ME if "/admin/" in request.url.path else USAGE)


@pytest.fixture
def gateway():
    return Gateway(
        {
            "GET /api/admin/admins/me": who,
            "GET /v1/usage": who,
            "GET /health": {"status": "ok", "version": "9.8.7"},
        }
    )


def files(at_home) -> dict[str, dict]:
    folder = Path(at_home["TOLLGATE_CONFIG"])
    return {path.name: json.loads(path.read_text()) for path in folder.glob("*.json")}


def signed_in(gateway, at_home, secret=TOKEN, *more):
    kind = "--key-stdin" if secret == KEY else "--token-stdin"
    ran = run("login", "--url", URL, kind, *more, gateway=gateway, environment=at_home, stdin=f"{secret}\n")
    assert ran.code == 0, ran.stderr
    return ran


def test_a_token_goes_into_the_systems_keyring(gateway, at_home, system_keyring):
    ran = signed_in(gateway, at_home)
    assert gateway.lines == ["GET /api/admin/admins/me"]
    assert list(system_keyring.secrets.values()) == [TOKEN]
    assert TOKEN not in json.dumps(files(at_home))
    assert ran.stdout == ""
    assert "Search team (operator)" in ran.stderr
    assert "the system's keyring" in ran.stderr


def test_without_a_keyring_it_is_a_file_of_ones_own_and_that_is_said(gateway, at_home, no_keyring):
    ran = signed_in(gateway, at_home)
    path = Path(at_home["TOLLGATE_CONFIG"]) / "secrets.json"
    assert str(path) in ran.stderr
    assert list(files(at_home)["secrets.json"].values()) == [TOKEN]
    for each, mode in ((path, 0o600), (path.with_name("profiles.json"), 0o600), (path.parent, 0o700)):
        assert stat.S_IMODE(each.stat().st_mode) == mode


def test_a_file_is_used_where_it_is_asked_for(gateway, at_home, system_keyring):
    signed_in(gateway, at_home, TOKEN, "--store", "file")
    assert system_keyring.secrets == {}
    assert list(files(at_home)["secrets.json"].values()) == [TOKEN]


def test_a_change_of_the_store_leaves_nothing_behind(gateway, at_home, system_keyring):
    signed_in(gateway, at_home, TOKEN, "--store", "file")
    signed_in(gateway, at_home)
    assert files(at_home)["secrets.json"] == {}
    assert list(system_keyring.secrets.values()) == [TOKEN]


def test_url_and_token_are_asked_for_at_a_terminal(gateway, at_home, no_keyring):
    typed = f"{URL}/api/admin/\n{TOKEN}\n"
    ran = run("login", gateway=gateway, environment=at_home, stdin=typed, terminal=True)
    assert ran.code == 0, ran.stderr
    assert "The gateway's URL:" in ran.stderr
    assert "not shown" in ran.stderr
    assert TOKEN not in ran.stdout + ran.stderr
    assert files(at_home)["profiles.json"]["profiles"]["default"]["url"] == URL


def test_nobody_is_asked_without_a_terminal(gateway, at_home):
    ran = run("login", "--url", URL, gateway=gateway, environment=at_home)
    assert ran.code == 2
    assert "--token-stdin" in ran.stderr
    assert gateway.requests == []


def test_what_the_gateway_refuses_is_not_kept(gateway, at_home, no_keyring):
    ran = run(
        "login", "--url", URL, "--token-stdin", gateway=gateway, environment=at_home, stdin="tg-admin-wrong"
    )
    assert ran.code == 3
    assert ran.stderr == "Error: The gateway refused the token.\nNo such token.\n"
    assert "tg-admin-wrong" not in ran.stderr
    assert files(at_home) == {}


@pytest.mark.parametrize(
    ("option", "secret"),
    [("--token-stdin", KEY), ("--key-stdin", TOKEN), ("--token-stdin", ""), ("--token-stdin", "a b")],
)
def test_what_is_no_such_secret_is_not_sent(gateway, at_home, option, secret):
    ran = run("login", "--url", URL, option, gateway=gateway, environment=at_home, stdin=secret)
    assert ran.code == 2
    assert gateway.requests == []


def test_a_profile_has_a_token_and_a_key(gateway, at_home, no_keyring):
    signed_in(gateway, at_home)
    signed_in(gateway, at_home, KEY)
    for option, secret in (("--admin", TOKEN), ("--key", KEY)):
        ran = run("auth", "print-token", option, environment=at_home)
        assert (ran.code, ran.stdout, ran.stderr) == (0, f"{secret}\n", "")
    ran = run("auth", "print-token", environment=at_home)
    assert (ran.code, ran.stdout) == (2, "")


def test_a_profile_is_for_one_gateway(gateway, at_home, no_keyring):
    signed_in(gateway, at_home)
    ran = run(
        "login", "--url", "https://other.example.com", "--token-stdin", environment=at_home, stdin=TOKEN
    )
    assert ran.code == 2
    assert "--profile" in ran.stderr


def test_a_profiles_secret_goes_to_its_gateway_alone(gateway, at_home, no_keyring):
    signed_in(gateway, at_home)
    ran = run("whoami", "--url", "https://other.example.com", gateway=gateway, environment=at_home)
    assert ran.code == 3
    assert len(gateway.requests) == 1


def test_options_win_over_the_environment_and_that_over_the_profile(gateway, at_home, no_keyring):
    signed_in(gateway, at_home)
    both = {**at_home, "TOLLGATE_TOKEN": "of-the-environment"}
    assert run("auth", "print-token", environment=both).stdout == "of-the-environment\n"
    assert run("auth", "print-token", "-P", "default", environment=both).stdout == f"{TOKEN}\n"


def test_whoami_says_who_where_and_how_much_is_left(gateway, at_home, no_keyring):
    signed_in(gateway, at_home)
    signed_in(gateway, at_home, KEY)
    lines = run("whoami", gateway=gateway, environment=at_home).stdout.splitlines()
    shown = {line[:11].strip(): line[11:].strip() for line in lines}
    assert shown["Gateway"] == URL
    assert shown["Version"] == "9.8.7"
    assert (shown["Admin"], shown["role"], shown["expires"]) == ("Search team", "operator", "never")
    assert (shown["Key"], shown["left"]) == ("ann", "$4.50 of $5.00 (total)")


def test_the_stacks_own_token_is_said_to_be_nobodys(gateway, at_home, no_keyring):
    signed_in(gateway, at_home)
    me = {"GET /api/admin/admins/me": {**ME, "id": "admin", "name": "admin"}}
    ran = run("whoami", gateway=Gateway({**gateway.answers, **me}), environment=at_home)
    assert "the stack's own token" in ran.stdout
    assert not [line for line in ran.stdout.splitlines() if line.startswith("  id")]


def test_whoami_without_a_secret_says_how_to_sign_in(at_home):
    ran = run("whoami", environment={**at_home, "TOLLGATE_URL": URL})
    assert ran.code == 3
    assert "tollgate login" in ran.stderr


def test_logout_removes_the_secrets_and_keeps_the_profile(gateway, at_home, system_keyring):
    signed_in(gateway, at_home)
    signed_in(gateway, at_home, KEY, "--store", "file")
    ran = run("logout", environment=at_home)
    assert ran.code == 0
    assert system_keyring.secrets == {}
    assert files(at_home)["secrets.json"] == {}
    assert files(at_home)["profiles.json"]["profiles"]["default"] == {"url": URL, "secrets": {}}


def test_a_keyring_that_fails_is_an_error_with_a_way_out(gateway, at_home, system_keyring, monkeypatch):
    def fail(*_arguments):
        raise keyring.errors.KeyringLocked("The collection is locked.")

    signed_in(gateway, at_home)
    monkeypatch.setattr(system_keyring, "get_password", fail)
    ran = run("whoami", gateway=gateway, environment=at_home)
    assert ran.code == 1
    assert "The collection is locked." in ran.stderr
    assert "--store file" in ran.stderr


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_secrets_that_others_can_read_are_refused_with_what_mends_it(gateway, at_home, no_keyring, mode):
    signed_in(gateway, at_home)
    path = Path(at_home["TOLLGATE_CONFIG"]) / "secrets.json"
    path.chmod(mode)
    ran = run("whoami", gateway=gateway, environment=at_home)
    assert ran.code == 2
    assert f"chmod 600 '{path}'" in ran.stderr
    assert len(gateway.requests) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"profiles": {"a": {}}}', '{"profiles": 1}', "\xff"])
def test_a_corrupt_file_is_an_error_that_names_it(at_home, content):
    path = Path(at_home["TOLLGATE_CONFIG"]) / "profiles.json"
    path.parent.mkdir()
    path.write_bytes(content.encode("latin-1"))
    path.chmod(0o600)
    ran = run("whoami", environment=at_home)
    assert ran.code == 2
    assert str(path) in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_folder_that_cannot_be_made_is_an_error(gateway, no_keyring, tmp_path):
    (tmp_path / "file").write_text("")
    environment = {"TOLLGATE_CONFIG": str(tmp_path / "file" / "tollgate")}
    ran = run("login", "--url", URL, "--token-stdin", gateway=gateway, environment=environment, stdin=TOKEN)
    assert ran.code == 1
    assert "can't be used" in ran.stderr


def test_those_who_sign_in_at_once_lose_nothing(at_home, no_keyring, monkeypatch):
    """Each reads, adds its profile and writes, which the lock keeps apart."""
    names = [f"profile-{number}" for number in range(8)]
    gate = threading.Barrier(len(names))

    def keep(name):
        gate.wait()
        with config_folder.locked():
            kept = Profile(name, URL, {}).keep(Kind.ADMIN, f"secret-of-{name}", StoreName.FILE)
            profiles.write(profiles.read().with_profile(kept, current=False))

    monkeypatch.setenv("TOLLGATE_CONFIG", at_home["TOLLGATE_CONFIG"])
    threads = [threading.Thread(target=keep, args=(name,)) for name in names]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    found = profiles.read().by_name
    assert sorted(found) == names
    secrets = {name: each.secret(Kind.ADMIN) for name, each in found.items()}
    assert secrets == {name: f"secret-of-{name}" for name in names}


def test_the_environment_needs_no_profile(gateway):
    ran = run("whoami", "--admin", gateway=gateway, environment=SIGNED_IN)
    assert ran.code == 0
    assert "Search team" in ran.stdout


def test_profiles_are_listed_chosen_and_removed(gateway, at_home, no_keyring):
    for name in ("prod", "stage"):
        signed_in(gateway, at_home, TOKEN, "--profile", name)
    assert [each["name"] for each in run("profiles", "list", "--json", environment=at_home).json] == [
        "prod",
        "stage",
    ]
    assert run("profiles", "show", environment=at_home).stdout.splitlines()[0].endswith("stage")
    assert run("profiles", "use", "prod", environment=at_home).code == 0
    assert run("profiles", "show", "--json", environment=at_home).json["name"] == "prod"
    assert run("profiles", "use", "nobody", environment=at_home).code == 4
    assert run("profiles", "remove", "prod", environment=at_home).code == 2
    assert run("profiles", "remove", "prod", environment=at_home, stdin="prdo\n", terminal=True).code == 1
    assert sorted(files(at_home)["profiles.json"]["profiles"]) == ["prod", "stage"]
    assert run("profiles", "remove", "prod", environment=at_home, stdin="prod\n", terminal=True).code == 0
    assert run("profiles", "remove", "stage", "--yes", environment=at_home).code == 0
    assert files(at_home) == {
        "profiles.json": {"version": 1, "current": None, "profiles": {}},
        "secrets.json": {},
    }


@pytest.mark.parametrize("name", ["local", "a b", "../x", "-x", "x" * 65])
def test_a_profile_has_a_plain_name(gateway, at_home, name):
    words = ("login", "--url", URL, "--token-stdin", f"--profile={name}")
    ran = run(*words, gateway=gateway, environment=at_home, stdin=TOKEN)
    assert ran.code == 2
