"""What becomes of records at receivers that are slow, busy, broken or hostile."""

from __future__ import annotations

import base64
import gzip
import json
import logging
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
import urllib3

from infra.local.free_ports import free_ports
from tests.support import bare_server
from tests.support.builders import NOW, record
from tests.support.telemetry_world import BUDGET, PREFIX, World, image
from tollgate import identifiers
from tollgate.aws.dynamodb import item
from tollgate_telemetry.otlp import bounded_pool, otlp_client

SECRET = base64.b64encode(b"pk-lf-1:sk-lf-2").decode()


def calls(count):
    return [
        record(identifiers.request_id(NOW + timedelta(milliseconds=number)), cost="0.1")
        for number in range(count)
    ]


def told(receiver):
    return [each.attributes["tollgate.request.id"] for each in receiver.spans]


def ids(records):
    return [each.request_id for each in records]


def test_signals_go_where_and_with_what_the_deployment_says(receiver):
    world = World(
        f"{receiver.url}/api/public/otel/",
        headers={"headers": f"Authorization=Basic%20{SECRET}, x-langfuse-ingestion-version=4"},
    )
    world.take(*calls(1))
    paths = [path for path, _ in receiver.requests]
    assert paths == ["/api/public/otel/v1/traces", "/api/public/otel/v1/metrics"]
    for _, headers in receiver.requests:
        assert headers["authorization"] == f"Basic {SECRET}"
        assert headers["x-langfuse-ingestion-version"] == "4"
        assert (headers["content-type"], headers["content-encoding"]) == ("application/json", "gzip")
        assert headers["user-agent"].startswith("tollgate/")


def test_a_receiver_of_metrics_apart_gets_nothing_of_the_others_headers(receiver):
    world = World(
        receiver.url,
        told={"metricsEndpoint": f"{receiver.url}/api/v1/otlp"},
        headers={"headers": f"authorization=Basic {SECRET}", "metrics-headers": "x-scope-orgid=7"},
    )
    world.take(*calls(1))
    (traces, for_traces), (metrics, for_metrics) = receiver.requests
    assert (traces, metrics) == ("/v1/traces", "/api/v1/otlp/v1/metrics")
    assert (for_traces["authorization"], for_metrics["x-scope-orgid"]) == (f"Basic {SECRET}", "7")
    assert "authorization" not in for_metrics
    assert "x-scope-orgid" not in for_traces


@pytest.mark.parametrize(("signals", "paths"), [("traces", ["/v1/traces"]), ("metrics", ["/v1/metrics"])])
def test_one_signal_may_be_enough(world, receiver, signals, paths):
    world.tell(signals=signals)
    world.take(*calls(1))
    assert [path for path, _ in receiver.requests] == paths


def test_resources_have_the_attributes_that_the_deployment_names(receiver):
    world = World(receiver.url, told={"resource": "service.name=llm-gateway,team=ai%2Cml"})
    world.take(*calls(1))
    for each in (receiver.spans[0], receiver.points[0]):
        assert (each.resource["service.name"], each.resource["team"]) == ("llm-gateway", "ai,ml")


def test_parameters_are_read_once_in_a_minute(world):
    for _ in range(3):
        world.take(*calls(1))
    assert len(world.parameters.reads) == 3  # its own, and the headers of either signal
    world.seconds += 60
    world.take(*calls(1))
    assert len(world.parameters.reads) == 6


@pytest.mark.parametrize("broken", ["a b=c", "=x", "authorization=one\r\ntwo", "x=\x00", "x="])
def test_headers_that_are_none_are_not_sent_nor_told(receiver, broken):
    world = World(receiver.url, headers={"headers": broken})
    with pytest.raises(ValueError, match="not written as name=value") as raised:
        world.take(*calls(1))
    assert broken not in str(raised.value)
    assert not receiver.requests


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_receiver_that_has_no_time_is_asked_again_with_growing_pauses(world, receiver, status):
    answers = [(status, {}, b"")] * 3
    receiver.answer = lambda path, _: answers.pop() if answers and "traces" in path else None
    records = calls(2)
    assert world.take(*records) == []
    assert told(receiver) == ids(records)
    assert world.pauses == [0.5, 1.0, 2.0]


def test_a_receiver_is_left_alone_for_as_long_as_it_asks(world, receiver):
    answers = [(429, {"retry-after": "7"}, b"")]
    receiver.answer = lambda _path, _message: answers.pop() if answers else None
    assert world.take(*calls(1)) == []
    assert world.pauses == [7]


def test_what_waits_for_longer_than_an_event_may_take_stays_in_the_stream(world, receiver):
    receiver.answer = lambda _path, _message: (503, {"retry-after": str(int(BUDGET) + 60)}, b"")
    records = calls(3)
    assert world.take(*records) == ["1"]
    assert len(receiver.requests) == 1
    assert world.take(*records) == ["1"]
    assert len(receiver.requests) == 1, "it isn't asked before it wants to be"
    receiver.answer = lambda _path, _message: None
    world.seconds += 120
    assert world.take(*records) == []
    assert told(receiver) == ids(records)


