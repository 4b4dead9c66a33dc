"""The routes below /v1, and that there are no others."""

from __future__ import annotations

import pytest

from tollgate.catalog import ModelType, ProviderType
from tollgate.records import RecordKind
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.routes import Api, CallRoute, ModelsRoute, WrongMethodError, match

CHAT = CallRoute(
    "/chat/completions",
    Api.CHAT,
    ProviderType.OPENAI,
    ModelType.CHAT,
    RecordKind.COMPLETION,
)
EMBEDDINGS = CallRoute(
    "/embeddings", Api.EMBEDDINGS, ProviderType.OPENAI, ModelType.EMBEDDING, RecordKind.EMBEDDING
)


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", "/v1/chat/completions", CHAT),
        ("POST", "/v1/chat/completions/", CHAT),
        ("POST", "/v1/embeddings", EMBEDDINGS),
        ("GET", "/v1/models", ModelsRoute(None)),
        ("GET", "/v1/models/", ModelsRoute(None)),
        ("GET", "/v1/models/small", ModelsRoute("small")),
        ("GET", "/v1/models/small/", ModelsRoute("small")),
        ("GET", "/v1/models/provider/large:latest", ModelsRoute("provider/large:latest")),
        ("GET", "/v1/models/models", ModelsRoute("models")),
    ],
)
def test_a_route_that_tollgate_serves_is_found(method, path, route):
    assert match(method, path) == route


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1",
        "/chat/completions",
        "/v1/chat",
        "/v1/chat/completions/chatcmpl-1",
        "/v1/Chat/Completions",
        "/v1//chat/completions",
        "/v1/../v1/chat/completions",
        "/v1/chat/completions%2f",
        "/v1/chat/completions?x=1",
        "/v1/modelsmall",
        "/v1/responses/resp_1/other",
        "/v1/files",
        "/v2/chat/completions",
        "/api/admin/apiKey",
    ],
)
def test_there_is_no_other_way_to_a_provider(method, path):
    with pytest.raises(RefusedError) as refused:
        match(method, path)
    assert refused.value.reason is Reason.UNKNOWN_ROUTE
    assert refused.value.message == f"Unknown request URL: {method} {path.rstrip('/')}."


@pytest.mark.parametrize(
    ("path", "allowed", "methods"),
    [
        ("/v1/chat/completions", "POST", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "post"]),
        ("/v1/embeddings", "POST", ["GET", "DELETE"]),
        ("/v1/models", "GET", ["POST", "PUT", "HEAD", "get"]),
        ("/v1/models/small", "GET", ["POST", "DELETE"]),
    ],
)
def test_a_wrong_method_is_told_the_right_one(path, allowed, methods):
    for method in methods:
        with pytest.raises(WrongMethodError) as refused:
            match(method, path)
        assert refused.value.reason is Reason.METHOD_NOT_ALLOWED
        assert refused.value.allowed == allowed
        assert refused.value.message == f"{path} takes {allowed} requests, not {method}."
