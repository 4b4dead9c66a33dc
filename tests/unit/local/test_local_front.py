"""The front with the real runtime behind it, over a function of the test."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn

from infra.local.environment import ROOT
from infra.local.free_ports import LOOPBACK, free_ports
from infra.local.front import front_server
from infra.local.front.environments import Environment, Pool
from infra.local.front.invocations import FunctionError, FunctionTimeoutError

if TYPE_CHECKING:
    from pathlib import Path

FUNCTION = """
import json, os, time
from types import SimpleNamespace

def stream(event, context):
    asked = json.loads(event["body"] or "{}")
    if asked.get("act") == "raise":
        raise ValueError("before the first byte")
    if asked.get("act") == "die":
        os._exit(3)
    if asked.get("act") == "hang":
        time.sleep(600)
    return SimpleNamespace(status=207, headers={"x-pid": str(os.getpid())}, chunks=chunks(event, asked))

def chunks(event, asked):
    yield b"one "
    if asked.get("act") == "break":
        raise ValueError("after the first byte")
    if asked.get("act") == "die later":
        os._exit(3)
    if asked.get("act") == "wait":
        while not os.path.exists(asked["file"]):
            time.sleep(0.01)
    yield event["path"].encode()
"""
ARN = "arn:aws:lambda:us-east-1:000000000000:function:ProxyFunction"


@pytest.fixture
def start(tmp_path):
    """Starts an environment, as `Pool` does."""

    def lay_out(source):
        package = tmp_path / "tollgate_proxy"
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
        (package / "handler.py").write_text(source)

    lay_out(FUNCTION)
    (tmp_path / "lambda_streaming").symlink_to(ROOT / "shared/lambda_streaming")
    command: list[str | Path] = [ROOT / "shared/stream", sys.executable, "/var/runtime/bootstrap.py"]
    variables = {"LAMBDA_TASK_ROOT": str(tmp_path), "STREAMING_HANDLER": "tollgate_proxy.handler.stream"}
    start: Any = partial(Environment.start, command, variables, ARN)
    start.lay_out = lay_out
    return start


@asynccontextmanager
async def serving(start):
    """A pool of environments that end with the block."""
    environments = []

    async def started():
        environments.append(await start())
        return environments[-1]

    pool = Pool(started, max_environments=1)
    try:
        yield pool
    finally:
        for each in environments:
            each.kill()
            await each._watching
        await asyncio.gather(*pool._busy)


def event(path="/v1/x", **asked):
    return json.dumps({"path": path, "body": json.dumps(asked)}).encode()


async def answer(pool, *, seconds=60, **asked):
    invocation = await pool.invoke(event(**asked), seconds)
    head = await invocation.head()
    return head, b"".join([part async for part in invocation.body()])


def test_invocations_are_served_one_after_the_other_by_one_process(start):
    async def check():
        async with serving(start) as pool:
            first = await answer(pool, path="/v1/1")
            second = await answer(pool, path="/v1/2")
        assert [first[1], second[1]] == [b"one /v1/1", b"one /v1/2"]
        assert first[0].status == 207

    asyncio.run(check())


def test_a_chunk_arrives_before_the_next_one_exists(start, tmp_path):
    async def check():
        async with serving(start) as pool:
            file = tmp_path / "go-on"
            invocation = await pool.invoke(event(act="wait", file=str(file)), 60)
            await invocation.head()
            body = invocation.body()
            assert await anext(body) == b"one "
            assert not invocation.finished.is_set()
            file.touch()
            assert await anext(body) == b"/v1/x"
            await invocation.finished.wait()

    asyncio.run(check())


def test_a_function_runs_on_when_its_client_went_away(start, tmp_path):
    async def check():
        async with serving(start) as pool:
            file = tmp_path / "go-on"
            invocation = await pool.invoke(event(act="wait", file=str(file)), 60)
            await invocation.head()
            await invocation.body().aclose()
            file.touch()
            await invocation.finished.wait()
            assert (await answer(pool))[1] == b"one /v1/x"

    asyncio.run(check())


@pytest.mark.parametrize("act", ["raise", "die"])
def test_a_function_that_fails_before_the_first_byte_gives_no_answer(start, act):
    async def check():
        async with serving(start) as pool:
            with pytest.raises(FunctionError):
                await answer(pool, act=act)
            assert (await answer(pool))[1] == b"one /v1/x"

    asyncio.run(check())


@pytest.mark.parametrize("act", ["break", "die later"])
def test_a_function_that_fails_after_it_breaks_the_answer_off(start, act):
    async def check():
        async with serving(start) as pool:
            invocation = await pool.invoke(event(act=act), 60)
            await invocation.head()
            body = invocation.body()
            assert await anext(body) == b"one "
            with pytest.raises(FunctionError):
                await anext(body)
            assert (await answer(pool))[1] == b"one /v1/x"

    asyncio.run(check())


@pytest.mark.parametrize("act", ["hang", "wait"], ids=["before the first byte", "after it"])
def test_a_function_that_outlives_its_deadline_is_ended_and_replaced(start, tmp_path, act):
    async def check():
        async with serving(start) as pool:
            with pytest.raises(FunctionTimeoutError):
                await answer(pool, seconds=0.5, act=act, file=str(tmp_path / "never"))
            assert (await answer(pool))[1] == b"one /v1/x"

    asyncio.run(check())


def test_a_function_that_cannot_be_loaded_says_why(start):
    async def check():
        start.lay_out("raise KeyError('KEYS_TABLE')")
        async with serving(start) as pool:
            with pytest.raises(FunctionError, match=r"Runtime\.KeyError: 'KEYS_TABLE'"):
                await answer(pool)
            start.lay_out(FUNCTION)
            assert (await answer(pool))[1] == b"one /v1/x"

    asyncio.run(check())


def streaming(name="ProxyFunction", **changes):
    return front_server.StreamingFunction(
        **{
            "name": name,
            "code": "/built/AdminFunction-Shared",
            "variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/stream"},
            "seconds": 60,
            "environments": 1,
            **changes,
        }
    )


def settings(**changes):
    return front_server.Settings(
        **{
            "port": 0,
            "emulator_url": "http://emulator:4566",
            "api_id": "abc123",
            "alias": "live",
            "names": {"AdminFunction": "stack-AdminFunction-1"},
            "stage": "local",
            "layer": "/built/SharedLayer",
            "functions": [streaming()],
            **changes,
        }
    )


def emulated(request: httpx.Request) -> httpx.Response:
    """The emulator's Lambda: a function that answers what it was asked."""
    event = json.loads(request.content)
    if event["body"] == "raise":
        return httpx.Response(200, json={}, headers={"x-amz-function-error": "Unhandled"})
    answer = {
        "statusCode": 201,
        "headers": {"X-One": "1"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": json.dumps({"url": str(request.url), "event": event}),
        "isBase64Encoded": False,
    }
    return httpx.Response(200, json=answer)


@asynccontextmanager
async def client(start, **changes):
    """A client of the front, which listens on a port as it does in the local stack."""
    (port,) = free_ports(1)
    url = f"http://{LOOPBACK}:{port}"
    async with (
        serving(start) as pool,
        httpx.AsyncClient(transport=httpx.MockTransport(emulated)) as emulator,
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as made,
    ):
        server = uvicorn.Server(
            front_server.configuration(settings(port=port, **changes), {"ProxyFunction": pool}, emulator)
        )
        served = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield made
        finally:
            server.should_exit = True
            await served


def ask(start, method, path, **arguments):
    async def asked():
        changes = arguments.pop("settings", {})
        async with client(start, **changes) as made:
            return await made.request(method, path, **arguments)

    return asyncio.run(asked())


def test_a_call_is_answered_by_the_function(start):
    answer = ask(start, "POST", "/v1/models/e2e%2Fdear", json={})
    assert (answer.status_code, answer.text) == (207, "one /v1/models/e2e/dear")
    assert int(answer.headers["x-pid"]) != os.getpid()


def test_a_chunk_reaches_the_client_before_the_next_one_exists(start, tmp_path):
    async def check():
        file = tmp_path / "go-on"
        asked = {"act": "wait", "file": str(file)}
        async with client(start) as made, made.stream("POST", "/v1/x", json=asked) as response:
            parts = response.aiter_bytes()
            assert await anext(parts) == b"one "
            file.touch()
            assert b"".join([part async for part in parts]) == b"/v1/x"

    asyncio.run(check())


@pytest.mark.parametrize("act", ["break", "die later"])
def test_a_client_sees_that_a_body_is_not_whole(start, act):
    with pytest.raises(httpx.RemoteProtocolError):
        ask(start, "POST", "/v1/x", json={"act": act})


@pytest.mark.parametrize("act", ["raise", "die"])
def test_a_failure_is_api_gateways_502(start, act):
    answer = ask(start, "POST", "/v1/x", json={"act": act})
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "internal_error")
    assert "$" not in answer.json()["request_id"]


