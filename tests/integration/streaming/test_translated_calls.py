"""What client and ledger get of calls in translation whose providers answer otherwise than they should."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.bare_server import sends, serving
from tests.support.builders import model, provider
from tests.support.gateway_world import HELLO, Lane
from tollgate.catalog.catalog import ApiEndpoint, AuthHeader, ProviderApi
from tollgate.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import SimpleNamespace

CHUNK = {"id": "c", "model": "real", "choices": [{"index": 0, "delta": {"content": "Hi"}}]}
ENDED = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
ERROR = {"error": {"message": "Too busy.", "type": "server_error"}}
ANSWER = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2},
}
MESSAGE = {
    "content": [{"type": "text", "text": "Hi"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 9, "output_tokens": 2},
}


def events(*chunks: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)


def answered(body: bytes, kind: str = "text/event-stream", status: int = 200, more: int = 0) -> bytes:
    """An HTTP answer that breaks off `more` bytes before its end."""
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body) + more}\r\n\r\n"
    return head.encode() + body


class Asked:
    """A model that a bare server makes, which speaks chat; it is asked as Anthropic's clients ask."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.received: list[Any] = []

    def by(
        self, said: bytes, *, headers: dict[str, str] | None = None, times: int = 1, **body: Any
    ) -> list[SimpleNamespace]:
        name = f"odd-{len(self.received)}-{self.lane.key.key_id}"
        with serving(sends(said, close=True)) as server:
            url = f"http://127.0.0.1:{server.port}/v1"
            chat = ApiEndpoint(ProviderApi.CHAT, url, AuthHeader.AUTHORIZATION)
            made = provider(url, id=f"prv_{name}", name=name, apis=(chat,))
            self.lane.catalog.add_provider(made)
            self.lane.catalog.add_model(model(name, provider_id=made.id))
            asked = {"model": name, "max_tokens": 1000, "messages": HELLO, **body}
            found = [self.lane.call(asked, path="/v1/messages", headers=headers) for _ in range(times)]
            self.received += server.requests
        return found


@pytest.fixture
def asked(lane: Lane) -> Iterator[Asked]:
    made = Asked(lane)
    yield made
    lane.assert_all_settled(1)


LOST = {
    "an error in the stream": (answered(events(CHUNK, ERROR)), 502, "Too busy."),
    "no end": (answered(events(CHUNK)), 502, "ended its stream before the response was complete"),
    "a connection that breaks": (answered(events(CHUNK), more=9), 502, "The generated output was charged."),
    "an event that is cut": (answered(events(CHUNK) + events(ENDED)[:30]), 502, "was complete"),
    "a web page": (answered(b"<html>Hi</html>", "text/html"), 502, "a web page"),
    "nothing": (answered(b"", "application/json"), 502, "an empty body"),
    "too long a prompt": (
        answered(events({"error": {"message": "too long", "code": "context_length_exceeded"}})),
        400,
        "prompt is too long",
    ),
}


@pytest.mark.parametrize(("said", "status", "message"), LOST.values(), ids=LOST)
def test_a_client_that_wants_no_stream_gets_an_error_of_its_own_shape(asked, said, status, message):
    (found,) = asked.by(said)
    told = json.loads(found.text)
    assert (found.status, told["type"]) == (status, "error")
    assert message in told["error"]["message"]


def test_a_stream_for_who_wants_none_is_an_answer_in_one_piece(asked):
    (found,) = asked.by(answered(events(CHUNK, ENDED)), headers={"x-tollgate-stream-cost": "1"})
    assert (found.status, json.loads(found.text)["content"][0]["text"]) == (200, "Hi")
    assert found.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "said",
    [answered(json.dumps(ANSWER).encode(), "application/json"), answered(events(CHUNK, ENDED))],
    ids=["whole", "streamed"],
)
@pytest.mark.parametrize("streams", [False, True])
def test_an_answer_is_replayed_in_the_clients_shape(asked, said, streams):
    found, again = asked.by(said, headers={"idempotency-key": "once"}, times=2, stream=streams)
    assert again.status == 200
    assert (again.text, again.headers["x-tollgate-translated-to"]) == (found.text, "chat")
    assert ('"type": "message_start"' in found.text) is streams
    assert len(asked.received) == 1


def test_an_answer_is_of_now_where_its_provider_does_not_say_when_it_was_made(lane):
    with serving(sends(answered(json.dumps(MESSAGE).encode(), "application/json"))) as server:
        name, url = f"now-{lane.key.key_id}", f"http://127.0.0.1:{server.port}/v1"
        messages = ApiEndpoint(ProviderApi.MESSAGES, url, AuthHeader.X_API_KEY)
        made = provider(url, id=f"prv_{name}", name=name, apis=(messages,))
        lane.catalog.add_provider(made)
        lane.catalog.add_model(model(name, provider_id=made.id))
        began = int(utc_now().timestamp())
        chat = json.loads(lane.call({"model": name, "messages": HELLO}).text)
        response = json.loads(lane.call({"model": name, "input": "Hi"}, path="/v1/responses").text)
    assert chat["created"] >= began
    assert response["created_at"] >= began
