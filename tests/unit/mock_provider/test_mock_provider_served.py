"""What only a server can show: connections that break, streams that do not end, and its own end."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.mock_provider import gates
from infra.mock_provider.__main__ import main
from infra.mock_provider.server import running

REPOSITORY = Path(__file__).parents[3]
CREDENTIALS = {
    "authorization": "Bearer sk-test",
    "x-api-key": "sk-ant-test",
    "anthropic-version": "2023-06-01",
}
ASKED = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "hi"}],
    "input": "hi",
    "max_tokens": 50,
}
STREAMING = ["/v1/chat/completions", "/v1/responses", "/v1/messages"]
ENDLESS = {**ASKED, "stream": True, "mock": {"endless": True}}


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture(scope="module")
def client(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, headers=CREDENTIALS) as client:
        yield client


def received(client: httpx.Client, path: str, body: dict[str, Any]) -> tuple[str, bool]:
    """What came of the answer, and whether it came whole."""
    text = ""
    with client.stream("POST", path, json=body) as response:
        assert response.status_code == 200
        try:
            for part in response.iter_text():
                text += part
        except httpx.RemoteProtocolError:
            return text, False
    return text, True


@pytest.mark.parametrize("path", STREAMING)
@pytest.mark.parametrize("sent", [0, 3])
def test_a_cut_stream_ends_without_its_end(client: httpx.Client, path: str, sent: int) -> None:
    text, whole = received(client, path, {**ASKED, "stream": True, "mock": {"cut_after_chunks": sent}})
    assert not whole
    assert text.count("\n\n") == sent
    assert client.get("/__mock/health").status_code == 200


@pytest.mark.parametrize("path", [*STREAMING, "/v1/embeddings"])
def test_a_cut_answer_is_half_an_answer(client: httpx.Client, path: str) -> None:
    full, whole = received(client, path, ASKED)
    assert whole
    half, whole = received(client, path, {**ASKED, "mock": {"cut_after_chunks": 1}})
    assert not whole
    assert half == full[: len(full) // 2]


@pytest.mark.parametrize("path", STREAMING)
def test_an_error_ends_the_stream_in_the_providers_shape(client: httpx.Client, path: str) -> None:
    mock = {"error_after_chunks": 4, "error_code": "rate_limit_exceeded"}
    text, whole = received(client, path, {**ASKED, "stream": True, "mock": mock})
    assert whole
    blocks = text.removesuffix("\n\n").split("\n\n")[4:]
    events = [json.loads(block.split("data: ")[1]) for block in blocks]
    if path == "/v1/responses":
        assert [event["type"] for event in events] == ["error", "response.failed"]
        assert [event["sequence_number"] for event in events] == [4, 5]
        assert events[0]["code"] == events[1]["response"]["error"]["code"] == "rate_limit_exceeded"
    else:
        (event,) = events
        assert event["error"]["message"]
        assert "rate_limit_exceeded" in event["error"].values()


@pytest.mark.parametrize("path", STREAMING)
def test_malformed_json_is_sent_with_an_ordinary_status(client: httpx.Client, path: str) -> None:
    body, whole = received(client, path, {**ASKED, "mock": {"malformed_json": True}})
    assert whole
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    stream, whole = received(client, path, {**ASKED, "stream": True, "mock": {"malformed_json": True}})
    assert whole
    first, second, third = stream.split("\n\n")[:3]
    json.loads(first.split("data: ")[1])
    with pytest.raises(json.JSONDecodeError):
        json.loads(second.split("data: ")[-1])
    json.loads(third.split("data: ")[1])


@pytest.mark.parametrize("path", STREAMING)
def test_an_endless_stream_goes_on_until_the_client_leaves(client: httpx.Client, path: str) -> None:
    with client.stream("POST", path, json=ENDLESS) as response:
        lines = list(islice(response.iter_lines(), 60))
    assert len(lines) == 60
    assert client.get("/__mock/health").status_code == 200


def test_a_delayed_answer_is_the_same_answer(client: httpx.Client) -> None:
    mock = {"delay_headers_ms": 20, "delay_chunk_ms": 1}
    for path in STREAMING:
        asked = {**ASKED, "stream": True}
        assert received(client, path, {**asked, "mock": mock}) == received(client, path, asked)


def test_the_server_stops_while_a_stream_goes_on() -> None:
    with httpx.Client(headers=CREDENTIALS) as client:
        with running() as url:
            response = client.send(
                client.build_request("POST", f"{url}/v1/chat/completions", json=ENDLESS), stream=True
            )
            parts = response.iter_text()
            assert next(parts)
        with pytest.raises(httpx.ConnectError):
            client.get(f"{url}/__mock/health")
        response.close()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_process_while_a_stream_goes_on(signum: signal.Signals) -> None:
    command = [sys.executable, "-m", "infra.mock_provider", "--port", "0"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        announced = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert announced is not None
        with httpx.stream(
            "POST", f"{announced[0]}/v1/chat/completions", json=ENDLESS, headers=CREDENTIALS
        ) as response:
            parts = response.iter_text()
            assert next(parts)
            process.send_signal(signum)
            _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_only_a_loopback_address_is_served(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--host", "192.0.2.1"])
    assert "--host" in capsys.readouterr().err


@pytest.mark.parametrize("path", STREAMING)
def test_a_stream_waits_at_a_gate_until_it_is_opened(client: httpx.Client, path: str) -> None:
    gate = path.rpartition("/")[2]
    gated = {**ASKED, "stream": True, "mock": {"gate": gate}}
    ungated, _ = received(client, path, {**ASKED, "stream": True})
    with client.stream("POST", path, json=gated) as response:
        parts = response.iter_text()
        first = next(parts)
        assert first.count("\n\n") == 1
        assert client.post(f"/__mock/gates/{gate}").status_code == 204
        assert first + "".join(parts) == ungated


def test_a_gate_may_be_opened_before_its_stream_comes(client: httpx.Client) -> None:
    client.post("/__mock/gates/early")
    _, whole = received(client, STREAMING[0], {**ASKED, "stream": True, "mock": {"gate": "early"}})
    assert whole


def test_a_stream_is_cut_where_its_gate_stays_closed(client: httpx.Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(gates, "MAX_WAIT_SECONDS", 0)
    text, whole = received(client, STREAMING[0], {**ASKED, "stream": True, "mock": {"gate": "forgotten"}})
    assert (text.count("\n\n"), whole) == (1, False)
