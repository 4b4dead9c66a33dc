"""Requests as events of API Gateway."""

from __future__ import annotations

import base64
import json

import pytest

from infra.local.environment import ROOT
from infra.local.front.events import (
    MAX_BODY_BYTES,
    MAX_EVENT_BYTES,
    Request,
    RequestTooLargeError,
    to_event,
)
from infra.local.front.routes import Match, Route
from tollgate.clock import utc_now
from tollgate_proxy.handler import to_request

ROUTE = Match(Route("ProxyFunction", "POST", "/v1/{proxy+}", streams=True), {"proxy": "chat/completions"})
CHAT = json.loads((ROOT / "tests/events/proxy-chat.json").read_text())


def request(**changes):
    made = {
        "method": "POST",
        "path": "/v1/chat/completions",
        "headers": [("host", "127.0.0.1:4565"), ("authorization", "Bearer sk-tg-x")],
        "query": [],
        "body": b'{"model": "small"}',
        "source_ip": "127.0.0.1",
    }
    return Request(**{**made, **changes})


def event(**changes):
    return json.loads(to_event(request(**changes), ROUTE, "abc123", "local"))


def test_an_event_has_all_that_api_gateways_has():
    made = event()
    assert made.keys() == CHAT.keys()
    assert made["requestContext"].keys() == CHAT["requestContext"].keys()
    assert made["requestContext"]["identity"].keys() == CHAT["requestContext"]["identity"].keys()


def test_an_event_tells_what_the_client_sent():
    made = event()
    assert (made["httpMethod"], made["path"]) == ("POST", "/v1/chat/completions")
    assert made["resource"] == "/v1/{proxy+}"
    assert made["pathParameters"] == {"proxy": "chat/completions"}
    assert made["headers"]["authorization"] == "Bearer sk-tg-x"
    assert (made["body"], made["isBase64Encoded"]) == ('{"model": "small"}', False)
    assert made["queryStringParameters"] is made["multiValueQueryStringParameters"] is None
    assert made["requestContext"]["path"] == "/local/v1/chat/completions"
    assert made["requestContext"]["apiId"] == "abc123"


def test_what_is_sent_twice_is_there_twice_and_its_last_value_alone():
    made = event(headers=[("x-a", "1"), ("x-a", "2")], query=[("q", "1"), ("r", "2"), ("q", "3")])
    assert (made["headers"], made["multiValueHeaders"]) == ({"x-a": "2"}, {"x-a": ["1", "2"]})
    assert made["queryStringParameters"] == {"q": "3", "r": "2"}
    assert made["multiValueQueryStringParameters"] == {"q": ["1", "3"], "r": ["2"]}


@pytest.mark.parametrize("body", [b"", b"{}", "räume 🦙".encode(), b"\x00\xff\xfe", b'"\\\n'])
def test_a_body_reaches_the_handler_to_the_byte(body):
    assert to_request(event(body=body), utc_now()).body == body


def test_what_is_no_text_is_in_base64():
    made = event(body=b"\xff\x00")
    assert (made["body"], made["isBase64Encoded"]) == (base64.b64encode(b"\xff\x00").decode(), True)


def test_every_request_has_an_id_of_its_own():
    assert event()["requestContext"]["requestId"] != event()["requestContext"]["requestId"]


def test_an_event_is_as_large_as_lambda_carries_and_no_larger():
    rest = len(to_event(request(body=b"x"), ROUTE, "abc123", "local")) - 1
    largest = to_event(request(body=b"x" * (MAX_EVENT_BYTES - rest)), ROUTE, "abc123", "local")
    assert len(largest) == MAX_EVENT_BYTES
    with pytest.raises(RequestTooLargeError):
        to_event(request(body=b"x" * (MAX_EVENT_BYTES - rest + 1)), ROUTE, "abc123", "local")


def test_what_json_escapes_counts_escaped():
    with pytest.raises(RequestTooLargeError):
        to_event(request(body=b'"' * 3_200_000), ROUTE, "abc123", "local")


def test_no_body_is_larger_than_api_gateway_takes():
    with pytest.raises(RequestTooLargeError):
        to_event(request(body=b"x" * (MAX_BODY_BYTES + 1)), ROUTE, "abc123", "local")
