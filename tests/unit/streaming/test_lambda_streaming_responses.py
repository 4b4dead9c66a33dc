"""Responses on their way to Lambda, byte by byte."""

from __future__ import annotations

import base64
import json
import logging
import os
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from lambda_streaming import loop
from lambda_streaming.api_connection import ApiConnection
from lambda_streaming.lambda_messages import Context
from lambda_streaming.runtime_api import RuntimeApi, RuntimeApiError
from tests.support.fake_lambda import FUNCTION_ARN, PATIENCE_SECONDS, REQUEST_ID, FakeLambda

LOG: Any = SimpleNamespace()

PRELUDE = b'{"statusCode": 200, "headers": {"content-type": "text/event-stream"}}' + b"\0" * 8


@pytest.fixture
def fake():
    fake = FakeLambda()
    yield fake
    fake.close()


@pytest.fixture
def api(fake):
    api = RuntimeApi(fake.address)
    yield api
    api.close()


def answer(chunks, status=200, after=lambda: None, **headers):
    return SimpleNamespace(
        status=status, headers=headers or {"content-type": "text/event-stream"}, chunks=chunks, after=after
    )


def serve(api, function):
    loop.serve(api, function, api.next())


def serve_chunks(fake, api, chunks):
    """Serves one invocation with that body, and returns what Lambda received."""
    fake.invoke({})
    serve(api, lambda event, context: answer(chunks))
    (response,) = fake.responses
    return response


def test_what_is_left_to_do_comes_when_the_client_has_everything(fake, api):
    fake.invoke({})
    seen = []

    serve(api, lambda event, context: answer([b"one"], after=lambda: seen.extend(fake.responses)))

    assert seen[0].chunks == [PRELUDE, b"one"]


def test_what_is_left_to_do_is_done_for_a_client_who_has_gone_and_may_fail(fake, api):
    fake.hang_up = 1
    fake.invoke({})
    steps = []

    def after():
        steps.append("settled")
        raise ValueError

    serve(api, lambda event, context: answer([b"one", b"two"], after=after))

    assert steps == ["settled"]


def test_a_response_is_framed_as_lambda_reads_it(fake, api):
    response = serve_chunks(fake, api, [b"data: 1\n\n", b"data: [DONE]\n\n"])

    assert (response.method, response.path) == (
        "POST",
        f"/2018-06-01/runtime/invocation/{REQUEST_ID}/response",
    )
    assert response.headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    assert response.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.headers["trailer"] == (
        "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"
    )
    assert "content-length" not in response.headers
    length = f"{len(PRELUDE):x}".encode()
    assert response.body == (
        length + b"\r\n" + PRELUDE + b"\r\n9\r\ndata: 1\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n"
    )
    assert response.trailers == {}


def test_a_chunk_leaves_before_the_next_one_exists(fake, api):
    """Each chunk is made only when Lambda has received what came before it, the prelude first."""
    arrived = threading.Semaphore(0)
    fake.on_chunk = lambda chunk: arrived.release()

    def chunks():
        for content in (b"one", b"two", b"three"):
            assert arrived.acquire(timeout=PATIENCE_SECONDS)
            yield content

    assert serve_chunks(fake, api, chunks()).chunks == [PRELUDE, b"one", b"two", b"three"]


def test_an_empty_chunk_does_not_end_the_response(fake, api):
    response = serve_chunks(fake, api, [b"", b"one", b"", b"two", b""])
    assert response.chunks == [PRELUDE, b"one", b"two"]


@pytest.mark.parametrize("chunks", [[], [b"", b""], iter(())], ids=["none", "empty ones", "iterator"])
def test_no_response_is_without_a_body(fake, api, chunks):
    assert serve_chunks(fake, api, chunks).chunks == [PRELUDE, b"\n"]


def test_status_and_headers_are_the_functions(fake, api):
    fake.invoke({})
    serve(api, lambda event, context: answer([b"{}"], 429, **{"retry-after": "1", "x-name": "räume"}))
    head, separator, rest = fake.responses[0].chunks[0].partition(b"\0" * 8)
    assert separator
    assert rest == b""
    assert json.loads(head) == {"statusCode": 429, "headers": {"retry-after": "1", "x-name": "räume"}}


def test_a_function_that_fails_has_no_response_but_an_error(fake, api, caplog):
    def function(event, context):
        raise KeyError("httpMethod")

    fake.invoke({})
    serve(api, function)

    _, told = fake.received
    assert told.path.endswith(f"/invocation/{REQUEST_ID}/error")
    assert told.headers["lambda-runtime-function-error-type"] == "Function.KeyError"
    error = json.loads(told.body)
    assert (error["errorType"], error["errorMessage"]) == ("Function.KeyError", "'httpMethod'")
    assert "in function" in error["stackTrace"][-1]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_an_event_that_is_no_json_is_an_error(fake, api):
    fake.invoke({})
    invocation = api.next()
    loop.serve(
        api,
        lambda event, context: answer([]),
        type(invocation)(
            invocation.request_id, invocation.deadline, invocation.function_arn, None, None, b"{"
        ),
    )
    assert fake.received[-1].headers["lambda-runtime-function-error-type"] == "Function.JSONDecodeError"