def test_a_call_that_takes_too_long_is_the_templates_504(start):
    answer = ask(
        start,
        "POST",
        "/v1/x",
        json={"act": "hang"},
        settings={"functions": [streaming(seconds=0.5)]},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "provider_timeout")


def test_a_request_that_is_too_large_is_the_templates_413(start):
    answer = ask(start, "POST", "/v1/x", content=b"x" * 6_300_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "proxy"),
    [
        ("POST", "/api/admin/apiKey", "apiKey"),
        ("PATCH", "/v1/keys/key_1", "key_1"),
        ("OPTIONS", "/v1/usage", None),
        ("DELETE", "/api/admin", None),
    ],
)
def test_what_does_not_stream_is_answered_by_the_functions_alias(start, method, path, proxy):
    answer = ask(
        start, method, f"{path}?limit=2&q=a%2Fb", headers={"authorization": "Bearer t"}, content=b"{}"
    )
    assert answer.status_code == 201
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert (answer.headers["x-one"], answer.headers["content-type"]) == ("1", "application/json")
    invoked = answer.json()
    assert invoked["url"] == (
        "http://emulator:4566/2015-03-31/functions/stack-AdminFunction-1/invocations?Qualifier=live"
    )
    event = invoked["event"]
    assert (event["httpMethod"], event["path"], event["body"]) == (method, path, "{}")
    assert event["queryStringParameters"] == {"limit": "2", "q": "a/b"}
    assert event["headers"]["authorization"] == "Bearer t"
    assert (event["pathParameters"] or {}).get("proxy") == proxy


