"""Paths of requests to a custom domain, which may have the API below a path."""

from __future__ import annotations

import pytest

from tollgate.base_paths import path_of

BASES = ["", "/llm", "/team/llm", "/v1", "/api/admin", "/$default-1"]
ROUTES = [
    ("/v1/{proxy+}", "chat/completions", "/v1/chat/completions"),
    ("/v1/{proxy+}", "v1/messages", "/v1/v1/messages"),
    ("/v1/{proxy+}", "models/vendor/model", "/v1/models/vendor/model"),
    ("/v1/usage", None, "/v1/usage"),
    ("/v1", None, "/v1"),
    ("/api/admin", None, "/api/admin"),
    ("/api/admin/{proxy+}", "apiKey/key_1/budget", "/api/admin/apiKey/key_1/budget"),
    ("/{proxy+}", "chat/completions", "/chat/completions"),
    ("/{proxy+}", "llm", "/llm"),
    ("/", None, "/"),
]


def event(path, resource, proxy):
    return {"path": path, "resource": resource, "pathParameters": proxy and {"proxy": proxy}}


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(("resource", "proxy", "below"), ROUTES)
def test_a_base_path_is_left_out(base, resource, proxy, below):
    path = base if base and below == "/" else base + below
    assert path_of(event(path, resource, proxy)) == below


@pytest.mark.parametrize("base", BASES)
def test_a_slash_at_the_end_stays(base):
    assert path_of(event(f"{base}/v1/models/", "/v1/{proxy+}", "models")) == "/v1/models/"
    assert path_of(event(f"{base}/", "/", None)) == "/"


@pytest.mark.parametrize("proxy", ["models/vendor/model", "models/vendor%2Fmodel"])
@pytest.mark.parametrize("sent", ["models/vendor/model", "models/vendor%2Fmodel"])
def test_it_is_found_whichever_of_the_two_is_decoded(proxy, sent):
    assert path_of(event(f"/llm/v1/{sent}", "/v1/{proxy+}", proxy)).startswith("/v1/models/vendor")


@pytest.mark.parametrize("resource", [None, "", "/v1/{proxy+}"])
def test_a_path_that_nothing_is_known_of_stays_as_it_is(resource):
    assert path_of({"path": "/other/path", "resource": resource, "pathParameters": None}) == "/other/path"
    assert path_of({"path": "/v1/models"}) == "/v1/models"