def test_a_failure_after_the_first_byte_is_told_in_the_trailers(fake, api, caplog):
    def chunks():
        yield b"data: 1\n\n"
        raise ConnectionResetError("the provider is gone")

    response = serve_chunks(fake, api, chunks())

    assert response.chunks == [PRELUDE, b"data: 1\n\n"]
    assert response.trailers["lambda-runtime-function-error-type"] == "Function.ConnectionResetError"
    error = json.loads(base64.b64decode(response.trailers["lambda-runtime-function-error-body"]))
    assert error["errorMessage"] == "the provider is gone"
    assert error["errorType"] == "Function.ConnectionResetError"
    (record,) = caplog.records
    assert (record.levelno, record.message) == (logging.ERROR, "The response failed after its beginning")


def test_a_failure_before_any_of_the_body_still_has_a_body(fake, api):
    def chunks():
        raise ValueError
        yield b""

    response = serve_chunks(fake, api, chunks())
    assert response.chunks == [PRELUDE, b"\n"]
    assert response.trailers["lambda-runtime-function-error-type"] == "Function.ValueError"


def test_headers_that_lambda_would_not_find_the_end_of_are_an_error(fake, api):
    read = []

    def chunks():
        yield b"one"
        read.append("settled")

    fake.invoke({})
    serve(api, lambda event, context: answer(chunks(), **{"x-long": "x" * 20_000}))

    assert fake.responses == []
    assert fake.received[-1].headers["lambda-runtime-function-error-type"] == "Runtime.ValueError"
    assert read == ["settled"]


def turned_away_chunks(fake, read):
    """A body that goes on when Lambda has turned away, and settles at its end."""
    for number in range(1, 50):
        if number == 3:
            assert fake.turned_away.wait(PATIENCE_SECONDS)
        read.append(number)
        yield b"chunk"
    read.append("settled")


@pytest.mark.parametrize(
    "turn_away", [{"early": (410, 2)}, {"early": (413, 2)}, {"hang_up": 2}], ids=["410", "413", "hangs up"]
)
def test_the_body_is_read_to_its_end_when_lambda_takes_no_more_of_it(fake, api, caplog, turn_away):
    for name, value in turn_away.items():
        setattr(fake, name, value)
    read = []
    fake.invoke({})
    serve(api, lambda event, context: answer(turned_away_chunks(fake, read)))

    assert read == [*range(1, 50), "settled"]
    (record,) = [record for record in caplog.records if record.name == "lambda_streaming.response_stream"]
    assert record.message.startswith("Lambda takes no more of the response: ")
    assert "early" not in turn_away or str(turn_away["early"][0]) in record.message

    fake.early = fake.hang_up = None
    fake.invoke({})
    serve(api, lambda event, context: answer([b"next"]))
    assert fake.responses[-1].chunks == [PRELUDE, b"next"]


def test_the_body_is_read_to_its_end_when_there_is_nobody_to_begin_with(fake, api):
    fake.invoke({})
    invocation = api.next()
    fake.close()
    read = []

    def chunks():
        yield b"one"
        read.append("settled")

    loop.serve(api, lambda event, context: answer(chunks()), invocation)
    assert read == ["settled"]


@pytest.mark.parametrize("status", [410, 413, 500])
def test_a_response_refused_at_its_end_is_logged_and_the_next_one_served(fake, api, caplog, status):
    fake.statuses["/response"] = status
    serve_chunks(fake, api, [b"one"])
    assert f"it answered {status}" in caplog.text

    fake.statuses.clear()
    fake.invoke({})
    serve(api, lambda event, context: answer([b"two"]))
    assert fake.responses[-1].chunks == [PRELUDE, b"two"]


def test_a_client_that_does_not_read_takes_none_of_the_time_that_settling_needs(fake, api, caplog):
    """Three seconds before the deadline sending ends, reading goes on."""
    held = threading.Event()
    fake.on_chunk = lambda chunk: held.wait(PATIENCE_SECONDS)
    read = []

    def chunks():
        for _ in range(100):
            yield b"x" * 1_000_000  # more than all the buffers on the way
        read.append("settled")

    fake.invoke({}, seconds=3.5)
    serve(api, lambda event, context: answer(chunks()))
    held.set()

    assert read == ["settled"]
    assert "TimeoutError" in caplog.text


