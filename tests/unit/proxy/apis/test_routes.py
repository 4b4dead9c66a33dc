"""The routes below /v1, and that there are no others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from tollgate.catalog.catalog import ModelType, ProviderType
from tollgate.ledger.records import RecordKind
from tollgate.refusals import Reason, RefusedError
from tollgate_proxy.apis import registry
from tollgate_proxy.apis.routes import (
    BatchRoute,
    CallRoute,
    CountRoute,
    EstimateRoute,
    ModelsRoute,
    RootRoute,
    StoredRoute,
    WrongMethodError,
    fitting,
    kind_of,
    match,
    serving,
)

CHAT, EMBEDDINGS = CallRoute(registry.CHAT), CallRoute(registry.EMBEDDINGS)
RESPONSES, MESSAGES = CallRoute(registry.RESPONSES), CallRoute(registry.MESSAGES)
COUNT = CountRoute(registry.MESSAGES, "/messages/count_tokens")
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
        ("POST", "/v1/messages/count_tokens", COUNT),
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


@pytest.mark.parametrize(
    ("route", "path", "spoken", "model_type", "kind"),
    [
        (CHAT, "/chat/completions", ProviderType.OPENAI, ModelType.CHAT, RecordKind.COMPLETION),
        (RESPONSES, "/responses", ProviderType.OPENAI, ModelType.CHAT, RecordKind.COMPLETION),
        (MESSAGES, "/messages", ProviderType.ANTHROPIC, ModelType.CHAT, RecordKind.COMPLETION),
        (EMBEDDINGS, "/embeddings", ProviderType.OPENAI, ModelType.EMBEDDING, RecordKind.EMBEDDING),
    ],
)
def test_a_route_leads_to_providers_that_speak_its_api(route, path, spoken, model_type, kind):
    assert (route.path, route.api.wire_format) == (path, spoken)
    assert (route.api.model_type, route.api.record_kind) == (model_type, kind)


@pytest.mark.parametrize("model_type", ModelType)
def test_models_of_each_type_are_taken_somewhere(model_type):
    assert serving(model_type).startswith("POST /v1/")
    assert kind_of(model_type).startswith(("a ", "an "))


@pytest.mark.parametrize(
    ("members", "model_type", "spoken", "route"),
    [
        ({"messages": []}, ModelType.CHAT, ProviderType.OPENAI, CHAT),
        ({"input": "Hello"}, ModelType.CHAT, ProviderType.OPENAI, RESPONSES),
        ({}, ModelType.CHAT, ProviderType.OPENAI, RESPONSES),
        ({"messages": [], "max_tokens": 9}, ModelType.CHAT, ProviderType.OPENAI, CHAT),
        ({"messages": [], "max_tokens": 9}, ModelType.CHAT, ProviderType.ANTHROPIC, MESSAGES),
        ({"messages": []}, ModelType.CHAT, ProviderType.ANTHROPIC, CHAT),
        ({"input": "Hello"}, ModelType.CHAT, ProviderType.ANTHROPIC, RESPONSES),
        ({}, ModelType.CHAT, ProviderType.ANTHROPIC, MESSAGES),
        ({"input": "Hello"}, ModelType.EMBEDDING, ProviderType.OPENAI, EMBEDDINGS),
        ({"messages": []}, ModelType.EMBEDDING, ProviderType.ANTHROPIC, EMBEDDINGS),
    ],
)
def test_a_body_is_meant_for_the_call_that_it_fits(members, model_type, spoken, route):
    assert fitting(members, model_type, spoken) == route


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
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
        "/v1/messages/batches/b_1/content",
        "/messages",
        "/v1/files/f_1/results",
        "/v1/batches/b_1/cancel/now",
        "/files",
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
        ("/v1/uploads", False),
    ],
)
def test_a_path_that_tells_a_wrong_base_url_is_told_the_right_one(path, is_told):
    with pytest.raises(RefusedError) as refused:
        match("POST", path)
    assert ("OpenAI's clients need a base URL that ends in /v1" in refused.value.message) is is_told


@pytest.mark.parametrize(
    ("path", "allowed", "methods"),
    [
        ("/v1/chat/completions", "POST", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "post"]),
        ("/v1/embeddings", "POST", ["GET", "DELETE"]),
        ("/v1/responses", "POST", ["PUT", "DELETE"]),
        ("/v1/messages", "POST", ["GET", "DELETE"]),
        ("/v1/messages/count_tokens", "POST", ["GET", "DELETE"]),
        ("/v1/responses/resp_1", "GET, DELETE", ["POST", "PUT", "PATCH", "HEAD", "delete"]),
        ("/v1/responses/resp_1/cancel", "POST", ["GET", "DELETE", "PUT"]),
        ("/v1/responses/resp_1/input_items", "GET", ["POST", "DELETE"]),
        ("/v1/models", "GET", ["POST", "PUT", "HEAD", "get"]),
        ("/v1/models/small", "GET", ["POST", "DELETE"]),
        ("/health", "GET, HEAD", ["POST", "PUT", "DELETE", "OPTIONS", "get"]),
    ],
)
def test_a_wrong_method_is_told_the_right_one(path, allowed, methods):
    for method in methods:
        with pytest.raises(WrongMethodError) as refused:
            match(method, path)
        assert refused.value.reason is Reason.METHOD_NOT_ALLOWED
        assert refused.value.allowed == allowed
        told = " and ".join(allowed.split(", "))
        assert refused.value.message.startswith(f"{path} accepts {told}, not {method}.")
        assert ("CorsOrigins" in refused.value.message) is (method == "OPTIONS")


@pytest.mark.parametrize("path", ["/health", "/health/"])
def test_a_monitor_is_told_whether_the_gateway_is_there(path):
    assert match("GET", path) == RootRoute("GET")
    assert match("HEAD", path) == RootRoute("HEAD")


@pytest.mark.parametrize("path", ["/healthz", "/health/more", "/v1/health"])
def test_there_is_one_path_for_monitors(path):
    with pytest.raises(RefusedError) as refused:
        match("GET", path)
    assert refused.value.reason is Reason.UNKNOWN_ROUTE


@pytest.mark.parametrize("path", ["", "/"])
def test_whoever_asks_whether_somebody_is_there_is_told(path):
    assert match("GET", path) == RootRoute("GET")
    assert match("HEAD", path) == RootRoute("HEAD")
    for method in ("POST", "DELETE", "PUT"):
        with pytest.raises(RefusedError) as refused:
            match(method, path)
        assert refused.value.reason is Reason.UNKNOWN_ROUTE


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/responses/", "/v1/realtime", "/openai/v1/realtime"])
def test_a_try_at_websocket_is_told_to_use_another_way(path):
    with pytest.raises(RefusedError) as refused:
        match("GET", path)
    assert refused.value.reason is Reason.UPGRADE_REQUIRED
    assert "POST /v1/responses" in refused.value.message


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/openai/deployments/small/chat/completions", replace(CHAT, deployment="small")),
        ("/openai/deployments/team%2Fsmall%3A1/embeddings", replace(EMBEDDINGS, deployment="team/small:1")),
        ("/openai/deployments/small/responses", replace(RESPONSES, deployment="small")),
        ("/openai/v1/chat/completions", CHAT),
        ("/openai/v1/responses/", RESPONSES),
        ("/openai/responses", RESPONSES),
    ],
)
def test_azures_clients_find_the_same_routes(path, route):
    assert match("POST", path) == route


@pytest.mark.parametrize("name", ["meta/llama-3", "models/a", "claude@2026", "team:small:1", "a/b@c:d+e"])
def test_a_models_name_may_be_written_out_or_encoded(name):
    for written in (name, quote(name, safe=""), quote(name), f"{name}/"):
        assert match("GET", f"/v1/models/{written}") == ModelsRoute(name)
        assert match("GET", f"/openai/v1/models/{written}") == ModelsRoute(name)


def test_azures_clients_find_models_and_responses():
    assert match("GET", "/openai/models") == ModelsRoute(None)
    assert match("GET", "/openai/v1/models/small") == ModelsRoute("small")
    assert match("GET", "/openai/responses/resp_1") == StoredRoute("GET", "/responses/resp_1", "resp_1")


@pytest.mark.parametrize(
    "path",
    [
        "/openai",
        "/openai/deployments",
        "/openai/deployments/small",
        "/openai/deployments/small/images/edits",
        "/openai/deployments/small/messages",
        "/openai/deployments//chat/completions",
        "/openai/deployments/a/b/chat/completions",
        "/openai/deployments/small/../large/chat/completions",
        "/openai/openai/v1/files",
        "/openai/v1/v1/chat/completions",
    ],
)
def test_azures_paths_lead_nowhere_else(path):
    with pytest.raises(RefusedError) as refused:
        match("POST", path)
    assert refused.value.reason is Reason.UNKNOWN_ROUTE


BASE_URL = "OpenAI's clients need a base URL that ends in /v1; Anthropic's need one without it"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/chat/completions", BASE_URL),
        ("/messages", BASE_URL),
        ("/models", BASE_URL),
        ("/v1/v1/messages", BASE_URL),
        ("/v1/v1/chat/completions", BASE_URL),
        ("/v1/responses/compact", "POST /v1/responses"),
        ("/v1/responses/input_tokens", "POST /v1/estimate"),
        ("/v1/completions", "POST /v1/chat/completions"),
        ("/v1/uploads/u_1/parts", "POST /v1/files"),
        ("/v1/images/edits", "POST /v1/images/generations"),
        ("/v1/audio/speech", "it can't meter it"),
        ("/v1/threads/t_1/runs", "previous_response_id"),
    ],
)
def test_who_asks_for_what_is_not_served_is_told_what_to_use(path, hint):
    for method in ("GET", "POST"):
        with pytest.raises(RefusedError) as refused:
            match(method, path)
        assert refused.value.reason is Reason.UNKNOWN_ROUTE
        assert hint in refused.value.message


@pytest.mark.parametrize("path", ["/v1/chat", "/v1/messages/msg_1", "/v1/responses/a/b"])
def test_other_unknown_paths_are_told_nothing_of_base_urls(path):
    with pytest.raises(RefusedError) as refused:
        match("POST", path)
    assert "base URL" not in refused.value.message


def test_only_a_deletion_deletes():
    route: Any = match("DELETE", "/v1/responses/resp_1")
    assert route.deletes
    for method, path in (("GET", "/v1/responses/resp_1"), ("POST", "/v1/responses/resp_1/cancel")):
        other: Any = match(method, path)
        assert not other.deletes


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/v1/files", BatchRoute("POST", "/files")),
        ("GET", "/v1/files/f-1", BatchRoute("GET", "/files", "f-1")),
        ("GET", "/v1/files/f-1/content", BatchRoute("GET", "/files", "f-1", "content")),
        ("DELETE", "/openai/files/f-1", BatchRoute("DELETE", "/files", "f-1")),
        ("POST", "/v1/batches/b_1/cancel", BatchRoute("POST", "/batches", "b_1", "cancel")),
        ("GET", "/v1/messages/batches/b", BatchRoute("GET", "/messages/batches", "b")),
        ("GET", "/v1/messages/batches/b/results", BatchRoute("GET", "/messages/batches", "b", "results")),
    ],
)
def test_files_and_batches_are_reached(method, path, expected):
    assert match(method, path) == expected


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/files", "GET, POST"),
        ("DELETE", "/v1/batches/b", "GET"),
        ("GET", "/v1/batches/b/cancel", "POST"),
    ],
)
def test_files_and_batches_take_no_other_methods(method, path, allowed):
    with pytest.raises(WrongMethodError) as refused:
        match(method, path)
    assert refused.value.allowed == allowed
