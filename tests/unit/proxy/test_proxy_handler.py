"""API Gateway's events, turned into requests and back."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from tests.support.builders import NOW
from tollgate import identifiers
from tollgate_proxy import handler
from tollgate_proxy.handler import to_request
from tollgate_proxy.http_messages import Answer

DEADLINE = NOW + timedelta(seconds=29)
# Of an answer, as API Gateway and Lambda document it: 6 MB, in which the body is a JSON string.
LAMBDA_CARRIES = 6 * 1024 * 1024


def to_event(answer):
    return handler.to_event(answer, to_request(event(), DEADLINE))


def event(**changes):
    made = {
        "httpMethod": "POST",
        "path": "/v1/chat/completions",
        "headers": {"Content-Type": "application/json", "Authorization": "Bearer sk-tg-x"},
        "body": '{"model":"small"}',
        "isBase64Encoded": False,
        "requestContext": {"stage": "v1"},
    }
    return {**made, **changes}


def test_a_request_is_what_the_client_sent():
    request = to_request(event(), DEADLINE)

    assert request.method == "POST"
    assert request.path == "/v1/chat/completions"
    assert request.body == b'{"model":"small"}'
    assert request.deadline == DEADLINE
    assert request.received_at.microsecond % 1000 == 0


def test_headers_are_found_however_the_client_spells_them():
    headers = {"AUTHORIZATION": "Bearer A", "x-Api-Key": "B", "OpenAI-Beta": "assistants=V2"}
    assert to_request(event(headers=headers), DEADLINE).headers == {
        "authorization": "Bearer A",
        "x-api-key": "B",
        "openai-beta": "assistants=V2",
    }


@pytest.mark.parametrize("changes", [{"headers": None}, {"headers": {}}], ids=repr)
def test_a_request_may_have_no_headers(changes):
    assert to_request(event(**changes), DEADLINE).headers == {}


@pytest.mark.parametrize(
    "changes", [{"body": None}, {"body": ""}, {"body": None, "isBase64Encoded": True}], ids=repr
)
def test_a_request_may_have_no_body(changes):
    assert to_request(event(**changes), DEADLINE).body == b""


@pytest.mark.parametrize("sent", [b"\x00\xff\xfe", b'{"model":"small"}', "räume 🦙".encode(), b""])
def test_a_binary_body_arrives_to_the_byte(sent):
    encoded = event(body=base64.b64encode(sent).decode(), isBase64Encoded=True)
    assert to_request(encoded, DEADLINE).body == sent


def test_a_body_of_text_arrives_in_utf_8():
    assert (
        to_request(event(body='{"content":"räume 🦙"}'), DEADLINE).body == '{"content":"räume 🦙"}'.encode()
    )


def test_text_that_looks_like_base64_is_text_unless_the_event_says_otherwise():
    assert to_request(event(body="YWJj"), DEADLINE).body == b"YWJj"
    assert to_request(event(body="YWJj", isBase64Encoded=True), DEADLINE).body == b"abc"


def test_a_request_is_named_by_the_moment_it_came_in():
    first, second = to_request(event(), DEADLINE), to_request(event(), DEADLINE)
    time_part = slice(len("req_"), len("req_") + 10)
    assert first.id != second.id
    assert first.id[time_part] == identifiers.request_id(first.received_at)[time_part]


def test_an_answer_becomes_what_api_gateway_expects():
    answer = Answer(
        429, {"content-type": "application/json", "retry-after": "1"}, [b'{"a":', b'"\xc3', b'\xa9"}']
    )
    assert to_event(answer) == {
        "statusCode": 429,
        "headers": {"content-type": "application/json", "retry-after": "1"},
        "body": '{"a":"é"}',
        "isBase64Encoded": False,
    }


def test_an_answer_may_be_empty():
    assert to_event(Answer(204, {}, []))["body"] == ""


def test_an_answers_chunks_are_read_to_the_end():
    """A stream is settled where it ends."""
    steps = []

    def chunks():
        yield b"data: 1\n\n"
        yield b"data: 2\n\n"
        steps.append("settled")

    assert to_event(Answer(200, {}, chunks()))["body"] == "data: 1\n\ndata: 2\n\n"
    assert steps == ["settled"]


def test_what_is_left_to_do_after_an_answer_is_done_before_the_function_ends():
    steps = []
    to_event(Answer(200, {}, [b"x"], lambda: steps.append("settled")))
    assert steps == ["settled"]


def test_an_answer_that_is_no_text_still_becomes_an_event():
    assert to_event(Answer(200, {}, [b"a\xffb"]))["body"] == "a\ufffdb"


def test_an_answer_as_large_as_can_be_passed_on_is_passed_on():
    assert len(to_event(Answer(200, {}, [b"x" * 6_000_000]))["body"]) == 6_000_000


def test_an_answer_too_large_to_pass_on_is_a_final_error_that_tells_of_the_charge():
    passed = to_event(
        Answer(200, {"content-type": "text/plain", "x-tollgate-cost-usd": "2"}, [b"x" * 6_200_000, b"y"])
    )

    assert passed["statusCode"] == 502
    assert passed["headers"] == {
        "content-type": "application/json",
        "x-should-retry": "false",
        "x-tollgate-cost-usd": "2",
    }
    error = json.loads(passed["body"])["error"]
    assert error["code"] == "response_too_large"
    assert "6200001 bytes" in error["message"]
    assert "charged" in error["message"]


@pytest.mark.parametrize(
    "byte", [b'"', b"\n", b"\\", b"\xff"], ids=["quotes", "line feeds", "backslashes", "no text"]
)
def test_whatever_an_answer_consists_of_lambda_can_carry_its_event(byte):
    passed = to_event(Answer(200, {}, [byte * 4_000_000]))
    assert len(json.dumps(passed, ensure_ascii=False).encode()) <= LAMBDA_CARRIES
