"""Which function a request goes to, by the template, as API Gateway chooses."""

from __future__ import annotations

import pytest

from infra.local import routes
from infra.local.environment import ROOT
from infra.local.tables import read_template

PROXY, ADMIN, EXPORT = "ProxyFunction", "AdminFunction", "ExportFunction"
KEY = "/v1/keys/key_0123456789abcdef"
REQUESTS = "/api/admin/requests"


@pytest.fixture(scope="module")
def of_template():
    return routes.of(read_template(ROOT / "template.yaml"))


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("POST", "/v1/chat/completions", PROXY, {"proxy": "chat/completions"}),
        ("POST", "/v1/estimate", PROXY, {"proxy": "estimate"}),
        ("GET", "/v1/models/keys%2Fmodel", PROXY, {"proxy": "models/keys/model"}),
        ("GET", "/v1/usage-of-something", PROXY, {"proxy": "usage-of-something"}),
        ("GET", "/v1/usage/more", PROXY, {"proxy": "usage/more"}),
        ("GET", "/v1/usage", ADMIN, {}),
        ("GET", "/v1/keys", ADMIN, {}),
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
    ],
)
def test_the_most_specific_path_decides(of_template, method, path, function, parameters):
    found = of_template.match(method, path)
    assert found is not None
    assert (found.route.function, found.parameters) == (function, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/usage"),
        ("DELETE", "/v1/keys"),
        ("POST", f"{REQUESTS}/export"),
        ("GET", "/v1"),
        ("GET", "/api/admin"),
        ("GET", "/"),
        ("GET", "/elsewhere"),
    ],
)
def test_a_path_without_the_method_is_not_given_to_a_more_general_one(of_template, method, path):
    assert of_template.match(method, path) is None


def test_calls_and_exports_stream_and_the_rest_does_not(of_template):
    streaming = {route.function for route in of_template.all() if route.streams}
    whole = {route.function for route in of_template.all() if not route.streams}
    assert (streaming, whole) == ({PROXY, EXPORT}, {ADMIN})