@pytest.mark.parametrize(
    "asked_for", ["99999999999", "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT", "soon", "-1"]
)
def test_no_receiver_silences_tollgate_for_long(world, receiver, asked_for):
    """Nor does one that asks for what is no pause keep it busy."""
    receiver.answer = lambda _path, _message: (429, {"retry-after": asked_for}, b"")
    assert world.take(*calls(1)) == ["1"]
    assert len(receiver.requests) < 20
    receiver.answer = lambda _path, _message: None
    world.seconds += 300
    assert world.take(*calls(1)) == []


def test_records_before_a_failure_are_done_and_the_rest_comes_again(world, receiver):
    """Spans go 200 records at a time."""
    records = calls(250)
    answers = iter([None, (503, {"retry-after": "999"}, b"")])
    receiver.answer = lambda path, _: next(answers) if "traces" in path else None
    assert world.take(*records) == ["201"]
    assert told(receiver) == ids(records[:200])
    assert world.counted == {"TelemetryRecords": 200, "TelemetryDropped": 0}
    requests = [each.total for each in receiver.points if each.metric == "tollgate.requests"]
    assert requests[-1] == 200


def test_spans_that_have_arrived_do_not_come_again_with_metrics_that_have_not(world, receiver):
    receiver.answer = lambda path, _: (503, {"retry-after": "100"}, b"") if "metrics" in path else None
    records = calls(2)
    assert world.take(*records) == ["1"]
    world.seconds += 300
    receiver.answer = lambda _path, _message: None
    assert world.take(*records) == []
    assert told(receiver) == ids(records)
    world.take(*records)
    assert told(receiver) == ids(records) * 2, "what the stream delivers anew is told anew"


@pytest.mark.parametrize("status", [301, 307, 401, 403, 404])
def test_who_is_not_let_in_waits_until_that_is_mended_and_then_uses_the_new_headers(receiver, status, caplog):
    """Without asking again and again; and a redirect takes no secret elsewhere."""
    world = World(receiver.url, headers={"headers": "x-api-key=s3cret"})
    receiver.answer = lambda _path, _: (status, {"location": f"{receiver.url}/elsewhere/v1/traces"}, b"")
    assert world.take(*calls(1)) == ["1"]
    assert len(receiver.requests) == 1
    assert "s3cret" not in caplog.text
    world.parameters.values[f"{PREFIX}/headers"] = "x-api-key=new"
    receiver.answer = lambda _path, _message: None
    assert world.take(*calls(1)) == []
    assert receiver.requests[-1][1]["x-api-key"] == "new"


def test_a_record_that_is_refused_takes_no_other_with_it(world, receiver, caplog):
    records = calls(16)
    poison = records[5].request_id
    refused = (400, {}, json.dumps({"message": "no\nsuch\x1b[31m"}).encode())
    receiver.answer = lambda path, message: refused if "traces" in path and poison in str(message) else None
    assert world.take(*records) == []
    assert sorted(told(receiver)) == sorted(set(ids(records)) - {poison})
    assert world.counted == {"TelemetryRecords": 16, "TelemetryDropped": 1}
    (line,) = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert line == f"{receiver.url}/v1/traces answered with status 400: no such [31m, to spans of {poison}"


@pytest.mark.parametrize("trace", ["", "x-y", "a-b-c-d", Decimal(5)])
def test_a_trace_that_is_none_keeps_no_other_call_waiting(world, receiver, trace):
    """As later code may write it, or somebody who can write to the table."""
    odd, other = calls(2)
    assert world.take({**image(odd), **item({"trace": trace})}, other) == []
    assert told(receiver) == [other.request_id]
    assert world.counted == {"TelemetryRecords": 2, "TelemetryDropped": 1}


def test_a_model_that_is_no_text_keeps_no_other_calls_metrics_waiting(world, receiver):
    odd, other = calls(2)
    assert world.take({**image(odd), **item({"remote_model": []})}, other) == []
    assert other.request_id in told(receiver)


@pytest.mark.parametrize("status", [200, 400, 401, 503])
def test_what_a_receiver_repeats_of_the_headers_is_not_told(receiver, caplog, status):
    world = World(receiver.url, headers={"headers": f"authorization=Basic {SECRET},x-api-key=s3cret-key"})
    said = f"{'x' * 190} Basic {SECRET}, key {SECRET} and s3cret-key"
    message = f"Basic {SECRET}, key {SECRET} and s3cret-key are none"
    for each in (said, message):
        answer = json.dumps({"message": each, "partialSuccess": {"errorMessage": each}}).encode()
        receiver.answer = lambda _path, _message, answer=answer: (status, {"retry-after": "1"}, answer)
        world.take(*calls(1))
    assert "***, key *** and *** are none" in caplog.text
    assert SECRET[:6] not in caplog.text
    assert "s3cret" not in caplog.text