def test_an_iterator_is_closed_however_it_ends(fake, api):
    class Chunks:
        closed = 0

        def __iter__(self):
            return self

        def __next__(self):
            raise OSError("broken")

        def close(self):
            self.closed += 1

    chunks = Chunks()
    serve_chunks(fake, api, chunks)
    assert chunks.closed == 1


def test_a_function_knows_its_invocation(fake, api, monkeypatch):
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "tollgate-proxy")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
    seen = {}

    def function(event, context):
        seen.update(event=event, context=context, remaining=context.get_remaining_time_in_millis())
        return answer([b"{}"])

    fake.invoke({"path": "/räume"}, seconds=900)
    serve(api, function)

    context = seen["context"]
    assert seen["event"] == {"path": "/räume"}
    assert context.aws_request_id == REQUEST_ID
    assert context.invoked_function_arn == FUNCTION_ARN
    assert (context.function_name, context.function_version) == ("tollgate-proxy", "$LATEST")
    assert context.memory_limit_in_mb == "1769"
    assert 0 < seen["remaining"] <= 900_000


def test_no_time_remains_after_the_deadline(fake, api):
    fake.invoke({}, seconds=-5)
    assert Context(api.next()).get_remaining_time_in_millis() == 0


@pytest.mark.parametrize("fails", [False, True], ids=["response", "error"])
def test_an_invocation_id_is_sent_back(fake, api, fails):
    def function(event, context):
        if fails:
            raise ValueError
        return answer([b"{}"])

    fake.invoke({}, invocation_id="inv-1")
    serve(api, function)
    fake.invoke({})
    serve(api, function)
    first, second = (each for each in fake.received if each.method == "POST")
    assert first.headers["lambda-runtime-invocation-id"] == "inv-1"
    assert "lambda-runtime-invocation-id" not in second.headers


def test_connections_last_from_one_invocation_to_the_next(fake, api):
    for content in (b"one", b"two"):
        fake.invoke({})
        serve(api, lambda event, context, content=content: answer([content]))
    assert [each.chunks[-1] for each in fake.responses] == [b"one", b"two"]
    assert {each.connection for each in fake.received} == {1}


@pytest.mark.parametrize("closes_after", ["/next", "/response"])
def test_a_connection_that_lambda_closed_is_made_anew(fake, api, closes_after, caplog):
    fake.closes_after = closes_after

    def function(event, context):
        if closes_after == "/next":
            assert fake.turned_away.wait(PATIENCE_SECONDS)
        return answer([b"one"])

    fake.invoke({})
    serve(api, function)
    assert fake.turned_away.wait(PATIENCE_SECONDS)
    fake.invoke({})
    serve(api, function)

    assert [each.chunks for each in fake.responses] == [[PRELUDE, b"one"]] * 2
    assert {each.connection for each in fake.received} == {1, 2}
    assert caplog.records == []


def test_a_connection_that_is_closed_while_asking_is_made_anew(fake, api):
    fake.unanswered = 1
    assert serve_chunks(fake, api, [b"one"]).chunks == [PRELUDE, b"one"]


def test_a_runtime_that_lambda_gives_nothing_more_to_do_ends(fake, api):
    with pytest.raises(RuntimeApiError, match="500"):
        loop.run(api, lambda event, context: answer([]), LOG)


def test_a_trace_and_a_request_are_known_while_they_are_served(fake, api, monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "of an invocation before")
    log: Any = SimpleNamespace()
    seen = []

    def function(event, context):
        seen.append((os.environ.get("_X_AMZN_TRACE_ID"), log.request_id))
        return answer([b"{}"])

    fake.invoke({}, trace_id="Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1")
    fake.invoke({})
    with pytest.raises(RuntimeApiError):
        loop.run(api, function, log)
    assert seen == [
        ("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1", REQUEST_ID),
        (None, REQUEST_ID),
    ]


def test_a_deadline_is_in_milliseconds_since_the_epoch(fake, api):
    fake.invoke({}, seconds=900)
    assert api.next().deadline == pytest.approx(time.time() + 900, abs=60)


def test_what_is_there_as_a_whole_leaves_as_a_whole(fake, api):
    """One packet for head, prelude, chunks and end: each would cost as much as all of them."""
    sent = []
    send = ApiConnection.send

    class Watched(ApiConnection):
        def send(self, content, patience=None):
            sent.append(content)
            send(self, content, patience)

    api._connection.__class__ = Watched
    response = serve_chunks(fake, api, [b"one", b"two"])

    assert response.chunks == [PRELUDE, b"one", b"two"]
    _, whole = sent
    assert whole.startswith(b"POST ")
    assert whole.endswith(b"3\r\ntwo\r\n0\r\n\r\n")
