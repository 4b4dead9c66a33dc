"""Which pages browsers let call the API."""

from __future__ import annotations

import pytest

from tollgate.cors import Origins

CONSOLE = "https://console.example.com"
NONE, ONE, ALL = Origins.parse(""), Origins.parse(f"{CONSOLE}, http://localhost:3000"), Origins.parse("*")


def asking(origin=CONSOLE, **headers):
    asked = {"origin": origin, "access-control-request-method": "POST"}
    return asked | {name.replace("_", "-"): value for name, value in headers.items()}


def listed(headers, name):
    return {each.strip() for each in headers[name].split(",")}


def test_a_page_may_send_what_the_sdks_send():
    answer = ONE.preflight("OPTIONS", asking())
    assert answer["access-control-allow-origin"] == CONSOLE
    assert listed(answer, "access-control-allow-methods") >= {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert listed(answer, "access-control-allow-headers") >= {
        "authorization",
        "content-type",
        "x-api-key",
        "anthropic-version",
        "anthropic-beta",
        "x-stainless-lang",
        "x-stainless-retry-count",
    }


@pytest.mark.parametrize("name", ["x-stainless-of-tomorrow", "X-Title", "http-referer"])
def test_a_page_may_send_what_it_asks_for(name):
    answer = ONE.preflight("OPTIONS", asking(access_control_request_headers=f"authorization,{name}"))
    assert name.lower() in listed(answer, "access-control-allow-headers")


@pytest.mark.parametrize("name", ["a b", "x\r\nset-cookie: a=1", "", "räume", "x" * 1000])
def test_what_is_no_headers_name_is_not_repeated(name):
    answer = ONE.preflight("OPTIONS", asking(access_control_request_headers=f"{name},x-title"))
    allowed = listed(answer, "access-control-allow-headers")
    assert "x-title" in allowed
    assert name not in allowed


@pytest.mark.parametrize(
    ("origins", "method", "asked"),
    [
        (NONE, "OPTIONS", asking()),
        (ONE, "OPTIONS", asking("https://evil.example.com")),
        (ONE, "OPTIONS", asking("null")),
        (ONE, "OPTIONS", asking(f"{CONSOLE}.evil.example.com")),
        (ONE, "OPTIONS", asking(f"{CONSOLE}:8443")),
        (ONE, "OPTIONS", asking("http://console.example.com")),
        (ONE, "POST", asking()),
        (ONE, "OPTIONS", {"origin": CONSOLE}),
        (ONE, "OPTIONS", {"access-control-request-method": "POST"}),
    ],
)
def test_nobody_else_is_told_anything(origins, method, asked):
    assert origins.preflight(method, asked) is None


def test_a_page_may_read_all_headers_of_an_answer():
    added = ONE.headers({"origin": CONSOLE}, ["X-Request-Id", "x-tollgate-cost-usd", "retry-after"])
    assert added["access-control-allow-origin"] == CONSOLE
    assert listed(added, "access-control-expose-headers") == {
        "x-request-id",
        "x-tollgate-cost-usd",
        "retry-after",
    }


def test_no_cache_gives_one_page_what_was_another_ones():
    assert ONE.headers({"origin": CONSOLE}, [])["vary"] == "origin"
    assert (
        ONE.headers({}, []) == ONE.headers({"origin": "https://evil.example.com"}, []) == {"vary": "origin"}
    )
    assert "vary" not in ALL.headers({"origin": CONSOLE}, [])


def test_without_origins_there_are_no_headers():
    assert NONE.headers({"origin": CONSOLE}, ["x-request-id"]) == {}


def test_every_page_may_where_all_are_named():
    assert ALL.preflight("OPTIONS", asking("null"))["access-control-allow-origin"] == "*"
    assert ALL.headers({"origin": "https://any.example.com"}, [])["access-control-allow-origin"] == "*"


def test_origins_are_as_browsers_write_them_however_the_deployment_does():
    named = Origins.parse("https://Console.Example.com/ ,")
    assert named == Origins.parse(CONSOLE)
    assert named.headers({"origin": CONSOLE}, [])["access-control-allow-origin"] == CONSOLE


def test_no_page_is_given_the_browsers_credentials():
    for answer in (ONE.preflight("OPTIONS", asking()), ALL.headers({"origin": CONSOLE}, [])):
        assert "access-control-allow-credentials" not in answer
