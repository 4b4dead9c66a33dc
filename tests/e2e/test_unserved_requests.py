"""What isn't served, on the deployed template: a function answers it, never API Gateway."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import httpx
import pytest

import tollgate

if TYPE_CHECKING:
    from infra.local.stack import Stack

METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
OF_CALLS = ["/v1", "/chat/completions", "/v1/v1/messages", "/api", "/api/console", "/v1/usage/more"]
OF_ADMINS = ["/api/admin", "/api/admin/nothing", "/api/admin/requests/export/more"]


def ask(stack: Stack, method: str, path: str) -> httpx.Response:
    """As somebody who may ask; the secret isn't repeated."""
    secret = stack.admin_token if path.startswith("/api/admin") else stack.api_key
    headers = {"authorization": f"Bearer {secret}"}
    answer = httpx.request(method, f"{stack.api_url}{path}", headers=headers, timeout=60, trust_env=False)
    assert secret not in answer.text + str(answer.headers), (method, path)
    return answer


@pytest.mark.parametrize(
    ("paths", "media_type"), [(OF_CALLS, "application/json"), (OF_ADMINS, "application/problem+json")]
)
def test_a_path_that_there_is_not_is_a_404_of_its_apis_shape(stack, paths, media_type):
    for method, path in product(METHODS, paths):
        answer = ask(stack, method, path)
        assert answer.status_code == 404, (method, path, answer.text)
        assert answer.headers["content-type"] == media_type, (method, path)
        assert bool(answer.text) is (method != "HEAD"), (method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("OPTIONS", "/v1/models"),
        ("PUT", "/v1/keys"),
        ("POST", "/v1/usage"),
        ("POST", "/api/admin/requests/export"),
        ("DELETE", "/api/admin/requests"),
    ],
)
def test_a_method_that_a_path_lacks_is_a_405_that_names_those_it_has(stack, method, path):
    answer = ask(stack, method, path)
    assert answer.status_code == 405, answer.text
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["", "/", "/health"])
def test_anybody_may_ask_whether_the_gateway_is_there_and_of_which_version(stack, path):
    answer = httpx.get(f"{stack.api_url}{path}", timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"service": "tollgate", "status": "ok", "version": tollgate.__version__}
    assert httpx.head(f"{stack.api_url}{path}", timeout=60, trust_env=False).status_code == 200
