"""`tollgate doctor` and `tollgate catalog check` on a gateway whose admin function runs in this process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support import admin_wsgi, cli_runner
from tests.support.admin_client import TOKEN
from tollgate import __version__

if TYPE_CHECKING:
    from tests.support.admin_client import Admin

URL = "https://gateway.example.com"
HEALTHY = {"service": "tollgate", "status": "ok", "version": __version__}
PRICED = {"inputPrice": "2", "outputPrice": "8"}


class World(httpx.BaseTransport):
    """The whole gateway: its admin function, and what its other functions would answer."""

    def __init__(self, admin: Admin) -> None:
        self.admin = httpx.WSGITransport(admin_wsgi.application(admin))
        self.health: Any = HEALTHY
        self.clock_is_off = timedelta(0)
        self.console = httpx.Response(200, html="<p>")
        self.fault: httpx.TransportError | None = None
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if self.fault is not None:
            raise self.fault
        if request.url.path == "/health":
            date = format_datetime(datetime.now(UTC) + self.clock_is_off, usegmt=True)
            return httpx.Response(200, json=self.health, headers={"date": date})
        if request.url.path == "/console/":
            return self.console
        return self.admin.handle_request(request)


@pytest.fixture
def world(admin) -> World:
    return World(admin)


def examined(world: World, *arguments: str, url: str = URL, token: str | None = TOKEN) -> cli_runner.Ran:
    environment = {"TOLLGATE_URL": url, **({"TOLLGATE_TOKEN": token} if token else {})}
    return cli_runner.run("doctor", *arguments, transport=world, environment=environment)


def found(world: World, *arguments: str, **options: Any) -> dict[str, list[tuple[str, str]]]:
    """Status and text of each finding, by area and check."""
    findings: dict[str, list[tuple[str, str]]] = {}
    for each in examined(world, "--json", *arguments, **options).json:
        findings.setdefault(f"{each['area']} {each['check']}", []).append((each["status"], each["found"]))
    return findings


def sound(admin: Admin) -> str:
    """A gateway with all that it needs; answers its provider's id."""
    provider = admin.provider()["id"]
    admin.model(provider, **PRICED)
    admin.key(name="search", budgetLimit="10", ownerEmail="owner@example.com")
    admin("PATCH", "/settings", {"defaultMonthlyQuota": "100", "defaultMaxParallel": 10})
    return str(provider)


def test_a_sound_gateway_passes(admin, world):
    sound(admin)
    named = admin("POST", "/admins", {"name": "Operations", "role": "viewer"}).json
    ran = examined(world, "--json", token=named["token"])
    assert ran.code == 0
    assert {(each["check"], each["status"]) for each in ran.json if each["status"] != "ok"} == {
        ("providers", "not checked")
    }
    assert ran.stderr.endswith(" 0 to look at, 0 failed, 1 not checked.\n")


def test_doctor_only_reads(admin, world):
    sound(admin)
    examined(world)
    assert {line.split()[0] for line in world.asked} == {"GET"}


def test_an_empty_gateway_can_serve_nothing(world):
    checks = found(world)
    assert checks["catalog models"] == [("fail", "there is no provider")]
    assert examined(world).code == 1


def test_a_provider_without_a_model(admin, world):
    admin.provider()
    assert found(world)["catalog models"] == [("fail", "there is no model")]


def test_the_stacks_own_token_and_one_that_ends_soon(admin, world):
    assert found(world)["gateway token"] == [("warn", "it is the stack's own (owner)")]
    soon = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    named = admin("POST", "/admins", {"name": "Night shift", "role": "viewer", "expiresAt": soon}).json
    ((status, text),) = found(world, token=named["token"])["gateway token"]
    assert status == "warn"
    assert text.startswith("Night shift, viewer; expires on ")


@pytest.mark.parametrize("token", [None, "wrong"])
def test_without_a_token_that_is_taken_the_rest_is_examined_all_the_same(admin, world, token):
    sound(admin)
    checks = found(world, token=token)
    assert checks["gateway reachable"][0][0] == "ok"
    assert {
        status for name in ("gateway token", "catalog prices", "keys limits") for status, _ in checks[name]
    } == {"not checked"}


def test_a_viewer_is_told_that_providers_are_an_operators(admin, world):
    sound(admin)
    named = admin("POST", "/admins", {"name": "Reader", "role": "viewer"}).json
    ((status, text),) = found(world, "--probe", token=named["token"])["catalog providers"]
    assert (status, "operator" in text) == ("not checked", True)


def test_defaults_that_bound_nothing(admin, world):
    admin("PATCH", "/settings", {"defaultMaxParallel": 0})
    assert [status for status, _ in found(world)["keys defaults"]] == ["warn", "warn"]


def test_keys_that_nothing_bounds_are_named_and_those_below_a_bound_are_not(admin, world):
    sound(admin)
    bounded = admin.key(name="bounded root", quotaLimit="10", quotaPeriod="month", ownerEmail="o@example.com")
    admin.key(name="below", parentId=bounded["id"])
    admin("PATCH", "/settings", {"defaultMonthlyQuota": None})
    free = admin.key(name="free root")
    admin.key(name="below the free one", parentId=free["id"])
    ended = admin.key(name="revoked")
    admin("POST", f"/apiKey/{ended['id']}/revoke")
    ((status, text),) = found(world)["keys limits"]
    assert status == "warn"
    assert text.startswith("2 keys of 6 keys can spend any amount: ")
    assert "free root" in text
    assert "below the free one" in text


