"""The routes below /v1, and that there are no others."""

from __future__ import annotations

import pytest

from tollgate.catalog import ModelType, ProviderType
from tollgate.records import RecordKind
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.routes import (
    Api,
    CallRoute,
    CountRoute,
    EstimateRoute,
    ModelsRoute,
    StoredRoute,
    WrongMethodError,
    match,
)

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
RESPONSES = CallRoute("/responses", Api.RESPONSES, ProviderType.OPENAI)
MESSAGES = CallRoute("/messages", Api.MESSAGES, ProviderType.ANTHROPIC)
LONGEST = "r" * 256


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", "/v1/chat/completions", CHAT),
        ("POST", "/v1/chat/completions/", CHAT),
        ("POST", "/v1/embeddings", EMBEDDINGS),
        ("POST", "/v1/responses", RESPONSES),
        ("POST", "/v1/responses/", RESPONSES),
        ("POST", "/v1/messages", MESSAGES),
        ("POST", "/v1/messages/count_tokens", CountRoute()),
        ("GET", "/v1/responses/resp_1", StoredRoute("GET", "/responses/resp_1", "resp_1")),
        ("GET", "/v1/responses/resp_1/", StoredRoute("GET", "/responses/resp_1", "resp_1")),
        ("GET", f"/v1/responses/{LONGEST}", StoredRoute("GET", f"/responses/{LONGEST}", LONGEST)),
        ("DELETE", "/v1/responses/resp_1", StoredRoute("DELETE", "/responses/resp_1", "resp_1")),
        ("POST", "/v1/responses/resp_1/cancel", StoredRoute("POST", "/responses/resp_1/cancel", "resp_1")),
        (
            "GET",
            "/v1/responses/resp_1/input_items",
            StoredRoute("GET", "/responses/resp_1/input_items", "resp_1"),
        ),
        ("GET", "/v1/responses/cancel", StoredRoute("GET", "/responses/cancel", "cancel")),
        ("POST", "/v1/estimate", EstimateRoute()),
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
        "/v1/responses/resp_1/cancel/cancel",
        "/v1/responses/resp_1/input_items/item_1",
        "/v1/responses/../models",
        "/v1/responses/..",
        "/v1/responses/.",
        "/v1/responses/resp_1/../resp_2",
        "/v1/responses//cancel",
        "/v1/responses//input_items",
        "/v1/responses/resp_1//cancel",
        "/v1/responses/resp%2f..%2fmodels",
        "/v1/responses/%2e%2e",
        "/v1/responses/resp_1%2fcancel",
        "/v1/responses/resp_1%00",
        "/v1/responses/resp_1?stream=true",
        "/v1/responses/resp_1#x",
        "/v1/responses/resp_1\\..",
        "/v1/responses/resp 1",
        "/v1/responses/resp_1\n",
        "/v1/responses/resp_1\r\nx-api-key: 1",
        "/v1/responses/räume",
        "/v1/responses/resp_\u0661",
        f"/v1/responses/{LONGEST}r",
        "/v1/Responses/resp_1",
        "/v1/v1/responses/resp_1",
        "/v2/responses/resp_1",
        "/responses/resp_1",
        "/responses/resp_1/cancel",
        "responses/resp_1",
        "/v1/messages/count_tokens/x",
        "/v1/messages/msg_1",
        "/v1/messages/batches",
        "/messages",
        "/v1/files",
        "/v2/chat/completions",
        "/api/admin/apiKey",
    ],
)
def test_there_is_no_other_way_to_a_provider(method, path):
    with pytest.raises(RefusedError) as refused:
        match(method, path)
    assert refused.value.reason is Reason.UNKNOWN_ROUTE
    assert refused.value.message.startswith(f"Unknown request URL: {method} {path.rstrip('/') or '/'}.")


@pytest.mark.parametrize(
    ("path", "is_told"),
    [
        ("/chat/completions", True),
        ("/messages", True),
        ("/", True),
        ("/v1", True),
        ("/v1/", True),
        ("/v1/v1/messages", True),
        ("/v1/files", False),
        ("/v1/messages/batches", False),
    ],
)
def test_a_path_that_tells_a_wrong_base_url_is_told_the_right_one(path, is_told):
    with pytest.raises(RefusedError) as refused:
        match("POST", path)
    assert ("The base URL ends in /v1 for OpenAI's clients" in refused.value.message) is is_told


@pytest.mark.parametrize(
    ("path", "allowed", "methods"),
    [
        ("/v1/chat/completions", "POST", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "post"]),
        ("/v1/embeddings", "POST", ["GET", "DELETE"]),
        ("/v1/responses", "POST", ["GET", "DELETE"]),
        ("/v1/messages", "POST", ["GET", "DELETE"]),
        ("/v1/messages/count_tokens", "POST", ["GET", "DELETE"]),
        ("/v1/responses/resp_1", "GET, DELETE", ["POST", "PUT", "PATCH", "HEAD", "delete"]),
        ("/v1/responses/resp_1/cancel", "POST", ["GET", "DELETE", "PUT"]),
        ("/v1/responses/resp_1/input_items", "GET", ["POST", "DELETE"]),
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


def test_only_a_deletion_deletes():
    assert match("DELETE", "/v1/responses/resp_1").deletes
    assert not match("GET", "/v1/responses/resp_1").deletes
    assert not match("POST", "/v1/responses/resp_1/cancel").deletes