def test_a_whole_answers_failure_is_api_gateways_502(start):
    answer = ask(start, "POST", "/api/admin/apiKey", content=b"raise")
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "internal_error")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", "/"),
        ("GET", "/health"),
        ("OPTIONS", "/v1/models"),
        ("GET", "/v1"),
        ("POST", "/chat/completions"),
        ("PUT", "/api"),
    ],
)
def test_every_path_and_method_reaches_a_function(start, method, path):
    answer = ask(start, method, path, json={})
    assert answer.status_code == 207
    assert answer.text == ("" if method == "HEAD" else f"one {path}")


def test_a_function_finds_what_lambda_gives_it():
    variables = {"AWS_ENDPOINT_URL": "http://door:1", "AWS_LAMBDA_EXEC_WRAPPER": "/opt/stream"}
    function = streaming(variables=variables)
    made = settings(functions=[function])
    assert made.command(function)[0] == "/built/SharedLayer/stream"
    environment = made.environment(function)
    assert environment["AWS_LAMBDA_EXEC_WRAPPER"] == "/opt/stream"
    assert environment["LAMBDA_TASK_ROOT"] == "/built/AdminFunction-Shared"
    assert environment["PYTHONPATH"] == "/built/SharedLayer/python"
    assert environment["AWS_ENDPOINT_URL"] == "http://door:1"


def test_what_is_told_to_the_front_arrives_there(tmp_path):
    told = settings(functions=[streaming(), streaming("ExportFunction", environments=2)])
    (tmp_path / "front.json").write_text(json.dumps(asdict(told)))
    assert front_server.Settings.read(tmp_path / "front.json") == told
