"""Which function a request goes to, by the template, as API Gateway chooses."""

from __future__ import annotations

import pytest

from infra.local.environment import ROOT
from infra.local.front import routes
from infra.local.tables import read_template

PROXY, ADMIN, EXPORT, CONSOLE = "ProxyFunction", "AdminFunction", "ExportFunction", "ConsoleFunction"
KEY = "/v1/keys/key_0123456789abcdef"
REQUESTS = "/api/admin/requests"


@pytest.fixture(scope="module")
def of_template():
    return routes.routes_of(read_template(ROOT / "template.yaml"))


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("POST", "/v1/chat/completions", PROXY, {"proxy": "chat/completions"}),
        ("POST", "/v1/estimate", PROXY, {"proxy": "estimate"}),
        ("GET", "/v1/models/keys%2Fmodel", PROXY, {"proxy": "models/keys/model"}),
        ("GET", "/v1/usage-of-something", PROXY, {"proxy": "usage-of-something"}),
        ("GET", "/v1/usage/more", PROXY, {"proxy": "more"}),
        ("GET", "/v1/usage", ADMIN, {}),
        ("GET", "/v1/keys", ADMIN, {}),
        ("GET", "/v1/packs", ADMIN, {}),
        ("GET", "/v1/packs/pck_1", ADMIN, {"proxy": "pck_1"}),
        ("POST", "/v1/budget-requests", ADMIN, {}),
        ("POST", "/v1/budget-requests/brq_1/deny", ADMIN, {"proxy": "brq_1/deny"}),
        ("POST", "/v1/keys", ADMIN, {}),
        ("GET", KEY, ADMIN, {"proxy": "key_0123456789abcdef"}),
        ("PATCH", KEY, ADMIN, {"proxy": "key_0123456789abcdef"}),
        ("DELETE", KEY, ADMIN, {"proxy": "key_0123456789abcdef"}),
        ("PUT", f"{KEY}/budget", ADMIN, {"proxy": "key_0123456789abcdef/budget"}),
        ("POST", f"{KEY}/rotate", ADMIN, {"proxy": "key_0123456789abcdef/rotate"}),
        ("GET", "/api/admin/apiKey", ADMIN, {"proxy": "apiKey"}),
        ("GET", REQUESTS, ADMIN, {}),
        ("GET", f"{REQUESTS}/req_1/bodies", ADMIN, {"proxy": "req_1/bodies"}),
        ("GET", f"{REQUESTS}/export", EXPORT, {}),
        ("POST", f"{REQUESTS}/export", EXPORT, {}),
        ("GET", f"{REQUESTS}/export/more", ADMIN, {"proxy": "more"}),
        ("GET", "/", PROXY, {}),
        ("GET", "/v1", PROXY, {}),
        ("POST", "/chat/completions", PROXY, {"proxy": "chat/completions"}),
        ("GET", "/api", PROXY, {}),
        ("GET", "/api/console", PROXY, {"proxy": "console"}),
        ("GET", "/api/admin", ADMIN, {}),
        ("GET", "/console", CONSOLE, {}),
        ("GET", "/console/", CONSOLE, {}),
        ("GET", "/console/keys/key_1", CONSOLE, {"proxy": "keys/key_1"}),
        ("GET", "/consoles", PROXY, {"proxy": "consoles"}),
    ],
)
def test_the_most_specific_path_decides(of_template, method, path, function, parameters):
    found = of_template.match(method, path)
    assert found is not None
    assert (found.route.function, found.parameters) == (function, parameters)


@pytest.fixture(scope="module")
def of_few_methods():
    """An API whose resources don't take all methods, and which has no catch-all at its root."""

    def function(path, method):
        event = {"Type": "Api", "Properties": {"Path": path, "Method": method}}
        return {"Type": routes.FUNCTION, "Properties": {"Events": {"Api": event}}}

    return routes.routes_of(
        {"Resources": {"Rest": function("/v1/{proxy+}", "any"), "Usage": function("/v1/usage", "get")}}
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/usage"), ("GET", "/v1"), ("GET", "/"), ("GET", "/elsewhere"), ("TRACE", "/v1/models")],
)
def test_a_path_without_the_method_is_not_given_to_a_more_general_one(of_few_methods, method, path):
    assert of_few_methods.match(method, path) is None


def test_a_method_of_its_own_comes_before_any(of_few_methods):
    assert of_few_methods.match("GET", "/v1/usage").route.function == "Usage"
    assert of_few_methods.match("HEAD", "/v1/models").route.function == "Rest"


def test_calls_exports_and_pages_stream_and_the_rest_does_not(of_template):
    streaming = {route.function for route in of_template.all() if route.streams}
    whole = {route.function for route in of_template.all() if not route.streams}
    assert (streaming, whole) == ({PROXY, EXPORT, CONSOLE}, {ADMIN})