def test_a_receiver_that_refuses_everything_is_not_asked_without_end(world, receiver):
    receiver.answer = lambda path, _: (413, {}, b"") if "traces" in path else None
    assert world.take(*calls(200)) == []
    assert len(receiver.requests) < 100
    assert world.counted["TelemetryDropped"] == 200


@pytest.mark.parametrize(
    ("answer", "dropped", "said"),
    [
        (b"", 0, ""),
        (b"<html>", 0, ""),
        (b"[" * 100_000, 0, ""),
        (b'{"partialSuccess": {}}', 0, ""),
        (b'{"partialSuccess": null}', 0, ""),
        (b'{"partialSuccess": {"rejectedSpans": "2", "errorMessage": "too\\nold"}}', 2, "too old"),
        (b'{"partialSuccess": {"rejectedSpans": 1}}', 1, "rejected 1"),
        (b'{"partialSuccess": {"rejectedSpans": 0, "errorMessage": "deprecated"}}', 0, "deprecated"),
        (b'{"partialSuccess": {"rejectedSpans": "many", "errorMessage": 7}}', 0, ""),
        (b'{"partialSuccess": {"rejectedSpans": 1e999}}', 0, ""),
        (b'{"partialSuccess": {"rejectedSpans": "' + b"9" * 4300 + b'", "rejectedDataPoints": 9}}', 3, ""),
        (b'{"x": "' + b"y" * 100_000 + b'"}', 0, ""),
    ],
)
def test_a_success_is_one_whatever_is_said_of_it_and_a_part_of_one_is_not_sent_again(
    receiver, answer, dropped, said, caplog
):
    world = World(receiver.url, told={"signals": "traces"})
    receiver.answer = lambda _path, _message: (200, {}, answer)
    assert world.take(*calls(3)) == []
    assert len(receiver.requests) == 1
    assert world.counted == {"TelemetryRecords": 3, "TelemetryDropped": dropped}
    assert said in caplog.text


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@pytest.mark.parametrize(
    ("pieces", "taken"),
    [
        ((HEAD + b"content-length: 2\r\n\r\n{}",), True),
        ((HEAD + b"content-length: 200\r\n\r\n{}",), True),
        ((HEAD + b"transfer-encoding: chunked\r\n\r\nnonsense\r\n",), True),
        ((HEAD + b"content-encoding: gzip\r\n\r\n" + gzip.compress(b"0" * 10_000_000),), True),
        ((b"",), False),
        ((b"HTTP/1.1 20",), False),
        ((b"SSH-2.0-OpenSSH\r\n\r\n",), False),
        ((b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000 + b"\r\n",), False),
        ((b"HTTP/1.1 abc OK\r\n\r\n",), False),
    ],
)
def test_what_is_no_answer_is_asked_for_again_and_what_ends_early_is_one(pieces, taken):
    with bare_server.serving(bare_server.sends(*pieces, close=True)) as server:
        world = World(f"http://127.0.0.1:{server.port}", told={"signals": "traces"})
        assert world.take(*calls(1)) == ([] if taken else ["1"])
    assert len(server.requests) == 1 if taken else len(server.requests) > 5


def test_a_receiver_that_says_nothing_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(otlp_client, "_TIMEOUT", urllib3.Timeout(connect=5, read=0.05))
    with bare_server.serving(lambda server, _: server.wait()) as server:
        world = World(f"http://127.0.0.1:{server.port}", told={"signals": "traces"})
        assert world.take(*calls(1)) == ["1"]
        server.go_on.set()


def _puts_off(server, connection):
    with suppress(OSError):
        while not server.go_on.is_set():
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def test_a_receiver_that_puts_its_answer_off_again_and_again_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(bounded_pool, "HEAD_SECONDS", 0.05)
    with bare_server.serving(_puts_off) as server:
        world = World(f"http://127.0.0.1:{server.port}", told={"signals": "traces"})
        assert world.take(*calls(1)) == ["1"]
        server.go_on.set()


def test_nobody_at_the_other_end_keeps_records_in_the_stream(caplog):
    world = World(
        f"http://127.0.0.1:{free_ports(1)[0]}", headers={"headers": f"authorization=Basic {SECRET}"}
    )
    assert world.take(*calls(1)) == ["1"]
    assert "gave no answer" in caplog.text
    assert SECRET not in caplog.text
    assert world.counted == {"TelemetryRecords": 0, "TelemetryDropped": 0}


def test_connections_are_kept(receiver):
    seen = set()
    with bare_server.serving(bare_server.sends(HEAD + b"content-length: 2\r\n\r\n{}")) as server:
        world = World(f"http://127.0.0.1:{server.port}", told={"signals": "traces"})
        for _ in range(3):
            assert world.take(*calls(1)) == []
        seen = set(map(id, server.connections))
    assert len(seen) == 1
