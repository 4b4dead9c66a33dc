"""The streaming runtime under AWS's own Runtime Interface Emulator, which comes with sam and needs no Docker.

It gives out the whole response at its end: what is shown here is that AWS's side takes what we send.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from infra.local.environment import ROOT, TOOLS, architecture
from infra.local.free_ports import LOOPBACK, answers, free_ports
from infra.local.processes.children import Children
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

FUNCTION = """
from types import SimpleNamespace

def stream(event, context):
    if event.get("kind") == "raises":
        raise ValueError("before the first byte")
    body = chunks(event, context)
    return SimpleNamespace(status=207, headers={"x-name": "r\\u00e4ume"}, chunks=body, after=int)

def chunks(event, context):
    if event.get("kind") == "empty":
        return
    yield b"one "
    yield b""
    if event.get("kind") == "breaks":
        raise ValueError("after the first byte")
    yield context.aws_request_id.encode()
"""
FAILS_TO_LOAD = "raise KeyError('KEYS_TABLE')"


class Emulator(NamedTuple):
    url: str
    log: Path

    def invoke(self, event: object) -> httpx.Response:
        return httpx.post(
            f"{self.url}/2015-03-31/functions/function/invocations", json=event, trust_env=False, timeout=30
        )


def binary() -> Path:
    found = list(TOOLS.glob(f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{architecture()}"))
    if found:
        return found[0]
    if os.environ.get("CI"):
        pytest.fail("sam came without AWS's Runtime Interface Emulator for this machine")
    pytest.skip("NOT TESTED, there is no Runtime Interface Emulator for this machine")


@pytest.fixture
def start(tmp_path):
    """Starts the emulator with the runtime over what is in a directory."""
    with Children(tmp_path, {"PATH": os.environ["PATH"]}) as children:

        def start(task_root: Path, **environment: str) -> Emulator:
            port, api_port = free_ports(2)
            emulator = children.start(
                "emulator",
                [
                    binary(),
                    *("--runtime-interface-emulator-address", f"{LOOPBACK}:{port}"),
                    *("--runtime-api-address", f"{LOOPBACK}:{api_port}"),
                    *(ROOT / "shared/stream", sys.executable),
                ],
                cwd=None,
                environment={
                    "LAMBDA_TASK_ROOT": str(task_root),
                    "STREAMING_HANDLER": "tollgate_proxy.handler.stream",
                    **environment,
                },
            )
            until(lambda: answers(port))
            return Emulator(f"http://{LOOPBACK}:{port}", emulator.log)

        yield start


@pytest.fixture
def of(tmp_path):
    """A directory with the runtime and a function of the test."""

    def of(source: str) -> Path:
        package = tmp_path / "task" / "tollgate_proxy"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "handler.py").write_text(source)
        (package.parent / "lambda_streaming").symlink_to(ROOT / "shared/lambda_streaming")
        return package.parent

    return of


def parts(answer: httpx.Response) -> tuple[dict[str, Any], bytes]:
    """Prelude and body, where the emulator gives them out as they came."""
    head, _, body = answer.content.partition(b"\0" * 8)
    return json.loads(head), body


def test_aws_takes_whole_empty_broken_and_failed_responses_one_after_the_other(start, of):
    emulator = start(of(FUNCTION))
    head = {"statusCode": 207, "headers": {"x-name": "räume"}}

    for _ in range(2):
        told, body = parts(emulator.invoke({}))
        assert told == head
        assert body.startswith(b"one ")
        assert f"RequestId: {body.removeprefix(b'one ').decode()}" in emulator.log.read_text()
        assert parts(emulator.invoke({"kind": "empty"})) == (head, b"\n")
        assert parts(emulator.invoke({"kind": "breaks"})) == (head, b"one ")
        error = emulator.invoke({"kind": "raises"}).json()
        assert (error["errorType"], error["errorMessage"]) == ("Function.ValueError", "before the first byte")

    log = emulator.log.read_text()
    assert "exited" not in log
    assert "Lambda takes no more" not in log
    assert "did not accept" not in log


def test_aws_is_told_of_a_function_that_cannot_be_loaded(start, of):
    answer = start(of(FAILS_TO_LOAD)).invoke({})
    assert answer.status_code == 502
    assert answer.json()["errorType"] == "Runtime.KeyError"


def test_the_proxy_itself_is_served(start):
    """As far as it gets without AWS: what has no key is refused."""
    events = ROOT / "tests/events"
    variables = json.loads((events / "environment.json").read_text())["ProxyFunction"]
    emulator = start(
        ROOT / "functions/proxy",
        **{**variables, "PYTHONPATH": str(ROOT / "shared"), "AWS_DEFAULT_REGION": "us-east-1"},
    )
    event = json.loads((events / "proxy-models.json").read_text())

    head, body = parts(emulator.invoke({**event, "headers": {}}))

    assert head["statusCode"] == 401
    assert head["headers"]["content-type"] == "application/json"
    assert json.loads(body)["error"]["code"] == "invalid_api_key"
