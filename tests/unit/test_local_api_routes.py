"""Which function a request goes to, by the template."""

from __future__ import annotations

import pytest

from infra.local.api_routes import ApiRoutes
from infra.local.environment import ROOT
from infra.local.tables import read_template

PROXY, ADMIN = "ProxyFunction", "AdminFunction"
KEY = "/v1/keys/key_0123456789abcdef"


@pytest.fixture(scope="module")
def routes():
    return ApiRoutes.of(read_template(ROOT / "template.yaml"))


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("POST", "/v1/chat/completions", PROXY),
        ("POST", "/v1/estimate", PROXY),
        ("GET", "/v1/models/keys%2Fmodel", PROXY),
        ("GET", "/v1/usage-of-something", PROXY),
        ("GET", "/v1/usage/more", PROXY),
        ("GET", "/v1/usage", ADMIN),
        ("GET", "/v1/keys", ADMIN),
        ("POST", "/v1/keys", ADMIN),
        ("GET", KEY, ADMIN),
        ("PATCH", KEY, ADMIN),
        ("DELETE", KEY, ADMIN),
        ("PUT", f"{KEY}/budget", ADMIN),
        ("POST", f"{KEY}/rotate", ADMIN),
        ("GET", "/api/admin/apiKey", ADMIN),
        ("POST", "/v1/usage", None),
        ("DELETE", "/v1/keys", None),
        ("GET", "/v1", None),
        ("GET", "/elsewhere", None),
    ],
)
def test_the_most_specific_path_decides_whatever_its_methods(routes, method, path, function):
    assert routes.function(method, path) == function
