from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from infra.mock_provider.journal import JOURNAL_LENGTH, Journal
from infra.mock_provider.provider_app import create_app

OPENAI = {"authorization": "Bearer sk-test"}
ANTHROPIC = {"x-api-key": "sk-ant-test", "anthropic-version": "2023-06-01"}
CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}
MESSAGE = {**CHAT, "max_tokens": 50}


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app()) as client:
        yield client


def chat(client: TestClient, mock: object = None, **body: Any) -> Any:
    steered = {} if mock is None else {"mock": mock}
    return client.post("/v1/chat/completions", json={**CHAT, **body, **steered}, headers=OPENAI)


def message(client: TestClient, mock: object, **body: Any) -> Any:
    return client.post("/v1/messages", json={**MESSAGE, **body, "mock": mock}, headers=ANTHROPIC)


@pytest.mark.parametrize(
    ("mock", "param"),
    [
        ({"tokens": 5}, "mock.tokens"),
        ({"completion_tokens": "5"}, "mock.completion_tokens"),
        ({"cached_tokens": True}, "mock.cached_tokens"),
        ({"prompt_tokens": -1}, "mock.prompt_tokens"),
        ({"tool_call": 1}, "mock.tool_call"),
        ({"error_code": 5}, "mock.error_code"),
        ({"retry_after": "soon"}, "mock.retry_after"),
        ({"status": 200}, "mock.status"),
        ({"endless": True}, "mock.endless"),
        ({"gate": "shut"}, "mock.gate"),
        ({"error_after_chunks": 0}, "mock.error_after_chunks"),
        ([], "mock"),
    ],
)
def test_a_control_that_cannot_be_followed_is_named(client: TestClient, mock: object, param: str) -> None:
    refused = chat(client, mock)
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == param
    assert message(client, mock).json()["error"]["message"].startswith(f"{param}:")


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, "invalid_request_error", None),
        (401, "invalid_request_error", "invalid_api_key"),
        (418, "invalid_request_error", None),
        (429, "tokens", "rate_limit_exceeded"),
        (500, "server_error", None),
        (599, "server_error", None),
    ],
)
def test_openai_errors_look_real(client: TestClient, status: int, kind: str, code: str | None) -> None:
    failed = chat(client, {"status": status}, stream=True)
    assert failed.status_code == status
    error = failed.json()["error"]
    assert (error["type"], error["code"]) == (kind, code)
    assert failed.headers["x-request-id"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (529, "overloaded_error"),
    ],
)
def test_anthropic_errors_look_real(client: TestClient, status: int, kind: str) -> None:
    failed = message(client, {"status": status})
    assert failed.status_code == status
    assert failed.json()["error"]["type"] == kind


def test_an_error_can_have_a_code_and_a_time_to_retry(client: TestClient) -> None:
    failed = chat(client, {"status": 429, "error_code": "insufficient_quota", "retry_after": 1.5})
    assert failed.headers["retry-after"] == "1.5"
    assert failed.json()["error"]["type"] == failed.json()["error"]["code"] == "insufficient_quota"
    renamed = message(client, {"status": 429, "error_code": "slow_down", "retry_after": 20})
    assert renamed.headers["retry-after"] == "20"
    assert renamed.json()["error"]["type"] == "slow_down"


def test_a_queued_fault_is_for_one_request(client: TestClient) -> None:
    faults = [{"status": 503}, {"completion_tokens": 3, "cached_tokens": 2}]
    assert client.post("/__mock/faults", json=faults).status_code == 204
    assert chat(client).status_code == 503
    usage = chat(client, {"completion_tokens": 5}).json()["usage"]
    assert (usage["completion_tokens"], usage["prompt_tokens_details"]["cached_tokens"]) == (5, 2)
    assert chat(client).json()["usage"]["completion_tokens"] == 16


def test_a_fault_reaches_requests_without_a_body(client: TestClient) -> None:
    client.post("/__mock/faults", json=[{"status": 500}])
    assert client.get("/v1/models?limit=2", headers=OPENAI).status_code == 500
    assert client.get("/v1/models?limit=2", headers=OPENAI).status_code == 200


def test_a_refused_request_leaves_the_fault_to_the_next(client: TestClient) -> None:
    client.post("/__mock/faults", json=[{"status": 503}])
    assert client.post("/v1/chat/completions", json=CHAT).status_code == 401
    assert chat(client, {"nonsense": 1}).status_code == 400
    assert chat(client).status_code == 503


def test_wrong_faults_are_not_queued(client: TestClient) -> None:
    refused = client.post("/__mock/faults", json=[{"status": 500}, {"nonsense": 1}])
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "mock.nonsense"
    assert chat(client).status_code == 200


def test_the_journal_keeps_what_was_received(client: TestClient) -> None:
    chat(client, {"cached_tokens": 1})
    client.get("/v1/models?limit=2", headers={**OPENAI, "X-Trace": "abc"})
    client.post("/v1/embeddings", content=b"{broken", headers=OPENAI)
    asked, listed, broken = client.get("/__mock/requests").json()
    assert (asked["method"], asked["path"]) == ("POST", "/v1/chat/completions")
    assert asked["body"] == {**CHAT, "mock": {"cached_tokens": 1}}
    assert (listed["query"], listed["headers"]["x-trace"], listed["body"]) == ("limit=2", "abc", {})
    assert broken["body"] == "{broken"


def test_reset_clears_journal_faults_and_responses(client: TestClient) -> None:
    asked = {"model": "gpt-4o-mini", "input": "hi"}
    stored = client.post("/v1/responses", json=asked, headers=OPENAI).json()
    client.post("/__mock/faults", json=[{"status": 500}])
    assert client.post("/__mock/reset").status_code == 204
    assert client.get("/__mock/requests").json() == []
    assert client.get(f"/v1/responses/{stored['id']}", headers=OPENAI).status_code == 404


def test_the_journal_is_bounded() -> None:
    journal = Journal()
    for number in range(JOURNAL_LENGTH + 1):
        journal.record("GET", f"/{number}", {}, {})
    assert len(journal.entries()) == JOURNAL_LENGTH
    assert journal.entries()[0]["path"] == "/1"


@pytest.mark.parametrize("body", [b"{broken", b"[1]"])
def test_a_body_that_is_no_object_is_refused(client: TestClient, body: bytes) -> None:
    assert client.post("/v1/chat/completions", content=body, headers=OPENAI).status_code == 400


def test_an_unknown_path_is_an_error_in_the_providers_shape(client: TestClient) -> None:
    assert "error" in client.post("/v1/nowhere", json={}, headers=OPENAI).json()
    lost = client.post("/v1/nowhere", json={}, headers=ANTHROPIC)
    assert (lost.status_code, lost.json()["error"]["type"]) == (404, "not_found_error")


def test_health(client: TestClient) -> None:
    assert client.get("/__mock/health").status_code == 200
    assert client.get("/__mock/requests").json() == []