def test_keys_whose_alerts_reach_nobody(admin, world):
    sound(admin)
    admin.key(name="silent", budgetLimit="1", ownerEmail="o@example.com", budgetAlertThresholds=[])
    admin.key(name="without an owner", budgetLimit="1")
    silent, ownerless = found(world)["keys alerts"]
    assert (silent[0], "silent" in silent[1]) == ("warn", True)
    assert (ownerless[0], "without an owner" in ownerless[1]) == ("warn", True)
    defaults = admin("GET", "/alerts/defaults").json
    admin("PUT", "/alerts/defaults", {**defaults, "adminEmails": ["admins@example.com"]})
    assert len(found(world)["keys alerts"]) == 1


def test_this_machines_clock_beside_the_gateways(world):
    for off, expected in ((0, "ok"), (60, "warn"), (-3600, "fail")):
        world.clock_is_off = timedelta(seconds=off)
        assert found(world)["gateway clock"][0][0] == expected


@pytest.mark.parametrize("version", ["0.0.1", "99.0.0", None])
def test_a_gateway_of_another_version(world, version):
    world.health = {**HEALTHY, "version": version}
    assert found(world)["gateway version"][0][0] == "warn"


def test_what_answers_is_not_tollgate(world):
    world.health = {"status": "ok"}
    status, text = found(world)["gateway reachable"][0]
    assert (status, "isn't Tollgate" in text) == ("fail", True)


def test_a_gateway_that_is_away_is_asked_once_and_said_to_be(world):
    world.fault = httpx.ConnectError("[Errno 111] Connection refused")
    ran = examined(world)
    assert ran.code == 1
    assert "can't be reached: [Errno 111] Connection refused" in ran.stdout
    assert len(world.asked) == 1


def test_a_certificate_that_this_machine_does_not_trust(world):
    world.fault = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired")
    assert "no certificate that this machine trusts" in found(world)["gateway reachable"][0][1]


def test_plain_http_is_for_this_machine_alone(world):
    assert found(world, url="http://gateway.example.com")["gateway encryption"][0][0] == "fail"
    assert found(world, url="http://127.0.0.1:4565")["gateway encryption"][0][0] == "ok"


@pytest.mark.parametrize(
    ("status", "expected"), [(404, "ok"), (500, "fail")], ids=["switched off", "out of order"]
)
def test_the_console(world, status, expected):
    world.console = httpx.Response(status)
    assert found(world)["gateway console"][0][0] == expected


def checked(world: World, *arguments: str) -> cli_runner.Ran:
    environment = {"TOLLGATE_URL": URL, "TOLLGATE_TOKEN": TOKEN}
    return cli_runner.run("catalog", "check", *arguments, transport=world, environment=environment)


def test_catalog_check_finds_nothing_where_nothing_is(admin, world):
    sound(admin)
    ran = checked(world)
    assert (ran.code, ran.stdout) == (0, "")
    assert ran.stderr == "1 model: all prices are there, and none is in doubt.\n"
    assert checked(world, "--json").json == []


def test_catalog_check_finds_what_is_in_doubt(admin, world):
    provider = sound(admin)
    admin.model(provider, systemName="unpriced")
    admin.model(provider, systemName="free", allowUnpriced=True)
    old = (datetime.now(UTC) - timedelta(days=91)).date().isoformat()
    sourced = {"source": "https://example.com/prices", "sourcedAt": old}
    admin.model(provider, systemName="old", **PRICED, **sourced)
    admin.model(
        provider, systemName="gpt-5", **PRICED, **{**sourced, "sourcedAt": str(datetime.now(UTC).date())}
    )

    ran = checked(world, "--json")

    assert ran.code == 1
    assert {(each["model"], each["doubt"]) for each in ran.json} == {
        ("unpriced", "missing"),
        ("free", "missing"),
        ("old", "stale"),
        ("gpt-5", "changed"),
    }
    assert {each["provider"] for each in ran.json} == {"mock"}
    problems = {each["model"]: each["problem"] for each in ran.json}
    assert problems["unpriced"] == "has no price: its calls are refused"
    assert problems["free"] == "has no price: its calls are free"
    assert problems["old"] == f"its prices were read 91 days ago, on {old}"
    assert checked(world, "--days", "91", "--csv").stdout.count("stale") == 0
    assert [status for status, _ in found(world)["catalog prices"]] == ["fail", "warn", "warn"]


def test_catalog_check_takes_an_alternatives_own_prices_into_account(admin, world):
    provider = sound(admin)
    other = admin.provider(name="other")["id"]
    old = (datetime.now(UTC) - timedelta(days=200)).date().isoformat()
    alternative = {
        "providerId": other,
        "remoteId": "small-2",
        **PRICED,
        "source": "https://example.com/prices",
        "sourcedAt": old,
    }
    admin.model(provider, systemName="twice", **PRICED, alternatives=[alternative])
    (doubt,) = checked(world, "--json").json
    assert (doubt["model"], doubt["provider"], doubt["doubt"]) == ("twice", "other", "stale")
