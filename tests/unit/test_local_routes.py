"""Routes of the template, chosen among as API Gateway does."""

from __future__ import annotations

import pytest

from infra.local import routes
from infra.local.environment import ROOT
from infra.local.routes import Route
from infra.local.tables import read_template

ROUTES = [
    Route("Proxy", "GET", "/v1/{proxy+}", streams=True),
    Route("Admin", "GET", "/v1/usage", streams=False),
    Route("Admin", "GET", "/api/{proxy+}", streams=False),
    Route("Admin", "POST", "/api/{proxy+}", streams=False),
    Route("One", "GET", "/api/requests/{id}", streams=False),
    Route("Export", "GET", "/api/requests/export", streams=True),
]


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("GET", "/v1/chat/completions", "Proxy", {"proxy": "chat/completions"}),
        ("GET", "/v1/usage", "Admin", {}),
        ("GET", "/v1/usage/more", "Proxy", {"proxy": "usage/more"}),
        ("GET", "/api/requests/export", "Export", {}),
        ("GET", "/api/requests/req_1", "One", {"id": "req_1"}),
        ("GET", "/api/requests/req_1/bodies", "Admin", {"proxy": "requests/req_1/bodies"}),
        ("POST", "/api/requests/export", "Admin", {"proxy": "requests/export"}),
    ],
)
def test_the_route_that_names_most_of_the_path_is_taken(method, path, function, parameters):
    found = routes.match(ROUTES, method, path)
    assert found is not None
    assert (found.route.function, found.parameters) == (function, parameters)


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/v1"), ("DELETE", "/v1/usage")])
def test_what_no_route_fits_has_none(method, path):
    assert routes.match(ROUTES, method, path) is None


def test_calls_stream_and_the_admin_api_does_not():
    found = routes.of(read_template(ROOT / "template.yaml"))
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        call = routes.match(found, method, "/v1/chat/completions")
        assert call is not None
        assert (call.route.function, call.route.streams) == ("ProxyFunction", True)
        admin = routes.match(found, method, "/api/admin/apiKey")
        assert admin is not None
        assert (admin.route.function, admin.route.streams) == ("AdminFunction", False)
