"""Every path and method that isn't served, through the function that API Gateway gives it to.

moto stands in for AWS: what is refused here touches no table but the keys'.
"""

from __future__ import annotations

import json
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

import tollgate
from infra.local.front import events, routes
from tests.unit.project.test_events import ENVIRONMENT, TEMPLATE, aws, forget_environment  # noqa: F401 - a fixture
from tollgate_admin import handler as admin
from tollgate_admin import streaming
from tollgate_proxy import handler as proxy

CONTEXT: Any = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 60_000)
SECRET = "sk-tg-0123456789abcdef-not-a-key-of-anybody"
CONSOLE = "https://console.example.com"
OUTSIDE = ["/chat/completions", "/messages", "/v1", "/api", "/api/console", "/v1/v1/models"]
BELOW_V1 = ["/v1/files", "/v1/usage/more", "/v1/models", "/v1/chat/completions"]
OF_KEYS = ["/v1/usage", "/v1/keys", "/v1/keys/key_1/nothing"]
OF_ADMINS = ["/api/admin", "/api/admin/nothing", "/api/admin/requests", "/api/admin/requests/export"]
ALL = [*OUTSIDE, *BELOW_V1, *OF_KEYS, *OF_ADMINS]
ROUTES = routes.routes_of(TEMPLATE)


def ask(method, path, base="", **headers):
    """What API Gateway would answer: the status, headers and body of the function that it gives this to."""
    found = ROUTES.match(method, path)
    sent = {"authorization": f"Bearer {SECRET}", **headers}
    request = events.Request(method, base + path, sent.items(), [], b"", "127.0.0.1")
    event = json.loads(events.to_event(request, found, "abc123", "dev"))
    if found.route.function == "AdminFunction":
        answer = admin.handler(event, CONTEXT)
        received = {name.lower(): values[0] for name, values in answer["multiValueHeaders"].items()}
        return answer["statusCode"], received, answer["body"]
    stream = proxy.stream if found.route.function == "ProxyFunction" else streaming.stream
    streamed = stream(event, CONTEXT)
    received = {name.lower(): value for name, value in streamed.headers.items()}
    return streamed.status, received, b"".join(streamed.chunks).decode()


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("base", ["", "/llm"])
def test_it_is_refused_in_the_shape_of_its_api_and_without_the_key(base):
    for method, path in product(routes.METHODS, ALL):
        status, headers, body = ask(method, path, base)
        assert status in ({404} if path in OUTSIDE else {401, 404, 405}), (method, path)
        assert SECRET not in body, (method, path)
        assert SECRET not in str(headers), (method, path)
        assert not [name for name in headers if name.startswith("access-control-")], (method, path)
        if method == "HEAD":
            assert body == "", path
        elif path in OF_ADMINS:
            assert headers["content-type"] == "application/problem+json", (method, path)
            assert json.loads(body)["status"] == status, (method, path)
        else:
            code = json.loads(body)["error"]["code"]
            assert code in {"unknown_route", "method_not_allowed", "invalid_api_key"}, (method, path)


@pytest.mark.usefixtures("aws")
def test_an_anthropic_client_is_refused_in_its_own_shape():
    for path in OUTSIDE:
        status, _, body = ask("POST", path, **{"anthropic-version": "2023-06-01"})
        assert (status, json.loads(body)["type"]) == (404, "error"), path


@pytest.mark.parametrize("base", ["", "/llm"])
@pytest.mark.parametrize("path", ["/", "/health"])
def test_whether_the_gateway_is_there_is_told_without_a_key_or_a_table(monkeypatch, path, base):
    for name, value in ENVIRONMENT["ProxyFunction"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # where nothing answers
    forget_environment()
    status, headers, body = ask("GET", path, base, authorization="")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body) == {"service": "tollgate", "status": "ok", "version": tollgate.__version__}
    assert ask("HEAD", path, base, authorization="")[::2] == (200, "")
    forget_environment()


@pytest.fixture
def of_console(aws, monkeypatch):  # noqa: F811 - the fixture
    monkeypatch.setenv("CORS_ORIGINS", CONSOLE)
    forget_environment()
    return aws


@pytest.mark.usefixtures("of_console")
def test_a_page_of_a_named_origin_may_ask_and_read():
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    for path in ALL:
        status, headers, body = ask("OPTIONS", path, origin=CONSOLE, **asked)
        assert (status, body) == (204, ""), path
        assert headers["access-control-allow-origin"] == CONSOLE, path
        status, headers, _ = ask("GET", path, origin=CONSOLE)
        assert status >= 400, path
        assert headers["access-control-allow-origin"] == CONSOLE, path
        shown = headers["access-control-expose-headers"].split(", ")
        assert "content-type" in shown, path
        assert "x-request-id" in shown or path in OF_ADMINS, path


@pytest.mark.usefixtures("of_console")
def test_a_page_of_another_origin_may_not():
    asked = {"access-control-request-method": "POST"}
    for method, path in product(("OPTIONS", "GET"), ALL):
        status, headers, _ = ask(method, path, origin="https://evil.example.com", **asked)
        assert status >= 400, (method, path)
        assert "access-control-allow-origin" not in headers, (method, path)


def test_the_functions_that_browsers_reach_are_told_the_same_origins():
    told = {name for name, variables in ENVIRONMENT.items() if "CORS_ORIGINS" in variables}
    # The console's files are for the console's own page.
    assert told == {route.function for route in ROUTES.all()} - {"ConsoleFunction"}
